import type { Cut, Row } from '../../core/editor/contract.ts'
import { Failure, toFault } from '../../core/fault.ts'
import { beforeCells, endOfRow, headBytes, lengthOfNull, type WireRows } from './rowBytes.ts'
import { pageCharacters } from './size.ts'
import type { Block, SpoolFile } from './spoolFile.ts'
import {
  decodeStored,
  encodeStored,
  isLarge,
  isPlain,
  type Large,
  lengthOf,
  type StoredCell,
  type StoredRow,
} from './storedRow.ts'

/** A part of a result. `cut` tells of the values that are not whole. */
export interface Window {
  rows: Row[]
  cut: Cut[]
}

/** Values of more bytes stand apart from their rows, in pieces, so that looking at rows never reads them. */
const longestInRow = 32_768
/** The part of such a value that stays with its row. */
const headOfLarge = 2_000
const pieceBytes = 1_048_576

/** Rows are written when there is this much of them. */
const blockBytes = 131_072
/** What comes at once is seldom more than a packet of the socket; where it is, memory is made for it. */
const tailBytes = blockBytes + 65_536

/** Rows taken at once from `whole`. */
const rowsAtOnce = 1_024

interface RowBlock extends Block {
  readonly first: number
}

/**
 * The rows of one result, in the order in which they came and as the bytes that came: the last ones in memory, all
 * others in the run's spool file. Memory holds the place of every 1,000th row or so, however many there are.
 */
export class Spool {
  /** Rows that can be read. */
  known = 0
  /** Rows that came; more than `known` where the disk took no more. */
  seen = 0
  /** Why not all that came is known. */
  fault: Failure | null = null

  readonly #file: SpoolFile
  readonly #blocks: RowBlock[] = []
  #tail = Buffer.alloc(0)
  #tailEnd = 0
  /** The first row in the tail. */
  #tailFirst = 0
  #lastRead: { first: number; bytes: Buffer } | null = null

  constructor(file: SpoolFile) {
    this.#file = file
    file.use()
  }

  /** Never throws: it is called from the socket's own event. Where the disk is full, `fault` says so. */
  push(rows: WireRows): void {
    this.seen += rows.count
    if (this.fault !== null) return
    try {
      if (rows.end - rows.start <= longestInRow) this.#append(rows)
      else this.#appendApart(rows)
    } catch (thrown) {
      this.fault = noRoom(thrown, this.known)
    }
  }

  /**
   * Takes a row that stands in a spool of the same file already.
   *
   * @throws the system's error where the disk takes no more
   */
  add(row: StoredRow): void {
    this.#append(encodeStored(row))
  }

  /** Rows from `from` on, at most `count`, fewer where they are long; values longer than `longest` are cut. */
  window(from: number, count: number, longest = Number.POSITIVE_INFINITY): Window {
    const rows: Row[] = []
    const cut: Cut[] = []
    let characters = 0
    if (count === 0) return { rows, cut }
    for (const stored of this.stored(from)) {
      for (const cell of stored) characters += Math.min(lengthOf(cell), longest)
      if (rows.length > 0 && characters > pageCharacters) break
      const isShown = isPlain(stored) && stored.every((cell) => lengthOf(cell) <= longest)
      rows.push(isShown ? stored : this.#cutRow(stored, rows.length, longest, cut))
      if (rows.length === count) break
    }
    return { rows, cut }
  }

  #cutRow(stored: StoredRow, row: number, longest: number, cut: Cut[]): Row {
    return stored.map((cell, column) => {
      const length = lengthOf(cell)
      if (length <= longest) return isLarge(cell) ? this.#text(cell, 0, length) : cell
      cut.push({ row, column, length })
      return this.#text(cell, 0, longest)
    })
  }

  /** A part of one value; null where the value is. */
  value(row: number, column: number, from: number, count: number): { text: string | null; length: number } {
    const [stored] = this.stored(row)
    const cell = stored?.[column] ?? null
    return { text: cell === null ? null : this.#text(cell, from, from + count), length: lengthOf(cell) }
  }

  /** All rows from `from` to the last that is known now, whole, some at a time. */
  *whole(from: number): Generator<Row[]> {
    for (let at = from; at < this.known; ) {
      const { rows } = this.window(at, rowsAtOnce)
      at += rows.length
      yield rows
    }
  }

  /** Rows as they are kept, long values by their beginning alone. */
  *stored(from = 0): Generator<StoredRow> {
    for (const { bytes, start, end } of this.bytes(from)) {
      for (let at = start; at < end; at = endOfRow(bytes, at)) yield decodeStored(bytes, at)
    }
  }

  /**
   * Rows from `from` on as the bytes that are kept, many at a time. They are good until the next rows come: whoever
   * waits for something takes what it needs before.
   */
  *bytes(from = 0): Generator<WireRows> {
    for (let at = from; at < this.known; ) {
      const rows = this.#rowsWith(at)
      at += rows.count
      yield rows
    }
  }

  /** The pieces of a value that stands apart, in order. */
  *pieces({ p }: Large): Generator<Buffer> {
    for (const { block } of p) yield this.#file.read(block)
  }

  /** Lets go of the rows; the file goes with the last spool in it. */
  release(): void {
    this.#tail = Buffer.alloc(0)
    this.#tailEnd = 0
    this.#blocks.length = 0
    this.#lastRead = null
    this.known = 0
    this.#file.leave()
  }

  #append({ bytes, start, end, count }: WireRows): void {
    this.#makeRoom(end - start)
    this.#tailEnd += bytes.copy(this.#tail, this.#tailEnd, start, end)
    this.known += count
    if (this.#tailEnd >= blockBytes) this.#flush()
  }

  /** Rows among which there are long ones. */
  #appendApart({ bytes, start, end }: WireRows): void {
    for (let at = start; at < end; ) {
      const next = endOfRow(bytes, at)
      if (next - at <= longestInRow) this.#append({ bytes, start: at, end: next, count: 1 })
      else this.add(this.#apart(bytes, at))
      at = next
    }
  }

  /** Puts the long values of a row apart. */
  #apart(bytes: Buffer, at: number): StoredRow {
    const row: StoredCell[] = []
    let place = at + beforeCells
    for (let left = bytes.readUInt16BE(at + headBytes); left > 0; left -= 1) {
      const length = bytes.readInt32BE(place)
      place += 4
      if (length === lengthOfNull) {
        row.push(null)
        continue
      }
      const text = bytes.subarray(place, place + length)
      row.push(length > longestInRow ? this.#inPieces(text) : text.toString())
      place += length
    }
    return row
  }

  #inPieces(text: Buffer): Large {
    const p: { at: number; block: Block }[] = []
    let n = 0
    for (let at = 0; at < text.length; ) {
      const piece = text.subarray(at, wholeEnd(text, at + pieceBytes))
      p.push({ at: n, block: this.#file.append(piece) })
      n += piece.toString().length
      at += piece.length
    }
    return { n, h: text.toString('utf8', 0, wholeEnd(text, headOfLarge)), p }
  }

  #makeRoom(bytes: number): void {
    const needed = this.#tailEnd + bytes
    if (needed <= this.#tail.length) return
    // A few rows need little; twice as much each time, until there is as much as a block ever needs.
    const size = Math.max(needed, Math.min(tailBytes, this.#tail.length * 2))
    const grown = Buffer.allocUnsafeSlow(size)
    this.#tail.copy(grown, 0, 0, this.#tailEnd)
    this.#tail = grown
  }

  #flush(): void {
    const block = this.#file.append(this.#tail.subarray(0, this.#tailEnd))
    this.#blocks.push({ ...block, first: this.#tailFirst })
    this.#tailFirst = this.known
    this.#tailEnd = 0
    if (this.#tail.length > tailBytes) this.#tail = Buffer.alloc(0)
  }

  /** The rows from a row on that stand together with it. */
  #rowsWith(row: number): WireRows {
    if (row >= this.#tailFirst) {
      return behind(row - this.#tailFirst, {
        bytes: this.#tail,
        end: this.#tailEnd,
        count: this.known - this.#tailFirst,
      })
    }
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#blocks[middle]?.first ?? 0) <= row) low = middle
      else high = middle - 1
    }
    const block = this.#blocks[low]
    if (block === undefined) throw new Error(`Row ${row} stands nowhere.`)
    if (this.#lastRead?.first !== block.first) {
      this.#lastRead = { first: block.first, bytes: this.#file.read(block) }
    }
    const { bytes } = this.#lastRead
    const next = this.#blocks[low + 1]?.first ?? this.#tailFirst
    return behind(row - block.first, { bytes, end: bytes.length, count: next - block.first })
  }

  #text(cell: StoredCell, from: number, to: number): string {
    if (cell === null) return ''
    if (!isLarge(cell)) return cell.slice(from, to)
    if (to <= cell.h.length) return cell.h.slice(from, to)
    let text = ''
    for (const [place, { at, block }] of cell.p.entries()) {
      const end = cell.p[place + 1]?.at ?? cell.n
      if (end <= from || at >= to) continue
      const piece = this.#file.read(block).toString()
      text += piece.slice(Math.max(0, from - at), Math.max(0, to - at))
    }
    return text
  }
}

/** Rows that stand together, without the first ones. */
function behind(skipped: number, { bytes, end, count }: Omit<WireRows, 'start'>): WireRows {
  let start = 0
  for (let left = skipped; left > 0; left -= 1) start = endOfRow(bytes, start)
  return { bytes, start, end, count: count - skipped }
}

/** An end, from `end` on, that does not cut a character in two: of UTF-8, the bytes behind the first begin with 10. */
function wholeEnd(text: Buffer, end: number): number {
  let at = Math.min(end, text.length)
  while (at < text.length && ((text[at] ?? 0) & 0xc0) === 0x80) at += 1
  return at
}

function noRoom(thrown: unknown, known: number): Failure {
  const { code, message } = toFault(thrown)
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
  return new Failure(
    {
      code: 'unavailable',
      message: isFull
        ? `The disk has no room for more rows of this result. The first ${known.toLocaleString('en')} are kept.`
        : `The rows of this result can no longer be kept on this machine. The first ${known.toLocaleString('en')} are.`,
      detail: message,
      hint: 'Make room on the disk that holds the data folder, or select fewer rows, and run the query again.',
    },
    { cause: thrown },
  )
}
