import { type Arrangement, asSent } from '../../core/editor/arrange.ts'
import type {
  Column,
  Notice,
  RunEvent,
  RunOutcome,
  StatementResult,
  TransactionState,
} from '../../core/editor/contract.ts'
import type { ExecutionStatus } from '../../core/execution.ts'
import type { Fault } from '../../core/fault.ts'
import { newPages, type Pages } from './grid/pages.ts'

/** What a statement returned. Its rows are kept by the main process; here are those around what is looked at. */
export interface Result {
  /** Which statement of the run, from 0. */
  readonly index: number
  readonly command: string
  readonly columns: readonly Column[]
  /** What its rows are asked for by; null where the first ones are all that was kept. */
  readonly id: string | null
  /** Rows that were read from the server so far. */
  readonly known: number
  /** The server holds no others. */
  readonly done: boolean
  /** The rows that came with it; what was loaded since is apart from the run, since it changes as one scrolls. */
  readonly first: Pages
  /** Reads on: as far as one has scrolled, or to the end. */
  readonly reading: 'on' | 'toEnd' | null
  /** Why no more rows come. */
  readonly fault: Fault | null
  /** How dates in its rows are written. */
  readonly dateStyle: string
  readonly durationMs: number
  /** The order and the conditions of the rows that are shown. */
  readonly arrangement: Arrangement
  /** The rows as they came, where those that are shown were put in order here. */
  readonly base: Pick<Result, 'id' | 'known' | 'done' | 'first' | 'fault'> | null
}

/** One line of what the server said, in the order in which it said it. */
export type Message =
  | { readonly kind: 'notice'; readonly index: number; readonly notice: Notice }
  | {
      readonly kind: 'command'
      readonly index: number
      readonly command: string
      readonly rowCount: number | null
      /** The server has not told yet how many there are. */
      readonly more: boolean
      readonly durationMs: number
    }

/** One press of Run, from its start. */
export interface Run {
  readonly state: 'running' | 'cancelling' | 'done'
  /** `performance.now()` at its start. */
  readonly since: number
  /** Where the SQL that was sent begins in the tab's text, in UTF-16 units; null where it does not stand in it. */
  readonly base: number | null
  readonly operation: string | null
  readonly statements: number | null
  /** The statement under way. */
  readonly current: number | null
  readonly results: readonly Result[]
  readonly messages: readonly Message[]
  /** Messages that were left out, the earliest ones. */
  readonly dropped: number
  readonly outcome: RunOutcome | null
  /** Why the run could not be made at all. */
  readonly fault: Fault | null
}

/** A loop that raises a notice a row shall not fill the memory. */
export const mostMessages = 10_000

/** Results that are kept with their rows; a script of thousands of queries has its later ones in the messages alone. */
export const mostResults = 200

export function newRun(base: number | null, since: number): Run {
  return {
    state: 'running',
    since,
    base,
    operation: null,
    statements: null,
    current: null,
    results: [],
    messages: [],
    dropped: 0,
    outcome: null,
    fault: null,
  }
}

/** The run after some events more; many at once, since a script can send thousands. */
export function withEvents(run: Run, events: readonly RunEvent[]): Run {
  let { operation, statements, current } = run
  const results = [...run.results]
  const messages = [...run.messages]
  for (const event of events) {
    switch (event.kind) {
      case 'started':
        operation = event.operation
        statements = event.statements
        break
      case 'statement':
        current = event.index
        break
      case 'notice':
        messages.push(event)
        break
      case 'result': {
        const { index, command, rowCount, columns, durationMs, done, fault } = event.result
        const more = !done && fault === null
        messages.push({ kind: 'command', index, command, rowCount, more, durationMs })
        if (columns.length > 0 && results.length < mostResults) {
          results.push(newResult(event.result))
        }
      }
    }
  }
  const over = Math.max(0, messages.length - mostMessages)
  return {
    ...run,
    operation,
    statements,
    current,
    results,
    messages: over === 0 ? messages : messages.slice(over),
    dropped: run.dropped + over,
  }
}

function newResult({
  index,
  command,
  columns,
  rows,
  cut,
  result,
  known,
  done,
  fault,
  dateStyle,
  durationMs,
}: StatementResult): Result {
  const first = newPages(columns.length, rows, cut)
  return {
    index,
    command,
    columns,
    id: result,
    known,
    done,
    first,
    reading: null,
    fault,
    dateStyle,
    durationMs,
    arrangement: asSent,
    base: null,
  }
}

/** The rows of a result that are at hand, of those that were loaded by results' ids. */
export function pagesOf(loaded: ReadonlyMap<string, Pages>, { id, first }: Pick<Result, 'id' | 'first'>): Pages {
  return loaded.get(id ?? '') ?? first
}

/** The server holds rows that were not read. */
export function hasMore({ done, fault }: Pick<Result, 'done' | 'fault'>): boolean {
  return !done && fault === null
}

/** The run with one of its results changed. */
export function withResult(run: Run, index: number, change: (result: Result) => Result): Run {
  return { ...run, results: run.results.map((result) => (result.index === index ? change(result) : result)) }
}

/** The run after its session went: what was not read is gone, what was read stays. */
export function withoutMore(run: Run, fault: Fault): Run {
  const cut = (result: Result): Result => (hasMore(result) ? { ...result, reading: null, fault } : result)
  return { ...run, results: run.results.map(cut) }
}

/**
 * How a run stands by now. One that went well is not over while the server holds rows of it (`reading`), or while
 * its transaction is open (`undecided`). Null while it runs, and when it was not made at all.
 *
 * @param lost the session has gone since
 */
export function standingOf(
  run: Run,
  transaction: TransactionState,
  lost: boolean,
): ExecutionStatus | 'reading' | 'undecided' | null {
  const status = run.outcome?.status ?? null
  if (status !== 'STARTED') return status
  if (run.results.some(hasMore)) return 'reading'
  if (transaction !== 'idle') return 'undecided'
  // Another run would have taken its place: the transaction went with the session, or was rolled back for being idle.
  if (run.outcome?.transaction !== 'idle') return lost ? 'INTERRUPTED' : 'ROLLED_BACK'
  // The server let the rest go because nobody read it: that is no failure of the run.
  const failed = run.results.find(({ fault }) => fault !== null && fault.code !== 'unavailable')
  if (failed?.fault == null) return 'COMPLETED'
  return endsSession(failed.fault) ? 'INTERRUPTED' : 'FAILED'
}

/** Whether the session at the server is no more: class 08, and the server's shutdowns and kills. */
export function endsSession({ code, sqlstate }: Fault): boolean {
  return code === 'connection_lost' || /^(08|57P0)/.test(sqlstate ?? '')
}

/** The run with more of what the server said. */
export function withMessages(run: Run, index: number, notices: readonly Notice[]): Run {
  const messages = [...run.messages, ...notices.map((notice): Message => ({ kind: 'notice', index, notice }))]
  const over = Math.max(0, messages.length - mostMessages)
  return { ...run, messages: messages.slice(over), dropped: run.dropped + over }
}
