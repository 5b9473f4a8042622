import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import { type ExecutionStatus, executionStatuses } from '../execution.ts'
import type { Fault } from '../fault.ts'

/** One operation, as a line of the history. Times are ISO 8601, UTC, with microseconds where known. */
export interface HistoryEntry {
  /** The operation's UUID for runs of pgSteward; for what others did, the execution's key in hex. */
  id: string
  /** The connection's name when it ran, or null where it is no longer known. */
  connection: string | null
  database: string
  name: string
  /** `MANUAL`, `AUTO_DDL`, `MIGRATION`, …: the framework's script_type. */
  type: string
  category: string
  status: ExecutionStatus
  startedAt: string
  durationMs: number | null
  rows: number | null
  user: string
  application: string | null
  /** The first 200 characters of the SQL. */
  excerpt: string
  ticket: string | null
  /** Still to be told to the server. */
  waiting: boolean
  /** Where a search matched: the excerpt around it, with the match between U+0002 and U+0003. */
  match: string | null
}

export interface HistoryDetail extends HistoryEntry {
  sql: string
  justification: string | null
  errorMessage: string | null
  errorCode: string | null
  filePath: string | null
  objects: { created: string[]; modified: string[]; dropped: string[] }
  /** What an explain has brought, where this machine made it. */
  plan: { text: string; json: string } | null
  /** Every state that is known of it, oldest first. */
  states: { status: ExecutionStatus; at: string; recorded: 'server' | 'waiting' | 'local' }[]
  /** The DDL that the event triggers saw during it. */
  caused: HistoryEntry[]
}

export const searchInput = z.strictObject({
  text: z.string().max(1000).default(''),
  /** A connection's id; every database when absent. */
  connection: connectionId.optional(),
  statuses: z.array(z.enum(executionStatuses)).max(5).default([]),
  types: z.array(z.string().max(50)).max(20).default([]),
  /** Go on after this entry of the last page. */
  after: z.strictObject({ startedAt: z.string(), id: z.string() }).optional(),
  limit: z.int().min(1).max(1000).default(100),
})

export const history = {
  /** Newest first, from the cache: with or without a server. */
  search: call(searchInput).returns<{ entries: HistoryEntry[]; more: boolean }>(),
  get: call(z.strictObject({ id: z.string().max(200) })).returns<HistoryDetail>(),
  /** Sends what waits, then takes what the server has recorded since the last time. */
  sync: call(z.strictObject({ connection: connectionId })).returns<{
    sent: number
    received: number
    waiting: number
  }>(),
  /**
   * Where an operation of this machine is recorded by now, and why it could not be told to the server where it could
   * not. Each change of the connection's count of waiting records is an occasion to ask.
   */
  keeping: call(z.strictObject({ connection: connectionId, id: z.string().max(200) })).returns<{
    recorded: 'server' | 'waiting' | 'local'
    fault: Fault | null
  }>(),
  /** Records that wait to be told to their server. */
  waiting: call(z.strictObject({})).returns<{ count: number }>(),
}
