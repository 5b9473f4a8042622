import type { Candidate } from './candidate.ts'
import type { Cursor } from './cursor.ts'
import { matchOf } from './match.ts'

/** What comes first when names fit equally well. */
export const group = { first: 0, own: 1, source: 2, outer: 3, mine: 4, word: 5, wide: 6, far: 7 } as const
const groups = 8

/** What fits what was typed at a cursor, the best first. */
export class Ranked {
  /** What was typed of a name, in small letters. */
  readonly typed: string
  readonly #cursor: Cursor
  readonly #shouts: boolean
  /** By how well they fit, then by group; of one rank, in the order in which they came. */
  readonly #ranked: (() => Candidate)[][] = []

  constructor(cursor: Cursor) {
    this.#cursor = cursor
    this.typed = cursor.prefix.toLowerCase()
    this.#shouts = /[A-Z]/.test(cursor.prefix) && cursor.prefix === cursor.prefix.toUpperCase()
  }

  /** The best of what was collected. Only these are made: in a large database, most of thousands fit a letter. */
  best(count: number): Candidate[] {
    const seen = new Set<string>()
    const best: Candidate[] = []
    for (const make of this.#ranked.flat()) {
      const candidate = make()
      const key = `${candidate.kind}\0${candidate.insert}\0${candidate.label}`
      if (seen.has(key)) continue
      seen.add(key)
      best.push(candidate)
      if (best.length === count) break
    }
    return best
  }

  /** Takes a candidate if its name fits what was typed. */
  offer(name: string, rank: number, make: () => Candidate): void {
    const fit = matchOf(name, this.typed)
    if (fit === null) return
    // Who begins with a quote means the letters as they are.
    const match = this.#cursor.quoted && !name.startsWith(this.#cursor.prefix) ? fit * 2 + 1 : fit * 2
    const place = match * groups + rank
    const ranked = this.#ranked[place]
    if (ranked === undefined) this.#ranked[place] = [make]
    else ranked.push(make)
  }

  /** Takes words of the language, in capitals for who types so. */
  addWords(list: readonly string[], rank: number): void {
    for (const word of list) {
      this.offer(word, rank, () => {
        const insert = this.#shouts ? word.toUpperCase() : word
        return { label: insert, kind: 'keyword', insert }
      })
    }
  }
}
