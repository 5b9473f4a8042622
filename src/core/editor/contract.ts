import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import type { ExecutionStatus } from '../execution.ts'
import type { Fault } from '../fault.ts'
import { reasonsShape } from '../reasons.ts'
import type { Span } from '../token.ts'
import { arranging } from './arrange.ts'
import type { Row } from './cell.ts'
import { changes, type Editable, type EditOutcome, type EditStatement } from './edit.ts'
import { type ExportEvent, type ExportOutcome, exportInput } from './export.ts'
import { language } from './language.ts'
import type { Recorded } from './recorded.ts'

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

export type { Cell, Row } from './cell.ts'

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
  /** What of the first page is not whole. */
  cut: Cut[]
  /** What `editor.rows` and its like ask for; null where the statement returns no rows. */
  result: string | null
  /** Rows that can be asked for by now. */
  known: number
  /** All its rows have been read from the server. */
  done: boolean
  /** Why no others can come, although they were not all: the disk had no room for them. */
  fault: Fault | null
  /** The session's DateStyle as it was then: how dates and moments in the rows are written. */
  dateStyle: string
  durationMs: number
}

/** A value that was longer than was asked for: its row in the part that came, and how long it is in whole. */
export interface Cut {
  row: number
  column: number
  /** In UTF-16 units. */
  length: number
}

/** How far a result has been read from the server. */
export interface Reach {
  /** Rows that can be asked for. */
  known: number
  /** There are no others. */
  done: boolean
  /** Why no others can come, although they were not all; what is known stays. */
  fault: Fault | null
  /** What the server has said while it made rows for this call. */
  notices: Notice[]
}

export interface Progress {
  known: number
}

export type TransactionState = 'idle' | 'open' | 'failed'

export type { Recorded } from './recorded.ts'

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
  /** What an explain has brought. */
  plan: ExplainedPlan | null
}

/** A plan as it is shown and kept. */
export interface ExplainedPlan {
  /** In the words of `explain`, made from the JSON. */
  text: string
  /** As the server sent it. */
  json: string
  /** The statement was run, and what it changed was rolled back. */
  undone: boolean
}

/** A parameter of a script, before it is asked for. */
export interface ScriptParameter {
  /** `name` of `:name`; `$1` of `$1`. */
  name: string
  /** As `format_type` prints it; null where the server cannot tell. */
  type: string | null
  /** Its name, or the column that it is for, says that it is a secret: it is never kept. */
  secret: boolean
  /** What was given the last time; absent where nothing is known. */
  remembered?: { value: string | null }
}

/** The transaction of a session, as it stands. */
export interface TransactionEvent {
  transaction: TransactionState
  /** How long it has been open, in milliseconds. */
  ageMs: number
  /** It has been idle for so long that it is to be warned of. */
  warn: boolean
  /** When it is rolled back unless somebody uses it, in milliseconds from now; null where that is not planned. */
  rollBackInMs: number | null
  /** Why it was ended, where the program ended it. */
  ended: string | null
  /** Why the session is gone, and the transaction with it; null while it stands. */
  lost: Fault | null
}

export const maxScriptCharacters = 100_000_000

export const runInput = z.strictObject({
  session: z.string(),
  sql: z.string().max(maxScriptCharacters),
  /** The part to run, in UTF-16 units; all of it when absent. */
  range: z.strictObject({ start: z.int().min(0), end: z.int().min(0) }).optional(),
  ...reasonsShape,
  /** Where the script came from, when it is a file. */
  filePath: z.string().max(4096).optional(),
  /** A value for each parameter, as text; null is NULL. They are bound, and never become part of the SQL. */
  params: z
    .array(z.strictObject({ name: z.string().max(200), value: z.string().max(maxScriptCharacters).nullable() }))
    .max(10_000)
    .default([]),
  /** The names that were typed to confirm what cannot be taken back. */
  confirmed: z.array(z.string().max(1_000)).max(100).default([]),
  /** `manual`: a transaction begins with the first statement, and stays open until somebody ends it. */
  transaction: z.enum(['auto', 'manual']).default('auto'),
  /** Explains the one statement in place of running it; `analyze` runs it, and rolls back what it writes. */
  explain: z.enum(['plan', 'analyze']).optional(),
  /** Rows of each result that come with it. */
  pageSize: z.int().min(1).max(10_000).default(200),
  /** UTF-16 units after which values are cut in these rows; absent, they are whole. */
  longest: z.int().min(1).optional(),
})

const resultId = z.string().max(100)

export const editor = {
  ...language,
  ...arranging,
  /** The statements of a script, found by PostgreSQL's own tokenizer. */
  split: call(z.strictObject({ sql: z.string().max(maxScriptCharacters) })).returns<{ statements: Statement[] }>(),
  /** The statement that is meant by a place in the script, in UTF-16 units; null where there is none. */
  statementAt: call(
    z.strictObject({ sql: z.string().max(maxScriptCharacters), cursor: z.int().nonnegative() }),
  ).returns<{ statement: Span | null }>(),
  /** A session of its own at the server, for one tab. */
  open: call(z.strictObject({ connection: connectionId })).returns<{ session: string; backendPid: number }>(),
  /**
   * Runs statements one after the other and stops at the first that fails. Results come as events. A statement
   * that fails is an outcome, not a fault of the call. Cancelling the call cancels at the server. Of a run of more
   * than 1,000 statements, the first 1,000 results are told and the last one, and its progress ten times a second.
   * Faults with `confirmation_required` where names have to be typed first, and with `reasons_required`.
   */
  run: call(runInput).emits<RunEvent>().returns<RunOutcome>(),
  /**
   * Rows `from` and the `count - 1` after it, fewer where they are long or where there are none. Those that were not
   * read yet are first read from the server, with all before them; an event says how far that is. A result lives
   * until the next run of its session. The server lets go of one that nobody reads on for a minute: what is known
   * stays.
   */
  rows: call(
    z.strictObject({
      result: resultId,
      from: z.int().min(0),
      count: z.int().min(1).max(10_000),
      longest: z.int().min(1).optional(),
    }),
  )
    .emits<Progress>()
    .returns<Reach & { rows: Row[]; cut: Cut[] }>(),
  /**
   * Reads a result on, to its end or until so many rows are known. When the call is cancelled it stops between two
   * pages; a page that takes longer is cancelled at the server.
   */
  readOn: call(z.strictObject({ result: resultId, to: z.int().min(0).optional() }))
    .emits<Progress>()
    .returns<Reach>(),
  /** A part of one value, whatever its length; null where the value is. Offsets and lengths in UTF-16 units. */
  value: call(
    z.strictObject({
      result: resultId,
      row: z.int().min(0),
      column: z.int().min(0),
      from: z.int().min(0),
      count: z.int().min(1).max(16_000_000),
    }),
  ).returns<{ text: string | null; length: number }>(),
  /**
   * Writes all rows of a result into a file, whole or not at all, as an operation of its own. Null when the person chose
   * no place for it. No run begins in the tab meanwhile.
   */
  export: call(exportInput).emits<ExportEvent>().returns<ExportOutcome | null>(),
  /** What of a result can be changed in the grid; the fault says why nothing can. */
  editable: call(z.strictObject({ result: resultId })).returns<Editable>(),
  /** The statements that changes come to, one for each, to be read before they are made. */
  reviewEdits: call(z.strictObject({ result: resultId, changes })).returns<EditStatement[]>(),
  /**
   * Makes all changes or none, in a transaction of their own, as one operation. Each must change exactly one row that is
   * as it was read; those that are not come back as conflicts, both versions of each.
   */
  applyEdits: call(
    z.strictObject({
      result: resultId,
      changes,
      ...reasonsShape,
    }),
  ).returns<EditOutcome>(),
  release: call(z.strictObject({ result: resultId })).returns<null>(),
  close: call(z.strictObject({ session: z.string() })).returns<null>(),
  /** The parameters of a script, in the order in which they first appear. A fault where a statement can take none. */
  parameters: call(z.strictObject({ session: z.string(), sql: z.string().max(maxScriptCharacters) })).returns<{
    parameters: ScriptParameter[]
  }>(),
  /** Tells of the session's transaction, at once and as it changes, until the session is closed. */
  follow: call(z.strictObject({ session: z.string() }))
    .emits<TransactionEvent>()
    .returns<null>(),
  /** The open transaction is not to be rolled back for being idle. */
  keepOpen: call(z.strictObject({ session: z.string() })).returns<null>(),
}
