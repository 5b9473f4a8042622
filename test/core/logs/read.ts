import { createHash } from 'node:crypto'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import type { ParserOptions } from '../../../src/core/logs/options.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import type { Refusal } from '../../../src/core/logs/record.ts'
import type { LogFormat, ParserSummary } from '../../../src/core/logs/state.ts'

/** The prefix that pgSteward's own users have. */
export const usersPrefix = '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h '

export interface Read {
  events: LogEvent[]
  refusals: Refusal[]
  summary: ParserSummary
}

export interface ReadOptions {
  format?: LogFormat
  prefix?: string
  timeZone?: string | null
  writtenBy?: string | null
  /** Bytes of a chunk; all at once when absent. */
  chunk?: number
}

/** A parser's options for a text without secrets, which stays as it is. */
export function parserOptions(
  { format = 'stderr', prefix = usersPrefix, timeZone = null, writtenBy = null }: ReadOptions,
  inOrder: boolean,
): ParserOptions {
  return {
    format,
    prefix,
    timeZone,
    writtenBy,
    redact: (text) => ({ text, secrets: [] }),
    redactText: (text) => text,
    newHasher: () => {
      const hash = createHash('sha256')
      return { update: (part) => void hash.update(part), digest: () => hash.digest('hex') }
    },
    inOrder,
  }
}

/** Reads a log in chunks, in order. */
export function readLog(log: string | Uint8Array, options: ReadOptions = {}): Read {
  const bytes = typeof log === 'string' ? new TextEncoder().encode(log) : log
  const { chunk = bytes.length } = options
  const events: LogEvent[] = []
  const refusals: Refusal[] = []
  const parser = new LogParser(
    parserOptions(options, true),
    (event) => events.push(event),
    (refusal) => refusals.push(refusal),
  )
  for (let at = 0; at < bytes.length; at += Math.max(1, chunk)) parser.push(bytes.subarray(at, at + Math.max(1, chunk)))
  return { events, refusals, summary: parser.end() }
}

/** A line of the users' own prefix. */
export function line(rest: string, { pid = 100, second = 0, app = 'psql', client = '127.0.0.1' } = {}): string {
  const time = `2026-11-21 10:00:${String(second).padStart(2, '0')} UTC`
  return `${time} [${pid}]: [1-1] user=ann,db=shop,app=${app},client=${client} ${rest}\n`
}
