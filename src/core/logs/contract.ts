import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId, withoutNul } from '../connection.ts'
import { reasonsShape } from '../reasons.ts'
import type { EventKind } from './event.ts'
import { exportCall } from './export.ts'
import type { LogFormat } from './state.ts'
import { type LogFilter, logFilter, viewCalls } from './views.ts'

export type * from './views.ts'
export { type LogFilter, logFilter }

/** A log, wherever its bytes come from. */
export const logSource = z.discriminatedUnion('kind', [
  /** A file of this machine, by its path: for the command line alone. */
  z.strictObject({ kind: z.literal('path'), path: withoutNul.min(1).max(4096) }),
  /** One that a person chose in the desktop's dialog: see `logs.pick`. */
  z.strictObject({ kind: z.literal('picked'), id: z.string().max(100) }),
  /**
   * One that the window holds, chosen or dropped there. The call says by an event where to, whenever it wants the bytes:
   * see `LogUpload`.
   */
  z.strictObject({
    kind: z.literal('upload'),
    name: z.string().min(1).max(1000),
    size: z.int().min(0),
    /** When the file was last changed, in milliseconds since 1970: dates without a year are the last such ones before it. */
    modified: z.int().min(0).max(8.64e15).optional(),
  }),
  /** A file in the log folder of an open connection's server, read by SQL: see `logs.serverFiles`. */
  z.strictObject({ kind: z.literal('server'), connection: connectionId, name: withoutNul.min(1).max(1000) }),
])
export type LogSource = z.output<typeof logSource>

/**
 * The window is asked for the file's first bytes, `null` for all of them: it sends them by one `POST` to `url`, as the body
 * (`fetch(url, { method: 'POST', body: bytes === null ? file : file.slice(0, bytes) })`). What main has not read is no
 * failure: the call itself tells how it went. One call may ask several times.
 */
export interface LogUpload {
  kind: 'upload'
  url: string
  bytes: number | null
}

/** Main wants no more of what the window sends to this link: the window stops sending. */
export interface LogEnough {
  kind: 'enough'
  url: string
}

/** A file that was picked in a dialog of the desktop. */
export interface PickedLog {
  id: string
  name: string
  bytes: number
}

/** How the beginning of a log is read. */
export interface LogReading {
  format: LogFormat
  /** `log_line_prefix`, of formats that have one. */
  prefix: string
  /** The zone that its times are read in; null where they say it themselves. */
  timeZone: string | null
  /** The share of its lines that this explains, from 0 to 1. */
  explains: number
  /** Prefixes that explain as much, and read something else in it. */
  rivals: string[]
  /** Whether it can be read so without asking; otherwise a person has to say which prefix it is. */
  trusted: boolean
  lines: number
  /** The first lines that are not explained, secrets masked. */
  unexplained: string[]
  /** The first operations and events. */
  events: LogSampleEvent[]
  /** Lines of the beginning that would be refused, the first ones. */
  refusals: LogRefusal[]
  /** Statements of the beginning whose secrets were masked. */
  redacted: number
  /** Abbreviations of zones that do not say which one they mean: give a `timeZone`. */
  unknownZones: string[]
}

/** What the wizard shows of an operation or event. Absent is null. */
export interface LogSampleEvent {
  line: number
  kind: EventKind
  /** ISO 8601, UTC. */
  time: string | null
  pid: number | null
  user: string | null
  database: string | null
  application: string | null
  client: string | null
  severity: string
  sqlstate: string | null
  statement: string | null
  message: string | null
  durationMs: number | null
  /** A secret of it was masked. */
  redacted: boolean
}

export interface LogRefusal {
  line: number
  offset: number
  reason: string
  /** How it begins, secrets masked. */
  text: string
}

export interface LogDetection extends LogReading {
  /** What `logs.preview` asks for: the beginning is kept in memory until the window is gone, or 20 others are. */
  sample: string
  name: string
  /** Of the file as it is; null where nobody knows. */
  bytes: number | null
  /** How it is packed: `plain`, `gzip`, … */
  packing: string
  /** Logs of the same time that were imported before, which share sessions with it: its operations would count twice. */
  overlaps: LogOverlap[]
}

/** A log that was imported and tells of the same sessions. */
export interface LogOverlap {
  file: number
  name: string
  format: LogFormat
  /** Of the sampled events, how many it tells of too. */
  events: number
  sampled: number
}

export type ImportEvent =
  | LogUpload
  | LogEnough
  /** The import has begun: `import` is what `logs.pause` asks for. `from` is the byte that it goes on from. */
  | { kind: 'started'; import: string; operation: string; from: number }
  /** Another session imports the same log; this one waits for it. */
  | { kind: 'waiting' }
  /** The connection was lost; what was not committed is sent again when it is back. Given up after `most` attempts. */
  | { kind: 'reconnecting'; attempt: number; most: number }
  /** The connection is there, or is back, and nobody else imports the log. */
  | { kind: 'connected' }
  | { kind: 'overlap'; overlaps: LogOverlap[] }
  | { kind: 'progress'; progress: ImportProgress }

export interface ImportProgress {
  /** `verifying`: what was imported before is read again, to see that it is the same. */
  phase: 'verifying' | 'importing' | 'paused'
  /** Bytes of the unpacked log that were read, and those that are committed. */
  read: number
  committed: number
  /** Of the file as it is, which may be packed: what was read of it, and its size; null where nobody knows. */
  packedRead: number
  packedSize: number | null
  /** Operations and events that are committed. */
  events: number
  refused: number
  /** Unpacked bytes a second, over the last seconds. */
  bytesPerSecond: number
  /** Null where nobody can tell. */
  secondsLeft: number | null
}

export interface ImportSummary {
  file: number | null
  name: string
  /** `nothing new`: all of it was imported before. `cancelled`: what was committed stays; import it again to go on. */
  outcome: 'imported' | 'nothing new' | 'cancelled'
  /** The import, as an operation of the history; null where there was nothing to do. */
  operation: string | null
  /** The byte that it began at, and up to which it is imported now. */
  from: number
  to: number
  /** Bytes of a last line that has no end yet: they wait for the rest. */
  waitingBytes: number
  /** What this import has added. */
  records: number
  events: number
  merged: number
  redacted: number
  refused: number
  kinds: Partial<Record<EventKind, number>>
  /** Of these, at the end, the ones to which something may still come when the log grows. */
  unfinished: number
  unknownZones: string[]
  /** What a damaged or cut archive has lost, in sentences. */
  losses: string[]
  /** The earliest and the latest time; ISO 8601, UTC. */
  first: string | null
  last: string | null
  overlaps: LogOverlap[]
  durationMs: number
}

/** A log that was imported. Times are ISO 8601, UTC. */
export interface ImportedLog {
  file: number
  name: string
  format: LogFormat
  prefix: string
  timeZone: string | null
  bytes: number
  first: string | null
  last: string | null
  events: number
  merged: number
  redacted: number
  refused: number
  importedAt: string
  importedBy: string
}

/** A file in the server's log folder. */
export interface ServerLogFile {
  name: string
  bytes: number
  /** ISO 8601, UTC. */
  modifiedAt: string
  /** It is the one that is written now. */
  current: boolean
}

export interface ServerLogs {
  files: ServerLogFile[]
  /** Why they cannot be listed or read by this role, and what to do; null where they can. */
  problem: { message: string; hint: string } | null
  /** How the server writes them, for the wizard. */
  prefix: string
  timeZone: string
}

/** A setting that makes logs useful. */
export interface LogSetting {
  name: string
  /** As `show` prints it. */
  current: string
  proposed: string
  why: string
  /** It is as proposed, or tells more. */
  good: boolean
  /** Takes a restart of the server, not only a reload. */
  needsRestart: boolean
  /** What would be run: `alter system set …`. */
  sql: string
}

export interface LogSettings {
  settings: LogSetting[]
  /** Why this role may not change them; null where it may. */
  problem: string | null
}

const prefixText = withoutNul.max(1000)
const zoneName = z.string().trim().min(1).max(100).nullable()
const readingShape = {
  format: z.string().max(50).optional(),
  /** Detected where absent. */
  prefix: prefixText.optional(),
  timeZone: zoneName.default(null),
}

export const importInput = z.strictObject({
  connection: connectionId,
  source: logSource,
  ...readingShape,
  /** Import it although the format explains less than it should. */
  force: z.boolean().default(false),
  /** What becomes of one that tells of the same as a log that is imported already, unless it is forced. */
  overlaps: z.enum(['warn', 'refuse']).default('warn'),
  ...reasonsShape,
})
export type ImportInput = z.output<typeof importInput>

export const logs = {
  /** The desktop's own dialog; null when the person thought better of it. `unsupported` in a browser, which has its own. */
  pick: call(z.strictObject({})).returns<PickedLog[] | null>(),
  /** How a log is written, by its first 256 KiB; with a connection, whether it was imported before in another format. */
  detect: call(z.strictObject({ source: logSource, connection: connectionId.optional(), ...readingShape }))
    .emits<LogUpload | LogEnough>()
    .returns<LogDetection>(),
  /** The same beginning once more, by another prefix or zone. Quick: for each key that is pressed. */
  preview: call(z.strictObject({ sample: z.string().max(100), ...readingShape })).returns<LogReading>(),
  /**
   * Imports a log into the database of the connection, from where it was read to the last time. Lives as long as the call:
   * cancelled, it keeps what is committed and says so in its summary.
   */
  import: call(importInput).emits<ImportEvent>().returns<ImportSummary>(),
  pause: call(z.strictObject({ import: z.string().max(100), paused: z.boolean() })).returns<null>(),
  /** Logs that were imported, the latest first. */
  files: call(z.strictObject({ connection: connectionId })).returns<ImportedLog[]>(),
  /** Lines of a log that could not be read, in its order; `next` is what the next page goes on `after`. */
  refused: call(
    z.strictObject({
      connection: connectionId,
      file: z.int(),
      after: z.int().default(-1),
      limit: z.int().min(1).max(1000).default(100),
    }),
  ).returns<{ refusals: LogRefusal[]; next: number | null; total: number }>(),
  /** The server's own log files. */
  serverFiles: call(z.strictObject({ connection: connectionId })).returns<ServerLogs>(),
  /** The settings that make logs useful, as they are and as they should be. */
  settings: call(z.strictObject({ connection: connectionId })).returns<LogSettings>(),
  /** Changes those settings to what is proposed, for the whole server, by `alter system` and a reload. */
  applySettings: call(
    z.strictObject({
      connection: connectionId,
      names: z.array(z.string().max(100)).min(1).max(20),
      /** The person has seen what is run and said yes. */
      confirmed: z.literal(true),
      ...reasonsShape,
    }),
  ).returns<LogSettings>(),
  ...viewCalls,
  export: exportCall,
}
