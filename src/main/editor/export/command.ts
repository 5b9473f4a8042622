import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { StatementResult } from '../../../core/editor/contract.ts'
import { type ExportOutcome, exportFormat } from '../../../core/editor/export.ts'
import { Failure } from '../../../core/fault.ts'
import { type AddCommands, printable, type TargetOptions, type Terminal, withTarget } from '../../terminal.ts'
import { readScriptFile } from '../scriptFile.ts'

interface ExportOptions extends TargetOptions {
  out: string
  query?: string
  file?: string
  format: string
  ticket?: string
  justification?: string
  delimiter?: string
  null?: string
  header: boolean
  bom?: boolean
  safeForSpreadsheets?: boolean
  lines?: boolean
  table?: string
  asText?: boolean
  again?: boolean
}

/** `pgsteward export` */
export const addExportCommand: AddCommands = (program, terminal) => {
  withFormat(withTarget(program.command('export')))
    .description('write the rows of a query, or of the last statement of a script, to a file, as a tracked operation')
    .requiredOption('--out <file>', 'the file, which is replaced when all rows are written; - is standard output')
    .option('--query <sql>', 'the query')
    .option('--file <file>', 'a script with the query; - reads standard input')
    .option('--again', 'csv: have the server run the query once more and write it by copy, which is fastest')
    .option('--ticket <ticket>', 'the ticket that asks for it')
    .option('--justification <text>', 'why it is exported')
    .action(async (options: ExportOptions) => {
      const format = formatOf(options)
      const sql = await sqlOf(options, terminal)
      const { connection } = await terminal.open(options)
      const outcome = await exported(sql, connection.id, format, options, terminal)
      const lines = [...outcome.remarks, summary(outcome)].map(printable)
      // The data has standard output for itself.
      if (options.out !== '-') terminal.print(options, outcome, lines)
      else for (const line of lines) terminal.say(line)
    })
}

function withFormat(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'how the rows are written')
        .choices(['csv', 'json', 'insert', 'markdown', 'xlsx', 'parquet'])
        .default('csv'),
    )
    .option('--delimiter <character>', 'csv: a comma, a semicolon, a tab or a bar (default: a comma)')
    .option('--null <text>', 'csv: stands for null, unquoted (default: nothing)')
    .option('--no-header', 'csv: without the line of names')
    .option('--bom', 'csv: with a byte order mark, by which some spreadsheets know UTF-8')
    .option('--safe-for-spreadsheets', 'csv: an apostrophe before texts that a spreadsheet takes for formulas')
    .option('--lines', 'json: an object a line, without the array')
    .option('--table <name>', 'insert: the table, or schema.table')
    .option('--as-text', 'parquet: numeric, dates and timestamps as text, for values such as infinity')
}

function formatOf(options: ExportOptions) {
  const { delimiter, header, bom, safeForSpreadsheets, lines, table, asText } = options
  const parts = (table ?? '').split('.')
  const given: Record<string, object> = {
    csv: {
      delimiter: delimiter === '\\t' ? '\t' : delimiter,
      nullText: options.null,
      header,
      byteOrderMark: bom,
      safeForSpreadsheets,
    },
    json: { form: lines === true ? 'lines' : 'array' },
    insert: parts.length === 2 ? { schema: parts[0], table: parts[1] } : { table },
    parquet: { asText },
  }
  const parsed = exportFormat.safeParse({ kind: options.format, ...given[options.format] })
  if (parsed.success) return parsed.data
  const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Failure({ code: 'invalid_input', message: `The format is not complete: ${reasons.join('; ')}` })
}

async function sqlOf({ query, file }: ExportOptions, terminal: Terminal): Promise<string> {
  if ((query === undefined) === (file === undefined)) {
    throw new Failure({ code: 'invalid_input', message: 'Name either a --query or a --file.' })
  }
  return query ?? (await readScriptFile(file ?? '-', terminal.signal))
}

async function exported(
  sql: string,
  connection: string,
  format: ReturnType<typeof formatOf>,
  { out, ticket, justification, again }: ExportOptions,
  { api, signal }: Terminal,
): Promise<ExportOutcome> {
  const { session } = await api.editor.open({ connection })
  try {
    let last: StatementResult | null = null
    const reasons = { ticket, justification }
    const onEvent = (event: { kind: string; result?: StatementResult }): void => {
      if (event.result !== undefined) last = event.result
    }
    const run = await api.editor.run({ session, sql, pageSize: 1, ...reasons }, { signal, onEvent })
    if (run.failure !== null) throw new Failure(run.failure.fault)
    const result = resultOf(last)
    const path = out === '-' ? '-' : resolve(out)
    const outcome = await api.editor.export(
      { result, format, path, rows: again === true ? 'again' : 'shown', ...reasons },
      { signal },
    )
    if (outcome === null) throw new Failure({ code: 'cancelled', message: 'Nothing was exported.' })
    return outcome
  } finally {
    await api.editor.close({ session })
  }
}

function resultOf(last: StatementResult | null): string {
  if (last?.result == null) {
    throw new Failure({
      code: 'invalid_input',
      message: 'The last statement returns no rows: there is nothing to export.',
    })
  }
  return last.result
}

function summary({ file, rows, bytes, durationMs, operation, recorded }: ExportOutcome): string {
  const where = {
    server: 'recorded at the server',
    waiting: 'waiting to be sent',
    local: 'recorded on this machine alone',
    memory: 'not recorded: the cache took nothing',
  }
  return (
    `${rows.toLocaleString('en')} rows, ${bytes.toLocaleString('en')} bytes to ${file} in ${Math.round(durationMs)} ms; ` +
    `operation ${operation}, ${where[recorded]}`
  )
}
