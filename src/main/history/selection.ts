import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { HistoryFilter } from '../../core/history/filter.ts'
import { termsOf } from '../../core/history/terms.ts'
import { prepareQuery } from '../cache/query.ts'
import { afterAll, type CodeName, type Columns } from './columns.ts'
import type { Match } from './match.ts'
import type { PieceIndex } from './pieceIndex.ts'
import { microsecondsOrNull } from './time.ts'

/** A filter, ready to be held against operations. */
export interface Selection {
  /** From this position on, and before the other one. */
  readonly from: number
  readonly to: number
  /** What must occur in the texts. */
  readonly terms: readonly string[]
  /** What may hold the terms; null where no term is given. */
  readonly match: Match | null
  /** Those that alone come in question by tag, object or keeping, newest first; null where all do. */
  readonly among: readonly number[] | null
  /** Is anything but words and time asked for? */
  readonly filters: boolean
  /** Does the one at `index` of the columns pass all but `match` and `among`? */
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

  function isOneOf(kind: CodeName, values: readonly string[]): (index: number) => boolean {
    const column = columns[kind]
    const wanted = columns.isOneOf(kind, values)
    return (index) => wanted[column[index] ?? 0] === 1
  }

  return (filter: HistoryFilter): Selection => {
    const tests: ((index: number) => boolean)[] = []
    const { statuses, types, users, connection, identity } = filter
    if (statuses.length > 0) tests.push(isOneOf('status', statuses))
    if (types.length > 0) tests.push(isOneOf('type', types))
    if (users.length > 0) tests.push(isOneOf('user', users))
    if (connection !== undefined || identity !== undefined) {
      const wanted = connection === undefined ? [] : identitiesOf.all(connection).map((each) => each.identity)
      tests.push(isOneOf('identity', identity === undefined ? wanted : [...wanted, identity]))
    }
    // What took an unknown time took neither long nor short: NaN passes no comparison.
    const { minDurationMs: least, maxDurationMs: most } = filter
    if (least !== undefined) tests.push((index) => (columns.duration[index] ?? Number.NaN) >= least)
    if (most !== undefined) tests.push((index) => (columns.duration[index] ?? Number.NaN) <= most)
    const terms = termsOf(filter.text)
    const match = pieces.find(terms)
    const limited = among(filter)
    return {
      from: filter.from === undefined ? Number.MIN_SAFE_INTEGER : momentOf(filter.from),
      to: filter.to === undefined ? afterAll : momentOf(filter.to),
      terms,
      match,
      among: limited,
      filters: tests.length > 0 || limited !== null,
      passes: allOf(tests),
    }
  }
}

/** A time too far away for a position stands before or after all of them. */
function momentOf(iso: string): number {
  return microsecondsOrNull(iso) ?? (Date.parse(iso) < 0 ? Number.MIN_SAFE_INTEGER : afterAll)
}

/** A million are tested at each key: a test that is not there is not called for. */
function allOf(tests: readonly ((index: number) => boolean)[]): (index: number) => boolean {
  const [first, ...others] = tests
  return others.reduce((all, test) => (index) => all(index) && test(index), first ?? (() => true))
}
