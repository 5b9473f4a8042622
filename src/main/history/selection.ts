import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { HistoryFilter } from '../../core/history/filter.ts'
import { termsOf } from '../../core/history/terms.ts'
import { prepareQuery } from '../cache/query.ts'
import { afterAll, type Columns } from './columns.ts'
import type { PieceIndex } from './pieceIndex.ts'
import { microsecondsOf } from './time.ts'

/** A filter, ready to be held against operations. */
export interface Selection {
  /** From this position on, and before the other one. */
  readonly from: number
  readonly to: number
  /** What must occur in the texts. */
  readonly terms: readonly string[]
  /** By the columns' index, 1 for what may hold the terms; null where no term is given. */
  readonly match: Uint8Array | null
  /** Those that alone come in question by tag, object or keeping, newest first; null where all do. */
  readonly among: readonly number[] | null
  /** Is anything but words and time asked for? */
  readonly filters: boolean
  /** Does the one at `index` of the columns pass, but for reading its texts? */
  passes(index: number): boolean
}

const positions = z.array(z.int())
const identityRow = z.object({ identity: z.string() })

/** Makes filters ready. What they name is looked up each time: it changes. */
export function createSelecting(db: Database, columns: Columns, pieces: Pick<PieceIndex, 'find'>) {
  const identitiesOf = prepareQuery(db, 'select identity from known_database where connection = ?', identityRow)
  const tagged = db.prepare('select position from operation_tag where tag = ? order by position desc').pluck()
  const touching = db.prepare('select position from operation_object where name = ? order by position desc').pluck()
  const kept = db.prepare('select position from operation_mark where kept = 1 order by position desc').pluck()

  function among({ tag, object, keptOnly }: HistoryFilter): readonly number[] | null {
    const lists: number[][] = []
    if (tag !== undefined) lists.push(positions.parse(tagged.all(tag)))
    if (object !== undefined) lists.push(positions.parse(touching.all(object)))
    if (keptOnly) lists.push(positions.parse(kept.all()))
    const [first, ...others] = lists.sort((a, b) => a.length - b.length)
    if (first === undefined) return null
    const sets = others.map((list) => new Set(list))
    return first.filter((position) => sets.every((set) => set.has(position)))
  }

  return (filter: HistoryFilter): Selection => {
    const tests: ((index: number) => boolean)[] = []
    const statuses = columns.codesOf('status', filter.statuses)
    if (filter.statuses.length > 0) tests.push((index) => statuses.has(columns.status[index] ?? 0))
    const types = columns.codesOf('type', filter.types)
    if (filter.types.length > 0) tests.push((index) => types.has(columns.type[index] ?? 0))
    const users = columns.codesOf('user', filter.users)
    if (filter.users.length > 0) tests.push((index) => users.has(columns.user[index] ?? 0))
    if (filter.connection !== undefined || filter.identity !== undefined) {
      const wanted = filter.connection === undefined ? [] : identitiesOf.all(filter.connection)
      const identities = columns.codesOf('identity', [
        ...wanted.map(({ identity }) => identity),
        ...(filter.identity === undefined ? [] : [filter.identity]),
      ])
      tests.push((index) => identities.has(columns.identity[index] ?? 0))
    }
    // What took an unknown time took neither long nor short: NaN passes no comparison.
    const { minDurationMs: least, maxDurationMs: most } = filter
    if (least !== undefined) tests.push((index) => (columns.duration[index] ?? Number.NaN) >= least)
    if (most !== undefined) tests.push((index) => (columns.duration[index] ?? Number.NaN) <= most)
    const terms = termsOf(filter.text)
    const match = pieces.find(terms)
    const filtered = tests.length > 0
    if (match !== null) tests.unshift((index) => match[index] === 1)
    const limited = among(filter)
    return {
      from: filter.from === undefined ? Number.MIN_SAFE_INTEGER : microsecondsOf(filter.from),
      to: filter.to === undefined ? afterAll : microsecondsOf(filter.to),
      terms,
      match,
      among: limited,
      filters: filtered || limited !== null,
      passes: allOf(tests),
    }
  }
}

/** A million are tested at each key: a test that is not there is not called for. */
function allOf(tests: readonly ((index: number) => boolean)[]): (index: number) => boolean {
  const [first, ...others] = tests
  if (first === undefined) return () => true
  return others.length === 0 ? first : (index) => tests.every((test) => test(index))
}
