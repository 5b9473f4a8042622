import type { ColumnStatistics } from './arrange.ts'
import { comparerOf, digitsBehind, type Key, scaled } from './compare.ts'
import type { Cell, Column } from './contract.ts'
import { kindOf } from './valueKind.ts'

/** Different values that are told apart, and their characters together. */
const mostDistinct = 100_000
const mostCharacters = 50_000_000
const topValues = 10
/** Of a mean, behind the digits that the values have. */
const extraDigits = 6

/** Takes the values of one column, one after the other, in bounded memory. */
export class Statistics {
  readonly #isExact: boolean
  readonly #isFloat: boolean
  readonly #comparer: ReturnType<typeof comparerOf>
  readonly #counts = new Map<string, number>()
  #characters = 0
  #rows = 0
  #nulls = 0
  #capped = false
  #min: { key: Key; text: string } | null = null
  #max: { key: Key; text: string } | null = null
  #sum = 0n
  #scale = 0
  #floatSum = 0
  #numbers = 0

  constructor(column: Column) {
    const kind = kindOf(column)
    this.#isExact = kind === 'integer' || kind === 'decimal'
    this.#isFloat = kind === 'float'
    this.#comparer = comparerOf(column)
  }

  add(value: Cell): void {
    this.#rows += 1
    if (value === null) {
      this.#nulls += 1
      return
    }
    this.#count(value)
    this.#bound(value)
    if (this.#isExact) this.#addExact(value)
    else if (this.#isFloat && Number.isFinite(Number(value))) {
      this.#floatSum += Number(value)
      this.#numbers += 1
    }
  }

  result(done: boolean): ColumnStatistics {
    const top = [...this.#counts].sort(([, one], [, other]) => other - one).slice(0, topValues)
    return {
      rows: this.#rows,
      done,
      nulls: this.#nulls,
      distinct: this.#counts.size,
      capped: this.#capped,
      min: this.#min?.text ?? null,
      max: this.#max?.text ?? null,
      mean: this.#mean(),
      top: top.map(([value, count]) => ({ value, count })),
    }
  }

  #count(value: string): void {
    const before = this.#counts.get(value)
    if (before !== undefined) this.#counts.set(value, before + 1)
    else if (this.#counts.size >= mostDistinct || this.#characters + value.length > mostCharacters) this.#capped = true
    else {
      this.#counts.set(value, 1)
      this.#characters += value.length
    }
  }

  #bound(text: string): void {
    const key = this.#comparer.keyOf(text)
    if (key === null) return
    const { compare } = this.#comparer
    if (this.#min === null || compare(key, this.#min.key) < 0) this.#min = { key, text }
    if (this.#max === null || compare(key, this.#max.key) > 0) this.#max = { key, text }
  }

  #addExact(text: string): void {
    if (!/^[+-]?\d+(\.\d+)?$/.test(text)) return // NaN and the infinities have no place in a mean.
    const digits = digitsBehind(text)
    if (digits > this.#scale) {
      this.#sum *= 10n ** BigInt(digits - this.#scale)
      this.#scale = digits
    }
    this.#sum += scaled(text, this.#scale)
    this.#numbers += 1
  }

  #mean(): string | null {
    if (this.#numbers === 0) return null
    if (this.#isFloat) return String(this.#floatSum / this.#numbers)
    const digits = this.#scale + extraDigits
    const count = BigInt(this.#numbers)
    const doubled = 2n * this.#sum * 10n ** BigInt(extraDigits)
    // Halves are rounded away from zero, as numeric does.
    const rounded = (doubled + (doubled < 0n ? -count : count)) / (2n * count)
    const text = (rounded < 0n ? -rounded : rounded).toString().padStart(digits + 1, '0')
    const decimal = `${text.slice(0, -digits)}.${text.slice(-digits)}`.replace(/\.?0+$/, '')
    return rounded < 0n ? `-${decimal}` : decimal
  }
}
