import type { Part } from './record.ts'
import type { ParserState } from './state.ts'

/** A piece of what is read again. */
interface Piece {
  /** Null where there is nothing to read, and `left` is what follows it. */
  part: Part | null
  piece: Uint8Array
  left: Uint8Array
  isBegun: boolean
  isEnded: boolean
}

/** Finds in the bytes that come from a state's `from` on the parts that were open, and passes over all others. */
export class Again {
  readonly state: ParserState
  #at: number
  #part = 0

  constructor(state: ParserState) {
    this.state = state
    this.#at = state.from
  }

  /** All bytes have come that had been read before. */
  get isDone(): boolean {
    return this.#at >= this.state.read
  }

  next(bytes: Uint8Array): Piece {
    const part = this.state.parts[this.#part] ?? null
    const next = part === null ? this.state.read : Math.max(part.offset, this.#at)
    const skipped = bytes.subarray(Math.max(0, next - this.#at))
    if (part === null || skipped.length === 0) {
      this.#at += bytes.length - skipped.length
      return { part: null, piece: skipped.subarray(0, 0), left: skipped, isBegun: false, isEnded: false }
    }
    this.#at = next
    const end = part.offset + part.bytes
    const piece = skipped.subarray(0, end - this.#at)
    const isBegun = this.#at === part.offset
    this.#at += piece.length
    const isEnded = this.#at === end
    if (isEnded) this.#part += 1
    return { part, piece, left: skipped.subarray(piece.length), isBegun, isEnded }
  }
}
