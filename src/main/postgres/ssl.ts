import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir, platform } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, getCACertificates } from 'node:tls'
import { Failure } from '../../core/fault.ts'
import { type Endpoint, isSocketFolder } from './endpoint.ts'

/** One way to reach the server: without encryption, or with TLS under these options. */
export type Encryption = false | ConnectionOptions

/**
 * The ways to try, in order, by libpq's meaning of `sslmode`. As in libpq, a root certificate makes every
 * mode with TLS check the chain, and files in `~/.postgresql` count where none are named.
 *
 * @throws Failure that names the file which is missing, unreadable, or not what it should be
 */
export function encryptionsOf(endpoint: Endpoint): [Encryption, ...Encryption[]] {
  // libpq, too, knows no TLS over a Unix socket, whatever the mode says.
  if (isSocketFolder(endpoint.host) || endpoint.sslMode === 'disable') return [false]
  const ssl = tlsOptions(endpoint)
  switch (endpoint.sslMode) {
    case 'allow':
      return [false, ssl]
    case 'prefer':
      return [ssl, false]
    default:
      return [ssl]
  }
}

function tlsOptions(endpoint: Endpoint): ConnectionOptions {
  const authorities = readAuthorities(endpoint)
  return {
    ...(authorities === null ? { rejectUnauthorized: false } : { rejectUnauthorized: true, ca: authorities }),
    // Whether the name fits is asked by verify-full alone.
    ...(endpoint.sslMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...readClientCertificate(endpoint),
  }
}

/** The certificates of the authorities to trust; null: trust whoever answers. */
function readAuthorities(endpoint: Endpoint): string[] | null {
  const { sslMode, sslRootCert } = endpoint
  const verifies = sslMode === 'verify-ca' || sslMode === 'verify-full'
  if (sslRootCert === 'system') {
    if (sslMode === 'verify-full') return getCACertificates('system')
    throw new Failure({
      code: 'invalid_input',
      message: `The root certificate "system" needs sslmode=verify-full; it is ${sslMode}.`,
      hint: 'Anyone can own a certificate from a public authority: only with the name checked does it prove anything.',
    })
  }
  const path = sslRootCert || inPostgresFolder('root.crt')
  if (sslRootCert === '' && !existsSync(path)) {
    if (!verifies) return null
    throw new Failure({
      code: 'invalid_input',
      message: `sslmode=${sslMode} needs a root certificate, and there is none.`,
      detail: `No file is named, and ${path} does not exist.`,
      hint:
        sslMode === 'verify-full'
          ? 'Name the file of the authority that signed the server’s certificate, or write "system" to trust those that this machine trusts.'
          : 'Name the file of the authority that signed the server’s certificate.',
    })
  }
  return readCertificates(path, 'root certificate')
}

function readClientCertificate(endpoint: Endpoint): ConnectionOptions {
  const certPath = endpoint.sslCert || inPostgresFolder('postgresql.crt')
  if (endpoint.sslCert === '' && !existsSync(certPath)) {
    if (endpoint.sslKey === '') return {}
    throw invalidFile(`A client key is named (${endpoint.sslKey}), but no client certificate.`)
  }
  const keyPath = endpoint.sslKey || inPostgresFolder('postgresql.key')
  const chain = readCertificates(certPath, 'client certificate')
  const key = readKey(keyPath)
  const [own = ''] = chain
  if (!new X509Certificate(own).checkPrivateKey(createPrivateKey(key))) {
    throw invalidFile(`The client key ${keyPath} does not belong to the client certificate ${certPath}.`)
  }
  return { cert: chain.join('\n'), key }
}

function readCertificates(path: string, what: string): string[] {
  const blocks = readFile(path, what).match(/-----BEGIN [A-Z ]*CERTIFICATE-----[^-]+-----END [A-Z ]*CERTIFICATE-----/g)
  if (blocks === null) throw invalidFile(`The ${what} ${path} holds no certificate in PEM form.`)
  for (const block of blocks) {
    try {
      new X509Certificate(block)
    } catch (cause) {
      throw invalidFile(`The ${what} ${path} cannot be understood.`, cause)
    }
  }
  return blocks
}

function readKey(path: string): string {
  const key = readFile(path, 'client key')
  refuseOpenKey(path)
  try {
    createPrivateKey(key)
  } catch (cause) {
    throw invalidFile(`The client key ${path} cannot be understood; a key with a passphrase cannot be used.`, cause)
  }
  return key
}

/** As libpq: a key that others can read is no secret. A key of root's may be readable for a group. */
function refuseOpenKey(path: string): void {
  if (platform() === 'win32') return
  const { mode, uid } = statSync(path)
  const open = uid === 0 && process.getuid?.() !== 0 ? mode & 0o027 : mode & 0o077
  if (open !== 0) throw invalidFile(`The client key ${path} can be read by others: run chmod 600 on it.`)
}

/** Far more than all the authorities that a system trusts take. */
const maxFileBytes = 16 * 1024 * 1024

function readFile(path: string, what: string): string {
  try {
    const status = statSync(path)
    // A pipe or a device would hold up the whole program, for as long as it likes.
    if (!status.isFile()) throw new Error('It is not a plain file.')
    if (status.size > maxFileBytes) throw new Error(`It is larger than ${maxFileBytes / 1024 / 1024} MB.`)
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw invalidFile(`The ${what} ${path} cannot be read.`, cause)
  }
}

function invalidFile(message: string, cause?: unknown): Failure {
  const detail = cause instanceof Error ? { detail: cause.message } : {}
  return new Failure({ code: 'invalid_input', message, ...detail }, { cause })
}

/** Where libpq looks for files that are not named. */
function inPostgresFolder(name: string): string {
  if (platform() === 'win32') return join(process.env['APPDATA'] ?? homedir(), 'postgresql', name)
  return join(homedir(), '.postgresql', name)
}
