import type { Cell, Row } from '../../core/editor/contract.ts'

/**
 * Rows as the server sends them, one message after the other: the letter `D`, the length of what follows in four bytes,
 * itself among it, the number of cells in two, and of each cell its length in four and its text in UTF-8. The length of
 * null is -1.
 */
export interface WireRows {
  readonly bytes: Buffer
  /** The first of the bytes… */
  readonly start: number
  /** …and where they end, exclusive. */
  readonly end: number
  /** How many rows there are in it. */
  readonly count: number
}

/** The letter by which a row begins. */
export const rowLetter = 0x44
/** The letter and the length. */
export const headBytes = 5
/** Before the first cell: the letter, the length, the number of cells. */
export const beforeCells = headBytes + 2

/** What stands in place of the length of a null. */
export const lengthOfNull = -1

/** Where the row ends that begins at `at`. */
export function endOfRow(bytes: Buffer, at: number): number {
  return at + 1 + bytes.readUInt32BE(at + 1)
}

/** The last one of some rows. */
export function lastOf({ bytes, start, end }: WireRows): WireRows {
  let last = start
  for (let at = start; at < end; at = endOfRow(bytes, at)) last = at
  return { bytes, start: last, end, count: 1 }
}

/** The same rows in bytes of their own, which stay. */
export function apart({ bytes, start, end, count }: WireRows): WireRows {
  return { bytes: Buffer.from(bytes.subarray(start, end)), start: 0, end: end - start, count }
}

/** The row that begins at `at`. */
export function decodeRow(bytes: Buffer, at: number): Row {
  const row: Row = []
  let place = at + beforeCells
  for (let left = bytes.readUInt16BE(at + headBytes); left > 0; left -= 1) {
    const length = bytes.readInt32BE(place)
    place += 4
    if (length === lengthOfNull) row.push(null)
    else {
      row.push(bytes.toString('utf8', place, place + length))
      place += length
    }
  }
  return row
}

export function decodeRows({ bytes, start, end }: WireRows): Row[] {
  const rows: Row[] = []
  for (let at = start; at < end; at = endOfRow(bytes, at)) rows.push(decodeRow(bytes, at))
  return rows
}

/** A row as the server would send it. */
export function encodeRow(cells: readonly Cell[]): WireRows {
  const texts = cells.map((cell) => (cell === null ? null : Buffer.from(cell)))
  const size = texts.reduce((sum, text) => sum + 4 + (text?.length ?? 0), beforeCells)
  const bytes = Buffer.allocUnsafe(size)
  bytes[0] = rowLetter
  bytes.writeUInt32BE(size - 1, 1)
  let place = bytes.writeUInt16BE(texts.length, headBytes)
  for (const text of texts) {
    place = bytes.writeInt32BE(text?.length ?? lengthOfNull, place)
    if (text !== null) place += text.copy(bytes, place)
  }
  return { bytes, start: 0, end: size, count: 1 }
}
