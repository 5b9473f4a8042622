import pg from 'pg'
import type { ConnectionSettings, ServerReport } from '../../core/connection.ts'
import type { ConnectionEvent } from '../../core/connections/contract.ts'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import { openIntroduced } from '../postgres/control.ts'
import type { Password } from '../postgres/endpoint.ts'
import { explainLoss } from '../postgres/faults.ts'
import { endSession, openSession } from '../postgres/session.ts'
import type { Database } from './database.ts'

const firstRetryMs = 500
const longestRetryMs = 30_000

export interface OpenRequest {
  id: string
  settings: ConnectionSettings
  password: Password
  signal?: AbortSignal
  /** Told of each change after the opening. */
  onState(state: ConnectionEvent['state'], problem?: Fault): void
}

/**
 * A database that is open. Its control session is shared by all; when it is lost, it comes back by itself,
 * with growing pauses, or at once when somebody needs it.
 */
export class OpenedDatabase implements Database {
  readonly id: string
  readonly identity: string
  readonly #password: Password
  readonly #onState: OpenRequest['onState']
  readonly #closing = new AbortController()
  readonly #sessions = new Set<pg.Client>()
  #settings: ConnectionSettings
  #server: ServerReport
  #control: pg.Client | null = null
  #reconnecting: Promise<pg.Client> | null = null
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  /** The last of the queries in line: one session runs one at a time. */
  #last: Promise<unknown> = Promise.resolve()

  static async open(request: OpenRequest): Promise<OpenedDatabase> {
    const { settings, password, signal } = request
    const introduced = await openIntroduced({ endpoint: settings, password, signal, applicationName: 'pgSteward' })
    return new OpenedDatabase(request, introduced)
  }

  private constructor(request: OpenRequest, first: { client: pg.Client; server: ServerReport; identity: string }) {
    this.id = request.id
    this.identity = first.identity
    this.#settings = request.settings
    this.#password = request.password
    this.#onState = request.onState
    this.#server = first.server
    this.#take(first.client)
  }

  get settings(): ConnectionSettings {
    return this.#settings
  }

  get server(): ServerReport {
    return this.#server
  }

  get state(): ConnectionEvent['state'] {
    if (this.#closing.signal.aborted) return 'closed'
    return this.#control === null ? 'lost' : 'open'
  }

  /** Takes over what people call it and how careful they are. The address of an open database does not change. */
  takeOver({ name, kind, colour, askReasons, idleTransactionMinutes }: ConnectionSettings): void {
    this.#settings = { ...this.#settings, name, kind, colour, askReasons, idleTransactionMinutes }
  }

  async connect(purpose: string): Promise<pg.Client> {
    const client = await openSession({
      endpoint: this.#settings,
      password: this.#password,
      applicationName: `pgSteward - ${purpose}`,
      signal: this.#closing.signal,
    })
    this.#sessions.add(client)
    client.on('end', () => this.#sessions.delete(client))
    // Without any listener, an `error` event would end the whole program. Who uses the session sees the
    // loss in its queries and in its own listener.
    client.on('error', () => {})
    return client
  }

  query<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<pg.QueryResult<R>> {
    const result = this.#last.then(async () => {
      const client = await this.reconnect()
      try {
        return await client.query<R>(sql, values)
      } catch (thrown) {
        if (isFatal(thrown)) this.#lose(client, thrown)
        throw client === this.#control || thrown instanceof pg.DatabaseError
          ? thrown
          : explainLoss(thrown, this.#settings)
      }
    })
    // The next in line starts whatever became of this one; its caller has the error.
    this.#last = result.catch(() => {})
    return result
  }

  /** Resolves when the control session stands, at once if it does; tries to bring it back if not. */
  reconnect(): Promise<pg.Client> {
    if (this.#closing.signal.aborted) return Promise.reject(closed())
    if (this.#control !== null) return Promise.resolve(this.#control)
    this.#reconnecting ??= this.#bringBack().finally(() => {
      this.#reconnecting = null
    })
    return this.#reconnecting
  }

  /** Ends all sessions. Takes a second at most, even when the server hangs. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(closed())
    clearTimeout(this.#retry)
    const sessions = [...this.#sessions, ...(this.#control === null ? [] : [this.#control])]
    this.#control = null
    await Promise.all(sessions.map(endSession))
    this.#onState('closed')
  }

  #take(client: pg.Client): void {
    this.#control = client
    this.#failures = 0
    clearTimeout(this.#retry)
    client.on('error', (error) => this.#lose(client, error))
    client.on('end', () => this.#lose(client, new Error('The server closed the connection.')))
  }

  #lose(client: pg.Client, thrown: unknown): void {
    if (client !== this.#control) return
    this.#control = null
    this.#onState('lost', explainLoss(thrown, this.#settings).fault)
    this.#retryLater()
  }

  #retryLater(): void {
    clearTimeout(this.#retry)
    const pause = Math.min(firstRetryMs * 2 ** this.#failures, longestRetryMs)
    this.#failures += 1
    this.#retry = setTimeout(() => {
      // Its failure has been told by #bringBack, which also set the next try.
      this.reconnect().catch(() => {})
    }, pause)
    // Waiting for a server keeps no program running.
    this.#retry.unref()
  }

  async #bringBack(): Promise<pg.Client> {
    const signal = this.#closing.signal
    try {
      const { client, server, identity } = await openIntroduced({
        endpoint: this.#settings,
        password: this.#password,
        signal,
        applicationName: 'pgSteward',
      })
      if (signal.aborted || identity !== this.identity) {
        client.on('error', () => {}) // Of no interest: it is being ended.
        await endSession(client)
        throw signal.aborted ? closed() : this.#replaced()
      }
      this.#server = server
      this.#take(client)
      this.#onState('open')
      return client
    } catch (thrown) {
      if (!signal.aborted) {
        this.#onState('lost', toFault(thrown))
        this.#retryLater()
      }
      throw thrown
    }
  }

  /** Records of this database must not reach another one that now answers at its address. */
  #replaced(): Failure {
    return new Failure({
      code: 'refused',
      message: `Another database now answers as ${this.#settings.name}.`,
      hint: 'Close the connection and open it again, if that is meant.',
    })
  }
}

function isFatal(thrown: unknown): boolean {
  return thrown instanceof pg.DatabaseError && (thrown.severity === 'FATAL' || thrown.severity === 'PANIC')
}

function closed(): Failure {
  return new Failure({ code: 'not_found', message: 'The connection has been closed.' })
}
