import { type ColumnStatistics, type Found, type Match, mostMatches } from '../../../core/editor/arrange.ts'
import type { Column } from '../../../core/editor/contract.ts'
import { Statistics } from '../../../core/editor/statistics.ts'
import { Failure } from '../../../core/fault.ts'
import type { Results } from '../results.ts'
import type { Spool } from '../spool.ts'
import { headOf, isLarge, lengthOf, type StoredCell } from '../storedRow.ts'
import { walk } from './walk.ts'

/** How often one hears of a search, in milliseconds, at most. */
const tellEveryMs = 100

/** Of a very long value, so much is searched at once, in UTF-16 units. */
const searchedAtOnce = 1_000_000

/** Looks for a text in all values that are known. `onFound` hears of the matches since its last call. */
export async function find(
  results: Results,
  id: string,
  wanted: { text: string; matchCase: boolean },
  signal: AbortSignal,
  onFound: (found: Found) => void,
): Promise<{ rows: number; capped: boolean }> {
  const { spool } = results.get(id)
  const has = searcher(spool, wanted)
  let matches: Match[] = []
  let count = 0
  let rows = 0
  let toldAt = 0
  const tell = (): void => {
    onFound({ matches, rows })
    matches = []
    toldAt = performance.now()
  }
  for await (const part of walk(results, id, signal)) {
    for (const [place, row] of part.rows.entries()) {
      for (const [column, cell] of row.entries()) {
        if (!has(cell, part.from + place, column)) continue
        if (count === mostMatches) {
          tell()
          return { rows, capped: true }
        }
        matches.push({ row: part.from + place, column })
        count += 1
      }
      rows += 1
    }
    if (performance.now() - toldAt >= tellEveryMs) tell()
  }
  tell()
  return { rows, capped: false }
}

function searcher(
  spool: Spool,
  { text, matchCase }: { text: string; matchCase: boolean },
): (cell: StoredCell, row: number, column: number) => boolean {
  const as = (value: string): string => (matchCase ? value : value.toLowerCase())
  const part = as(text)
  return (cell, row, column) => {
    if (cell === null) return false
    if (!isLarge(cell)) return as(cell).includes(part)
    for (let at = 0; at < lengthOf(cell); at += searchedAtOnce) {
      // What stands across the end of this piece is found in it.
      const piece = spool.value(row, column, at, searchedAtOnce + text.length).text
      if (piece !== null && as(piece).includes(part)) return true
    }
    return false
  }
}

/** Goes through the values of a column that are known; of very long ones it takes the beginning. */
export async function statistics(
  results: Results,
  id: string,
  column: number,
  signal: AbortSignal,
): Promise<ColumnStatistics> {
  const { source, spool, open, fault } = results.get(id)
  const of: Column | undefined = source.columns[column]
  if (of === undefined) throw new Failure({ code: 'not_found', message: 'This column does not exist.' })
  const taken = new Statistics(of)
  const { known } = spool
  for await (const { rows } of walk(results, id, signal)) for (const row of rows) taken.add(headOf(row[column] ?? null))
  return taken.result(open === null && fault === null && known === spool.known)
}
