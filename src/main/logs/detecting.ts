import { randomUUID } from 'node:crypto'
import { Failure } from '../../core/fault.ts'
import type { LogReading, LogSampleEvent } from '../../core/logs/contract.ts'
import { type Detection, detectFormat, isTrusted } from '../../core/logs/detect.ts'
import type { LogEvent } from '../../core/logs/event.ts'
import type { ParserOptions } from '../../core/logs/options.ts'
import { LogParser } from '../../core/logs/parser.ts'
import { compilePrefix } from '../../core/logs/prefix.ts'
import { refusalOf } from '../../core/logs/refusal.ts'
import { hasPrefix, type LogFormat, logFormats } from '../../core/logs/state.ts'
import { newHasher } from './read.ts'
import { loadRedaction, redactSql, redactText } from './redaction.ts'

/** What is looked at to tell how a log is written. */
export const detectedBytes = 262_144

const shownEvents = 50
const shownRefusals = 20
const shownCharacters = 2_000

/** What a person says of how a log is written; what is left out is detected. */
export interface Manner {
  format?: string | undefined
  prefix?: string | undefined
  timeZone: string | null
  /** When the log was last written to, ISO 8601; null where nobody knows. */
  writtenBy?: string | null
}

/** @throws Failure `refused` where it is no log of PostgreSQL, `invalid_input` for a format or a prefix that there is not */
export function detectIn(beginning: string, { format, prefix }: Manner): Detection {
  const refusal = refusalOf(beginning)
  if (refusal !== null) throw new Failure({ code: 'refused', message: refusal })
  if (prefix !== undefined) checkPrefix(prefix)
  const known = format === undefined ? undefined : logFormats.find((each) => each === format)
  if (format !== undefined && known === undefined) {
    const hint = `Formats are ${logFormats.join(', ')}.`
    throw new Failure({ code: 'invalid_input', message: `There is no format ${format}.`, hint })
  }
  const detected = detectFormat(beginning, known === undefined || hasPrefix(known) ? (prefix ?? null) : null)
  return known === undefined || known === detected.format
    ? detected
    : { ...detected, format: known, explains: 0, rivals: [] }
}

/** What `%y` is no escape of is told before anything is read by it. */
function checkPrefix(prefix: string): void {
  try {
    compilePrefix(prefix)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const hint = 'Give the prefix as the server prints it: show log_line_prefix. A % that stands for itself is %%.'
    throw new Failure({ code: 'invalid_input', message: error.message, hint }, { cause: error })
  }
}

/** Reads the beginning of a log, for a person to see whether that is right. */
export async function readBeginning(
  beginning: string,
  manner: Manner,
): Promise<{ reading: LogReading; events: LogEvent[] }> {
  const detection = detectIn(beginning, manner)
  await loadRedaction()
  const events: LogEvent[] = []
  const refusals: LogReading['refusals'] = []
  const parser = makeParser(
    {
      ...optionsOf(detection.format, detection.prefix, manner.timeZone),
      writtenBy: manner.writtenBy ?? null,
      inOrder: true,
    },
    (event) => events.push(event),
    ({ line, offset, reason, text }) => {
      if (refusals.length < shownRefusals) refusals.push({ line, offset, reason, text })
    },
  )
  parser.push(Buffer.from(beginning.endsWith('\n') ? beginning : `${beginning}\n`))
  const summary = parser.end()
  const reading: LogReading = {
    format: detection.format,
    prefix: detection.prefix,
    timeZone: manner.timeZone,
    explains: detection.explains,
    rivals: detection.rivals,
    trusted: isTrusted(detection),
    lines: detection.lines,
    unexplained: detection.unexplained.map((line) => redactText(line.slice(0, 500))),
    events: events.slice(0, shownEvents).map(sampleOf),
    refusals,
    redacted: summary.redacted,
    unknownZones: summary.unknownZones,
  }
  return { reading, events }
}

export function optionsOf(format: LogFormat, prefix: string, timeZone: string | null): ParserOptions {
  return { format, prefix, timeZone, redact: redactSql, redactText, newHasher, inOrder: false }
}

/** @throws Failure for a zone that there is not */
export function makeParser(...[options, ...rest]: ConstructorParameters<typeof LogParser>): LogParser {
  try {
    return new LogParser(options, ...rest)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const hint = 'Zones have names such as Europe/Berlin, or are offsets such as +05:30.'
    throw new Failure(
      { code: 'invalid_input', message: `There is no time zone ${options.timeZone}.`, hint },
      { cause: error },
    )
  }
}

function sampleOf(event: LogEvent): LogSampleEvent {
  const { line, kind, time, pid, user, database, application, client, severity, sqlstate, statement, message } = event
  const texts = [statement, message, event.detail, ...(event.parameters ?? [])]
  return {
    line,
    kind,
    time,
    pid,
    user,
    database,
    application,
    client,
    severity,
    sqlstate,
    statement: statement?.slice(0, shownCharacters) ?? null,
    message: message?.slice(0, shownCharacters) ?? null,
    durationMs: event.duration_ms,
    redacted: texts.some((text) => text?.includes('***') === true),
  }
}

/** The beginning of a log, and when the log was last written to. */
export interface Sample {
  beginning: string
  writtenBy: string | null
}

/** The beginnings that windows look at: each, until its window is gone or others take its place. */
export class Samples {
  readonly #kept = new Map<string, { peer: number; sample: Sample }>()

  keep(peer: number, sample: Sample): string {
    const id = randomUUID()
    this.#kept.set(id, { peer, sample })
    if (this.#kept.size > mostSamples) this.#kept.delete(this.#kept.keys().next().value ?? '')
    return id
  }

  of(peer: number, id: string): Sample {
    const kept = this.#kept.get(id)
    if (kept === undefined || kept.peer !== peer) {
      throw new Failure({
        code: 'not_found',
        message: 'The beginning of this log is not kept any more: choose the file again.',
      })
    }
    return kept.sample
  }

  release(peer: number): void {
    for (const [id, kept] of this.#kept) if (kept.peer === peer) this.#kept.delete(id)
  }
}

const mostSamples = 20
