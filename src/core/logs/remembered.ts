/**
 * So many characters of keys are remembered, and as many of older ones. A log whose statements never come again fills this
 * over and over: what is forgotten soon costs no more than any other text of the log, what is kept for long is moved from
 * one generation of the memory to the next, and swept up late.
 */
const mostCharacters = 131_072

/** Longer texts are not remembered: whoever finds nothing need not keep them. */
export const longestRemembered = 10_000

/** What was found out about texts that came lately: those that come again and again stay. */
export class Remembered<T> {
  #recent = new Map<string, T>()
  #older = new Map<string, T>()
  #characters = 0

  get(text: string): T | undefined {
    const recent = this.#recent.get(text)
    if (recent !== undefined) return recent
    const older = this.#older.get(text)
    if (older !== undefined) this.set(text, older)
    return older
  }

  /** @param text one of its own, not cut from another that would stay in memory with it */
  set(text: string, value: T): void {
    this.#characters += text.length
    if (this.#characters > mostCharacters) {
      this.#older = this.#recent
      this.#recent = new Map()
      this.#characters = text.length
    }
    this.#recent.set(text, value)
  }
}
