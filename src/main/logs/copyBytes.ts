import { asAscii } from './ascii.ts'
import type { RowMemory } from './rowMemory.ts'

const tab = 9
const newline = 10
const backslash = 92
const lastOfAscii = 127

/** Shorter texts are written sign by sign; of longer ones, the encoder is faster. */
const shortestAtOnce = 24
const longestAtOnce = 65_536

/** Where something in a longer one is not written as it is, so many characters are written sign by sign. */
const longestBySign = 2_048

/** Behind what is copied in parts, so much of a piece may stay empty. */
const smallestRest = 4_096

/** By the sign: the letter that stands for it behind a backslash, `leftOut`, or 0 for itself. */
const letters = new Uint8Array(lastOfAscii + 1)
/** No text of PostgreSQL holds NUL. */
const leftOut = 1
letters[0] = leftOut
for (const [sign = '', letter = ''] of ['\tt', '\nn', '\rr', '\\\\']) letters[sign.charCodeAt(0)] = letter.charCodeAt(0)

/**
 * Writes rows of COPY’s text format into pieces of memory. Texts become bytes where they are going to stay: rows that were
 * made as texts first took twice as long, and left garbage.
 */
export class CopyBytes {
  readonly #memory: RowMemory
  readonly #ascii: boolean
  readonly #encoder = new TextEncoder()
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #piece = new Uint8Array(0)
  #at = 0

  /** @param ascii others than ASCII are written as `\u00e4`, for a database that has them not */
  constructor(memory: RowMemory, ascii: boolean) {
    this.#memory = memory
    this.#ascii = ascii
  }

  /** What was written. Each piece is a memory of its own, which can be handed to another thread. */
  take(): Uint8Array<ArrayBuffer>[] {
    this.#endPiece()
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  tab(): void {
    this.#room(1)
    this.#piece[this.#at++] = tab
  }

  endRow(): void {
    this.#room(1)
    this.#piece[this.#at++] = newline
  }

  /** What is written as it is. */
  bytes(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      this.#room(Math.min(bytes.length - from, smallestRest))
      const part = bytes.subarray(from, from + this.#piece.length - this.#at)
      this.#piece.set(part, this.#at)
      this.#at += part.length
      from += part.length
    }
  }

  /** @param value a whole number from 0 on */
  whole(value: number): void {
    let digits = 1
    for (let power = 10; value >= power; power *= 10) digits += 1
    this.#room(digits)
    let rest = value
    for (let at = this.#at + digits - 1; at >= this.#at; at -= 1) {
      const digit = rest % 10
      this.#piece[at] = 48 + digit
      rest = (rest - digit) / 10
    }
    this.#at += digits
  }

  text(value: string | null): void {
    if (value === null) this.#null()
    else if (!this.#atOnce(value) && !this.#bySign(value)) this.#encode(escaped(value))
  }

  /** An array of texts. */
  texts(values: readonly (string | null)[] | null): void {
    const parts = values?.map((value) => (value === null ? 'NULL' : isPlain(value) ? `"${value}"` : quoted(value)))
    this.text(parts === undefined ? null : `{${parts.join(',')}}`)
  }

  /** False, and nothing is written, where there is more than ASCII in it, or much. */
  #bySign(value: string): boolean {
    if (value.length > longestBySign) return false
    this.#room(value.length * 2)
    const piece = this.#piece
    let at = this.#at
    for (let index = 0; index < value.length; index += 1) {
      const sign = value.charCodeAt(index)
      if (sign > lastOfAscii) return false
      const letter = letters[sign] ?? 0
      if (letter === 0) piece[at++] = sign
      else if (letter !== leftOut) {
        piece[at++] = backslash
        piece[at++] = letter
      }
    }
    this.#at = at
    return true
  }

  /** False, and nothing is written, where it is not written as it is. */
  #atOnce(value: string): boolean {
    if (value.length < shortestAtOnce || value.length > longestAtOnce) return false
    this.#room(value.length)
    const piece = this.#piece
    const { read, written } = this.#encoder.encodeInto(value, piece.subarray(this.#at, this.#at + value.length))
    if (read !== value.length || written !== value.length) return false
    const end = this.#at + written
    for (let at = this.#at; at < end; at += 1) if (letters[piece[at] ?? 0] !== 0) return false
    this.#at = end
    return true
  }

  #null(): void {
    this.#room(2)
    this.#piece[this.#at++] = backslash
    this.#piece[this.#at++] = 78
  }

  /** @param text as COPY takes it */
  #encode(text: string): void {
    // A backslash is one by two of them.
    let rest = this.#ascii ? asAscii(text, '\\\\') : text
    while (rest.length > 0) {
      this.#room(4)
      const { read, written } = this.#encoder.encodeInto(rest, this.#piece.subarray(this.#at))
      this.#at += written
      rest = rest.slice(read)
    }
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#piece.length) return
    this.#endPiece()
    this.#piece = this.#memory.take()
  }

  #endPiece(): void {
    if (this.#at > 0) this.#pieces.push(this.#piece.subarray(0, this.#at))
    this.#piece = new Uint8Array(0)
    this.#at = 0
  }
}

/** Nothing in it is written in another way within quotation marks. */
function isPlain(value: string): boolean {
  return !value.includes('"') && !value.includes('\\')
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

function escaped(value: string): string {
  return value.replace(/[\\\n\r\t\0]/g, (sign) => {
    const letter = letters[sign.charCodeAt(0)] ?? leftOut
    return letter === leftOut ? '' : `\\${String.fromCharCode(letter)}`
  })
}
