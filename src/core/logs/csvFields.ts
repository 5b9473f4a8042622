import { longestEntry } from './entry.ts'

const quote = 34
const comma = 44

/** csvlog has no more columns than these. */
const mostFields = 26

/** The fields of one record, in order; null for one that is empty. */
export interface Fields {
  readonly length: number
  at(index: number): string | null | undefined
}

/** How a text reads as one record. */
export type Reading = 'whole' | 'damaged' | 'strange'

/** Where the fields of a record stand in its text: they are cut from it when they are asked for. */
export class FieldPlaces implements Fields {
  #text = ''
  /** Where each begins and ends; the end of one with doubled quotes in it is negative. */
  #places: number[] = []
  length = 0

  /**
   * @returns `damaged` where the quotes do not add up; `strange` where one stands in a field that has none around it, so
   * that they may add up all the same
   */
  read(text: string): Reading {
    this.#text = text
    const places = this.#places
    const { length } = text
    let isStrange = false
    let count = 0
    let at = 0
    for (;;) {
      const first = text.charCodeAt(at)
      if (first === quote) {
        let end = text.indexOf('"', at + 1)
        let isDoubled = false
        while (end >= 0 && text.charCodeAt(end + 1) === quote) {
          isDoubled = true
          end = text.indexOf('"', end + 2)
        }
        if (end < 0) return 'damaged'
        places[count] = at + 1
        places[count + 1] = isDoubled ? -end : end
        at = end + 1
        if (at < length && text.charCodeAt(at) !== comma) return 'damaged'
      } else {
        const begin = at
        for (let code = first; at < length && code !== comma; code = text.charCodeAt(at)) {
          if (code === quote) isStrange = true
          at += 1
        }
        places[count] = begin === at ? -1 : begin
        places[count + 1] = at
      }
      count += 2
      if (at >= length) break
      at += 1
    }
    this.length = count / 2
    return isStrange ? 'strange' : 'whole'
  }

  at(index: number): string | null | undefined {
    if (index >= this.length) return undefined
    const begin = this.#places[index * 2] ?? -1
    const end = this.#places[index * 2 + 1] ?? 0
    if (begin < 0) return null
    return end < 0 ? this.#text.slice(begin, -end).replaceAll('""', '"') : this.#text.slice(begin, end)
  }
}

/**
 * The fields of a record that is too long to be held whole. It comes line by line; of each field its first characters
 * are kept.
 */
export class LongFields {
  readonly #fields: (string | null)[] = []
  #kept: string[] = []
  #keptCharacters = 0
  #isInQuotes = false
  /** A field was kept in part, or a line of it came in part. */
  isCut = false

  /**
   * @param tail how the line ends, where `text` is but its beginning
   * @returns whether the record goes on, has ended, or is damaged: its quotes do not add up
   */
  line(text: string, tail: string | null): 'open' | 'ended' | 'damaged' {
    let rest = text
    if (tail !== null) {
      this.isCut = true
      // Outside of quotes nothing is that long.
      if (!this.#read(text) || !this.#isInQuotes) return 'damaged'
      rest = behindTheCut(tail)
    }
    if (!this.#read(rest)) return 'damaged'
    if (!this.#isInQuotes) return 'ended'
    this.#keep('\n')
    return 'open'
  }

  get fields(): readonly (string | null)[] {
    return this.#fields
  }

  /** False where the line is none that a record could have. */
  #read(text: string): boolean {
    let at = 0
    for (;;) {
      if (this.#isInQuotes) {
        const end = text.indexOf('"', at)
        this.#keep(text.slice(at, end < 0 ? text.length : end))
        if (end < 0) return true
        at = end + 1
        if (text.charCodeAt(at) === quote) {
          this.#keep('"')
          at += 1
          continue
        }
        this.#isInQuotes = false
        this.#fields.push(this.#kept.join(''))
        this.#kept = []
        this.#keptCharacters = 0
      } else if (text.charCodeAt(at) === quote) {
        this.#isInQuotes = true
        at += 1
        continue
      } else {
        const end = text.indexOf(',', at)
        const stop = end < 0 ? text.length : end
        this.#fields.push(stop === at ? null : text.slice(at, stop))
        at = stop
      }
      if (at >= text.length) return true
      if (text.charCodeAt(at) !== comma || this.#fields.length > mostFields) return false
      at += 1
    }
  }

  #keep(text: string): void {
    const room = longestEntry - this.#keptCharacters
    if (text.length > room) this.isCut = true
    if (room <= 0) return
    const kept = text.slice(0, room)
    this.#kept.push(kept)
    this.#keptCharacters += kept.length
  }
}

/** What follows the part of a line that was left out: from the quote on that ends its field, where one does. */
function behindTheCut(tail: string): string {
  // A quote that was one of a pair may stand first.
  for (let at = tail.indexOf('"', 1); at >= 0; at = tail.indexOf('"', at + 1)) {
    const isDoubled = tail.charCodeAt(at + 1) === quote
    if (!isDoubled) return tail.slice(at)
    at += 1
  }
  return ''
}
