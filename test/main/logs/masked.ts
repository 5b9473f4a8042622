import type { LogEvent } from '../../../src/core/logs/event.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import type { Refusal } from '../../../src/core/logs/record.ts'
import type { LogFormat } from '../../../src/core/logs/state.ts'
import { redactSql, redactText } from '../../../src/main/logs/redaction.ts'
import { parserOptions } from '../../core/logs/read.ts'

/** What a log becomes, read as an import reads it: `all` is everything that is told. */
export function readMasked(
  log: string,
  format: LogFormat = 'stderr',
): { events: LogEvent[]; refusals: Refusal[]; all: string } {
  const events: LogEvent[] = []
  const refusals: Refusal[] = []
  const parser = new LogParser(
    { ...parserOptions({ format }, true), redact: redactSql, redactText },
    (event) => events.push(event),
    (refusal) => refusals.push(refusal),
  )
  parser.push(new TextEncoder().encode(log))
  parser.end()
  return { events, refusals, all: JSON.stringify([events, refusals]) }
}
