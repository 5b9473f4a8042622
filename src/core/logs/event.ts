import type { Protocol } from './message.ts'
import type { Truncated } from './record.ts'
import type { StatementKind } from './tag.ts'
import { type Severity, serverEvents } from './wording.ts'

/** What an event may be: an operation, what is known of one in part, or something of the server's. */
export const eventKinds = ['statement', 'error', 'plan', 'duration', ...serverEvents, 'other'] as const
export type EventKind = (typeof eventKinds)[number]

/** One operation, or one event of the server's. What is absent is null. */
export interface LogEvent {
  kind: EventKind
  /** When its first line was written: ISO 8601, UTC, as precise as the log. */
  time: string | null
  /** As `%c` logs it, or made of process id and start, or of the process id alone. */
  session: string | null
  pid: number | null
  user: string | null
  database: string | null
  application: string | null
  client: string | null
  severity: Severity
  sqlstate: string | null
  /** What the server said; null where that is a statement and nothing else. */
  message: string | null
  /** Secrets masked. */
  statement: string | null
  protocol: Protocol | null
  /** Of a prepared statement, with its portal: `name/portal`. */
  name: string | null
  /** Values in the order of `$1`, `$2`, … */
  parameters: (string | null)[] | null
  duration_ms: number | null
  parse_ms: number | null
  bind_ms: number | null
  detail: string | null
  hint: string | null
  context: string | null
  query: string | null
  location: string | null
  position: number | null
  rows: number | null
  tag: string | null
  class: StatementKind | null
  /** As auto_explain logged it. */
  plan: string | null
  backend_type: string | null
  query_id: string | null
  truncated: Truncated | null
  byte_offset: number
  line: number
}
