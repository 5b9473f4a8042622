import type { LogEvent } from '../../core/logs/event.ts'
import { asAscii, momentOf } from './copyRow.ts'

const pieceBytes = 262_144

/** Rows are made into bytes so many characters at a time. */
const encodedCharacters = 65_536

/** Of the memory that is given back, as much is kept as the parts take that are on their way. */
const mostKept = 128

/** Pieces of memory for rows: those that were sent to the server are written over. */
export class RowMemory {
  readonly #free: ArrayBuffer[] = []

  give(pieces: readonly ArrayBuffer[]): void {
    for (const piece of pieces) {
      if (piece.byteLength === pieceBytes && this.#free.length < mostKept) this.#free.push(piece)
    }
  }

  take(): Uint8Array {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(pieceBytes))
  }
}

/** Lines of COPY, as bytes, and what has to be known of them before they are sent. */
export class Rows {
  readonly #memory: RowMemory
  readonly #ascii: boolean
  readonly #encoder = new TextEncoder()
  #pieces: Uint8Array[] = []
  #piece: Uint8Array | null = null
  #written = 0
  #text: string[] = []
  #characters = 0
  #count = 0
  #months = new Set<string>()
  #first: string | null = null
  #last: string | null = null

  constructor(memory: RowMemory, ascii: boolean) {
    this.#memory = memory
    this.#ascii = ascii
  }

  add(event: LogEvent, row: string): void {
    this.#count += 1
    const time = momentOf(event.time)
    if (time !== null) {
      this.#months.add(time.slice(0, 7))
      if (this.#first === null || time < this.#first) this.#first = time
      if (this.#last === null || time > this.#last) this.#last = time
    }
    // A backslash is one by two of them.
    this.#text.push(this.#ascii ? asAscii(row, '\\\\') : row)
    this.#characters += row.length
    if (this.#characters >= encodedCharacters) this.#encode()
  }

  /** Each piece is a memory of its own, which can be handed to another thread. */
  take(): { rows: Uint8Array[]; count: number; months: string[]; first: string | null; last: string | null } {
    this.#encode()
    this.#endPiece()
    const taken = {
      rows: this.#pieces,
      count: this.#count,
      months: Array.from(this.#months, (month) => `${month}-01`).sort(),
      first: this.#first,
      last: this.#last,
    }
    this.#pieces = []
    this.#count = 0
    this.#months = new Set()
    this.#first = null
    this.#last = null
    return taken
  }

  #encode(): void {
    let rest = this.#text.join('')
    this.#text = []
    this.#characters = 0
    while (rest.length > 0) {
      this.#piece ??= this.#memory.take()
      const { read, written } = this.#encoder.encodeInto(rest, this.#piece.subarray(this.#written))
      this.#written += written
      rest = rest.slice(read)
      if (rest.length > 0) this.#endPiece()
    }
  }

  #endPiece(): void {
    if (this.#piece === null) return
    this.#pieces.push(this.#piece.subarray(0, this.#written))
    this.#piece = null
    this.#written = 0
  }
}
