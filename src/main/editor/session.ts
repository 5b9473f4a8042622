import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import type { Notice, TransactionState } from '../../core/editor/contract.ts'
import { type Step, type TransactionControl, TransactionLog } from '../../core/editor/transaction.ts'
import { Failure } from '../../core/fault.ts'
import type { Database } from '../connections/index.ts'
import { cancelBackend } from '../postgres/cancel.ts'
import { explainLoss } from '../postgres/faults.ts'
import { endSession } from '../postgres/session.ts'
import { cancellable } from './cancel.ts'
import { TypeNames } from './columns.ts'
import { Describe } from './describe.ts'
import { Operations } from './operations.ts'
import { type Delivery, type Page, Portal } from './portal.ts'
import { RowTap } from './rowTap.ts'
import { namedSettings, type Ways, waysOf } from './ways.ts'

const backend = z.object({ pid: z.coerce.number(), conforming: z.string(), dateStyle: z.string() })
const parameterStatus = z.object({ parameterName: z.string(), parameterValue: z.string() })

/** A statement as it is sent. */
export interface Sent {
  text: string
  values?: readonly (string | null)[]
  control: TransactionControl | null
}

/** A backend of its own at the server, for one tab. It does one thing at a time. */
export class Session {
  readonly id = randomUUID()
  readonly database: Database
  readonly backendPid: number
  readonly log = new TransactionLog()
  readonly operations = new Operations(this.log)
  readonly typeNames: TypeNames
  /** Told of what the server says beside results. */
  onNotice: (notice: Notice) => void = () => {}
  /** Told once, when the session is gone. */
  onLost: () => void = () => {}

  readonly #client: pg.Client
  readonly #tap: RowTap
  #lost: Failure | null = null
  #taggedWith: string | null = null
  #encodingChanged = false
  #escapesInTexts: boolean
  #dateStyle: string
  #hasOwnWays = false
  /** As they were asked for last; null where they have to be asked for. */
  #ways: Ways | null = null
  /** Settings of an application that it may have. */
  readonly #named = new Set<string>()
  /** A statement is under way that may commit the transaction. */
  #committing = false
  #undecided = false
  /** `performance.now()` when the transaction began. */
  #begunAt: number | null = null

  static async open(database: Database): Promise<Session> {
    const client = await database.connect('editor')
    try {
      const { rows } = await client.query(
        `select pg_catalog.pg_backend_pid() as pid, pg_catalog.current_setting('standard_conforming_strings') as conforming,
           pg_catalog.current_setting('DateStyle') as "dateStyle"`,
      )
      return new Session(database, client, backend.parse(rows[0]))
    } catch (thrown) {
      await endSession(client)
      throw thrown
    }
  }

  private constructor(database: Database, client: pg.Client, begun: z.output<typeof backend>) {
    this.database = database
    this.backendPid = begun.pid
    this.#escapesInTexts = begun.conforming === 'off'
    this.#dateStyle = begun.dateStyle
    this.typeNames = new TypeNames(database)
    this.#client = client
    client.on('error', (error) => this.lose(error))
    client.on('end', () => this.lose(new Error('The server closed the connection.')))
    this.#tap = RowTap.into(client)
    client.on('notice', (notice) => this.onNotice(noticeOf(notice)))
    client.on('notification', ({ channel, payload }) =>
      this.onNotice({ severity: 'NOTIFICATION', message: payload ? `${channel}: ${payload}` : channel }),
    )
    client.connection.on('parameterStatus', (message: unknown) => {
      const { parameterName, parameterValue } = parameterStatus.parse(message)
      if (parameterName === 'standard_conforming_strings') this.#escapesInTexts = parameterValue === 'off'
      if (parameterName === 'DateStyle') this.#dateStyle = parameterValue
      if (parameterName === 'client_encoding') this.#encodingChanged = parameterValue !== 'UTF8'
      // A function can say what no reader of the statement sees.
      if (toldWays.has(parameterName)) this.#takeOwnWays()
    })
  }

  /** Why the session is gone; null while it stands. */
  get lost(): Failure | null {
    return this.#lost
  }

  /** The session was lost while it committed: what became of its transaction, the server alone knows. */
  get undecided(): boolean {
    return this.#undecided
  }

  /** `standard_conforming_strings` is off: a backslash in an ordinary text escapes what follows. */
  get escapesInTexts(): boolean {
    return this.#escapesInTexts
  }

  /** How its dates are written, as PostgreSQL calls it: `ISO, MDY`. */
  get dateStyle(): string {
    return this.#dateStyle
  }

  get transaction(): TransactionState {
    return this.log.state
  }

  /** It may have settings, a role or objects that another session of the same connection has not. */
  get hasOwnWays(): boolean {
    return this.#hasOwnWays
  }

  /** How long the transaction has been open, in milliseconds; 0 where none is. */
  get transactionAgeMs(): number {
    return this.#begunAt === null ? 0 : performance.now() - this.#begunAt
  }

  /** Starts a statement. An abort of the signal cancels it at the server. */
  async start(
    { text, values = [], control }: Sent,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<{ portal: Portal; page: Page }> {
    this.checkStanding()
    if (makesOwnWays(text)) {
      this.#takeOwnWays()
      for (const name of namedSettings(text.slice(0, readForSettings))) this.#named.add(name)
    }
    const portal = new Portal(this.#tap, text, delivery, values)
    this.#committing = this.transaction === 'open' && (control?.kind === 'commit' || control?.kind === 'prepare')
    this.#client.query(portal)
    return { portal, page: await this.cancellable(portal.first, signal) }
  }

  #takeOwnWays(): void {
    this.#hasOwnWays = true
    this.#ways = null
  }

  /**
   * Who the session acts as and its settings, to be asked before a statement is started: while its rows come, nothing
   * can be asked. Null where they are those of every session of the connection; `unknown` inside a transaction, which
   * an error of this question would end.
   */
  async ways(): Promise<Ways | 'unknown' | null> {
    if (!this.#hasOwnWays || this.#ways !== null) return this.#ways
    if (this.transaction !== 'idle') return 'unknown'
    try {
      this.#ways = await waysOf(this.#client, this.#named)
      return this.#ways
    } catch (thrown) {
      if (this.isLoss(thrown)) throw thrown
      return 'unknown' // Such as by a statement_timeout that leaves no time for it.
    }
  }

  cancellable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    return cancellable(work, signal, () => cancelBackend(() => this.database.connect('cancel'), this.backendPid))
  }

  /** Follows what a statement that has ended did to the transaction, and to the operations in it. */
  async advance(step: Omit<Step, 'after'>): Promise<void> {
    if (this.#lost !== null) return
    this.#committing = false
    this.operations.judge(this.log.advance({ ...step, after: stateOf(this.#client.getTransactionStatus()) }))
    this.#clockTransaction(step.control)
    if (forgetsTag(step)) this.#taggedWith = null
    if (this.#encodingChanged && this.transaction !== 'failed') {
      this.#encodingChanged = false
      await this.#client.query("set client_encoding = 'UTF8'")
      this.onNotice({
        severity: 'WARNING',
        message: 'client_encoding stays UTF8: pgSteward reads and writes nothing else.',
      })
    }
  }

  #clockTransaction(control: TransactionControl | null): void {
    // With `and chain`, the next transaction begins where this one ends.
    const ends = control?.kind === 'commit' || control?.kind === 'rollback'
    if (this.transaction === 'idle') this.#begunAt = null
    else if (this.#begunAt === null || ends) this.#begunAt = performance.now()
  }

  /** Sends a statement about the transaction on behalf of an operation, and follows what comes of it. */
  async control(sql: string, control: TransactionControl, operation: string): Promise<void> {
    const { rowCount: _, command } = await this.#client.query(sql)
    await this.advance({ operation, control, tag: command })
  }

  /** Rolls back what is open, because nobody has used it. Its operations say why. */
  async rollBackIdle(reason: string): Promise<void> {
    this.operations.sayWhy(reason)
    try {
      await this.control('rollback', { kind: 'rollback', name: '' }, '')
    } catch (thrown) {
      if (this.isLoss(thrown)) this.lose(thrown)
      else throw thrown
    }
  }

  /**
   * The types of a statement's parameters, as `format_type` prints them; null where the server cannot tell. In this
   * session, which may have tables of its own; while a transaction is open in another one, because an error would end it.
   */
  async parameterTypes(text: string): Promise<string[] | null> {
    const other = this.transaction === 'idle' ? null : await this.database.connect('parameters')
    try {
      const describe = new Describe(text)
      const client = other ?? this.#client
      client.query(describe)
      return await this.typeNames.names(await describe.types)
    } catch (thrown) {
      if (other === null && this.isLoss(thrown)) this.lose(thrown)
      return null // What is wrong with the statement, the server says when it is run.
    } finally {
      if (other !== null) await endSession(other)
    }
  }

  /**
   * Tells the session which operation it works on, for the triggers that track DDL. By `set`, and not by a query:
   * a query would fix the transaction's snapshot before the user can say `set transaction`.
   */
  async tag(operation: string): Promise<void> {
    if (this.#taggedWith === operation || this.transaction === 'failed') return
    await this.#client.query(`set script_tracking.operation = '${z.uuid().parse(operation)}'`)
    this.#taggedWith = operation
  }

  /**
   * For a connection that is read-only, before each statement: one of those before may have said otherwise in a way
   * that no parser sees, such as inside a function.
   */
  async stayReadOnly(): Promise<void> {
    if (this.transaction === 'idle') await this.#client.query('set default_transaction_read_only = on')
  }

  /** Never throws: what the session is asked to forget, the next run says anew. */
  async untag(): Promise<void> {
    if (this.#taggedWith === null || this.transaction === 'failed' || this.#lost !== null) return
    this.#taggedWith = null
    try {
      await this.#client.query('reset script_tracking.operation')
    } catch (thrown) {
      if (this.isLoss(thrown)) this.lose(thrown)
    }
  }

  /** @throws Failure `connection_lost` */
  checkStanding(): void {
    if (this.#lost !== null) throw this.#lost
  }

  /** What a statement that failed with this says about the session: it is gone, or it goes on. */
  isLoss(thrown: unknown): boolean {
    if (thrown instanceof Failure) return thrown.fault.code === 'connection_lost'
    if (!(thrown instanceof pg.DatabaseError)) return true
    return thrown.severity === 'FATAL' || thrown.severity === 'PANIC'
  }

  explain(thrown: unknown): Failure {
    return explainLoss(thrown, this.database.settings)
  }

  /** Rolls back what is open, so that its record is true, and ends the session. */
  async end(): Promise<void> {
    if (this.#lost === null && this.transaction !== 'idle') {
      try {
        await this.#client.query('rollback')
        this.operations.judge(this.log.lose())
      } catch (thrown) {
        this.lose(thrown) // Cut in this very moment: the server rolls back by itself.
      }
    }
    await endSession(this.#client)
  }

  /** Ends the session at once, whatever it is doing. */
  async cut(): Promise<void> {
    await endSession(this.#client)
  }

  /** Takes note that the session is gone. What it had not begun to commit, the server rolls back. */
  lose(thrown: unknown): void {
    if (this.#lost !== null) return
    const { fault } = this.explain(thrown)
    this.#lost = new Failure(
      {
        ...fault,
        code: 'connection_lost',
        hint: 'The session of this tab is gone, with its settings and temporary tables. Open a new one to go on.',
      },
      { cause: thrown },
    )
    this.#undecided = this.#committing
    this.operations.interrupt(this.#undecided)
    const verdicts = this.log.lose()
    this.#begunAt = null
    if (!this.#undecided) this.operations.judge(verdicts)
    this.onLost()
  }
}

/** Of longer statements, the beginning is looked through for settings. */
const readForSettings = 100_000

/** Settings of which the server tells by itself; not those that this program changes. */
const toldWays = new Set([
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'is_superuser',
  'search_path',
  'session_authorization',
])

/** What begins otherwise may make settings or objects; so may what stands behind a very long comment. */
const rowsAlone =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(select|values|table|with|insert|update|delete|merge|explain|show|begin|start|commit|end|rollback)\b/i

/** May a statement leave something behind in the session? A `select` can, by one function, or `into` a table. */
function makesOwnWays(sql: string): boolean {
  const word = rowsAlone.exec(sql.slice(0, 4_000))?.[1]
  if (word === undefined) return true
  return (
    /set_config/i.test(sql) ||
    (/^(select|with)$/i.test(word) && /\binto\s+(temp|local|global|unlogged|table|\w+\s+from)/i.test(sql))
  )
}

/** A rollback also undoes what the session has said about its operation, and so do `reset all` and `discard all`. */
function forgetsTag({ tag, control }: Omit<Step, 'after'>): boolean {
  return tag === null || control?.kind === 'rollbackTo' || /^(ROLLBACK|RESET|DISCARD ALL)$/.test(tag)
}

function stateOf(status: ReturnType<pg.Client['getTransactionStatus']>): TransactionState {
  return status === 'T' ? 'open' : status === 'E' ? 'failed' : 'idle'
}

/** The fields of a notice that are shown; the server leaves out those that it has nothing to say in. */
interface ServerNotice {
  severity?: string | undefined
  message?: string | undefined
  detail?: string | undefined
  hint?: string | undefined
  code?: string | undefined
}

function noticeOf({ severity, message, detail, hint, code }: ServerNotice): Notice {
  return {
    severity: severity ?? 'NOTICE',
    message: message ?? '',
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
    ...(code === undefined ? {} : { sqlstate: code }),
  }
}
