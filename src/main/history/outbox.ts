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
/** An operation that has failed so often, while others may have gone through, is passed over. */
const doubtsAllowed = 3

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
  /** Operations that are passed over: the server would say the same again. */
  readonly #refused = new Set<string>()
  /** How often each operation has failed in a way that may be its own or the server's. */
  readonly #doubts = new Map<string, number>()

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Why the last attempt failed; null after one that did not. */
  get fault(): Fault | null {
    return this.#fault
  }

  /**
   * Sends what waits. Resolves when that was tried; never rejects.
   *
   * @param refused also what the server has refused before: the framework may have been brought up to date since
   */
  flush({ refused = false }: { refused?: boolean } = {}): Promise<void> {
    if (this.#closed) return Promise.resolve()
    clearTimeout(this.#timer)
    if (refused) {
      this.#refused.clear()
      this.#doubts.clear()
    }
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
      if (this.#doubts.size > 0) this.#retryIn(refusedPauseMs)
    } catch (thrown) {
      this.#fault = toFault(thrown)
      await this.#drop()
      this.#retryLater()
    }
    this.#options.onChange()
  }

  async #sendRound(): Promise<void> {
    const { store, login } = this.#options
    const held = new Set(this.#refused)
    let fault: Fault | null = null
    let doubt: string | undefined
    let after = 0
    for (let state = store.firstWaiting(login, after); state !== undefined && !this.#closed; ) {
      after = state.sequence
      // An operation's states arrive in order, or not at all.
      const refusal = held.has(state.operation) ? null : await this.#sendOrRefuse(state)
      if (refusal !== null) {
        fault = refusal
        held.add(state.operation)
        if (isAboutRecord(refusal)) this.#refused.add(state.operation)
        // Two operations that fail alike: it may be the server, which is given a rest.
        else if (this.#doubt(state.operation) && doubt === refusal.sqlstate) throw new Failure(refusal)
        else doubt = refusal.sqlstate
      }
      state = store.firstWaiting(login, after)
    }
    this.#fault = fault
  }

  /** @returns whether it may still be the server's doing: an operation that fails again and again is passed over */
  #doubt(operation: string): boolean {
    const times = (this.#doubts.get(operation) ?? 0) + 1
    this.#doubts.set(operation, times)
    if (times < doubtsAllowed) return true
    this.#refused.add(operation)
    return false
  }

  /** @returns why the server did not take this record, where it may take others; null where it took it */
  async #sendOrRefuse(state: WaitingState): Promise<Fault | null> {
    try {
      await this.#send(state)
      this.#options.store.markSent(state.sequence)
      this.#doubts.delete(state.operation)
      return null
    } catch (thrown) {
      const fault = toFault(thrown)
      if (!isAboutRecord(fault) && !mayBeAboutRecord(fault)) throw thrown
      this.#options.store.markRefused(state.sequence, fault)
      return fault
    }
  }

  async #send(state: WaitingState): Promise<void> {
    const told = textForServer(state)
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
    const waits = Math.min(this.#options.firstPauseMs * 2 ** this.#failures, longestPauseMs)
    this.#failures += 1
    this.#retryIn(isRefusal(this.#fault) ? refusedPauseMs : waits)
  }

  #retryIn(pauseMs: number): void {
    if (this.#closed || this.#options.database() === null) return
    this.#timer = setTimeout(() => void this.flush({ refused: pauseMs === refusedPauseMs }), pauseMs)
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

/**
 * An error in the data of one record (class 22, 23), in its size or depth (class 54), or in writing it out here: however
 * often it is sent, it will not be taken.
 */
function isAboutRecord({ code, sqlstate }: Fault): boolean {
  return code === unwritable || (sqlstate !== undefined && /^(22|23|54)/.test(sqlstate))
}

/**
 * Neither plainly about one record nor about the way to the server or its state: a statement that took too long, an
 * internal error, what somebody's trigger raised. The others may go.
 */
function mayBeAboutRecord({ sqlstate }: Fault): boolean {
  return sqlstate !== undefined && (sqlstate === '57014' || !/^(08|0A|25|28|3D|3F|40|42|53|55|57|58)/.test(sqlstate))
}

/** The framework is gone or older, the role has no right, the server is a standby: a retry changes nothing. */
function isRefusal(fault: Fault | null): boolean {
  return fault?.sqlstate !== undefined && /^(42|3F|0A|25006)/.test(fault.sqlstate)
}

/** A record that this program cannot write out as JSON. */
const unwritable = 'unwritable'

/**
 * The state as JSON.
 *
 * @throws Failure `unwritable` where it is nested too deeply, or was kept by a release that wrote it otherwise
 */
function textForServer(state: WaitingState): string {
  try {
    return JSON.stringify(stateForServer(state))
  } catch (cause) {
    const message = `The record cannot be written out for the server: ${toFault(cause).message}`
    throw new Failure({ code: unwritable, message, hint: 'It stays in the history of this machine.' }, { cause })
  }
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
