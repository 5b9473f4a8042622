import { z } from 'zod'
import type { Cell, Cut, Row } from '../../core/editor/contract.ts'
import { Failure, toFault } from '../../core/fault.ts'
import { pageCharacters } from './size.ts'
import type { Block, SpoolFile } from './spoolFile.ts'

/** A part of a result. `cut` tells of the values that are not whole. */
export interface Window {
  rows: Row[]
  cut: Cut[]
}

/** Longer values stand apart from their rows, in pieces, so that looking at rows never reads them. Characters here are UTF-16 units. */
const longestInRow = 32_768
/** The part of such a value that stays with its row. */
const headCharacters = 2_000
const pieceCharacters = 1_000_000

/** A block of rows is written when it has this much. */
const blockRows = 1_024
const blockCharacters = 131_072

/** A value that stands apart: its length, its beginning, where its pieces begin and stand. */
interface Large {
  readonly n: number
  readonly h: string
  readonly p: readonly { readonly at: number; readonly block: Block }[]
}

export type StoredCell = Cell | Large
export type StoredRow = readonly StoredCell[]

interface RowBlock extends Block {
  readonly first: number
}

/** Blocks are authenticated with a key that only this process has: what can be read is what was written. */
const storedRows = z.custom<StoredRow[]>((value) => Array.isArray(value))

/**
 * The rows of one result, in the order in which they came: the last ones in memory, all others in the run's spool
 * file. Memory holds the place of every 1,000th row or so, however many there are.
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
  #tail: StoredRow[] = []
  #tailCharacters = 0
  #lastRead: { first: number; rows: readonly StoredRow[] } | null = null

  constructor(file: SpoolFile) {
    this.#file = file
    file.use()
  }

  /** Never throws: it is called from the socket's own event. Where the disk is full, `fault` says so. */
  push(row: Row): void {
    this.seen += 1
    if (this.fault !== null) return
    try {
      this.add(this.#stored(row))
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
    this.#tail.push(row)
    this.known += 1
    this.#tailCharacters += charactersOf(row)
    if (this.#tail.length >= blockRows || this.#tailCharacters >= blockCharacters) this.#flush()
  }

  /** Rows from `from` on, at most `count`, fewer where they are long; values longer than `longest` are cut. */
  window(from: number, count: number, longest = Number.POSITIVE_INFINITY): Window {
    const rows: Row[] = []
    const cut: Cut[] = []
    let characters = 0
    for (const stored of this.#from(from)) {
      if (rows.length === count) break
      for (const cell of stored) characters += Math.min(lengthOf(cell), longest)
      if (rows.length > 0 && characters > pageCharacters) break
      rows.push(isPlain(stored, longest) ? stored : this.#cutRow(stored, rows.length, longest, cut))
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
    const [stored] = this.#from(row)
    const cell = stored?.[column] ?? null
    return { text: cell === null ? null : this.#text(cell, from, from + count), length: lengthOf(cell) }
  }

  /** All rows from `from` to the last that is known now, whole, some at a time. */
  *whole(from: number): Generator<Row[]> {
    for (let at = from; at < this.known; ) {
      const { rows } = this.window(at, blockRows)
      at += rows.length
      yield rows
    }
  }

  /** Rows as they are kept, long values by their beginning alone. */
  *stored(from = 0): Generator<StoredRow> {
    yield* this.#from(from)
  }

  /** Lets go of the rows; the file goes with the last spool in it. */
  release(): void {
    this.#tail = []
    this.#blocks.length = 0
    this.#lastRead = null
    this.known = 0
    this.#file.leave()
  }

  #stored(row: Row): StoredRow {
    return row.some((cell) => cell !== null && cell.length > longestInRow)
      ? row.map((cell) => (cell !== null && cell.length > longestInRow ? this.#apart(cell) : cell))
      : row
  }

  #apart(text: string): Large {
    const p: { at: number; block: Block }[] = []
    for (let at = 0; at < text.length; ) {
      const end = wholeEnd(text, at + pieceCharacters)
      p.push({ at, block: this.#file.append(text.slice(at, end)) })
      at = end
    }
    return { n: text.length, h: text.slice(0, wholeEnd(text, headCharacters)), p }
  }

  #flush(): void {
    const block = this.#file.append(JSON.stringify(this.#tail))
    this.#blocks.push({ ...block, first: this.known - this.#tail.length })
    this.#tail = []
    this.#tailCharacters = 0
  }

  *#from(row: number): Generator<StoredRow> {
    const tailFirst = (): number => this.known - this.#tail.length
    for (let at = row; at < this.known; ) {
      const rows = at >= tailFirst() ? this.#tail.slice(at - tailFirst()) : this.#blockWith(at)
      yield* rows
      at += rows.length
      if (rows.length === 0) return
    }
  }

  /** The rest of the block that holds a row, from that row on. */
  #blockWith(row: number): readonly StoredRow[] {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#blocks[middle]?.first ?? 0) <= row) low = middle
      else high = middle - 1
    }
    const block = this.#blocks[low]
    if (block === undefined) return []
    if (this.#lastRead?.first !== block.first) {
      this.#lastRead = { first: block.first, rows: storedRows.parse(JSON.parse(this.#file.read(block))) }
    }
    return this.#lastRead.rows.slice(row - block.first)
  }

  #text(cell: StoredCell, from: number, to: number): string {
    if (cell === null) return ''
    if (!isLarge(cell)) return cell.slice(from, to)
    if (to <= cell.h.length) return cell.h.slice(from, to)
    let text = ''
    for (const { at, block } of cell.p) {
      const isBefore = at + pieceCharacters + 1 <= from
      if (isBefore || at >= to) continue
      const piece = this.#file.read(block)
      text += piece.slice(Math.max(0, from - at), Math.max(0, to - at))
    }
    return text
  }
}

/** Nothing stands apart, and nothing needs to be cut: most rows. */
function isPlain(row: StoredRow, longest: number): row is Row {
  return row.every((cell) => !isLarge(cell) && (cell === null || cell.length <= longest))
}

export function isLarge(cell: StoredCell): cell is Large {
  return typeof cell === 'object' && cell !== null
}

/** What a value begins with, as much of it as is kept with its row. */
export function headOf(cell: StoredCell): Cell {
  return isLarge(cell) ? cell.h : cell
}

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

/** An end that does not cut a letter of two units in half: as UTF-8, halves would be lost. */
function wholeEnd(text: string, end: number): number {
  const before = text.charCodeAt(end - 1)
  return end < text.length && before >= 0xd800 && before <= 0xdbff ? end + 1 : end
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
