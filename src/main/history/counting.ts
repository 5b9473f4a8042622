import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type ExecutionStatus, executionStatuses } from '../../core/execution.ts'
import { Failure } from '../../core/fault.ts'
import type { FacetCount, Facets, Timeline } from '../../core/history/contract.ts'
import { prepareQuery } from '../cache/query.ts'
import { type Grid, gridOf } from './buckets.ts'
import { afterAll, type Columns } from './columns.ts'
import type { Stopped } from './find.ts'
import type { Selection } from './selection.ts'

const tagRow = z.object({ value: z.string(), count: z.int() })
const countRow = z.object({ count: z.int() })
const databaseRow = z.object({ identity: z.string(), name: z.string() })

/** How long is counted before the next question may come in between, in milliseconds. */
const turnMs = 4
/** Operations that are looked at before the clock is. */
const windowOperations = 4_096
/** What is all of one moment is shown with what was before it: one bar alone would be as wide as the window. */
const leastMs = 30 * 60_000
/** Up to so many, the texts are read, so that none is counted that the index knows by its pieces alone. */
const readUpTo = 500

/** Reads the texts of operations; begun anew after each rest, in which they may have changed. */
export interface Holding {
  beginReading(): void
  holds(position: number, terms: readonly string[]): boolean
}

/** What a count rests with: the next question is heard then. */
interface Turns {
  readonly stopped: Stopped
  /** Null where there is no rest. */
  readonly pause: (() => Promise<void>) | null
}

/** Where something is recorded in each rest, the last try has none. */
const mostTries = 3

/** Thrown inside: what is counted has moved. */
const moved = Symbol('moved')

/** Counts operations over time and by what they have in common. */
export function createCounting(db: Database, columns: Columns, { beginReading, holds }: Holding) {
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

  const timeAt = (index: number): number => (columns.position[index] ?? 0) / 1000

  /**
   * Runs `look` over stretches from `first` to before `end` until it says that it is enough, with rests.
   *
   * @throws `moved` where the columns have changed in a rest
   */
  async function inTurns(
    first: number,
    end: number,
    { stopped, pause }: Turns,
    look: (from: number, to: number) => boolean,
    size = windowOperations,
  ): Promise<void> {
    const { version } = columns
    let since = performance.now()
    for (let from = first; from < end; from += size) {
      if (look(from, Math.min(end, from + size))) return
      if (pause === null || performance.now() - since < turnMs) continue
      await pause()
      if (stopped()) throw new Failure({ code: 'cancelled', message: 'Cancelled.' })
      if (columns.version !== version) throw moved
      since = performance.now()
    }
  }

  async function countOver(selection: Selection, most: number, turns: Turns): Promise<Omit<Timeline, 'unindexed'>> {
    const first = columns.below(selection.from)
    const end = columns.below(selection.to)
    const visit = visiting(columns, selection)
    const few: number[] = []
    await inTurns(first, end, turns, (from, to) =>
      visit(from, to, (index) => {
        few.push(index)
        return few.length > readUpTo
      }),
    )
    // One piece is what was asked for; of a longer word the index knows the pieces alone.
    const exact = selection.terms.every((term) => term.length <= 3)
    const isFew = few.length <= readUpTo
    const all = isFew && !exact ? await held(few, selection.terms, turns) : few
    const oldest = all[0]
    let newest = all.at(-1)
    if (oldest === undefined || newest === undefined) return { step: 'day', buckets: [], total: 0, approximate: false }
    if (!isFew) {
      let last = newest
      await inTurns(0, end - first, turns, (from, to) => {
        visit(Math.max(first, end - to), end - from, (index) => {
          last = Math.max(last, index)
          return false
        })
        return last >= end - to
      })
      newest = last
    }
    const grid = gridOf(...spanOf(selection, oldest, newest), most)
    const tally = tallying(grid)
    if (isFew) all.forEach(tally.take)
    else await inTurns(oldest, newest + 1, turns, (from, to) => visit(from, to, tally.take))
    return { step: grid.step, buckets: tally.buckets, total: tally.total(), approximate: !exact && !isFew }
  }

  /** Those whose texts hold the terms. */
  async function held(indexes: readonly number[], terms: readonly string[], turns: Turns): Promise<number[]> {
    const found: number[] = []
    // One at a time: a text may be long.
    const look = (at: number): boolean => {
      const position = columns.position[indexes[at] ?? 0] ?? 0
      beginReading()
      if (holds(position, terms)) found.push(indexes[at] ?? 0)
      return false
    }
    await inTurns(0, indexes.length, turns, look, 1)
    return found
  }

  /** From when to when the timeline goes, in milliseconds since 1970, both within. */
  function spanOf(selection: Selection, oldest: number, newest: number): [from: number, to: number] {
    const to = Math.floor(selection.to < afterAll ? selection.to / 1000 - 1 : timeAt(newest))
    const from = Math.floor(
      selection.from > Number.MIN_SAFE_INTEGER
        ? selection.from / 1000
        : Math.min(timeAt(oldest), timeAt(newest) - leastMs),
    )
    return [from, Math.max(from, to)]
  }

  /** Counts operations, oldest first, into the stretches of a grid. */
  function tallying({ edges }: Grid) {
    const places = new Uint8Array(columns.codes)
    executionStatuses.forEach((status, place) => {
      for (const code of columns.codesOf('status', [status])) places[code] = place + 1
    })
    const buckets = edges.slice(0, -1).map((start, at) => ({
      start,
      end: edges[at + 1] ?? start,
      counts: executionStatuses.map((_: ExecutionStatus) => 0),
    }))
    let at = 0
    let total = 0
    const take = (index: number): boolean => {
      const time = timeAt(index)
      while (at < buckets.length - 1 && time >= (edges[at + 1] ?? 0)) at += 1
      const place = (places[columns.status[index] ?? 0] ?? 0) - 1
      const counts = buckets[at]?.counts
      if (counts !== undefined && place >= 0) counts[place] = (counts[place] ?? 0) + 1
      total += 1
      return false
    }
    return { buckets, take, total: () => total }
  }

  /** @param select makes the selection ready: once more where operations have moved meanwhile */
  async function timeline(
    select: () => Selection,
    most: number,
    unindexed: number,
    stopped: Stopped,
    pause: () => Promise<void>,
  ): Promise<Timeline> {
    for (let tries = 1; ; tries += 1) {
      try {
        const turns = { stopped, pause: tries < mostTries ? pause : null }
        return { ...(await countOver(select(), most, turns)), unindexed }
      } catch (thrown) {
        if (thrown !== moved) throw thrown
      }
    }
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

/** Calls `take` with those of a stretch that the selection means, oldest first, until it says that it is enough. */
function visiting(columns: Columns, { match, passes, among }: Selection) {
  const isAmong = among === null ? null : new Uint8Array(columns.size)
  for (const index of columns.indexesOf(among ?? [])) if (isAmong !== null) isAmong[index] = 1
  return (from: number, to: number, take: (index: number) => boolean): boolean => {
    for (let index = from; index < to; index += 1) {
      if (match !== null) {
        index = match.next(index, to)
        if (index < 0) return false
      }
      if (isAmong !== null && isAmong[index] !== 1) continue
      if (passes(index) && take(index)) return true
    }
    return false
  }
}
