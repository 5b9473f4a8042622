/**
 * Chance that is the same on every machine: 32-bit integer arithmetic alone, no floating-point functions
 * whose last digit the language leaves open. Each row of each table has a stream of its own, so that any
 * row can be made without the rows before it.
 */
export class Random {
  #state: number

  constructor(state: number) {
    this.#state = state >>> 0
  }

  /** 0 to 2³² − 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    return scramble(this.#state)
  }

  /** 0 to `below` − 1. */
  int(below: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * below)
  }

  /** `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1)
  }

  percent(share: number): boolean {
    return this.int(100) < share
  }

  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T {
    const chosen = list[this.int(list.length)]
    if (chosen === undefined) throw new RangeError('Nothing to pick from.')
    return chosen
  }

  /** Decimal digits, the first of which may be 0. */
  digits(count: number): string {
    let text = ''
    while (text.length < count) text += this.int(10)
    return text
  }

  /** Lower-case hexadecimal digits. */
  hex(count: number): string {
    let text = ''
    while (text.length < count) text += this.next().toString(16).padStart(8, '0')
    return text.slice(0, count)
  }
}

/** 32 well-spread bits out of three numbers. */
export function mix(seed: number, stream: number, row: number): number {
  return scramble((scramble((scramble(seed >>> 0) + stream) >>> 0) + row) >>> 0)
}

function scramble(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
