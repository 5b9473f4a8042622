import { resolve } from 'node:path'
import type { RunEvent, RunOutcome, StatementResult } from '../../core/editor/contract.ts'
import { Failure } from '../../core/fault.ts'
import { type AddCommands, faultLines, printable, type TargetOptions, table, withTarget } from '../terminal.ts'
import { readScriptFile } from './scriptFile.ts'

interface RunOptions extends TargetOptions {
  file: string
  ticket?: string
  justification?: string
  param: [string, string][]
  confirm: string[]
}

/** `pgsteward run` */
export const addEditorCommands: AddCommands = (program, terminal) => {
  withTarget(program.command('run'))
    .description('run a script as one tracked operation; it stops at the first statement that fails')
    .requiredOption('--file <file>', 'the script; - reads standard input')
    .option('--ticket <ticket>', 'the ticket that asks for it')
    .option('--justification <text>', 'why it is run')
    .option('--param <name=value>', 'a value for :name or $1 in the script; once for each', collectParameter, [])
    .option(
      '--confirm <name>',
      'what is dropped, emptied or changed as a whole in production; once for each',
      collect,
      [],
    )
    .action(async (options: RunOptions) => {
      const sql = await readScriptFile(options.file, terminal.signal)
      const { connection } = await terminal.open(options)
      const { session } = await terminal.api.editor.open({ connection: connection.id })
      const results: StatementResult[] = []
      const onEvent = (event: RunEvent): void => {
        if (event.kind === 'result') results.push(event.result)
        if (event.kind === 'notice') terminal.say(printable(`${event.notice.severity}: ${event.notice.message}`))
      }
      const outcome = await terminal.api.editor.run(
        {
          session,
          sql,
          ticket: options.ticket,
          justification: options.justification,
          params: options.param.map(([name, value]) => ({ name, value })),
          confirmed: options.confirm,
          filePath: options.file === '-' ? undefined : resolve(options.file),
        },
        { signal: terminal.signal, onEvent },
      )
      await terminal.api.editor.close({ session })
      // Only now is it decided how a run ended whose transaction or result was still open.
      const { status, errorMessage } = await terminal.api.history.get({ id: outcome.operation })
      const ended = { ...outcome, status }
      terminal.print(options, { ...ended, results }, [...results.flatMap((r) => [...resultLines(r)]), summary(ended)])
      if (outcome.failure !== null) {
        const { fault, offset } = outcome.failure
        const place = offset === null ? '' : ` at line ${sql.slice(0, offset).split('\n').length}`
        for (const line of faultLines(fault, place)) terminal.say(line)
      } else if (status !== 'COMPLETED') terminal.say(printable(errorMessage ?? 'The transaction was rolled back.'))
      if (status !== 'COMPLETED') terminal.fail()
    })
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

function collectParameter(text: string, before: [string, string][]): [string, string][] {
  const at = text.indexOf('=')
  if (at < 1)
    throw new Failure({ code: 'invalid_input', message: `--param ${text}: a name, =, and a value are needed.` })
  return [...before, [text.slice(0, at), text.slice(at + 1)]]
}

function* resultLines(result: StatementResult): Generator<string> {
  if (result.columns.length > 0) {
    yield* table(
      result.columns.map(({ name }) => printable(name)),
      result.rows,
    )
    if (!result.done || (result.rowCount ?? 0) > result.rows.length) yield `… the first ${result.rows.length} rows`
  }
  const rows = result.rowCount === null ? '' : ` ${result.rowCount}`
  yield `${result.command}${rows} (${result.durationMs.toFixed(1)} ms)`
}

function summary(outcome: RunOutcome): string {
  const where = {
    server: 'recorded at the server',
    waiting: 'waiting to be sent',
    local: 'recorded on this machine alone',
    memory: 'not recorded: the cache took nothing',
  }
  return (
    `${outcome.status}: ${outcome.completed} of ${outcome.statements} statements in ` +
    `${Math.round(outcome.durationMs)} ms; operation ${outcome.operation}, ${where[outcome.recorded]}`
  )
}
