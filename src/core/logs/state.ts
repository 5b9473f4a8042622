import { z } from 'zod'
import type { LogEvent } from './event.ts'
import { identity } from './identity.ts'
import type { Part } from './record.ts'

/**
 * `rds`, `azure`, `cloudsql`, `cloudnativepg` and `heroku` are the logs of services as they come out of these, with
 * lines of stderr, or records, inside. A log of RDS as it is downloaded is stderr.
 */
export const logFormats = [
  'stderr',
  'csv',
  'json',
  'syslog',
  'rds',
  'azure',
  'cloudsql',
  'cloudnativepg',
  'heroku',
] as const
export type LogFormat = (typeof logFormats)[number]

/** Formats whose lines hold a prefix of the server's. */
export function hasPrefix(format: LogFormat): boolean {
  return format !== 'csv' && format !== 'json' && format !== 'cloudnativepg'
}

export interface ParserSummary {
  bytes: number
  /** Messages that were read. */
  records: number
  events: number
  kinds: Partial<Record<LogEvent['kind'], number>>
  /** Messages that became a part of an operation that another one began. */
  merged: number
  redacted: number
  refused: number
  /** Lines of other programs, in a log that several write. */
  others: number
  /** Abbreviations of zones that do not say which one they mean: their times are missing. */
  unknownZones: string[]
  first: string | null
  last: string | null
}

const bytes = z.int().nonnegative()
const key = z.string()

const part: z.ZodType<Part> = z.object({
  offset: bytes,
  line: z.int().positive(),
  bytes,
  session: key,
  before: identity.nullable(),
  prefix: z.string().nullable(),
})

const summary: z.ZodType<ParserSummary> = z.object({
  bytes,
  records: bytes,
  events: bytes,
  kinds: z.record(z.string(), bytes),
  merged: bytes,
  redacted: bytes,
  refused: bytes,
  others: bytes,
  unknownZones: z.array(z.string()),
  first: z.string().nullable(),
  last: z.string().nullable(),
})

const prefixes = z.object({
  current: z.string(),
  known: z.array(z.string()),
  failures: bytes,
  skipped: bytes,
})
/** The prefixes that a log has had so far, and how often another one was looked for in vain. */
export type PrefixesState = z.infer<typeof prefixes>

/**
 * How far a log has been read, to go on from there in another process. It holds nothing of what the log says but the
 * names of its sessions: what is still open is told by its places, which are read again. So it holds no secret, and is
 * small however long an open statement is: some 200 bytes a session.
 */
export const parserState = z.object({
  version: z.literal(1),
  format: z.enum(logFormats),
  /** `log_line_prefix`, of formats that have one. */
  prefix: z.string(),
  timeZone: z.string().nullable(),
  writtenBy: z.string().nullable(),
  /** The byte to read again from: the first of what is still open, or else `read`. */
  from: bytes,
  /** The first byte that has not been read into an event, nor into what is open. */
  read: bytes,
  /** The number of the line there. */
  line: z.int().positive(),
  /** What is open, in the order of the log. The events that it becomes come later, under the first bytes of these. */
  parts: z.array(part),
  prefixes: prefixes.nullable(),
  identities: z.array(z.tuple([key, identity])),
  pending: z.array(key),
  /** Messages of syslog whose pieces are still coming. */
  gathering: z.array(key),
  /** Whether they have durations, and at which byte that message begins which ended what a plan may still follow. */
  sessions: z.array(z.tuple([key, z.boolean(), bytes.nullable()])),
  /** Prepared statements about secrets, by name. */
  prepared: z.array(z.string()).default([]),
  summary,
})
export type ParserState = z.infer<typeof parserState>
