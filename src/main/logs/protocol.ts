import { z } from 'zod'
import type { Fault } from '../../core/fault.ts'
import type { LogRefusal } from '../../core/logs/contract.ts'
import type { LogFormat, ParserState } from '../../core/logs/state.ts'
import type { Beginning } from './sameLog.ts'

/** What the thread is to read. */
export interface ReadingTask {
  /** The path of a file that the thread reads itself, or null where the bytes are sent to it. */
  path: string | null
  /** What it began with, unpacked, when it was recognised. */
  beginning: Beginning
  file: number
  format: LogFormat
  prefix: string
  timeZone: string | null
  /** When it was last written to, ISO 8601; null where nobody knows. */
  writtenBy: string | null
  /** What was imported of it before; null where nothing was. */
  known: KnownPart | null
  /** The database holds no other characters. */
  ascii: boolean
  /** Bytes of the unpacked log that are committed at once. */
  batchBytes: number
}

/** How far a log was read: whether it is the same is told by the hash of all that comes before. */
export interface KnownPart {
  to: number
  state: ParserState
  isEnd: boolean
  /** Where its parts end, in order, with the SHA-256 of all up to there, in hexadecimal. The last one is at `to`. */
  ends: { offset: number; hash: string }[]
}

export type ToReader =
  /** The first that it is told. */
  | { kind: 'task'; task: ReadingTask }
  | { kind: 'chunk'; bytes: Uint8Array }
  | { kind: 'end' }
  | { kind: 'failed'; fault: Fault }
  /** A part was committed: another one may be made, in the memory of its rows. */
  | { kind: 'next'; memory: ArrayBuffer[] }
  | { kind: 'pause'; paused: boolean }

export interface Counts {
  records: number
  events: number
  merged: number
  redacted: number
  refused: number
  kinds: Partial<Record<string, number>>
}

/** A part of a log, ready to be committed. */
export interface Batch {
  kind: 'batch'
  from: number
  to: number
  /** SHA-256 of the log up to `to`, in hexadecimal. */
  hash: string
  /** JSON. */
  state: string
  /** The log ends here, and `tail` is what is not finished. */
  isEnd: boolean
  /** Lines of COPY. */
  rows: Uint8Array[]
  count: number
  tail: Uint8Array[]
  tailRows: number
  /** First days of the months that the rows are in. */
  months: string[]
  first: string | null
  last: string | null
  counts: Counts
  /** Of the tail. */
  open: Counts
  unknownZones: string[]
  /** What of the archive could not be read, where the log ends. */
  losses: string[]
  /** Bytes behind the last end of a line. */
  waitingBytes: number
  fingerprints: string[]
  statements: string[]
  refusals: LogRefusal[]
  /** At the end of the log: lines that may still become something. */
  openRefusals: LogRefusal[]
  /** Of the tail. */
  openStatements: { fingerprint: string; statement: string }[]
}

export type FromReader =
  | Batch
  | { kind: 'wanted' }
  | { kind: 'progress'; phase: 'verifying' | 'importing'; read: number; packedRead: number }
  /** It is the log that was imported before, and goes on there. */
  | { kind: 'verified' }
  /** It is another log, though it begins like the one that was imported before. */
  | { kind: 'differs' }
  /** Nothing in it is new. */
  | { kind: 'nothing new'; read: number }
  | { kind: 'fault'; fault: Fault }

/** The memory of rows, which goes from thread to thread and is never copied. */
export function memoryOf({ rows, tail }: Pick<Batch, 'rows' | 'tail'>): ArrayBuffer[] {
  return [...rows, ...tail].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []))
}

/** What `known_logs` answers, as JSON. */
export const knownLog = z.object({
  file_id: z.int(),
  start_bytes: z.int(),
  start_hash: z.string(),
  format: z.string(),
  prefix: z.string(),
  time_zone: z.string().nullable(),
  to_offset: z.int(),
  is_end: z.boolean(),
  state: z.unknown(),
  ends: z.array(z.int()),
  hashes: z.array(z.string()),
})
export type KnownLog = z.output<typeof knownLog>
