import { Failure, type Fault, toFault } from '../../core/fault.ts'
import { quoteName } from '../../core/quote.ts'
import { addressOf, type Endpoint, isSocketFolder, type Password } from './endpoint.ts'

/** Says in words for a person why no session came about. PostgreSQL's own words are kept, whole. */
export function explainConnecting(thrown: unknown, endpoint: Endpoint, password: Password): Failure {
  if (thrown instanceof Failure) return thrown
  const fault = toFault(thrown)
  if (fault.sqlstate !== undefined) {
    return new Failure(withHint(fault, fault.hint ?? hintFor(fault.sqlstate, endpoint, password)), { cause: thrown })
  }
  const better = explainTransport(fault, endpoint)
  if (better === undefined) return new Failure(fault, { cause: thrown })
  // Our message takes the place of the system's, which stays readable below it.
  const explained = { code: better.code ?? fault.code, message: better.message, detail: fault.message }
  return new Failure(withHint(explained, better.hint), { cause: thrown })
}

function withHint(fault: Fault, hint: string | undefined): Fault {
  return hint === undefined ? fault : { ...fault, hint }
}

/** Says that a session that stood has been cut; errors of PostgreSQL's, with a SQLSTATE, pass as they are. */
export function explainLoss(thrown: unknown, endpoint: Endpoint): Failure {
  if (thrown instanceof Failure) return thrown
  const fault = toFault(thrown)
  if (fault.sqlstate !== undefined) return new Failure(fault, { cause: thrown })
  return new Failure(
    {
      code: 'connection_lost',
      message: `The connection to ${addressOf(endpoint)} was lost.`,
      detail: fault.message,
      hint: 'Whether the last statement took effect is for the server to know. The next one connects again.',
    },
    { cause: thrown },
  )
}

export function timedOut(endpoint: Endpoint, seconds: number): Failure {
  return new Failure({
    code: 'ETIMEDOUT',
    message: `${addressOf(endpoint)} did not answer within ${seconds} s.`,
    hint: 'A firewall may drop the packets, the server may hang, or something that is no PostgreSQL listens there.',
  })
}

export function passwordRequired(endpoint: Endpoint, password: Password): Failure {
  return new Failure({
    code: 'password_required',
    message: `The server asks for the password of ${endpoint.user}.`,
    ...(password.problem === undefined ? {} : { detail: password.problem }),
  })
}

/** A hint of ours where the server's message alone does not say what to do. */
function hintFor(sqlstate: string, endpoint: Endpoint, password: Password): string | undefined {
  switch (sqlstate) {
    case '28P01':
      return `The password was ${password.origin}.`
    case '28000':
      return (
        'The server’s pg_hba.conf says who may enter: which user, which database, from which address, ' +
        `with SSL or without (sslmode is ${endpoint.sslMode}).`
      )
    case '3D000':
      return 'Names of databases are case-sensitive. To see what is there, connect to the database postgres.'
    case '42501':
      return `Its owner may say: grant connect on database ${quoteName(endpoint.database)} to ${quoteName(endpoint.user)}`
    case '53300':
      return 'All of the server’s connections are taken: see max_connections and pg_stat_activity there.'
    default:
      return undefined
  }
}

interface Explanation {
  message: string
  hint?: string
  /** Where the system's own code says less. */
  code?: string
}

function explainTransport(fault: Fault, endpoint: Endpoint): Explanation | undefined {
  const address = addressOf(endpoint)
  const socket = isSocketFolder(endpoint.host)
  switch (fault.code) {
    case 'ECONNREFUSED':
      return {
        message: `Nothing listens at ${address}.`,
        hint: socket
          ? 'The server has ended without removing its socket: start it.'
          : 'Is the server running, is the port right, and does its listen_addresses name this address?',
      }
    case 'ENOENT':
      return {
        message: `There is no socket ${address}.`,
        hint: 'Is the server running? Its unix_socket_directories says where its sockets are.',
      }
    case 'EACCES':
      return { message: `This user may not use the socket ${address}.` }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `The host name "${endpoint.host}" cannot be found.`,
        hint: 'Check its spelling and the network.',
      }
    case 'ETIMEDOUT':
      return { message: `${address} did not answer.`, hint: 'A firewall may drop the packets.' }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { message: `No way leads to ${address}.`, hint: 'Check the network, or the VPN.' }
    default:
      return explainTls(fault, endpoint) ?? explainClosed(fault, address)
  }
}

function explainClosed(fault: Fault, address: string): Explanation | undefined {
  const closed =
    fault.code === 'ECONNRESET' || fault.code === 'EPIPE' || fault.message.startsWith('Connection terminated')
  if (!closed) return undefined
  return {
    code: 'connection_lost',
    message: `${address} closed the connection before a session came about.`,
    hint: 'Is it PostgreSQL that listens there? If so, its log says why.',
  }
}

/** pg's words: it gives this error no code. */
const withoutSsl = 'The server does not support SSL connections'

export function isWithoutSsl(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === withoutSsl
}

const notTrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])

function explainTls(fault: Fault, endpoint: Endpoint): Explanation | undefined {
  const { sslMode, sslRootCert } = endpoint
  const trusted = sslRootCert === '' ? 'the root certificate in ~/.postgresql' : `the root certificate ${sslRootCert}`
  if (fault.message === withoutSsl) {
    return {
      code: 'ssl',
      message: `The server offers no SSL, and sslmode=${sslMode} asks for it.`,
      hint: 'Set ssl = on at the server, or choose a mode that does without where the network is trusted.',
    }
  }
  if (fault.message === 'There was an error establishing an SSL connection') {
    return {
      code: 'ssl',
      message: `What listens at ${addressOf(endpoint)} does not answer as PostgreSQL does.`,
      hint: 'Check the host and the port.',
    }
  }
  if (notTrusted.has(fault.code)) {
    return {
      message: 'The server’s certificate is not signed by an authority that is trusted here.',
      hint: `sslmode=${sslMode} checks it against ${trusted}: name the file of the authority that signed it.`,
    }
  }
  switch (fault.code) {
    case 'CERT_HAS_EXPIRED':
      return {
        message: 'The server’s certificate, or that of its authority, has expired.',
        hint: 'Its administrator must renew it.',
      }
    case 'CERT_NOT_YET_VALID':
      return { message: 'The server’s certificate is not valid yet.', hint: 'Check this machine’s clock.' }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        message: `The server’s certificate is not for "${endpoint.host}".`,
        hint: 'sslmode=verify-full compares names: connect by a name in the certificate. verify-ca checks the authority alone.',
      }
    default:
      if (!/^(ERR_SSL|ERR_TLS|EPROTO)/.test(fault.code)) return undefined
      return {
        message: 'The SSL connection failed.',
        hint: 'The server may ask for a client certificate, refuse the one it got, or speak another version of TLS; its log says more.',
      }
  }
}
