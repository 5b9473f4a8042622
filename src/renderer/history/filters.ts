import type { ExecutionStatus } from '../../core/execution.ts'
import type { historyFilter } from '../../core/history/filter.ts'

/** What of the history is shown. Null and empty mean: whatever it is. */
export interface Filters {
  readonly text: string
  readonly statuses: readonly ExecutionStatus[]
  readonly types: readonly string[]
  readonly users: readonly string[]
  /** Only what was done in the database of the window's current connection. */
  readonly currentOnly: boolean
  /** Only one database, by its identity. */
  readonly identity: string | null
  readonly object: string | null
  readonly tag: string | null
  readonly keptOnly: boolean
  /** Milliseconds since 1970; `to` is not part of it. */
  readonly from: number | null
  readonly to: number | null
  readonly minDurationMs: number | null
  readonly maxDurationMs: number | null
}

export const noFilters: Filters = {
  text: '',
  statuses: [],
  types: [],
  users: [],
  currentOnly: false,
  identity: null,
  object: null,
  tag: null,
  keptOnly: false,
  from: null,
  to: null,
  minDurationMs: null,
  maxDurationMs: null,
}

/** All but the words, of which a key changes one letter: what shows the others need not be drawn anew for it. */
export function besideText({ text: _, ...others }: Filters): Omit<Filters, 'text'> {
  return others
}

/** Is anything left out? */
export function isFiltering(filters: Filters): boolean {
  return JSON.stringify({ ...filters, text: filters.text.trim() }) !== JSON.stringify(noFilters)
}

/** As the main process is asked. @param current the window's connection, or null */
export function queryOf(filters: Filters, current: string | null): Partial<ReturnType<typeof historyFilter.parse>> {
  const { text, statuses, types, users, currentOnly, identity, object, tag, keptOnly, from, to } = filters
  const { minDurationMs, maxDurationMs } = filters
  return {
    text,
    statuses: [...statuses],
    types: [...types],
    users: [...users],
    keptOnly,
    ...(currentOnly && current !== null ? { connection: current } : {}),
    ...(identity === null ? {} : { identity }),
    ...(object === null ? {} : { object }),
    ...(tag === null ? {} : { tag }),
    ...(from === null ? {} : { from: new Date(from).toISOString() }),
    ...(to === null ? {} : { to: new Date(to).toISOString() }),
    ...(minDurationMs === null ? {} : { minDurationMs }),
    ...(maxDurationMs === null ? {} : { maxDurationMs }),
  }
}
