import type { Command } from 'commander'
import type { OpenConnection } from '../core/connection.ts'
import type { Api } from '../core/contract.ts'
import type { Fault } from '../core/fault.ts'
import type { CallByName, Client } from '../core/wire.ts'

/** What a command of the terminal works with. The client is the window's own, over a wire in memory. */
export interface Terminal {
  readonly api: Client<Api>
  /** The same calls by name, for `call`. */
  readonly callByName: CallByName
  /** Aborts at Ctrl+C: hand it to every call that may take long. */
  readonly signal: AbortSignal
  /** Opens the server that `--url` names. */
  open(options: TargetOptions): Promise<OpenConnection>
  /** The command's one answer, on standard output: the document with `--json`, else the lines. */
  print(options: OutputOptions, document: unknown, lines: Iterable<string>): void
  /** What happens on the way, on standard error. */
  say(line: string): void
  /** Ends the command with exit code 1 after its answer was printed. */
  fail(): void
  /** Runs `work` with a main process of its own over `dataFolder`, closed at the end. */
  within<T>(dataFolder: string, work: (api: Client<Api>) => Promise<T>): Promise<T>
}

export interface OutputOptions {
  json?: boolean
}

export interface TargetOptions extends OutputOptions {
  url?: string
  ssh?: string
  passwordFrom?: string
}

/** A slice's commands, added to the program. */
export type AddCommands = (program: Command, terminal: Terminal) => void

/** The URL that was named, on the command line or in PGSTEWARD_URL. */
export function targetUrl({ url = process.env['PGSTEWARD_URL'] }: TargetOptions): string | null {
  return url === undefined || url === '' ? null : url
}

/** Gives `command` the options that every command about a server has. */
export function withTarget(command: Command): Command {
  return withOutput(
    command
      .option('--url <url>', 'the database: postgres://user@host:port/name, or service=name (or set PGSTEWARD_URL)')
      .option('--ssh <host>', 'reach it through ssh: a host of ~/.ssh/config, or user@host')
      .option('--password-from <program>', 'aws, gcloud, azure, or command:name of password-commands.json'),
  )
}

/** Why a command is given, as its options say. */
export interface ReasonOptions {
  ticket?: string
  justification?: string
}

/** Gives `command` the options that say why: they are recorded with what it does. */
export function withReasons(command: Command): Command {
  return command
    .option('--ticket <ticket>', 'the ticket that asks for it')
    .option('--justification <text>', 'why it is done')
}

export function withOutput(command: Command): Command {
  return command.option('--json', 'print one JSON document, and nothing else, on standard output')
}

/** Lays rows out as columns of one width, for a person. */
export function* table(header: string[], rows: Iterable<(string | null)[]>): Generator<string> {
  const all = [header, ...Array.from(rows, (row) => row.map((cell) => printable(cell ?? '')))]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  for (const [index, row] of all.entries()) {
    yield line(row)
    if (index === 0) yield widths.map((width) => '-'.repeat(width)).join('  ')
  }
}

/** What PostgreSQL, or we, say of a failure. `place` follows the severity: ` at line 3`. */
export function* faultLines(fault: Fault, place = ''): Generator<string> {
  const sqlstate = fault.sqlstate === undefined ? '' : ` (${fault.sqlstate})`
  yield printable(`${fault.severity ?? 'error'}${place}: ${fault.message}${sqlstate}`)
  if (fault.detail !== undefined) yield printable(`detail: ${fault.detail}`)
  if (fault.hint !== undefined) yield printable(`hint: ${fault.hint}`)
  if (fault.context !== undefined) yield printable(`context: ${fault.context}`)
}

/** Control characters would let a value write over the terminal: they are shown as `\x1b`. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) =>
    character === '\n' ? '⏎' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
