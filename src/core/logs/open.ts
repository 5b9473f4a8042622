import { longestEntry } from './entry.ts'
import type { LogEvent } from './event.ts'
import type { Slot } from './order.ts'
import type { LogRecord, Part } from './record.ts'

/** An operation that has begun. */
export interface Open {
  readonly event: LogEvent
  readonly slot: Slot
  /** Where all of it stands. */
  readonly parts: Part[]
  /** The byte at which that message begins which ended it, and which may be no part of it; null as long as it runs. */
  endedAt: number | null
}

/** A step of the extended protocol that waits for its execution. */
export interface Phase {
  readonly ms: number
  name: string | null
  statement: string
  readonly record: LogRecord
  readonly slot: Slot
}

/** What is open in a session of the server. */
export interface Session {
  open: Open | null
  parse: Phase | null
  bind: Phase | null
  /** Plans of an operation whose end is still to come. */
  plan: Open | null
  /** What ended last: the plan of an operation of the extended protocol comes after its duration. */
  ended: Open | null
  /** Durations follow statements here: one that has none yet is still at work. */
  hasDurations: boolean
  /** Bytes of the log whose texts it holds open. */
  weight: number
}

/** Of a message that is longer, no more is kept. */
export function weightOf(parts: readonly Part[]): number {
  let weight = 0
  for (const { bytes } of parts) weight += Math.min(bytes, longestEntry)
  return weight
}

/** Does the error end this operation? */
export function isErrorOf(record: LogRecord, open: LogEvent, { hasDurations }: Session): boolean {
  if (record.statement !== null) return record.statement === open.statement
  // Without its statement an error ends what runs; a session that is told to go may have been idle.
  return record.severity === 'ERROR' || (hasDurations && record.severity === 'PANIC')
}

export function failWith(event: LogEvent, record: LogRecord, kind: 'error' | 'deadlock'): void {
  event.kind = kind
  event.severity = record.severity
  event.sqlstate = record.sqlstate
  event.message = record.message
  // Of an EXECUTE, what was prepared stands there already.
  event.detail = [record.detail, event.detail].filter((detail) => detail !== null).join('\n') || null
  event.hint = record.hint
  event.context = record.context
  event.query = record.query
  event.location = record.location
  event.position = record.position
}
