import { eachPiece, lettersOfPiece, type PieceRange, pieceOf } from './pieces.ts'

/** Numbers of texts, as they came; a few may be there twice. */
class TextList {
  #texts = new Uint32Array(4)
  #count = 0

  add(text: number): void {
    if (this.#count > 0 && this.#texts[this.#count - 1] === text) return
    if (this.#count === this.#texts.length) {
      const grown = new Uint32Array(this.#count * 2)
      grown.set(this.#texts)
      this.#texts = grown
    }
    this.#texts[this.#count++] = text
  }

  get texts(): Uint32Array {
    return this.#texts.subarray(0, this.#count)
  }
}

const noTexts = new Uint32Array(0)

/** Pieces of ASCII letters, which most are, stand in tables: one a first letter, by the two that follow. */
const asciiLetters = 128

/** The pieces of texts that are not stored yet. */
export class RecentTexts {
  readonly #tables: (TextList | undefined)[][] = Array.from({ length: asciiLetters }, () => [])
  readonly #others = new Map<number, TextList>()
  readonly #known = new Set<number>()

  get size(): number {
    return this.#known.size
  }

  /** The highest number; -1 where there is none. */
  last = -1
  /** The lowest: numbers are given one after the other, so that there are hardly gaps between the two. */
  #first = 0

  has(text: number): boolean {
    return this.#known.has(text)
  }

  add(text: number, folded: string): void {
    this.#first = this.#known.size === 0 ? text : Math.min(this.#first, text)
    this.#known.add(text)
    this.last = Math.max(this.last, text)
    eachPiece(folded, (first, second, third) => this.#listOf(first, second, third).add(text))
  }

  /** Those that may hold what all the ranges are of. */
  find(ranges: readonly PieceRange[]): number[] {
    if (this.#first > this.last) return []
    // How many of the ranges, from the first on, each text has a piece of.
    const has = new Uint8Array(this.last - this.#first + 1)
    // A term is at most 1,000 letters; more ranges than a byte counts would only find a few texts too many.
    const counted = ranges.slice(0, 254)
    for (const [at, { first, last }] of counted.entries()) {
      let some = false
      for (const list of first === last ? [this.#list(first)] : this.#between(first, last)) {
        for (const text of list?.texts ?? noTexts) {
          const place = text - this.#first
          if (has[place] !== at) continue
          has[place] = at + 1
          some = true
        }
      }
      if (!some) return []
    }
    const found: number[] = []
    for (let at = has.indexOf(counted.length); at >= 0; at = has.indexOf(counted.length, at + 1)) {
      found.push(this.#first + at)
    }
    return found
  }

  /** Every piece with its texts, by ascending piece. */
  pieces(): [number, Uint32Array][] {
    // The tables are in order as they are; to sort all of them would take a tenth of a second.
    const others = [...this.#others].sort((a, b) => a[0] - b[0])
    const all: [number, Uint32Array][] = []
    let at = 0
    const takeOthersBelow = (piece: number): void => {
      for (let other = others[at]; other !== undefined && other[0] < piece; other = others[at]) {
        all.push([other[0], other[1].texts])
        at += 1
      }
    }
    this.#tables.forEach((table, first) => {
      table.forEach((list, place) => {
        if (list === undefined) return
        const piece = pieceOf(first, place >>> 7, place & 127)
        takeOthersBelow(piece)
        all.push([piece, list.texts])
      })
    })
    takeOthersBelow(Number.POSITIVE_INFINITY)
    return all
  }

  #list(piece: number): TextList | undefined {
    const place = this.#placeOf(piece)
    return place === null ? this.#others.get(piece) : place.table[place.at]
  }

  *#between(first: number, last: number): Generator<TextList> {
    const place = this.#placeOf(first)
    if (place !== null) {
      for (let at = place.at; at < (Math.floor(place.at / asciiLetters) + 1) * asciiLetters; at += 1) {
        const list = place.table[at]
        if (list !== undefined) yield list
      }
    }
    for (const [piece, list] of this.#others) if (piece >= first && piece <= last) yield list
  }

  #placeOf(piece: number): { table: (TextList | undefined)[]; at: number } | null {
    const [first, second, third] = lettersOfPiece(piece)
    const table = this.#tables[first]
    if (table === undefined || (second | third) >= asciiLetters) return null
    return { table, at: second * asciiLetters + third }
  }

  #listOf(first: number, second: number, third: number): TextList {
    const table = this.#tables[first]
    if (table !== undefined && (second | third) < asciiLetters) {
      const at = second * asciiLetters + third
      const known = table[at]
      if (known !== undefined) return known
      // Without holes: a table with some is slow to read.
      while (table.length <= at) table.push(undefined)
      const list = new TextList()
      table[at] = list
      return list
    }
    const piece = pieceOf(first, second, third)
    const known = this.#others.get(piece)
    if (known !== undefined) return known
    const list = new TextList()
    this.#others.set(piece, list)
    return list
  }
}
