import type { z } from 'zod'
import type {
  ExplainedPlan,
  Notice,
  RunEvent,
  RunOutcome,
  runInput,
  StatementClass,
  StatementResult,
} from '../../core/editor/contract.ts'
import { offsetOf } from '../../core/editor/position.ts'
import type { ExecutionStatus } from '../../core/execution.ts'
import { Failure, type Fault } from '../../core/fault.ts'
import { redactMessage } from '../../core/history/redact.ts'
import type { Span } from '../../core/token.ts'
import type { Recorder } from '../history/index.ts'
import { bindStatement, type ReadyStatement, readyStatement } from './bind.ts'
import { explain, explainPrefix, redactedPlan } from './explain.ts'
import type { OpenOperation } from './operations.ts'
import type { ParameterMemory } from './parameters.ts'
import { differsByBackslash, liftsReadOnly, type Parsed, parse, passesReadOnly, takesTransaction } from './parser.ts'
import type { Page, Portal } from './portal.ts'
import { type Preparation, prepare } from './prepare.ts'
import { reporter } from './progress.ts'
import type { Results, Source } from './results.ts'
import { checkSendable, nameOf, readScript, redactedText, type Script } from './script.ts'
import type { Session } from './session.ts'
import type { Spool } from './spool.ts'
import type { Ways } from './ways.ts'

type RunInput = z.output<typeof runInput>

export interface RunContext {
  session: Session
  results: Results
  recorder: Recorder
  parameters: ParameterMemory
  signal: AbortSignal
  emit(event: RunEvent): void
}

type RunFailure = NonNullable<RunOutcome['failure']>

/** Statements whose class is asked for before a run, to say what kind of run it is. */
const classifiedStatements = 200

/** Results of a run that are kept, beside the last one; of others the first rows are told. */
const keptResults = 1_000

/** Rows without columns that are asked for at once. */
const countedAtOnce = 100_000

/** Of a statement that returns none. */
const noRows = { rows: [], cut: [], result: null, known: 0, done: true, fault: null }

/** Runs the statements of a script one after the other, as one operation, and stops at the first that fails. */
export async function run(input: RunInput, context: RunContext): Promise<RunOutcome> {
  const { session, results, recorder, parameters, signal } = context
  const from = input.range?.start ?? 0
  const script = await readScript(input.sql.slice(from, input.range?.end), signal, input.sql.slice(0, from))
  checkSendable(script)
  const preparation = await prepare(input, script, session)
  await results.clear()
  session.checkStanding()

  const { explain: mode } = input
  const prefix = mode === undefined ? '' : explainPrefix(mode === 'analyze', session.database.server.versionNumber)
  const name = nameOf(script, input.filePath)
  const record = await recorder.begin(session.database, {
    sql: prefix + redactedText(script),
    name: mode === undefined ? name : `${mode === 'analyze' ? 'explain analyze' : 'explain'} ${name}`,
    category: mode === undefined ? categoryOf(script) : 'UTILITY',
    reasons: input,
    filePath: input.filePath,
  })
  const operation = session.operations.begin(record)
  parameters.keep(session.database.id, name, preparation.kept)
  const running = new Running(input, from, script, preparation, operation, context)
  const failure = await running.statements()
  const status = running.end(failure)
  // A result that the server still holds keeps the session busy; its end will do this.
  if (operation.resultOpen === null) await session.untag()
  const { recorded, fault } = await record.keeping()
  return {
    operation: record.operation,
    status,
    statements: script.statements.length,
    completed: running.completed,
    durationMs: running.durationMs,
    transaction: session.transaction,
    recorded,
    failure,
    recordingFault: fault,
    plan: running.plan,
  }
}

/** One run under way. */
class Running {
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
    if (session.escapesInTexts && differsByBackslash(text)) throw misread()
    if (session.database.settings.readOnly) {
      if (liftsReadOnly(text) || passesReadOnly(text)) throw staysReadOnly(text)
      await session.stayReadOnly()
    }
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

  /** The server's words, and for a script also how far it came. */
  #sayFailure(fault: Fault, failure: RunFailure | null): string {
    const message = redactMessage(fault.message, this.#prepared.secrets)
    const count = this.#script.statements.length
    if (failure === null || count === 1) return message
    const number = (value: number): string => value.toLocaleString('en')
    const verb = this.#context.session.lost === null ? 'failed' : 'was interrupted'
    return `${message} (statement ${number(failure.statement + 1)} of ${number(count)} ${verb}; ${this.#fate()})`
  }

  #fate(): string {
    const { committed, rolledBack, record } = this.#operation
    const { session } = this.#context
    const before = this.completed.toLocaleString('en')
    if (session.log.holds(record.operation)) return `the ${before} before it are in a transaction that is still open`
    if (this.completed === 0) return 'none was run before it'
    if (session.undecided) return `whether the ${before} before it were committed, the server alone knows`
    if (rolledBack === 0) return `the ${before} before it are committed`
    if (committed === 0) return `the ${before} before it are rolled back`
    return `of the ${before} before it, ${committed.toLocaleString('en')} are committed and ${rolledBack.toLocaleString('en')} rolled back`
  }
}

/** A connection that is marked read-only is so for its scripts too: they cannot say otherwise. */
function staysReadOnly(text: string): Failure {
  return new Failure({
    code: 'refused',
    message: passesReadOnly(text)
      ? 'This connection is read-only, and this statement writes even in a read-only transaction.'
      : 'This connection is read-only, and a script cannot change that.',
    hint: 'Whoever may change this database opens it by a connection that is not marked read-only.',
  })
}

/** What was read as a text before the run was checked could be SQL to the server, and the other way round. */
function misread(): Failure {
  return new Failure({
    code: 'refused',
    message:
      'In this session standard_conforming_strings is off, so that a backslash in a text means something else to the server than to pgSteward. The statement was not sent.',
    hint: "Write such a text as E'…', which means the same everywhere, or set standard_conforming_strings = on first.",
  })
}

function cancelledBefore(index: number): Fault {
  return {
    code: 'cancelled',
    sqlstate: '57014',
    message: `Cancelled before statement ${(index + 1).toLocaleString('en')} was sent.`,
  }
}

/** `INSERT 0 5` is the command INSERT with 5 rows. */
function partsOf(tag: string): { command: string; count: number | null } {
  const [, command = tag, count] = /^(.*?)(?: \d+)*? ?(\d+)?$/.exec(tag) ?? []
  return { command, count: count === undefined ? null : Number(count) }
}

/** The class that all statements share, or `MIXED`. */
function categoryOf({ sql, statements }: Script): string {
  if (statements.length > classifiedStatements) return 'MIXED'
  const classes = new Set<StatementClass>()
  for (const { start, end } of statements) {
    const { class: found } = parse(sql.slice(start, end))
    if (found !== 'TCL') classes.add(found)
  }
  const [only = 'TCL', ...others] = classes
  return others.length === 0 ? only : 'MIXED'
}
