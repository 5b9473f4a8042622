import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import type { ExecutionStatus } from '../execution.ts'
import type { Fault } from '../fault.ts'

export const statementClasses = ['DDL', 'DML', 'SELECT', 'DCL', 'TCL', 'UTILITY', 'UNKNOWN'] as const
export type StatementClass = (typeof statementClasses)[number]

/** One statement of a script. Offsets are UTF-16 units, as JavaScript and Monaco count. */
export interface Statement {
  start: number
  /** Exclusive; the semicolon is not part of the statement. */
  end: number
  class: StatementClass
}

export interface Column {
  name: string
  /** As `format_type` prints it: `numeric(10,2)`, `text[]`. */
  type: string
  typeOid: number
}

/** A value as PostgreSQL prints it; nothing is lost on the way. */
export type Cell = string | null
export type Row = Cell[]

export interface StatementResult {
  /** Which statement of the run, from 0. */
  index: number
  /** PostgreSQL's command tag: `INSERT`, `CREATE TABLE`. */
  command: string
  /** Rows affected, or delivered so far; null where the command counts none. */
  rowCount: number | null
  /** Empty where the statement returns no rows. */
  columns: Column[]
  /** The first page. */
  rows: Row[]
  /** Set while the server holds more rows; `editor.fetch` takes them. */
  cursor: string | null
  durationMs: number
}

export type TransactionState = 'idle' | 'open' | 'failed'

/** How a run is kept: by the server, waiting to be sent there, or on this machine alone. */
export type Recorded = 'server' | 'waiting' | 'local'

export interface Notice {
  severity: string
  message: string
  detail?: string
  hint?: string
  sqlstate?: string
}

export type RunEvent =
  | { kind: 'started'; operation: string; statements: number }
  | { kind: 'statement'; index: number }
  | { kind: 'result'; result: StatementResult }
  | { kind: 'notice'; index: number; notice: Notice }

export interface RunOutcome {
  /** The operation's id: a UUID, the same in the cache and at the server. */
  operation: string
  /**
   * `STARTED` where the run went well and its end is not decided yet: its transaction is open, or the server still
   * holds rows of its last result. Without a `failure`, that is no bad news.
   */
  status: ExecutionStatus
  statements: number
  /** How many ran to their end. */
  completed: number
  durationMs: number
  transaction: TransactionState
  recorded: Recorded
  /** Why the run did not complete; `offset` is where, in UTF-16 units of the `sql` that was given. */
  failure: { fault: Fault; statement: number; offset: number | null } | null
  /** Why the record could not be told to the server, where it could not. */
  recordingFault: Fault | null
}

export const maxScriptCharacters = 100_000_000

export const runInput = z.strictObject({
  session: z.string(),
  sql: z.string().max(maxScriptCharacters),
  /** The part to run, in UTF-16 units; all of it when absent. */
  range: z.strictObject({ start: z.int().min(0), end: z.int().min(0) }).optional(),
  ticket: z.string().trim().max(200).optional(),
  justification: z.string().trim().max(10_000).optional(),
  /** Where the script came from, when it is a file. */
  filePath: z.string().max(4096).optional(),
  /** Rows of each result that come with it. */
  pageSize: z.int().min(1).max(10_000).default(200),
})

export const editor = {
  /** The statements of a script, found by PostgreSQL's own tokenizer. */
  split: call(z.strictObject({ sql: z.string().max(maxScriptCharacters) })).returns<{ statements: Statement[] }>(),
  /** A session of its own at the server, for one tab. */
  open: call(z.strictObject({ connection: connectionId })).returns<{ session: string; backendPid: number }>(),
  /**
   * Runs statements one after the other and stops at the first that fails. Results come as events. A statement
   * that fails is an outcome, not a fault of the call. Cancelling the call cancels at the server. Of a run of more
   * than 1,000 statements, the first 1,000 results are told and the last one, and its progress ten times a second.
   */
  run: call(runInput).emits<RunEvent>().returns<RunOutcome>(),
  /**
   * The next rows of a result. Cursors die with the next run of their session. A result of the last statement is
   * let go by the server when nobody reads it for a minute; of others, as many rows are kept as there is room for.
   */
  fetch: call(z.strictObject({ cursor: z.string(), count: z.int().min(1).max(10_000) })).returns<{
    rows: Row[]
    done: boolean
    /** What the server has said while it made these rows. */
    notices?: Notice[]
  }>(),
  release: call(z.strictObject({ cursor: z.string() })).returns<null>(),
  close: call(z.strictObject({ session: z.string() })).returns<null>(),
}
