import type { RunOutcome, StatementClass } from '../../core/editor/contract.ts'
import { explainPrefix } from './explain.ts'
import { parse } from './parser.ts'
import { prepare } from './prepare.ts'
import { type RunContext, type RunInput, Running } from './running.ts'
import { checkSendable, nameOf, readScript, redactedText, type Script } from './script.ts'

/** Statements whose class is asked for before a run, to say what kind of run it is. */
const classifiedStatements = 200

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
