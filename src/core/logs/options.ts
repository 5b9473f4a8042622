import type { Hasher } from './lines.ts'
import type { LogFormat } from './state.ts'

export interface ParserOptions {
  format: LogFormat
  /** `log_line_prefix`, of formats that have one. */
  prefix: string
  /** An IANA name or an offset, where the log's own abbreviations do not tell; null to go by them. */
  timeZone: string | null
  /** When the log was last written, ISO 8601: syslog’s days have no year. Null where nobody knows. */
  writtenBy?: string | null
  /** Masks the secrets in a statement, and says what they were: they may stand in what is said about it. */
  redact: (sql: string) => { text: string; secrets: readonly string[] }
  /** Masks what looks like a secret in a text that is no SQL. */
  redactText: (text: string) => string
  newHasher: () => Hasher
  /** Events in the order of the log; otherwise as they end, which is what `state` is for. */
  inOrder: boolean
}
