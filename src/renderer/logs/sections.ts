import type { LogSeries } from '../../core/logs/contract.ts'
import { bytesText, countText, durationText } from '../ui/amounts.ts'

/** What the logs are looked at by. */
export const sectionNames = [
  'timeline',
  'statements',
  'errors',
  'connections',
  'locks',
  'temporary-files',
  'checkpoints',
  'autovacuum',
  'files',
] as const
export type SectionName = (typeof sectionNames)[number]

export type Split = 'kind' | 'severity' | 'user' | 'database' | 'application'

/** What statements are ordered by, the most of it first. */
export type StatementOrder = 'total' | 'mean' | 'max' | 'calls' | 'errors'

export interface Section {
  readonly title: string
  /** The kinds of what it shows; empty: all. */
  readonly kinds: readonly string[]
  readonly severities?: readonly string[]
  /** What is counted, in the singular. */
  readonly noun: string
  /** What its chart is split by at first. */
  readonly split: Split
  /** What `value` of a series measures here; null where it measures nothing. */
  readonly value: { readonly label: string; readonly text: (amount: number) => string } | null
  /** What to do so that a log tells of it. */
  readonly empty: string
}

const time = (label: string) => ({ label, text: durationText })

export const sections: Readonly<Record<Exclude<SectionName, 'files'>, Section>> = {
  timeline: {
    title: 'Timeline',
    kinds: [],
    noun: 'line',
    split: 'kind',
    value: null,
    empty: 'Nothing was tracked or logged in this stretch of time.',
  },
  statements: {
    title: 'Statements',
    kinds: ['statement', 'error'],
    noun: 'statement',
    split: 'database',
    value: time('Time spent'),
    empty: 'The server logs them with log_statement = all, or log_min_duration_statement = 0.',
  },
  errors: {
    title: 'Errors',
    kinds: [],
    severities: ['ERROR', 'FATAL', 'PANIC'],
    noun: 'error',
    split: 'severity',
    value: null,
    empty: 'No error stands in what is shown.',
  },
  connections: {
    title: 'Connections',
    kinds: ['connection', 'disconnection'],
    noun: 'event',
    split: 'kind',
    value: null,
    empty: 'The server logs them with log_connections and log_disconnections.',
  },
  locks: {
    title: 'Locks',
    kinds: ['lock_wait', 'deadlock'],
    noun: 'event',
    split: 'kind',
    value: time('Time waited'),
    empty: 'The server logs waits with log_lock_waits = on; deadlocks are always logged.',
  },
  'temporary-files': {
    title: 'Temporary files',
    kinds: ['temp_file'],
    noun: 'file',
    split: 'database',
    value: { label: 'Bytes written', text: bytesText },
    empty: 'The server logs them with log_temp_files = 0.',
  },
  checkpoints: {
    title: 'Checkpoints',
    kinds: ['checkpoint'],
    noun: 'event',
    split: 'kind',
    value: { label: 'Buffers written', text: (amount) => countText(amount, 'buffer') },
    empty: 'The server logs them with log_checkpoints = on.',
  },
  autovacuum: {
    title: 'Autovacuum',
    kinds: ['autovacuum', 'autoanalyze'],
    noun: 'run',
    split: 'kind',
    value: null,
    empty: 'The server logs them with log_autovacuum_min_duration = 0.',
  },
}

export const splitWords: Readonly<Record<Split, string>> = {
  kind: 'Kind',
  severity: 'Severity',
  user: 'User',
  database: 'Database',
  application: 'Application',
}

const kindWords: Readonly<Record<string, string>> = {
  statement: 'Statement',
  error: 'Error',
  plan: 'Plan',
  duration: 'Duration',
  connection: 'Connection',
  disconnection: 'Disconnection',
  checkpoint: 'Checkpoint',
  autovacuum: 'Autovacuum',
  autoanalyze: 'Autoanalyze',
  lock_wait: 'Lock wait',
  deadlock: 'Deadlock',
  temp_file: 'Temporary file',
  other: 'Other',
}

/** What an event of a kind measured, in words; null where it measures nothing. */
export function measuredText(kind: string, measured: number | null): string | null {
  if (measured === null) return null
  const section = Object.values(sections).find(({ kinds, value }) => value !== null && kinds.includes(kind))
  return section?.value?.text(measured) ?? null
}

export function kindText(kind: string): string {
  return kindWords[kind] ?? kind
}

/** What is at fault has a colour of its own; what is not takes one of the others, by its place. */
const telling: Readonly<Record<string, string>> = {
  error: 'var(--bad)',
  ERROR: 'var(--bad)',
  FATAL: 'var(--kind-staging)',
  PANIC: 'var(--mantine-color-text)',
  deadlock: 'var(--bad)',
  lock_wait: 'var(--kind-staging)',
  other: 'var(--quiet)',
}

/** Of a chart: as many are told apart, the rest is one. */
const mostParts = 8

/** The names that a series is split by, the largest first; what is too small for a colour of its own is not among them. */
export function partNames({ buckets }: LogSeries): { names: string[]; hasOthers: boolean } {
  const totals = new Map<string, number>()
  for (const { counts } of buckets) {
    for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count)
  }
  const byCount = [...totals].sort(([, one], [, other]) => other - one).map(([name]) => name)
  return byCount.length <= mostParts
    ? { names: byCount, hasOthers: false }
    : { names: byCount.slice(0, mostParts - 1), hasOthers: true }
}

/** @param place among those that have no colour of their own */
export function colourOf(name: string, place: number): string {
  return Object.hasOwn(telling, name) ? (telling[name] ?? '') : `var(--part-${(place % 6) + 1})`
}
