import type { Severity } from './wording.ts'

/** One message of the server's, whatever the format that it was logged in. What is absent is null. */
export interface LogRecord {
  /** Where its first line begins in the decompressed file, in bytes from 0. */
  offset: number
  /** Its first line, from 1. */
  line: number
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

export function newRecord(offset: number, line: number, severity: Severity, message: string): LogRecord {
  return {
    offset,
    line,
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
  record(record: LogRecord): void
  refuse(refusal: Refusal): void
}
