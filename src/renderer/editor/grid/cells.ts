import type { Cell, Column, Row } from '../../../core/editor/contract.ts'

/** OIDs of the types whose digits stand under each other: the integers, oid, floats, money, numeric. */
const numeric = new Set([20, 21, 23, 26, 700, 701, 790, 1700])

export function isNumeric({ typeOid }: Pick<Column, 'typeOid'>): boolean {
  return numeric.has(typeOid)
}

/** Longer values are cut in a cell; the value pane shows them whole. */
export const longestInCell = 300

/** The part of a value that a cell shows. */
export function cellText(value: string): string {
  return value.length <= longestInCell ? value : `${value.slice(0, longestInCell)}…`
}

const narrowest = 64
const widest = 380
/** Of a monospaced letter at 12 px, and of what stands around a value. */
const letterPx = 7.25
const aroundPx = 22

/** A width in pixels that shows the name, the type and most values of the first rows. */
export function widthOf(column: Column, index: number, rows: readonly Row[]): number {
  const values = rows.slice(0, 100).map((row) => Math.min(row[index]?.length ?? 4, 100))
  const longest = Math.max(column.name.length, column.type.length * 0.9, ...values)
  return Math.round(Math.min(widest, Math.max(narrowest, longest * letterPx + aroundPx)))
}

/** Values as spreadsheets take them: tabs between, null as nothing, quoted where a value holds a tab, line end or quote. */
export function asTabSeparated(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(tabField).join('\t')).join('\n')
}

function tabField(value: Cell): string {
  if (value === null) return ''
  return /[\t\n\r"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
