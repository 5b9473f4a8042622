import type { Column, Row } from '../../../core/editor/contract.ts'
import { isNumeric } from '../../../core/editor/valueKind.ts'

/** Longer values are cut in a cell; the value pane shows them whole. */
export const longestInCell = 300

/** How much of a value is asked for: enough to see that there is more of it. */
export const longestAsked = longestInCell + 1

/** The part of a value that a cell shows. */
export function cellText(value: string): string {
  return value.length <= longestInCell ? value : `${value.slice(0, longestInCell)}…`
}

const narrowest = 64
const widest = 380
/** Of a monospaced letter at 12 px, and of what stands around a value. */
const letterPx = 7.25
const aroundPx = 22

const digitsWithRoom = 10

/** A width in pixels that shows the name, the type and most values of the first rows. */
export function widthOf(column: Column, index: number, rows: readonly Row[]): number {
  const values = rows.slice(0, 100).map((row) => Math.min(row[index]?.length ?? 4, 100))
  // The first numbers are often the shortest ones, and a number that is cut says nothing.
  const least = isNumeric(column) ? digitsWithRoom : 0
  const longest = Math.max(least, column.name.length, column.type.length * 0.9, ...values)
  return Math.round(Math.min(widest, Math.max(narrowest, longest * letterPx + aroundPx)))
}

/** Columns of one name and type keep the width that they were given, also in the next run. */
export function widthKey({ name, type }: Column): string {
  return `${type}\n${name}`
}
