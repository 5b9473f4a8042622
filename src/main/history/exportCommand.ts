import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { executionStatuses } from '../../core/execution.ts'
import { Failure } from '../../core/fault.ts'
import { type HistoryExport, type HistoryFormat, historyFormat } from '../../core/history/export.ts'
import { printable, type TargetOptions, type Terminal, withTarget } from '../terminal.ts'

interface ExportOptions extends TargetOptions {
  out: string
  format: string
  offline?: boolean
  search?: string
  status?: string[]
  type?: string[]
  user?: string[]
  object?: string
  tag?: string
  kept?: boolean
  from?: string
  until?: string
  lines?: boolean
  delimiter?: string
  safeForSpreadsheets?: boolean
  table?: string
  ticket?: string
  justification?: string
}

/**
 * `pgsteward history export`
 *
 * @param synchronised takes what is new from the server that is named, and tells its connection; undefined for none
 */
export function addExportCommand(
  history: Command,
  terminal: Terminal,
  synchronised: (options: TargetOptions) => Promise<string | undefined>,
): void {
  withFilters(withFormat(withTarget(history.command('export'))))
    .description('write operations to a file, oldest first, as an operation of its own')
    .requiredOption('--out <file>', 'the file, which is replaced when all is written; - is standard output')
    .option('--offline', 'from this machine’s cache alone, without the server')
    .option('--ticket <ticket>', 'the ticket that asks for it')
    .option('--justification <text>', 'why it is exported')
    // Options that `history` has too are found with it, wherever they stand.
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>()
      const format = formatOf(options)
      const connection = options.offline ? undefined : await synchronised(options)
      const outcome = await terminal.api.history.export(
        {
          format,
          path: options.out === '-' ? '-' : resolve(options.out),
          text: options.search ?? '',
          connection,
          statuses: statusesOf(options.status),
          types: options.type ?? [],
          users: options.user ?? [],
          object: options.object,
          tag: options.tag,
          keptOnly: options.kept === true,
          from: options.from,
          to: options.until,
          ticket: options.ticket,
          justification: options.justification,
        },
        { signal: terminal.signal },
      )
      if (outcome === null) throw new Failure({ code: 'cancelled', message: 'Nothing was exported.' })
      const line = printable(summary(outcome))
      // The data has standard output for itself.
      if (options.out === '-') terminal.say(line)
      else terminal.print(options, outcome, [line])
    })
}

function withFormat(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'how they are written; script is their SQL, to be read or run again')
        .choices(['csv', 'json', 'insert', 'script'])
        .default('csv'),
    )
    .option('--lines', 'json: an object a line, without the array')
    .option('--delimiter <character>', 'csv: a comma, a semicolon, a tab or a bar (default: a comma)')
    .option('--safe-for-spreadsheets', 'csv: an apostrophe before texts that a spreadsheet takes for formulas')
    .option('--table <name>', 'insert: the table, or schema.table (default: operation)')
}

function withFilters(command: Command): Command {
  return command
    .option('--search <text>', 'only those whose SQL, name or error holds these words')
    .option('--status <status...>', `only these: ${executionStatuses.join(', ')}`)
    .option('--type <type...>', 'only these, such as MANUAL or AUTO_DDL')
    .option('--user <user...>', 'only what these have done')
    .option('--object <name>', 'only what created, changed or dropped it; as the server names it')
    .option('--tag <tag>', 'only those with this tag')
    .option('--kept', 'only those that are kept')
    .option('--from <time>', 'began then or later: ISO 8601; a date is its midnight here', momentOf)
    .option('--until <time>', 'began before', momentOf)
}

function formatOf({ format, lines, delimiter, safeForSpreadsheets, table }: ExportOptions): HistoryFormat {
  const parts = (table ?? 'operation').split('.')
  const given: Record<string, object> = {
    csv: { delimiter: delimiter === '\\t' ? '\t' : delimiter, safeForSpreadsheets },
    json: { form: lines === true ? 'lines' : 'array' },
    insert: parts.length === 2 ? { schema: parts[0], table: parts[1] } : { table: table ?? 'operation' },
  }
  const parsed = historyFormat.safeParse({ kind: format, ...given[format] })
  if (parsed.success) return parsed.data
  const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Failure({ code: 'invalid_input', message: `The format is not complete: ${reasons.join('; ')}` })
}

function statusesOf(wanted: readonly string[] = []) {
  return wanted.map((text) => {
    const status = executionStatuses.find((each) => each === text.toUpperCase())
    if (status !== undefined) return status
    throw new Failure({
      code: 'invalid_input',
      message: `${printable(text)} is no status. There are: ${executionStatuses.join(', ')}.`,
    })
  })
}

function momentOf(text: string): string {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text)
  const time = new Date(isDate ? `${text}T00:00` : text)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('a time such as 2026-01-31 or 2026-01-31T08:00Z')
  return time.toISOString()
}

function summary({ file, operations, bytes, durationMs, operation, recordingFault }: HistoryExport): string {
  const record = recordingFault === null ? `operation ${operation}` : `not recorded: ${recordingFault.message}`
  return (
    `${operations.toLocaleString('en')} operations, ${bytes.toLocaleString('en')} bytes to ${file} ` +
    `in ${Math.round(durationMs)} ms; ${record}`
  )
}
