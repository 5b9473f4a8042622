import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type ExecutionStatus, executionStatuses } from '../../core/execution.ts'
import type { FacetCount, Facets, Timeline } from '../../core/history/contract.ts'
import { prepareQuery } from '../cache/query.ts'
import { type Grid, gridOf } from './buckets.ts'
import { afterAll, type Columns } from './columns.ts'
import type { Stopped } from './find.ts'
import type { Selection } from './selection.ts'

const tagRow = z.object({ value: z.string(), count: z.int() })
const countRow = z.object({ count: z.int() })
const databaseRow = z.object({ identity: z.string(), name: z.string() })

/** Operations that are counted before the next question may come in between. */
const windowOperations = 32_768
/** What is all of one moment is shown with what was before it: one bar alone would be as wide as the window. */
const leastMs = 30 * 60_000
/** Up to so many, the texts are read, so that none is counted that the index knows by its pieces alone. */
const readUpTo = 500

/** Counts operations over time and by what they have in common. */
export function createCounting(
  db: Database,
  columns: Columns,
  holds: (position: number, terms: readonly string[]) => boolean,
) {
  const tags = prepareQuery(
    db,
    'select tag as value, count(*) as count from operation_tag group by tag order by count desc, tag limit 200',
    tagRow,
  )
  const kept = prepareQuery(db, 'select count(*) as count from operation_mark where kept = 1', countRow)
  const nameOf = prepareQuery(
    db,
    `select identity, coalesce(connection || ' (' || database || ')', database) as name from operation
     where identity = ? order by position desc limit 1`,
    databaseRow,
  )

  /** The indexes into the columns of those that the selection means, oldest first; null where the columns moved. */
  async function chosen(
    selection: Selection,
    stopped: Stopped,
    pause: (() => Promise<void>) | null,
  ): Promise<Int32Array | null> {
    const first = columns.below(selection.from)
    const last = columns.below(selection.to)
    const among = selection.among === null ? null : new Set(selection.among)
    const { version } = columns
    const found = new Int32Array(Math.max(0, last - first))
    let count = 0
    const take = (index: number): void => {
      if (!selection.passes(index)) return
      if (among === null || among.has(columns.position[index] ?? 0)) found[count++] = index
    }
    for (let start = first; start < last && !stopped(); start += windowOperations) {
      const end = Math.min(last, start + windowOperations)
      const { match } = selection
      if (match === null) for (let index = start; index < end; index += 1) take(index)
      else for (let at = match.indexOf(1, start); at >= 0 && at < end; at = match.indexOf(1, at + 1)) take(at)
      await pause?.()
      if (columns.version !== version) return null
    }
    return found.subarray(0, count)
  }

  async function timeline(
    selection: Selection,
    most: number,
    unindexed: number,
    stopped: Stopped,
    pause: () => Promise<void>,
  ): Promise<Timeline> {
    // Something was recorded meanwhile: once more, and without a rest.
    let all = (await chosen(selection, stopped, pause)) ?? (await chosen(selection, stopped, null)) ?? new Int32Array()
    // One piece is what was asked for; of a longer word the index knows the pieces alone.
    const exact = selection.terms.every((term) => term.length <= 3)
    const approximate = !exact && all.length > readUpTo
    if (!exact && !approximate) all = all.filter((index) => holds(columns.position[index] ?? 0, selection.terms))
    const firstIndex = all[0]
    const lastIndex = all.at(-1)
    const timeAt = (index: number): number => (columns.position[index] ?? 0) / 1000
    if (firstIndex === undefined || lastIndex === undefined) {
      return { step: 'day', buckets: [], total: 0, approximate: false, unindexed }
    }
    const to = Math.floor(selection.to < afterAll ? selection.to / 1000 - 1 : timeAt(lastIndex))
    const from = Math.floor(
      selection.from > Number.MIN_SAFE_INTEGER
        ? selection.from / 1000
        : Math.min(timeAt(firstIndex), timeAt(lastIndex) - leastMs),
    )
    const grid = gridOf(from, Math.max(from, to), most)
    return { step: grid.step, buckets: count(all, grid), total: all.length, approximate, unindexed }
  }

  function count(indexes: Int32Array, { edges }: Grid): Timeline['buckets'] {
    const places: number[] = []
    executionStatuses.forEach((status, place) => {
      for (const code of columns.codesOf('status', [status])) places[code] = place
    })
    const buckets = edges.slice(0, -1).map((start, at) => ({
      start,
      end: edges[at + 1] ?? start,
      counts: executionStatuses.map((_: ExecutionStatus) => 0),
    }))
    let at = 0
    for (const index of indexes) {
      const time = (columns.position[index] ?? 0) / 1000
      while (at < buckets.length - 1 && time >= (buckets[at]?.end ?? 0)) at += 1
      const place = places[columns.status[index] ?? 0]
      const counts = buckets[at]?.counts
      if (counts !== undefined && place !== undefined) counts[place] = (counts[place] ?? 0) + 1
    }
    return buckets
  }

  function facets(): Facets {
    const byCode = (column: Int32Array): FacetCount[] => {
      const counts = new Map<number, number>()
      for (let index = 0; index < columns.size; index += 1) {
        const code = column[index] ?? 0
        counts.set(code, (counts.get(code) ?? 0) + 1)
      }
      return [...counts]
        .map(([code, each]) => ({ value: columns.valueOf(code), count: each }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    }
    return {
      users: byCode(columns.user).slice(0, 500),
      types: byCode(columns.type),
      databases: byCode(columns.identity).map(({ value, count: each }) => ({
        identity: value,
        name: nameOf.get(value)?.name ?? value,
        count: each,
      })),
      tags: tags.all(),
      total: columns.size,
      kept: kept.get()?.count ?? 0,
    }
  }

  return { timeline, facets }
}
