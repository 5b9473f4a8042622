import type { z } from 'zod'
import type {
  ExplainedPlan,
  Notice,
  RunEvent,
  RunOutcome,
  runInput,
  StatementResult,
} from '../../core/editor/contract.ts'
import { offsetOf } from '../../core/editor/position.ts'
import type { ExecutionStatus } from '../../core/execution.ts'
import type { Fault } from '../../core/fault.ts'
import { redactMessage } from '../../core/history/redact.ts'
import type { Span } from '../../core/token.ts'
import type { Recorder } from '../history/index.ts'
import { bindStatement, type ReadyStatement, readyStatement } from './bind.ts'
import { explain, redactedPlan } from './explain.ts'
import { withHowFar } from './howFar.ts'
import type { OpenOperation } from './operations.ts'
import type { ParameterMemory } from './parameters.ts'
import { type Parsed, parse, takesTransaction } from './parser.ts'
import type { Page, Portal } from './portal.ts'
import type { Preparation } from './prepare.ts'
import { reporter } from './progress.ts'
import { cancelledBefore, checkSafe } from './refusals.ts'
import type { Results, Source } from './results.ts'
import type { Script } from './script.ts'
import type { Session } from './session.ts'
import type { Spool } from './spool.ts'
import type { Ways } from './ways.ts'

export type RunInput = z.output<typeof runInput>

export interface RunContext {
  session: Session
  results: Results
  recorder: Recorder
  parameters: ParameterMemory
  signal: AbortSignal
  emit(event: RunEvent): void
}

export type RunFailure = NonNullable<RunOutcome['failure']>

/** Results of a run that are kept, beside the last one; of others the first rows are told. */
const keptResults = 1_000

/** Rows without columns that are asked for at once. */
const countedAtOnce = 100_000

/** Of a statement that returns none. */
const noRows = { rows: [], cut: [], result: null, known: 0, done: true, fault: null }

/** One run under way: its statements one after the other, and its end. */
export class Running {
  completed = 0
  plan: ExplainedPlan | null = null
  readonly #input: RunInput
  readonly #from: number
  readonly #script: Script
  readonly #prepared: Preparation
  readonly #operation: OpenOperation
  readonly #context: RunContext
  readonly #startedAt = performance.now()
  readonly #reporter: ReturnType<typeof reporter>
  #changed: number | null = null
  #read: number | null = null
  #why: string | null = null

  constructor(
    input: RunInput,
    from: number,
    script: Script,
    prepared: Preparation,
    operation: OpenOperation,
    context: RunContext,
  ) {
    this.#input = input
    this.#from = from
    this.#script = script
    this.#prepared = prepared
    this.#operation = operation
    this.#context = context
    this.#reporter = reporter(script.statements.length, context.emit)
  }

  get durationMs(): number {
    return performance.now() - this.#startedAt
  }

  async statements(): Promise<RunFailure | null> {
    const { session, signal, emit } = this.#context
    const { statements } = this.#script
    emit({ kind: 'started', operation: this.#operation.record.operation, statements: statements.length })
    for (const [index, statement] of statements.entries()) {
      if (signal.aborted) return { fault: cancelledBefore(index), statement: index, offset: null }
      session.onNotice = (notice: Notice) => this.#reporter.notice(index, notice)
      this.#reporter.statement(index)
      try {
        this.#reporter.result(
          await (this.#input.explain === undefined ? this.#one : this.#explain).call(this, index, statement),
        )
        this.completed += 1
      } catch (thrown) {
        return this.#failure(index, statement, thrown)
      }
    }
    return null
  }

  async #one(index: number, statement: Span): Promise<StatementResult> {
    const { session, signal, results } = this.#context
    const { text, values } = this.#ready(index, statement)
    const { operation: id } = this.#operation.record
    const parsed = parse(text)
    await this.#makeReady(text)
    const begins = this.#input.transaction === 'manual' && session.transaction === 'idle' && takesTransaction(text)
    if (begins) await session.control('begin', { kind: 'begin', name: '' }, id)
    // Of what can be changed in the grid.
    const ways = parsed.class === 'SELECT' ? await session.ways() : null
    const startedAt = performance.now()
    const isPaged = parsed.reads && index === this.#script.statements.length - 1
    const spool = results.spool()
    const onRows = spool.push.bind(spool)
    try {
      const { portal, page: first } = await session.start(
        { text, values, control: parsed.control },
        isPaged ? { kind: 'paged', firstPage: this.#input.pageSize, onRows } : { kind: 'whole', onRows },
        signal,
      )
      const page = first.done || (portal.fields ?? []).length > 0 ? first : await this.#countOn(portal)
      const durationMs = performance.now() - startedAt
      if (page.done) await session.advance({ operation: id, control: parsed.control, tag: portal.tag })
      const { command, count: told } = partsOf(portal.tag ?? 'SELECT')
      // Of rows that came page by page, the tag tells those of the last page alone.
      const count = isPaged ? spool.seen : told
      this.#count(parsed, command, page.done ? count : 0)
      return {
        index,
        command,
        rowCount: page.done ? count : spool.known,
        ...(await this.#rows(index, { text, values, ways }, portal, spool, page.done)),
        dateStyle: session.dateStyle,
        durationMs,
      }
    } catch (thrown) {
      spool.release()
      await session.advance({ operation: id, control: parsed.control, tag: null })
      throw thrown
    }
  }

  /** Rows without columns (`select from t`) show nothing but their number, which is known at their end. */
  async #countOn(portal: Portal): Promise<Page> {
    const { session, signal } = this.#context
    for (;;) {
      const page = await session.cancellable(portal.read(countedAtOnce), signal)
      if (page.done) return page
    }
  }

  #ready(index: number, { start, end }: Span): ReadyStatement {
    const text = this.#script.sql.slice(start, end)
    if (this.#script.parametrized.has(index)) return readyStatement(text, this.#prepared.given)
    return { text, values: [], origin: (offset) => offset }
  }

  /**
   * Refuses what the server would read otherwise than this program, and tells the session, before each statement, which
   * operation it works on, and that it stays read-only.
   */
  async #makeReady(text: string): Promise<void> {
    const { session } = this.#context
    checkSafe(session, text)
    if (session.database.settings.readOnly) await session.stayReadOnly()
    if (this.#operation.record.tracked) await session.tag(this.#operation.record.operation)
  }

  async #explain(index: number, span: Span): Promise<StatementResult> {
    const { session, signal } = this.#context
    const statement = this.#ready(index, span)
    const { record } = this.#operation
    await this.#makeReady(statement.text)
    const startedAt = performance.now()
    const plan = await explain(session, {
      statement,
      parsed: parse(statement.text),
      analyze: this.#input.explain === 'analyze',
      operation: record.operation,
      signal,
    })
    this.plan = plan
    record.keepPlan(redactedPlan(plan, this.#prepared.secrets))
    if (plan.undone) this.#why = 'Explained by running it. What it changed was rolled back.'
    const durationMs = performance.now() - startedAt
    return {
      index,
      command: 'EXPLAIN',
      rowCount: null,
      columns: [],
      ...noRows,
      dateStyle: session.dateStyle,
      durationMs,
    }
  }

  /** The columns and first rows of a statement, and what the others are asked for by. */
  async #rows(
    index: number,
    { text: sql, values, ways }: Pick<ReadyStatement, 'text' | 'values'> & { ways: Ways | 'unknown' | null },
    portal: Portal,
    spool: Spool,
    isRead: boolean,
  ): Promise<Pick<StatementResult, 'columns' | 'rows' | 'cut' | 'result' | 'known' | 'done' | 'fault'>> {
    const { session, results } = this.#context
    const fields = portal.copying === null ? (portal.fields ?? []) : []
    const columns =
      portal.copying === null
        ? await session.typeNames.columns(fields)
        : [{ name: 'copy', type: portal.copying === 'binary' ? 'bytea' : 'text', typeOid: 25 }]
    const first = { ...spool.window(0, this.#input.pageSize, this.#input.longest), known: spool.known }
    const { operation } = this.#operation.record
    const source: Source = { sql, values, fields, columns, operation, ways, arranged: false }
    if (!isRead) {
      this.#operation.resultOpen = spool
      return {
        columns,
        ...first,
        result: results.hold(source, spool, portal, this.#operation),
        done: false,
        fault: null,
      }
    }
    const isLast = index === this.#script.statements.length - 1
    if (columns.length === 0 || (results.count >= keptResults && !isLast)) {
      spool.release()
      return { columns, ...first, result: null, known: first.rows.length, done: true, fault: null }
    }
    const fault = spool.fault?.fault ?? null
    return { columns, ...first, result: results.keep(source, spool), done: fault === null, fault }
  }

  #count(parsed: Parsed, command: string, count: number | null): void {
    if (count === null) return
    const changes = /^(INSERT|UPDATE|DELETE|MERGE|COPY)/.test(command) || parsed.class === 'DML'
    if (changes) this.#changed = (this.#changed ?? 0) + count
    else this.#read = (this.#read ?? 0) + count
  }

  #failure(index: number, statement: Span, thrown: unknown): RunFailure {
    const { session, signal } = this.#context
    const { fault } = session.explain(thrown)
    if (session.isLoss(thrown)) session.lose(thrown)
    const wasCancelled = signal.aborted && fault.sqlstate === '57014'
    const sql = this.#script.sql.slice(statement.start, statement.end)
    const offset = fault.position === undefined ? null : this.#place(sql, fault.position)
    return {
      fault: wasCancelled ? { ...fault, code: 'cancelled' } : fault,
      statement: index,
      offset: offset === null ? null : this.#from + statement.start + offset,
    }
  }

  /** PostgreSQL's position in what was sent, as an offset into the statement as it was written. */
  #place(sql: string, position: number): number {
    const { text, origin } = bindStatement(sql)
    return origin(offsetOf(text, position))
  }

  /** Ends the operation where its end is known, and says how it stands. */
  end(failure: RunFailure | null): ExecutionStatus {
    const { session } = this.#context
    const operation = this.#operation
    operation.running = false
    const { metadata } = this.#prepared
    operation.outcome = {
      durationMs: this.durationMs,
      rows: this.#changed ?? this.#read,
      ...(metadata === null ? {} : { metadata }),
      ...(this.#why === null ? {} : { errorMessage: this.#why }),
    }
    if (failure === null && session.lost === null) return session.operations.settle(operation)
    const status = session.lost === null ? 'FAILED' : 'INTERRUPTED'
    const fault = failure?.fault ?? session.lost?.fault
    session.operations.end(operation, status, {
      errorMessage: fault === undefined ? null : this.#sayFailure(fault, failure),
      errorCode: fault?.sqlstate ?? null,
      metadata: { ...metadata, statements: this.#script.statements.length, completed: this.completed },
    })
    return status
  }

  #sayFailure({ message }: Fault, failure: RunFailure | null): string {
    const { session } = this.#context
    const { completed } = this
    const statements = this.#script.statements.length
    const reached = { completed, statements, operation: this.#operation, session }
    return withHowFar(redactMessage(message, this.#prepared.secrets), failure, reached)
  }
}

/** `INSERT 0 5` is the command INSERT with 5 rows. */
function partsOf(tag: string): { command: string; count: number | null } {
  const [, command = tag, count] = /^(.*?)(?: \d+)*? ?(\d+)?$/.exec(tag) ?? []
  return { command, count: count === undefined ? null : Number(count) }
}
