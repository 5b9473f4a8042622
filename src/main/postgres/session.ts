import { Socket, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net'
import pg from 'pg'
import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'
import type { Endpoint, Password } from './endpoint.ts'
import { explainConnecting, isWithoutSsl, passwordRequired, timedOut } from './faults.ts'
import { SshStream } from './sshStream.ts'
import { type Encryption, encryptionsOf } from './ssl.ts'

export const oldestMajor = 12

/** How long connecting may take, all attempts together. */
const connectTimeoutMs = 10_000
/** The same where a program is asked for the password, which may have to ask another machine. */
const connectTimeoutWithProgramMs = 40_000
/** How long a session without traffic stands before the first keepalive packet. */
const keepAliveAfterMs = 30_000
/** How long a server may take to say goodbye. */
const goodbyeMs = 1_000

// A host with several addresses: Node gives each but the last 250 ms, less than a far server needs.
setDefaultAutoSelectFamilyAttemptTimeout(2_500)

export interface SessionRequest {
  endpoint: Endpoint
  password: Password
  /** Shows in pg_stat_activity. */
  applicationName: string
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
}

/**
 * Opens a session. All values come as PostgreSQL prints them, as text. The caller handles the client's
 * `error` event, which tells of a session that is cut, and ends it with `endSession`.
 *
 * @throws Failure in words for a person, with PostgreSQL's own where it has spoken; `password_required`
 * where the server asks for one and none is known; `unsupported` for a server older than 12
 */
export async function openSession(request: SessionRequest): Promise<pg.Client> {
  const { endpoint, password } = request
  const [first, second] = encryptionsOf(endpoint)
  return await withinLimit(request, async (limit) => {
    return await attempt(request, first, limit).catch(async (thrown: unknown) => {
      if (second === undefined || !isWorthRetrying(thrown))
        throw explainConnecting(reasonOf(thrown), endpoint, password)
      return await attempt(request, second, limit).catch((again: unknown) => {
        throw explainBoth(reasonOf(thrown), reasonOf(again), second !== false, endpoint, password)
      })
    })
  })
}

/**
 * Runs `work` with a signal that aborts when the request's time is up or its caller cancels. The signal's
 * reason is the Failure to throw.
 */
export async function withinLimit<T>(request: SessionRequest, work: (limit: AbortSignal) => Promise<T>): Promise<T> {
  const { endpoint, password, signal } = request
  const usual = password.make === undefined ? connectTimeoutMs : connectTimeoutWithProgramMs
  const timeoutMs = request.timeoutMs ?? usual
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(timedOut(endpoint, timeoutMs / 1000)), timeoutMs)
  const cancel = () => {
    const reason: unknown = signal?.reason
    limit.abort(reason instanceof Failure ? reason : new Failure({ code: 'cancelled', message: 'Cancelled.' }))
  }
  signal?.addEventListener('abort', cancel)
  if (signal?.aborted) cancel()
  try {
    return await work(limit.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
  }
}

/** Ends a session. A server that hangs is not waited for: its socket is cut after a second. */
export async function endSession(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), goodbyeMs)
  try {
    await client.end()
  } finally {
    clearTimeout(timer)
  }
}

/** A try that failed after the server was reached: with or without TLS, the other way may go better. */
class ReachedServer extends Error {
  constructor(cause: unknown) {
    super('The server was reached.', { cause })
  }
}

function reasonOf(thrown: unknown): unknown {
  return thrown instanceof ReachedServer ? thrown.cause : thrown
}

/**
 * libpq tries the other way after any refusal. We do so where encryption can be what matters: TLS itself
 * failed, or pg_hba.conf has no line. A wrong password stays wrong, and is not sent again in the clear.
 */
function isWorthRetrying(thrown: unknown): boolean {
  if (!(thrown instanceof ReachedServer) || thrown.cause instanceof Failure) return false
  const { sqlstate } = toFault(thrown.cause)
  return sqlstate === undefined || sqlstate === '28000'
}

function explainBoth(
  first: unknown,
  second: unknown,
  secondWithSsl: boolean,
  endpoint: Endpoint,
  password: Password,
): Failure {
  const last = explainConnecting(second, endpoint, password)
  const { sqlstate } = last.fault
  // The second way came further: to a wrong password, a missing database, a server that is too old.
  if (second instanceof Failure || (sqlstate !== undefined && sqlstate !== '28000')) return last
  if (isWithoutSsl(first)) return last
  const { fault } = explainConnecting(first, endpoint, password)
  const other = `${secondWithSsl ? 'With' : 'Without'} SSL: ${last.fault.message}`
  const detail = fault.detail === undefined ? other : `${fault.detail}\n${other}`
  return new Failure({ ...fault, detail }, { cause: first })
}

async function attempt(request: SessionRequest, encryption: Encryption, limit: AbortSignal): Promise<pg.Client> {
  limit.throwIfAborted()
  const { endpoint, password } = request
  let reached = false
  const socket = endpoint.ssh === '' ? new Socket() : new SshStream(endpoint)
  socket.once('connect', () => {
    reached = true
  })
  const client = new pg.Client({
    host: endpoint.host,
    port: endpoint.port,
    database: endpoint.database,
    user: endpoint.user,
    // Asked for only when the server wants one. As a function, so that the environment's is not taken unseen.
    password: async () => {
      const text = password.make === undefined ? password.text : await password.make(limit)
      if (text === null || text === '') throw passwordRequired(endpoint, password)
      return text
    },
    ssl: encryption,
    sslnegotiation: 'postgres',
    enableChannelBinding: encryption !== false,
    stream: () => socket,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    application_name: request.applicationName,
    options: startupOptions(endpoint),
    types: { getTypeParser: () => (text: string) => text },
  })
  const tooOld = watchVersion(client)
  const stop = () => {
    client.connection.stream.destroy(limit.reason)
    socket.destroy()
  }
  const failed = new Promise<never>((_, reject) => limit.addEventListener('abort', () => reject(limit.reason)))
  limit.addEventListener('abort', stop)
  // Errors while connecting arrive twice: here, and by connect(), which is where they are handled.
  const ignore = () => {}
  client.on('error', ignore)
  try {
    await Promise.race([client.connect(), failed])
    const failure = tooOld()
    if (failure !== null) throw failure
    client.off('error', ignore)
    return client
  } catch (thrown) {
    stop()
    throw reached && !limit.aborted ? new ReachedServer(thrown) : thrown
  } finally {
    limit.removeEventListener('abort', stop)
  }
}

/**
 * Given at the start and not by `set`: `reset all` and `discard all` fall back to these, so that a
 * read-only session stays one. Without client_encoding, a database in LATIN1 would send LATIN1.
 */
function startupOptions(endpoint: Endpoint): string {
  const options = ['-c client_encoding=UTF8']
  if (endpoint.readOnly) options.push('-c default_transaction_read_only=on')
  return options.join(' ')
}

const parameterStatus = z.object({ parameterName: z.string(), parameterValue: z.string() })

/** Servers tell their version while the session starts: no question needs to be sent to an unknown one. */
function watchVersion(client: pg.Client): () => Failure | null {
  let version: string | null = null
  client.connection.on('parameterStatus', (message: unknown) => {
    const { parameterName, parameterValue } = parameterStatus.parse(message)
    if (parameterName === 'server_version') version = parameterValue
  })
  return () => {
    if (version === null || Number.parseInt(version, 10) >= oldestMajor) return null
    return new Failure({
      code: 'unsupported',
      message: `The server is PostgreSQL ${version}; pgSteward needs ${oldestMajor} or newer.`,
    })
  }
}
