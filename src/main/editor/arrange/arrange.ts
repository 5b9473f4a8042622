import {
  type Arranged,
  type Arrangement,
  type Condition,
  mostArrangedRows,
  type SortKey,
} from '../../../core/editor/arrange.ts'
import { comparerOf, type Key } from '../../../core/editor/compare.ts'
import type { Column, Progress } from '../../../core/editor/contract.ts'
import { testOf } from '../../../core/editor/rowFilter.ts'
import { kindOf, type ValueKind } from '../../../core/editor/valueKind.ts'
import type { Results } from '../results.ts'
import { charactersOf, headOf, type StoredRow } from '../storedRow.ts'
import { arrangedQuery } from './atServer.ts'
import { breath } from './breath.ts'
import { sortInSteps } from './sort.ts'
import { walk, wholeText } from './walk.ts'

/** Rows are in memory while they are sorted: not more than this, in UTF-16 units. */
const mostCharacters = 64_000_000

/**
 * Puts a result in another order, here where it is small enough; otherwise tells the query that does it at the server.
 *
 * @throws Failure `invalid_input` for conditions that cannot be asked; `refused` where neither is possible
 */
export async function arrange(
  results: Results,
  id: string,
  arrangement: Arrangement,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Arranged> {
  const { known } = await results.readOn(id, mostArrangedRows + 1, signal, onProgress)
  const { source } = results.get(id)
  const atServer = (why: 'rows' | 'style'): Arranged => {
    return { kind: 'server', why, ...arrangedQuery(source, arrangement, why) }
  }
  if (known > mostArrangedRows) return atServer('rows')
  if (!(await isUnderstood(results, id, arrangement, signal))) return atServer('style')
  const rows = await chosenRows(results, id, arrangement, signal)
  if (rows === null) return atServer('rows')

  const breathe = breath(signal)
  const ordered = await sortInSteps(rows, orderOf(arrangement.sort, source.columns), breathe)
  results.get(id)
  // In the same file: what stands apart from the rows is there, and is not written again.
  const spool = results.spool()
  try {
    for (const { row } of ordered) {
      spool.add(row)
      await breathe()
    }
    results.get(id)
  } catch (thrown) {
    spool.release()
    throw thrown
  }
  return { kind: 'here', result: results.keep({ ...source, arranged: true }, spool), known: spool.known }
}

/**
 * Can the dates and intervals in question be told here? Their style is the session's: in others than ISO and
 * `postgres`, the order of day and month, or a sign, means what only the server knows.
 */
async function isUnderstood(
  results: Results,
  id: string,
  { sort, filter }: Arrangement,
  signal: AbortSignal,
): Promise<boolean> {
  const { columns } = results.get(id).source
  const asked = new Map<number, (text: string) => Key | null>()
  for (const { column } of [...sort, ...filter.filter(({ is }) => !byText.has(is))]) {
    const of = columns[column]
    if (of !== undefined && styled.has(kindOf(of))) asked.set(column, comparerOf(of).keyOf)
  }
  if (asked.size === 0) return true
  for await (const { rows } of walk(results, id, signal)) {
    for (const row of rows) {
      for (const [column, keyOf] of asked) {
        const text = headOf(row[column] ?? null)
        // Infinity is written alike in all styles.
        if (text === null || text.endsWith('infinity')) continue
        if (keyOf(text) === null) return false
        // Short intervals look alike in several styles; one date tells the style of all.
        if (kindOf(columns[column] ?? { typeOid: 0 }) !== 'interval') asked.delete(column)
      }
    }
    if (asked.size === 0) return true
  }
  return true
}

/** What is asked of a value's text, or of none. */
const byText: ReadonlySet<Condition['is']> = new Set(['contains', 'not contains', 'null', 'not null'])

const styled: ReadonlySet<ValueKind> = new Set(['date', 'timestamp', 'timestamptz', 'interval'])

/** A row that passed the filter, and what it is sorted by. */
interface Chosen {
  readonly row: StoredRow
  readonly keys: readonly (Key | null)[]
}

/** Null where they are too large to be held at once. */
async function chosenRows(
  results: Results,
  id: string,
  { sort, filter }: Arrangement,
  signal: AbortSignal,
): Promise<Chosen[] | null> {
  const { source, spool } = results.get(id)
  const tests = filter.map((condition) => ({ column: condition.column, test: testOf(condition, source.columns) }))
  const keys = sort.map(({ column }) => ({ column, ...comparerOf(source.columns[column] ?? { typeOid: 0 }) }))
  const chosen: Chosen[] = []
  let characters = 0
  for await (const { from, rows } of walk(results, id, signal)) {
    for (const [place, row] of rows.entries()) {
      if (!tests.every(({ column, test }) => test(wholeText(spool, from + place, column, row[column])))) continue
      characters += charactersOf(row)
      if (characters > mostCharacters) return null
      chosen.push({ row, keys: keys.map(({ column, keyOf }) => keyOfCell(row, column, keyOf)) })
    }
  }
  return chosen
}

function keyOfCell(row: StoredRow, column: number, keyOf: (text: string) => Key | null): Key | null {
  const text = headOf(row[column] ?? null)
  return text === null ? null : (keyOf(text) ?? text)
}

function orderOf(sort: readonly SortKey[], columns: readonly Column[]): (one: Chosen, other: Chosen) => number {
  const orders = sort.map(({ column, direction, nulls }, place) => {
    const { compare } = comparerOf(columns[column] ?? { typeOid: 0 })
    const sign = direction === 'ascending' ? 1 : -1
    const nullSign = nulls === 'first' ? -1 : 1
    return (one: Chosen, other: Chosen): number => {
      const a = one.keys[place] ?? null
      const b = other.keys[place] ?? null
      if (a === null || b === null) return a === b ? 0 : a === null ? nullSign : -nullSign
      return sign * compare(a, b)
    }
  })
  return (one, other) => {
    for (const order of orders) {
      const result = order(one, other)
      if (result !== 0) return result
    }
    return 0
  }
}
