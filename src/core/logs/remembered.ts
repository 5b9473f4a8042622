/**
 * So many characters of texts are remembered, and as many of older ones. A log whose statements never come again fills this
 * over and over: what is forgotten soon costs no more than any other text of the log, what is kept for long is moved from
 * one generation of the memory to the next, and swept up late.
 */
const mostCharacters = 131_072

/** Longer texts are not remembered: whoever finds nothing need not keep them. */
export const longestRemembered = 10_000

/** Of so many texts that came once the signs are kept, a power of two. */
const mostSigns = 4_096

/** What makes the sign of a text, beside its length: so many characters all over it, and its last ones, where its values stand. */
const spreadCharacters = 16
const lastCharacters = 16

interface Known<T> {
  readonly text: string
  readonly value: T
}

/**
 * What was found out about texts that came lately: those that come again and again stay. They are found by a sign, which is
 * quicker to make than what a map goes by; of two that have the same one, the later is remembered.
 */
export class Remembered<T> {
  #recent = new Map<number, Known<T>>()
  #older = new Map<number, Known<T>>()
  #characters = 0
  readonly #signs = new Int32Array(mostSigns)

  get(text: string): T | undefined {
    const sign = signOf(text)
    const recent = this.#recent.get(sign)
    if (recent !== undefined && recent.text === text) return recent.value
    const older = this.#older.get(sign)
    if (older === undefined || older.text !== text) return undefined
    this.#set(sign, older)
    return older.value
  }

  /** Whether it is worth to remember the text: it may have come before. Of one that comes but once, nothing is kept. */
  comesAgain(text: string): boolean {
    if (text.length > longestRemembered) return false
    const sign = signOf(text)
    const place = sign & (mostSigns - 1)
    const isAgain = this.#signs[place] === sign
    this.#signs[place] = sign
    return isAgain
  }

  /** @param text one of its own, not cut from another that would stay in memory with it */
  set(text: string, value: T): void {
    this.#set(signOf(text), { text, value })
  }

  #set(sign: number, known: Known<T>): void {
    this.#characters += known.text.length
    if (this.#characters > mostCharacters) {
      this.#older = this.#recent
      this.#recent = new Map()
      this.#characters = known.text.length
    }
    this.#recent.set(sign, known)
  }
}

function signOf(text: string): number {
  const { length } = text
  const behind = Math.max(0, length - lastCharacters)
  const step = Math.max(1, Math.floor(behind / spreadCharacters))
  let sign = length
  for (let at = 0; at < behind; at += step) sign = (Math.imul(sign, 31) + text.charCodeAt(at)) | 0
  for (let at = behind; at < length; at += 1) sign = (Math.imul(sign, 31) + text.charCodeAt(at)) | 0
  return sign ^ (sign >>> 15)
}
