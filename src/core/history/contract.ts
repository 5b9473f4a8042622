import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import type { ExecutionStatus } from '../execution.ts'
import type { ExportEvent } from '../exportFile.ts'
import type { Fault } from '../fault.ts'
import { type HistoryExport, historyExportInput } from './export.ts'
import { filterShape } from './filter.ts'

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
  /** Never deleted by age or size. */
  kept: boolean
  tags: string[]
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
  /** What a person wrote beside it. */
  note: string
  /** Began on this machine. */
  own: boolean
  /** Every state that is known of it, oldest first. */
  states: { status: ExecutionStatus; at: string; recorded: 'server' | 'waiting' | 'local' }[]
  /** The DDL that the event triggers saw during it. */
  caused: HistoryEntry[]
}

export const searchInput = z.strictObject({
  ...filterShape,
  /** Go on here: the `next` of the page before. */
  before: z.int().optional(),
  limit: z.int().min(1).max(1000).default(100),
})
export type SearchInput = z.output<typeof searchInput>

export interface SearchPage {
  /** Newest first. Fewer than asked, even none, where looking further back would have taken too long. */
  entries: HistoryEntry[]
  /** Where to go on; null when the oldest has been looked at. */
  next: number | null
  /** When what was looked at last began, where the page ended for want of time; null otherwise. */
  reached: string | null
  /** Operations that the index has still to learn of: a search with words or filters does not find them yet. */
  unindexed: number
}

export const timelineSteps = ['minute', 'quarter', 'hour', 'day', 'week', 'month'] as const
export type TimelineStep = (typeof timelineSteps)[number]

/** How many operations began in each stretch of time, oldest first. Stretches without any are there too. */
export interface Timeline {
  step: TimelineStep
  /** `counts` in the order of `executionStatuses`; `start` and `end` in milliseconds since 1970. */
  buckets: { start: number; end: number; counts: number[] }[]
  total: number
  /** Counted by the index alone, which may count a few too many: the words were too frequent to read each text. */
  approximate: boolean
  unindexed: number
}

export interface FacetCount {
  value: string
  count: number
}

/** What can be filtered by, most frequent first. */
export interface Facets {
  users: FacetCount[]
  types: FacetCount[]
  /** `name` is what its connection was called the last time. */
  databases: { identity: string; name: string; count: number }[]
  tags: FacetCount[]
  total: number
  kept: number
}

/** A database whose operations come from its server, and how that went. Times are ISO 8601, UTC. */
export interface HistorySource {
  identity: string
  connection: string
  database: string
  askedAt: string
  /** When it was last read in full; null where it never was. */
  readAt: string | null
  /** When the newest state that was taken was recorded. */
  readTo: string | null
  fault: Fault | null
  /** What is missing although it could be read. */
  limits: string[]
}

/** For how long and up to which size operations are held; null for no limit. */
export const retentionShape = z.strictObject({
  days: z.int().min(1).max(36_500).nullable(),
  megabytes: z.int().min(10).max(1_000_000).nullable(),
})
export type Retention = z.output<typeof retentionShape>

/** What a retention would delete now, and what it would leave though it is old. */
export interface PrunePlan {
  operations: number
  /** When the oldest and the newest of them began; null where there is none. */
  from: string | null
  to: string | null
  /** Left because they are kept, tagged or annotated, because they wait to be sent, and because they run. */
  kept: number
  waiting: number
}

/** Where a text was masked, and where it was left. */
export interface Erased {
  operations: number
  /** Values that were remembered for parameters: they are forgotten. */
  parameters: number
  savedQueries: number
  /** Texts of tabs that no window has open. */
  tabs: number
  /** Tabs of open windows that hold it: what is in them is theirs, and was left. */
  openTabs: number
  /** Saved queries and snippets that hold it and were left, by name. */
  left: string[]
  /** Why its letters still stand in the cache's file; null where they are in it nowhere. */
  inFile: string | null
}

/** Operations that are in the memory of the program alone: they go into the cache as soon as it takes them. */
export interface Unwritten {
  operations: number
  /** Why it did not, the last time. */
  fault: Fault
}

const operationId = z.string().max(200)
const tagText = z.string().trim().min(1).max(100)

export const history = {
  /** Newest first, from the cache: with or without a server. Takes about 50 ms, however much there is. */
  search: call(searchInput).returns<SearchPage>(),
  /** The same operations, counted over time. */
  timeline: call(z.strictObject({ ...filterShape, most: z.int().min(10).max(400).default(120) })).returns<Timeline>(),
  facets: call(z.strictObject({})).returns<Facets>(),
  get: call(z.strictObject({ id: operationId })).returns<HistoryDetail>(),
  /**
   * Writes the operations that the filters mean into a file, oldest first, and records that. Null when the person chose
   * no place for it. A failure says why there is no file.
   */
  export: call(historyExportInput).emits<ExportEvent>().returns<HistoryExport | null>(),
  /** Says something of an operation: what is left out stays as it is. */
  mark: call(
    z.strictObject({
      id: operationId,
      kept: z.boolean().optional(),
      tags: z.array(tagText).max(20).optional(),
      note: z.string().max(10_000).optional(),
    }),
  ).returns<null>(),
  /** Masks a text, such as a password, wherever this machine keeps it: in the history and in what was typed. */
  erase: call(
    z.strictObject({
      text: z.string().min(3).max(1000),
      /** Also in saved queries, which are then run with the mask in its place. */
      savedQueries: z.boolean().default(false),
    }),
  ).returns<Erased>(),
  /** Tells, at most twice a second, that operations were added, changed or deleted. Ends with the call. */
  watch: call(z.strictObject({})).emits<{ changed: true }>().returns<null>(),
  /** Where the history comes from. */
  sources: call(z.strictObject({})).returns<HistorySource[]>(),
  retention: call(z.strictObject({})).returns<{ retention: Retention; bytes: number; operations: number }>(),
  prunePlan: call(retentionShape).returns<PrunePlan>(),
  /** Keeps to this from now on, and deletes what it deletes now. */
  retain: call(retentionShape).emits<{ deleted: number }>().returns<{ deleted: number }>(),
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
  keeping: call(z.strictObject({ connection: connectionId, id: operationId })).returns<{
    recorded: 'server' | 'waiting' | 'local' | 'memory'
    fault: Fault | null
  }>(),
  /** Records that wait to be told to their server, and operations that the cache would not take. */
  waiting: call(z.strictObject({})).returns<{ count: number; unwritten: Unwritten | null }>(),
}
