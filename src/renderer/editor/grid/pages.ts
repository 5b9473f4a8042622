import type { Cut, Row } from '../../../core/editor/contract.ts'

/** Rows of one page; the first page of a result comes with it. */
export const pageRows = 200

/** How many cells are held in all pages together: of wide results, fewer rows. */
const mostCells = 1_200_000
const mostPages = 30
const fewestPages = 4

/** A page of a result: its rows, fewer while the rest is on its way, and how long the values are that came cut. */
export interface Page {
  readonly rows: readonly Row[]
  /** By `cutKey`, in UTF-16 units. */
  readonly cut: ReadonlyMap<string, number>
}

/** The rows of a result that are at hand: a few pages around what is looked at. */
export interface Pages {
  readonly columns: number
  readonly byNumber: ReadonlyMap<number, Page>
  /** The first rows, whatever was let go since: widths of columns go by them. */
  readonly sample: readonly Row[]
}

const sampleRows = 100

export function newPages(columns: number, rows: readonly Row[], cut: readonly Cut[]): Pages {
  const empty: Pages = { columns, byNumber: new Map(), sample: rows.slice(0, sampleRows) }
  return withRows(empty, 0, rows, cut, 0)
}

export function rowAt({ byNumber }: Pages, row: number): Row | undefined {
  return byNumber.get(Math.floor(row / pageRows))?.rows[row % pageRows]
}

/** How long a value is that came cut; undefined where it came whole. */
export function cutLengthAt({ byNumber }: Pages, row: number, column: number): number | undefined {
  return byNumber.get(Math.floor(row / pageRows))?.cut.get(cutKey(row % pageRows, column))
}

/** The first row of `from` to `to` (exclusive) that is not at hand; null where all of them are. */
export function firstMissing({ byNumber }: Pages, from: number, to: number): number | null {
  for (let at = from; at < to; ) {
    const number = Math.floor(at / pageRows)
    const end = number * pageRows + (byNumber.get(number)?.rows.length ?? 0)
    if (end <= at) return Math.max(end, number * pageRows)
    at = end
  }
  return null
}

/**
 * With rows from `from` on, which is where a page begins or where its rows so far end. Pages that are far from
 * `lookedAt` are let go.
 */
export function withRows(
  pages: Pages,
  from: number,
  rows: readonly Row[],
  cut: readonly Cut[],
  lookedAt: number,
): Pages {
  const byNumber = new Map(pages.byNumber)
  for (let taken = 0; taken < rows.length; ) {
    const at = from + taken
    const number = Math.floor(at / pageRows)
    const before = (byNumber.get(number)?.rows ?? []).slice(0, at % pageRows)
    const part = rows.slice(taken, taken + pageRows - (at % pageRows))
    const lengths = new Map(byNumber.get(number)?.cut)
    for (const { row, column, length } of cut) {
      if (row >= taken && row < taken + part.length) lengths.set(cutKey((from + row) % pageRows, column), length)
    }
    byNumber.set(number, { rows: [...before, ...part], cut: lengths })
    taken += part.length
  }
  const cells = Math.max(1, pages.columns) * pageRows
  const most = Math.min(mostPages, Math.max(fewestPages, Math.floor(mostCells / cells)))
  const middle = Math.floor(lookedAt / pageRows)
  const near = [...byNumber].sort(([one], [other]) => Math.abs(one - middle) - Math.abs(other - middle))
  return { ...pages, byNumber: new Map(near.slice(0, most)) }
}

function cutKey(row: number, column: number): string {
  return `${row} ${column}`
}
