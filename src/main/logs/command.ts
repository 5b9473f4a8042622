import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Failure } from '../../core/fault.ts'
import { type Detection, isTrusted } from '../../core/logs/detect.ts'
import type { ParserOptions } from '../../core/logs/options.ts'
import type { Refusal } from '../../core/logs/record.ts'
import { hasPrefix, type LogFormat, type ParserSummary } from '../../core/logs/state.ts'
import { type AddCommands, type OutputOptions, printable, withOutput } from '../terminal.ts'
import { detectedBytes, detectIn, makeParser } from './detecting.ts'
import { keepHeapSmall } from './heap.ts'
import { addImportCommand } from './importCommand.ts'
import { findFile } from './localFile.ts'
import { beginningOf, newHasher, readLog } from './read.ts'
import { loadRedaction, redactSql, redactText } from './redaction.ts'

/** Refusals that are told one by one; all are counted. */
const toldRefusals = 20

interface DetectOptions extends OutputOptions {
  prefix?: string
}

interface ParseOptions extends DetectOptions {
  timezone?: string
  summary?: string
}

/** `pgsteward logs` */
export const addLogsCommands: AddCommands = (program, terminal) => {
  const logs = program.command('logs').description('read logs of the server')

  addImportCommand(logs, terminal)

  withOutput(logs.command('detect <file>'))
    .description('tell how a log is written, and how much of its beginning that explains')
    .option('--prefix <prefix>', 'the log_line_prefix to try')
    .action(async (file: string, options: DetectOptions) => {
      const detection = await detect(file, options, terminal.signal)
      terminal.print(options, detection, detectionLines(detection))
      if (!isTrusted(detection)) terminal.fail()
    })

  withOutput(logs.command('parse <file>'))
    .description('print the operations and events of a log as JSON lines; no database is needed')
    .option('--prefix <prefix>', 'the server’s log_line_prefix, where it is not detected')
    .option('--timezone <zone>', 'the zone of its times, such as Europe/Berlin or +05:30, where the log does not tell')
    .option('--summary <file>', 'write the counts to this file, as JSON')
    .action(async (file: string, options: ParseOptions) => {
      keepHeapSmall()
      const detection = await detect(file, options, terminal.signal)
      if (!isTrusted(detection)) throw unsure(detection)
      await loadRedaction()
      const refusals: Refusal[] = []
      const { mtime } = await findFile(file)
      const parserOptions = parserOptionsOf(detection, options, mtime.toISOString())
      const summary = await parse(
        file,
        parserOptions,
        (refusal) => {
          if (refusals.length < toldRefusals) refusals.push(refusal)
        },
        terminal.signal,
        (loss) => terminal.say(printable(loss)),
      )
      for (const { line, reason, text } of refusals) terminal.say(printable(`line ${line} refused: ${reason} ${text}`))
      for (const line of summaryLines(summary)) terminal.say(line)
      if (options.summary !== undefined) await writeFile(options.summary, `${JSON.stringify(summary, null, 2)}\n`)
    })
}

async function detect(file: string, { prefix }: DetectOptions, signal: AbortSignal): Promise<Detection> {
  await findFile(file)
  return detectIn(await beginningOf(file, detectedBytes, signal), { prefix, timeZone: null })
}

function parserOptionsOf({ format, prefix }: Detection, { timezone }: ParseOptions, writtenBy: string): ParserOptions {
  const timeZone = timezone ?? null
  return { format, prefix, timeZone, writtenBy, redact: redactSql, redactText, newHasher, inOrder: true }
}

/** Prints the events as JSON lines, no faster than they are read. */
async function parse(
  file: string,
  options: ParserOptions,
  refuse: (refusal: Refusal) => void,
  signal: AbortSignal,
  say: (loss: string) => void,
): Promise<ParserSummary> {
  let lines: string[] = []
  const parser = makeParser(options, (event) => void lines.push(JSON.stringify(event)), refuse)
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return
    const text = `${lines.join('\n')}\n`
    lines = []
    if (!process.stdout.write(text)) await once(process.stdout, 'drain', { signal })
  }
  for await (const chunk of readLog(file, signal, say)) {
    parser.push(chunk)
    await flush()
  }
  const summary = parser.end()
  await flush()
  return summary
}

function unsure({ format, prefix, explains, unexplained, rivals }: Detection): Failure {
  const best =
    explains === 0
      ? 'no prefix that is known explains any of its lines'
      : rivals.length > 0
        ? `${said([prefix, ...rivals])} explain its lines equally well`
        : `${nameOf(format, prefix)} explains ${Math.floor(explains * 100)} % of its lines`
  return new Failure({
    code: 'refused',
    message: `How this log is written is not certain: ${best}.`,
    hint: 'Give the server’s own log_line_prefix by --prefix; show log_line_prefix says it.',
    ...(unexplained.length === 0
      ? {}
      : { detail: unexplained.map((line) => redactText(line.slice(0, 200))).join('\n') }),
  })
}

function said(prefixes: readonly string[]): string {
  return prefixes.map((each) => `"${each}"`).join(' and ')
}

const names: Readonly<Record<LogFormat, string>> = {
  stderr: 'a log of stderr',
  csv: 'csvlog',
  json: 'jsonlog',
  syslog: 'a log of syslog',
  rds: 'a log of RDS from CloudWatch',
  azure: 'a log of Azure',
  cloudsql: 'a log of Cloud SQL',
  cloudnativepg: 'a log of CloudNativePG',
  heroku: 'a log of Heroku',
}

function nameOf(format: LogFormat, prefix: string): string {
  return hasPrefix(format) ? `${names[format]} with the prefix "${prefix}"` : names[format]
}

function* detectionLines({ format, prefix, explains, lines, unexplained, rivals }: Detection): Generator<string> {
  yield `${nameOf(format, prefix)} explains ${(explains * 100).toFixed(1)} % of ${lines} lines`
  for (const rival of rivals) yield `as well does the prefix "${rival}", which reads them otherwise: give --prefix`
  for (const line of unexplained) yield `not explained: ${printable(redactText(line.slice(0, 200)))}`
}

function* summaryLines({
  events,
  kinds,
  records,
  merged,
  redacted,
  refused,
  others,
  unknownZones,
  first,
  last,
}: ParserSummary): Generator<string> {
  yield `${events} operations and events of ${records} messages, from ${first ?? 'an unknown time'} to ${last ?? 'an unknown time'}`
  for (const [kind, count] of Object.entries(kinds)) yield `  ${kind}: ${count}`
  yield `${merged} messages were merged, ${redacted} statements held secrets, ${refused} lines were refused`
  if (others > 0) yield `${others} lines of other programs were passed over`
  if (unknownZones.length > 0) {
    yield `The zone ${unknownZones.join(', ')} does not say which one it is: its times are missing. Give --timezone.`
  }
}
