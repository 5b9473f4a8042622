import type { LogEvent } from '../../../src/core/logs/event.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import type { Refusal } from '../../../src/core/logs/record.ts'
import { type LogFormat, type ParserState, parserState } from '../../../src/core/logs/state.ts'
import { redactSql, redactText } from '../../../src/main/logs/redaction.ts'
import { parserOptions } from '../../core/logs/read.ts'

/**
 * What a log becomes, read as an import reads it: `all` is everything that is told.
 *
 * @param more how the log goes on, which another parser reads
 */
export function readMasked(
  log: string,
  format: LogFormat = 'stderr',
  more = '',
): { events: LogEvent[]; refusals: Refusal[]; all: string } {
  const events: LogEvent[] = []
  const refusals: Refusal[] = []
  const read = (text: string, state: ParserState | null): LogParser => {
    const parser = new LogParser(
      { ...parserOptions({ format }, more === ''), redact: redactSql, redactText },
      (event) => events.push(event),
      (refusal) => refusals.push(refusal),
      state,
    )
    parser.push(new TextEncoder().encode(text).subarray(state?.from ?? 0))
    return parser
  }
  const first = read(log, null)
  if (more === '') first.end()
  else read(log + more, parserState.parse(JSON.parse(JSON.stringify(first.state())))).end()
  return { events, refusals, all: JSON.stringify([events, refusals]) }
}
