import type { Column, Row } from '../../../core/editor/contract.ts'
import type { CellRange } from '../state.ts'
import { type RowLook, shownRow } from './editList.ts'
import { cutLengthAt, type Pages, rowAt } from './pages.ts'

/** How rows are to be drawn, with the changes that they are to have. */
type Look = (row: number) => RowLook | null

/** The selection's rows where all of them are at hand and whole; null where they have to be asked for. */
export function rowsAtHand(
  pages: Pages,
  columns: readonly Column[],
  { top, bottom, left, right }: CellRange,
  look: Look,
): Row[] | null {
  const rows: Row[] = []
  for (let row = top; row <= bottom; row += 1) {
    const own = look(row)
    const found = shownRow(own, rowAt(pages, row), columns.length)
    if (found === undefined) return null
    for (let column = left; column <= right; column += 1) {
      const isRead = own?.row == null && !own?.cells.has(column)
      if (isRead && cutLengthAt(pages, row, column) !== undefined) return null
    }
    rows.push(found.slice(left, right + 1))
  }
  return rows
}

/** The same in parts, whatever has to be asked for. `eachPart` hands over rows of all columns. */
export async function eachShown(
  range: CellRange,
  look: Look,
  columns: number,
  eachPart: (range: CellRange, take: (rows: Row[]) => void) => Promise<void>,
  take: (rows: Row[]) => void,
): Promise<void> {
  const { top, bottom, left, right } = range
  // What has become of a cell is known by its place in the row.
  const shown = (row: number, read: Row | undefined): Row =>
    (shownRow(look(row), read, columns) ?? []).slice(left, right + 1)
  for (let row = top; row < Math.min(0, bottom + 1); row += 1) take([shown(row, [])])
  if (bottom < 0) return
  let at = Math.max(0, top)
  await eachPart({ ...range, top: at }, (rows) => {
    take(rows.map((row, place) => shown(at + place, row)))
    at += rows.length
  })
}
