import type pg from 'pg'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import type { Database } from '../connections/index.ts'
import { endSession } from '../postgres/session.ts'
import { type Login, outcomeShape, type Store, type WaitingState } from './store.ts'

export interface OutboxOptions {
  store: Store
  login: Login
  /** The open connection by which the database can be reached now; null while there is none. */
  database(): Database | null
  /** Told whenever the number of waiting records may have changed. */
  onChange(): void
  /** Pause after a first failure, in milliseconds; it doubles, up to `longestPauseMs`. */
  firstPauseMs: number
}

const longestPauseMs = 60_000
/** A server that refuses for good, such as one whose framework was removed, is asked again this rarely. */
const refusedPauseMs = 10 * 60_000
const idleMs = 30_000

/**
 * Tells one database what one role did there, over a session of its own, in order. The server knows a state by its
 * operation and ordinal, so that one which is sent again after a lost answer counts once.
 */
export class Outbox {
  readonly #options: OutboxOptions
  #client: pg.Client | null = null
  #sending: Promise<void> | null = null
  #again = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #closed = false
  #fault: Fault | null = null

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Why the last attempt failed; null after one that did not. */
  get fault(): Fault | null {
    return this.#fault
  }

  /** Sends what waits. Resolves when that was tried; never rejects. */
  flush(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    clearTimeout(this.#timer)
    if (this.#sending !== null) {
      // What was kept after the running attempt looked is for another round.
      this.#again = true
      return this.#sending
    }
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = null
    })
    return this.#sending
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#idle)
    await this.#drop()
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#idle)
    try {
      do {
        this.#again = false
        await this.#sendRound()
      } while (this.#again && !this.#closed)
      this.#failures = 0
      this.#idle = setTimeout(() => void this.#drop(), idleMs)
      this.#idle.unref()
    } catch (thrown) {
      this.#fault = toFault(thrown)
      await this.#drop()
      this.#retryLater()
    }
    this.#options.onChange()
  }

  async #sendRound(): Promise<void> {
    const { store, login } = this.#options
    const held = new Set<string>()
    let fault: Fault | null = null
    let after = 0
    for (let state = store.firstWaiting(login, after); state !== undefined && !this.#closed; ) {
      after = state.sequence
      // An operation's states arrive in order, or not at all.
      if (!held.has(state.operation)) {
        fault = (await this.#sendOrRefuse(state, held)) ?? fault
      }
      state = store.firstWaiting(login, after)
    }
    this.#fault = fault
  }

  async #sendOrRefuse(state: WaitingState, held: Set<string>): Promise<Fault | null> {
    try {
      await this.#send(state)
      this.#options.store.markSent(state.sequence)
      return null
    } catch (thrown) {
      const fault = toFault(thrown)
      if (!isAboutRecord(fault)) throw thrown
      // The server will not take this record; the others it may.
      this.#options.store.markRefused(state.sequence, fault)
      held.add(state.operation)
      return fault
    }
  }

  async #send(state: WaitingState): Promise<void> {
    const told = JSON.stringify(stateForServer(state))
    try {
      await this.#tell(state, told)
    } catch (thrown) {
      if (toFault(thrown).sqlstate !== untranslatable) throw thrown
      await this.#tell(state, inAscii(told))
    }
  }

  async #tell({ operation, ordinal }: WaitingState, told: string): Promise<void> {
    this.#client ??= await this.#connect()
    await this.#client.query('select script_tracking.record_execution($1::uuid, $2::integer, $3::jsonb)', [
      operation,
      ordinal,
      told,
    ])
  }

  async #connect(): Promise<pg.Client> {
    const database = this.#options.database()
    if (database === null) throw new Failure({ code: 'unavailable', message: 'The connection is not open.' })
    const client = await openRecorderSession(database)
    client.on('end', () => {
      if (this.#client === client) this.#client = null
    })
    return client
  }

  async #drop(): Promise<void> {
    const client = this.#client
    this.#client = null
    if (client !== null) await endSession(client)
  }

  #retryLater(): void {
    if (this.#closed || this.#options.database() === null) return
    const waits = isRefusal(this.#fault) ? refusedPauseMs : this.#options.firstPauseMs * 2 ** this.#failures
    this.#failures += 1
    this.#timer = setTimeout(() => void this.flush(), Math.min(waits, isRefusal(this.#fault) ? waits : longestPauseMs))
    // What waits is kept on disk: it keeps no program running.
    this.#timer.unref()
  }
}

/**
 * A session that records. Also on a connection that is read-only for its user: what the user does there is
 * recorded like all else.
 */
export async function openRecorderSession(database: Database): Promise<pg.Client> {
  const client = await database.connect('recorder')
  client.on('error', () => {}) // Its queries reject, and `end` follows.
  try {
    await client.query(
      "set statement_timeout = '10s'; set lock_timeout = '3s'; set timezone = 'UTC'; set default_transaction_read_only = off",
    )
    return client
  } catch (thrown) {
    await endSession(client)
    throw thrown
  }
}

/** The database's encoding, such as LATIN1, has no such character. */
const untranslatable = '22P05'

/** A record that can be read in part is better than none: each letter beyond ASCII becomes its number. */
function inAscii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/gu, (character) => {
    const number = character.codePointAt(0) ?? 0
    return `<U+${number.toString(16).toUpperCase().padStart(4, '0')}>`
  })
}

/** An error in the data of one record (class 22, 23), rather than in the way to the server. */
function isAboutRecord({ sqlstate }: Fault): boolean {
  return sqlstate !== undefined && /^2[23]/.test(sqlstate)
}

/** The framework is gone or older, the role has no right, the server is a standby: a retry changes nothing. */
function isRefusal(fault: Fault | null): boolean {
  return fault?.sqlstate !== undefined && /^(42|3F|0A|25006)/.test(fault.sqlstate)
}

/** The first state says what the operation is; a key that a later one leaves out stays as it was. */
function stateForServer(state: WaitingState): Record<string, unknown> {
  const outcome = outcomeShape.parse(JSON.parse(state.outcome))
  const told = {
    execution_status: state.status,
    ...(state.ordinal === 0 ? undertakingForServer(state) : {}),
    execution_duration_ms: outcome.durationMs === null ? null : Math.round(outcome.durationMs),
    rows_affected: outcome.rows,
    error_message: outcome.errorMessage,
    error_code: outcome.errorCode,
    metadata: outcome.metadata,
    application_name: state.application,
  }
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null))
}

function undertakingForServer(state: WaitingState): Record<string, unknown> {
  const cut = state.sql.length < state.sql_length
  return {
    script_name: state.name,
    script_type: state.type,
    script_category: state.category,
    script_content: cut
      ? `${state.sql}\n-- … cut: ${state.sql_length} characters, SHA-256 ${state.sql_hash}`
      : state.sql,
    execution_timestamp: state.started_at,
    related_ticket: state.ticket,
    business_justification: state.justification,
    script_file_path: state.file_path,
  }
}
