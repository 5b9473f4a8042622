import { own } from './own.ts'

const quote = 34

/** Of a field between quotes, what goes from its first doubled quote to one of its later ones. */
export interface Stretch {
  readonly raw: string
  /** The same with one quote for each two. */
  readonly text: string
}

/** So many are known; of the others the oldest goes. */
const mostKnown = 16

/** Shorter ones are read as fast as they are compared. */
const shortest = 64
const longest = 10_000

/** Stretches that came once are known by their signs alone, of so many, a power of two. */
const mostSigns = 1_024

/** A number or a text: what comes behind it is another one the next time. A placeholder is none. */
const value = /'|(?<![\w"$])\d/

/**
 * Stretches that came in fields before. A mapper of objects quotes each name, and csvlog doubles each quote: to find the
 * end of such a field takes a look at each of them, and to read it a copy. What is known is compared at once instead.
 */
export class Stretches {
  readonly #known: Stretch[] = []
  #next = 0
  readonly #signs = new Int32Array(mostSigns)

  /** The longest that is known and stands at `at`, where the first doubled quote of a field is. */
  find(text: string, at: number): Stretch | null {
    let found: Stretch | null = null
    for (const known of this.#known) {
      const { length } = known.raw
      if (found !== null && length <= found.raw.length) continue
      const middle = length >> 1
      if (text.charCodeAt(at + length - 1) !== quote) continue
      if (text.charCodeAt(at + middle) !== known.raw.charCodeAt(middle)) continue
      // To cut and compare is many times faster than `startsWith`, which goes by characters.
      if (text.slice(at, at + length) === known.raw) found = known
    }
    return found
  }

  /**
   * Of a field whose first doubled quote is at `at`, and which ends at `end`: what stands before its first value is known
   * from its second time on.
   */
  learn(text: string, at: number, end: number): void {
    if (end - at < shortest) return
    const behind = text.slice(at, Math.min(end, at + longest))
    const values = behind.search(value)
    const length = endOfPairs(behind, values < 0 ? behind.length : values)
    if (length < shortest) return
    const sign = signOf(behind, length)
    const place = sign & (mostSigns - 1)
    if (this.#signs[place] !== sign) {
      this.#signs[place] = sign
      return
    }
    const raw = own(behind.slice(0, length))
    this.#known[this.#next] = { raw, text: own(raw.replaceAll('""', '"')) }
    this.#next = (this.#next + 1) % mostKnown
  }
}

/** Where the last doubled quote ends that stands before `most`, in what begins with one. */
function endOfPairs(text: string, most: number): number {
  let end = 0
  for (let at = 0; at >= 0 && at + 2 <= most; at = text.indexOf('"', at + 2)) {
    // Cut in the middle of a pair.
    if (text.charCodeAt(at + 1) !== quote) break
    end = at + 2
  }
  return end
}

function signOf(text: string, length: number): number {
  let sign = length
  for (let at = 0; at < length; at += 16) sign = (Math.imul(sign, 31) + text.charCodeAt(at)) | 0
  return sign ^ (sign >>> 15)
}
