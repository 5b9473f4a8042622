import { z } from 'zod'
import type { Cell, Row } from '../../core/editor/contract.ts'
import { decodeRow, encodeRow, rowLetter, type WireRows } from './rowBytes.ts'
import type { Block } from './spoolFile.ts'

const block = z.object({ offset: z.int(), length: z.int() })

const large = z.object({
  /** Its length, in UTF-16 units. */
  n: z.int(),
  /** What it begins with. */
  h: z.string(),
  /** Its pieces, in their order: the first unit of each, and where it stands. */
  p: z.array(z.object({ at: z.int(), block })),
})

/** A value that stands apart from its row, in pieces. */
export interface Large {
  readonly n: number
  readonly h: string
  readonly p: readonly { readonly at: number; readonly block: Block }[]
}

export type StoredCell = Cell | Large
export type StoredRow = readonly StoredCell[]

/**
 * The letter of a row in which values stand apart. It is like a row of the server's, but each of its cells says by its
 * first character what it is: a text, or JSON that tells where the value stands.
 */
const apartLetter = 0x4c
const textMark = 't'
const apartMark = 'a'

/** A row that holds all its values itself, as most do: it is just as the server has sent it. */
export function isWhole(bytes: Buffer, at: number): boolean {
  return bytes[at] === rowLetter
}

/** The row that begins at `at`. */
export function decodeStored(bytes: Buffer, at: number): StoredRow {
  const row = decodeRow(bytes, at)
  if (isWhole(bytes, at)) return row
  return row.map((cell) => {
    if (cell === null) return null
    const inside = cell.slice(1)
    return cell.startsWith(apartMark) ? large.parse(JSON.parse(inside)) : inside
  })
}

export function encodeStored(row: StoredRow): WireRows {
  if (isPlain(row)) return encodeRow(row)
  const rows = encodeRow(
    row.map((cell) => {
      if (cell === null) return null
      return isLarge(cell) ? apartMark + JSON.stringify(cell) : textMark + cell
    }),
  )
  rows.bytes[rows.start] = apartLetter
  return rows
}

/** Nothing stands apart. */
export function isPlain(row: StoredRow): row is Row {
  return row.every((cell) => !isLarge(cell))
}

export function isLarge(cell: StoredCell): cell is Large {
  return typeof cell === 'object' && cell !== null
}

/** What a value begins with, as much of it as is kept with its row. */
export function headOf(cell: StoredCell): Cell {
  return isLarge(cell) ? cell.h : cell
}

/** In UTF-16 units. */
export function lengthOf(cell: StoredCell): number {
  if (cell === null) return 0
  return isLarge(cell) ? cell.n : cell.length
}

/** What of a row is in memory when it is read, in UTF-16 units. */
export function charactersOf(row: StoredRow): number {
  let sum = 0
  for (const cell of row) sum += headOf(cell)?.length ?? 0
  return sum
}
