const nothing = new Uint8Array()

/** The bytes of a stream, taken in the amounts that a format asks for. */
export class Bytes {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array = nothing
  #at = 0
  #isOver = false
  /** What the stream itself failed with; then its bytes are not to blame. */
  failure: unknown = null

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The next bytes, without taking them: fewer than asked for where there are no more. */
  async peek(length: number): Promise<Uint8Array> {
    if (this.#held.length - this.#at < length && !this.#isOver) {
      const parts = [this.#held.subarray(this.#at)]
      let have = this.#held.length - this.#at
      while (have < length) {
        const next = await this.#next()
        if (next === null) break
        parts.push(next)
        have += next.length
      }
      this.#held = parts.length === 1 ? (parts[0] ?? nothing) : Buffer.concat(parts)
      this.#at = 0
    }
    return this.#held.subarray(this.#at, this.#at + length)
  }

  /** Exactly so many bytes. @throws Cut where there are fewer */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length)
    if (bytes.length < length) throw new Cut()
    this.#at += length
    return bytes
  }

  /** As many as there are at hand, up to `most`; null at the end. */
  async some(most: number): Promise<Uint8Array | null> {
    if (this.#at >= this.#held.length) {
      const next = await this.#next()
      if (next === null) return null
      this.#held = next
      this.#at = 0
    }
    const bytes = this.#held.subarray(this.#at, this.#at + most)
    this.#at += bytes.length
    return bytes
  }

  /** Gives back the last bytes of what was taken. */
  giveBack(length: number): void {
    this.#at -= length
  }

  /** Passes over bytes that were peeked. */
  skip(length: number): void {
    this.#at += length
  }

  async close(): Promise<void> {
    if (!this.#isOver) await this.#source.return?.()
  }

  async #next(): Promise<Uint8Array | null> {
    if (this.#isOver) return null
    try {
      for (;;) {
        const { done, value } = await this.#source.next()
        if (done === true) {
          this.#isOver = true
          return null
        }
        if (value.length > 0) return value
      }
    } catch (thrown) {
      this.#isOver = true
      this.failure = thrown
      throw thrown
    }
  }
}

/** The archive ends before what it holds does. */
export class Cut extends Error {
  constructor() {
    super('it ends too early')
  }
}

/** The archive is not as its format demands. */
export class Damaged extends Error {}

/** @param at of four bytes, the least first */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
  )
}

export function uint16At(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}
