import type { Column } from '../../../core/editor/contract.ts'
import { csvEncoder } from '../../../core/editor/encode/csv.ts'
import { isNumeric } from '../../../core/editor/valueKind.ts'
import type { CsvFormat } from '../../../core/exportFile.ts'
import type { WriteBytes } from '../../writeWhole.ts'
import { beforeCells, endOfRow, headBytes, lengthOfNull, type WireRows } from '../rowBytes.ts'
import { decodeStored, isLarge, isWhole, type Large } from '../storedRow.ts'

interface Source {
  columns: readonly Column[]
  /** Good until one waits for something. */
  rows: AsyncIterable<WireRows>
  pieces(value: Large): Iterable<Buffer>
}

/**
 * Writes the rows as they came from the server, byte by byte: a value that needs no quotes is copied, and no text is
 * made of any. What comes out is what `csvEncoder` writes of the same rows.
 */
export async function writeCsv(format: CsvFormat, source: Source, write: WriteBytes): Promise<void> {
  const csv = new CsvBytes(format, source)
  await write(Buffer.from((format.byteOrderMark ? '\ufeff' : '') + csvEncoder(source.columns, format).head()))
  for await (const rows of source.rows) {
    for (const bytes of csv.encode(rows)) await write(bytes)
  }
}

const byte = { tab: 9, newline: 10, return: 13, space: 32, dot: 46, backslash: 92 }
/** By which a spreadsheet knows a formula. */
const formulaBytes = new Set(Array.from('=+-@\t\r\n', (character) => character.charCodeAt(0)))

class CsvBytes {
  readonly #pieces: (value: Large) => Iterable<Buffer>
  readonly #delimiter: number
  readonly #quote: number
  readonly #null: Buffer
  readonly #lineEnd: Buffer
  /** What keeps a spreadsheet from taking a text for a formula, as it is written between quotes. */
  readonly #apostrophe: Buffer
  /** 1 at each byte for which a value is quoted. */
  readonly #special = new Uint8Array(256)
  /** Whether a value of the column may be taken for a formula. */
  readonly #guarded: readonly boolean[]
  #out = Buffer.alloc(0)
  #end = 0

  constructor({ delimiter, quote, nullText, lineEnd, safeForSpreadsheets }: CsvFormat, { columns, pieces }: Source) {
    this.#pieces = pieces
    this.#delimiter = delimiter.charCodeAt(0)
    this.#quote = quote.charCodeAt(0)
    this.#null = Buffer.from(nullText)
    this.#lineEnd = Buffer.from(lineEnd)
    this.#apostrophe = Buffer.from(quote === "'" ? "''" : "'")
    for (const special of [this.#delimiter, this.#quote, byte.newline, byte.return]) this.#special[special] = 1
    this.#guarded = columns.map((column) => safeForSpreadsheets && !isNumeric(column))
  }

  /** What it yields is good until the next. */
  *encode(rows: WireRows): Generator<Buffer> {
    const { bytes, start, end, count } = rows
    if (areWhole(rows)) {
      // At most, each byte is a quote, and each length of a value gives way to what stands around it.
      this.#begin(2 * (end - start) + count * this.#guarded.length * this.#null.length)
      for (let at = start; at < end; at = endOfRow(bytes, at)) this.#row(bytes, at)
      yield this.#out.subarray(0, this.#end)
      return
    }
    // One waits between their pieces.
    const kept = Buffer.from(bytes.subarray(start, end))
    for (let at = 0; at < kept.length; at = endOfRow(kept, at)) yield* this.#rowInPieces(kept, at)
  }

  #begin(size: number): void {
    if (this.#out.length < size) this.#out = Buffer.allocUnsafeSlow(size)
    this.#end = 0
  }

  #row(bytes: Buffer, at: number): void {
    const cells = bytes.readUInt16BE(at + headBytes)
    let place = at + beforeCells
    for (let column = 0; column < cells; column += 1) {
      if (column > 0) this.#put(this.#delimiter)
      const length = bytes.readInt32BE(place)
      place += 4
      if (length === lengthOfNull) this.#putAll(this.#null)
      else {
        this.#value(bytes, place, place + length, column)
        place += length
      }
    }
    this.#putAll(this.#lineEnd)
  }

  #value(bytes: Buffer, from: number, to: number, column: number): void {
    const out = this.#out
    const special = this.#special
    let end = this.#end
    let quoted = from === to || this.#isFormula(bytes[from], column) || isBlank(bytes[from]) || isBlank(bytes[to - 1])
    if (!quoted) {
      for (let at = from; at < to; at += 1) {
        const each = bytes[at] ?? 0
        if (special[each] === 1) {
          quoted = true
          break
        }
        out[end] = each
        end += 1
      }
      quoted ||= this.#isReserved(bytes, from, to)
    }
    if (quoted) this.#quoted(bytes, from, to, column)
    else this.#end = end
  }

  #quoted(bytes: Buffer, from: number, to: number, column: number): void {
    this.#put(this.#quote)
    // Behind an empty value stands something else.
    if (from < to && this.#isFormula(bytes[from], column)) this.#putAll(this.#apostrophe)
    this.#doubled(bytes, from, to)
    this.#put(this.#quote)
  }

  #doubled(bytes: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      const each = bytes[at] ?? 0
      if (each === this.#quote) this.#put(each)
      this.#put(each)
    }
  }

  *#rowInPieces(bytes: Buffer, at: number): Generator<Buffer> {
    for (const [column, cell] of decodeStored(bytes, at).entries()) {
      if (cell !== null && isLarge(cell)) {
        if (column > 0) yield Buffer.from([this.#delimiter])
        yield* this.#large(cell, column)
        continue
      }
      const text = cell === null ? this.#null : Buffer.from(cell)
      this.#begin(2 * text.length + 4)
      if (column > 0) this.#put(this.#delimiter)
      if (cell === null) this.#putAll(text)
      else this.#value(text, 0, text.length, column)
      yield this.#out.subarray(0, this.#end)
    }
    yield this.#lineEnd
  }

  *#large(value: Large, column: number): Generator<Buffer> {
    const first = Buffer.from(value.h)[0]
    const isFormula = this.#isFormula(first, column)
    if (!isFormula && !isBlank(first) && !this.#needsQuotes(value)) {
      yield* this.#pieces(value)
      return
    }
    yield Buffer.from([this.#quote, ...(isFormula ? this.#apostrophe : [])])
    for (const piece of this.#pieces(value)) {
      this.#begin(2 * piece.length)
      this.#doubled(piece, 0, piece.length)
      yield this.#out.subarray(0, this.#end)
    }
    yield Buffer.from([this.#quote])
  }

  #needsQuotes(value: Large): boolean {
    let last: number | undefined
    for (const piece of this.#pieces(value)) {
      if (piece.some((each) => this.#special[each] === 1)) return true
      last = piece.at(-1)
    }
    return isBlank(last)
  }

  #isFormula(first: number | undefined, column: number): boolean {
    return this.#guarded[column] === true && first !== undefined && formulaBytes.has(first)
  }

  /** What means something else where it stands without quotes: the sign for null, and the end of all data. */
  #isReserved(bytes: Buffer, from: number, to: number): boolean {
    const length = to - from
    if (length === 2 && bytes[from] === byte.backslash && bytes[from + 1] === byte.dot) return true
    return length === this.#null.length && this.#null.compare(bytes, from, to) === 0
  }

  #put(each: number): void {
    this.#out[this.#end] = each
    this.#end += 1
  }

  #putAll(bytes: Buffer): void {
    for (const each of bytes) this.#put(each)
  }
}

function areWhole({ bytes, start, end }: WireRows): boolean {
  for (let at = start; at < end; at = endOfRow(bytes, at)) if (!isWhole(bytes, at)) return false
  return true
}

function isBlank(each: number | undefined): boolean {
  return each === byte.space || each === byte.tab
}
