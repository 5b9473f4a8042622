/** Texts that one block of the index is about. */
export const blockTexts = 65_536

/** Up to so many, their numbers are listed; beyond, each of the block's texts has a bit. */
const mostListed = 4_095
const bitmapBytes = blockTexts / 8

/** A set of texts of one block, as bits. */
export type Bits = Uint32Array<ArrayBuffer>

export function noBits(): Bits {
  return new Uint32Array(blockTexts / 32)
}

/** Puts a text into a set, by its number in the block. */
export function setBit(bits: Bits, text: number): void {
  bits[text >>> 5] = (bits[text >>> 5] ?? 0) | (1 << (text & 31))
}

/** A piece's name: see `text_piece.piece`. Below 2^48, which a double holds. */
export function pieceOf(first: number, second: number, third: number): number {
  return first * 0x1_0000_0000 + second * 0x1_0000 + third
}

/** The three letters of a piece. */
export function lettersOfPiece(piece: number): [number, number, number] {
  const rest = piece % 0x1_0000_0000
  return [Math.floor(piece / 0x1_0000_0000), rest >>> 16, rest & 0xffff]
}

/** Letters of a text that begin, or are, a piece; a NUL would be taken for none. */
function lettersOf(text: string): string {
  return `${text.replaceAll('\0', ' ')}\n\n`
}

/** Calls `each` with the letters of every piece of the folded text, of some several times; 0 for those it has not. */
export function eachPiece(text: string, each: (first: number, second: number, third: number) => void): void {
  const letters = lettersOf(text)
  let first = letters.charCodeAt(0)
  let second = letters.charCodeAt(1)
  for (let at = 2; at < letters.length; at += 1) {
    const third = letters.charCodeAt(at)
    each(first, second, third)
    each(first, 0, 0)
    first = second
    second = third
  }
}

/** Pieces from the first to the last of them, of which a text that holds the term has one at least. */
export interface PieceRange {
  readonly first: number
  readonly last: number
}

/** What a text has to hold of each range so that it may hold the folded term. */
export function rangesOf(term: string): PieceRange[] {
  const [first, second] = [term.charCodeAt(0), term.charCodeAt(1)]
  if (term.length === 1) return [{ first: pieceOf(first, 0, 0), last: pieceOf(first, 0, 0) }]
  // A text ends in two line feeds: also its last two letters begin a piece.
  if (term.length === 2) return [{ first: pieceOf(first, second, 1), last: pieceOf(first, second, 0xffff) }]
  const pieces = new Set<number>()
  for (let at = 0; at + 3 <= term.length; at += 1) {
    pieces.add(pieceOf(term.charCodeAt(at), term.charCodeAt(at + 1), term.charCodeAt(at + 2)))
  }
  return [...pieces].map((piece) => ({ first: piece, last: piece }))
}

/**
 * Adds to `bits` the texts of a stored row.
 *
 * @throws RangeError for what is no such row
 */
export function addStored(bits: Bits, stored: Uint8Array): void {
  if (stored.byteLength > bitmapBytes || stored.byteLength % 2 !== 0) {
    throw new RangeError('The index of the history holds something else than texts.')
  }
  // A copy of its own begins where a number may begin.
  const { buffer } = new Uint8Array(stored)
  if (stored.byteLength === bitmapBytes) {
    const words = new Uint32Array(buffer)
    for (let at = 0; at < words.length; at += 1) bits[at] = (bits[at] ?? 0) | (words[at] ?? 0)
  } else for (const text of new Uint16Array(buffer)) setBit(bits, text)
}

/** The row that `bits` are stored as. */
export function storedOf(bits: Bits): Uint8Array {
  const listed = new Uint16Array(mostListed)
  let count = 0
  for (let word = 0; word < bits.length; word += 1) {
    for (let left = bits[word] ?? 0; left !== 0; left &= left - 1) {
      if (count === mostListed) return new Uint8Array(bits.buffer)
      listed[count++] = word * 32 + (31 - Math.clz32(left & -left))
    }
  }
  return new Uint8Array(listed.buffer, 0, count * 2)
}

/** The row for `texts`, ascending and each once, where nothing is stored yet. */
export function storedOfList(texts: Uint16Array): Uint8Array {
  if (texts.length <= mostListed) return new Uint8Array(texts.buffer, texts.byteOffset, texts.byteLength)
  const bits = noBits()
  for (const text of texts) setBit(bits, text)
  return new Uint8Array(bits.buffer)
}
