import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'

const moment = z.iso.datetime({ offset: true })
const text = z.string().max(1000)

/** Which of what was imported is meant; everything where nothing is said. */
const filterShape = {
  connection: connectionId,
  /** Logged at this time or later, and before; ISO 8601. Without, what has no time is meant too. */
  from: moment.optional(),
  to: moment.optional(),
  user: text.optional(),
  database: text.optional(),
  application: text.optional(),
  file: z.int().optional(),
}
export const logFilter = z.strictObject(filterShape)
export type LogFilter = z.output<typeof logFilter>

/** Narrows a list of lines to what a figure or a bar of a chart counts. */
export const lineShape = {
  ...filterShape,
  kinds: z.array(z.string().max(30)).max(20).default([]),
  /** Of `LogStatement`. */
  fingerprint: z
    .string()
    .regex(/^-?\d{1,19}$/)
    .optional(),
  sqlstate: text.optional(),
  /** Of `LogErrorClass`. */
  pattern: text.optional(),
  severities: z.array(z.string().max(20)).max(20).default([]),
  minDurationMs: z.number().min(0).optional(),
  /** Occurs in the statement, message or detail. */
  text: text.default(''),
}

/** Where a page goes on: the `next` of the page before. */
const place = z.strictObject({ at: z.string().max(50), file: z.int(), offset: z.int() })
export type LogPlace = z.output<typeof place>

/** One operation or event of a log. Times are ISO 8601, UTC; absent is null. */
export interface LogLine {
  file: number
  offset: number
  line: number
  /** Null where the log does not tell. */
  at: string | null
  kind: string
  severity: string
  sqlstate: string | null
  session: string | null
  pid: number | null
  user: string | null
  database: string | null
  application: string | null
  client: string | null
  durationMs: number | null
  /** Bytes of a temporary file, buffers of a checkpoint, milliseconds that a lock was waited for. */
  measured: number | null
  rows: number | null
  tag: string | null
  class: string | null
  fingerprint: string | null
  /** The first 2,000 characters of each. */
  statement: string | null
  message: string | null
  detail: string | null
}

/** All that a log tells of one operation or event. */
export interface LogLineDetail extends LogLine {
  fileName: string
  parseMs: number | null
  bindMs: number | null
  parameters: (string | null)[] | null
  protocol: string | null
  prepared: string | null
  hint: string | null
  context: string | null
  query: string | null
  location: string | null
  position: number | null
  plan: string | null
  backendType: string | null
  queryId: string | null
  truncated: { bytes: number; sha256: string } | null
}

/** Statements that differ in nothing but their values. */
export interface LogStatement {
  fingerprint: string
  /** With `?` for each value. */
  statement: string
  calls: number
  errors: number
  totalMs: number
  meanMs: number | null
  maxMs: number | null
  /** Of all time that is known, the share of this one, from 0 to 1. */
  share: number
  users: string[]
  first: string | null
  last: string | null
}

export interface LogErrorClass {
  sqlstate: string | null
  /** What tells classes apart where no SQLSTATE was logged: the message without the names and numbers in it. */
  pattern: string | null
  severity: string
  count: number
  /** The latest of its messages. */
  message: string
  users: string[]
  first: string | null
  last: string | null
}

/** How much there was in each stretch of time, oldest first; stretches without any are there too. */
export interface LogSeries {
  /** Seconds. */
  step: number
  buckets: {
    /** Milliseconds since 1970. */
    start: number
    /** By kind, or by severity, database, user or application where that was asked for. */
    counts: Record<string, number>
    /** What the kind measures: ms of statements and lock waits, bytes of temporary files, buffers of checkpoints. */
    value: number
  }[]
  total: number
  /** What has no time, and so no place. */
  withoutTime: number
}

export interface LogFacets {
  users: { value: string; count: number }[]
  databases: { value: string; count: number }[]
  applications: { value: string; count: number }[]
  kinds: { value: string; count: number }[]
  first: string | null
  last: string | null
  total: number
}

/** One operation of the timeline: tracked, logged, or both. */
export interface TimelineEntry {
  at: string | null
  source: 'TRACKED' | 'LOGGED'
  kind: string
  status: string | null
  name: string
  /** The first 2,000 characters. */
  statement: string | null
  user: string | null
  database: string | null
  application: string | null
  client: string | null
  durationMs: number | null
  rows: number | null
  tag: string | null
  sqlstate: string | null
  error: string | null
  /** Of what was tracked: what the history knows it by. That is a UUID of what pgSteward ran here, and else the execution's key, in hex. */
  execution: string | null
  /** Of what was logged: see `logs.line`. */
  file: number | null
  offset: number | null
}

export const statementOrders = ['total', 'mean', 'max', 'calls', 'errors'] as const
export const seriesSplits = ['kind', 'severity', 'user', 'database', 'application'] as const

const limit = z.int().min(1).max(1000)

const timelineInput = z.strictObject({
  ...filterShape,
  from: moment,
  to: moment,
  /** Go on before this: the `next` of the page before. */
  before: z.strictObject({ at: z.string().max(50), key: z.string().max(200) }).optional(),
  limit: limit.default(100),
})
export type TimelineInput = z.output<typeof timelineInput>

const linesInput = z.strictObject({ ...lineShape, before: place.optional(), limit: limit.default(100) })
export type LogLinesInput = z.output<typeof linesInput>

const statementsInput = z.strictObject({
  ...filterShape,
  order: z.enum(statementOrders).default('total'),
  limit: limit.default(50),
})
export type LogStatementsInput = z.output<typeof statementsInput>

const seriesInput = z.strictObject({
  ...lineShape,
  by: z.enum(seriesSplits).default('kind'),
  /** Stretches of time, at most. */
  most: z.int().min(10).max(400).default(120),
})
export type LogSeriesInput = z.output<typeof seriesInput>

/** What is asked of imported logs. Each answer is a window: nothing is sent whole. */
export const viewCalls = {
  /** What was tracked and logged, each operation once, newest first. */
  timeline: call(timelineInput).returns<{ entries: TimelineEntry[]; next: { at: string; key: string } | null }>(),
  /** The lines behind a figure, newest first. */
  lines: call(linesInput).returns<{ lines: LogLine[]; next: LogPlace | null }>(),
  line: call(z.strictObject({ connection: connectionId, file: z.int(), offset: z.int() })).returns<LogLineDetail>(),
  /** Normalised statements: the slowest, the most frequent, the ones that fail. */
  statements: call(statementsInput).returns<LogStatement[]>(),
  /** Errors by SQLSTATE, or by message where none was logged, the most frequent first. */
  errors: call(z.strictObject({ ...filterShape, limit: limit.default(50) })).returns<LogErrorClass[]>(),
  /** For a chart: counts and what the kind measures, over time. */
  series: call(seriesInput).returns<LogSeries>(),
  /** What can be filtered by, most frequent first. */
  facets: call(logFilter).returns<LogFacets>(),
}
