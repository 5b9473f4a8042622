import type { Identity } from './identity.ts'
import type { Severity } from './wording.ts'

/** A stretch of a log, of whole lines. */
export interface Place {
  offset: number
  /** The number of its first line, from 1. */
  line: number
  bytes: number
}

/** What is read at once: a line with those that continue it. */
export interface Part extends Place {
  /** Whose it is: by `%c`, or the process id. */
  session: string
  /** What was known of its session before it was read; null where the format does not go by that. */
  before: Identity | null
  /** The prefix that it was read by; null where the format has none. */
  prefix: string | null
}

/** One message of the server's, whatever the format that it was logged in. What is absent is null. */
export interface LogRecord {
  /** Where its first line begins in the decompressed file, in bytes from 0. */
  offset: number
  /** Its first line, from 1. */
  line: number
  /** Where it stands: one part, or its first line and those that follow between others. */
  readonly parts: Part[]
  /** The log's own words, such as `2026-11-21 16:00:00.123 CET`; null where it has no time. */
  time: string | null
  pid: number | null
  /** As `%c` logs it: the session's start and process id in hexadecimal. */
  session: string | null
  user: string | null
  database: string | null
  application: string | null
  /** The host without a port, or `[local]`. */
  client: string | null
  severity: Severity
  sqlstate: string | null
  message: string
  detail: string | null
  hint: string | null
  context: string | null
  /** The query inside a function that failed. */
  query: string | null
  statement: string | null
  location: string | null
  backtrace: string | null
  /** Where in the statement, in characters from 1. */
  position: number | null
  backendType: string | null
  queryId: string | null
  /** Of a message that is longer than what is kept of it: its whole length in bytes, and its SHA-256. */
  truncated: Truncated | null
}

export interface Truncated {
  bytes: number
  sha256: string
}

/** What could not be read, and why. */
export interface Refusal {
  offset: number
  line: number
  reason: string
  /** Its beginning. */
  text: string
}

/** @param parts where it stands, its beginning first */
export function newRecord(parts: [Part, ...Part[]], severity: Severity, message: string): LogRecord {
  const [{ offset, line }] = parts
  return {
    offset,
    line,
    parts,
    time: null,
    pid: null,
    session: null,
    user: null,
    database: null,
    application: null,
    client: null,
    severity,
    sqlstate: null,
    message,
    detail: null,
    hint: null,
    context: null,
    query: null,
    statement: null,
    location: null,
    backtrace: null,
    position: null,
    backendType: null,
    queryId: null,
    truncated: null,
  }
}

/** How a format hands on what it reads, in the order of the log. */
export interface RecordSink {
  /** A message begins at this byte; its further lines may come after others. Formats that read it at once say nothing. */
  begins(offset: number): void
  /** What began at this byte is no message of its own. */
  isNone(offset: number): void
  record(record: LogRecord): void
  refuse(refusal: Refusal): void
  /** A line of another program, in a log that several write. */
  other(): void
}
