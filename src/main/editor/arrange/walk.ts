import type { Cell } from '../../../core/editor/contract.ts'
import type { Results } from '../results.ts'
import type { Spool } from '../spool.ts'
import { headOf, isLarge, type StoredCell, type StoredRow } from '../storedRow.ts'
import { breath } from './breath.ts'

/** Rows that are looked at without a look at the clock. */
const stepRows = 256

/**
 * The rows of a result as far as they are known when it begins, some at a time, with the number of the first of them.
 * Others have their turn in between.
 *
 * @throws Failure `not_found` when the result goes meanwhile; `cancelled` when the signal aborts
 */
export async function* walk(
  results: Results,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<{ from: number; rows: StoredRow[] }> {
  const { known } = results.get(id).spool
  const breathe = breath(signal)
  for (let from = 0; from < known; ) {
    // It may have gone while others had their turn.
    const { spool } = results.get(id)
    const rows: StoredRow[] = []
    for (const row of spool.stored(from)) {
      rows.push(row)
      if (rows.length === stepRows || from + rows.length === known) break
    }
    yield { from, rows }
    from += rows.length
    await breathe()
  }
}

/** Of a longer value, only so much is looked at by filters and statistics, in UTF-16 units. */
const longestLookedAt = 16_000_000

/** A value as a filter looks at it: whole, unless it is extremely long. */
export function wholeText(spool: Spool, row: number, column: number, cell: StoredCell | undefined): Cell {
  if (cell === undefined) return null
  return isLarge(cell) ? spool.value(row, column, 0, longestLookedAt).text : headOf(cell)
}
