import type { Column } from './contract.ts'
import { instantOf, microsOfInterval, microsOfTime } from './moment.ts'
import { kindOf } from './valueKind.ts'

/** What a value is compared by: made once for each value, then compared many times. */
export type Key = number | bigint | string | Decimal

interface Decimal {
  /** To the precision of a double: where two differ, so do the values. */
  readonly near: number
  readonly text: string
}

export interface Comparer {
  /** Null where the text is no value of the type. */
  keyOf(text: string): Key | null
  compare(one: Key, other: Key): number
}

/**
 * Compares values of a column as PostgreSQL would: numbers as numbers with all their digits, NaN above all others;
 * moments with infinity and BC; true above false. Texts, and all types that are not known here, are compared by code
 * point, as with `collate "C"`.
 */
export function comparerOf(column: Pick<Column, 'typeOid'>): Comparer {
  switch (kindOf(column)) {
    case 'integer':
      return { keyOf: integerKey, compare: plain }
    case 'float':
      return { keyOf: floatKey, compare: plain }
    case 'decimal':
      return { keyOf: decimalKey, compare: compareDecimals }
    case 'money':
      return { keyOf: moneyKey, compare: plain }
    case 'boolean':
      return { keyOf: booleanKey, compare: plain }
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return { keyOf: instantOf, compare: plain }
    case 'time':
      return { keyOf: microsOfTime, compare: plain }
    case 'interval':
      return { keyOf: microsOfInterval, compare: plain }
    default:
      return { keyOf: (text) => text, compare: (one, other) => compareCodePoints(String(one), String(other)) }
  }
}

/** Integers of any size and doubles compare with each other exactly. */
function plain(one: Key, other: Key): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function integerKey(text: string): Key | null {
  if (!/^\s*[+-]?\d{1,40}\s*$/.test(text)) return null
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text.trim().replace(/^\+/, ''))
}

/** NaN is above all numbers: no double is, but a key may be a bigint above what a double can be. */
const aboveAll = 10n ** 400n

/** As PostgreSQL writes and reads a number; JavaScript's own reader takes more, such as nothing at all. */
const numberForm = /^([+-]?)(\d+\.?\d*|\.\d+)(?:e([+-]?\d{1,7}))?$/i

function floatKey(text: string): Key | null {
  const trimmed = text.trim()
  if (/^nan$/i.test(trimmed)) return aboveAll
  const infinite = /^([+-]?)inf(inity)?$/i.exec(trimmed)
  if (infinite !== null) return infinite[1] === '-' ? -1n * (aboveAll - 1n) : aboveAll - 1n
  return numberForm.test(trimmed) ? Number(trimmed) : null
}

function booleanKey(text: string): Key | null {
  if (/^\s*(t|true|yes|on|1)\s*$/i.test(text)) return 1
  return /^\s*(f|false|no|off|0)\s*$/i.test(text) ? 0 : null
}

/** Amounts of one result are written alike: with as many digits behind the point, which stands wherever it stands. */
function moneyKey(text: string): Key | null {
  const digits = text.replace(/\D/g, '')
  if (digits === '') return null
  return /^\s*(-|\()|-\s*$/.test(text) ? -BigInt(digits) : BigInt(digits)
}

function decimalKey(text: string): Decimal | null {
  const trimmed = text.trim()
  const [found, sign = '', mantissa = '', exponent] = numberForm.exec(trimmed) ?? []
  if (found !== undefined) {
    const plainText = exponent === undefined ? found : withoutExponent(sign, mantissa, Number(exponent))
    return plainText === null ? null : { near: Number(plainText), text: plainText }
  }
  if (/^nan$/i.test(trimmed)) return { near: Number.POSITIVE_INFINITY, text: trimmed }
  const [infinite, minus] = /^([+-]?)inf(?:inity)?$/i.exec(trimmed) ?? []
  if (infinite === undefined) return null
  return { near: minus === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY, text: trimmed }
}

/** Digits of a numeric, before or behind its point, at most. */
const mostDigits = 131_072

/** `1.5e3` as `1500`, with all its digits; null for what no numeric can be. */
function withoutExponent(sign: string, mantissa: string, exponent: number): string | null {
  if (Math.abs(exponent) > mostDigits) return null
  const [whole = '', behind = ''] = mantissa.split('.')
  const digits = whole + behind
  const point = whole.length + exponent
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const end = digits.slice(point)
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}${end === '' ? '' : `.${end}`}`
}

function compareDecimals(one: Key, other: Key): number {
  if (typeof one !== 'object' || typeof other !== 'object') return plain(one, other)
  if (one.near !== other.near) return one.near < other.near ? -1 : 1
  return one.text === other.text ? 0 : compareExact(one.text, other.text)
}

/** Of decimals that are the same as doubles. */
function compareExact(one: string, other: string): number {
  const [a, b] = [rankOf(one), rankOf(other)]
  if (a !== 0 || b !== 0) return a - b
  const scale = Math.max(digitsBehind(one), digitsBehind(other))
  return plain(scaled(one, scale), scaled(other, scale))
}

/** Infinities and NaN, among which the order is not one of digits. */
function rankOf(text: string): number {
  if (/nan/i.test(text)) return 2
  if (/inf/i.test(text)) return text.startsWith('-') ? -1 : 1
  return 0
}

/** Digits behind the point of a decimal without an exponent. */
export function digitsBehind(text: string): number {
  const point = text.indexOf('.')
  return point === -1 ? 0 : text.length - point - 1
}

/**
 * A decimal without an exponent as an integer of `10 ** -scale`; `scale` is at least as many digits as it has behind its
 * point.
 */
export function scaled(text: string, scale: number): bigint {
  const missing = Math.max(0, scale - digitsBehind(text))
  return BigInt(text.replace(/^\+/, '').replace('.', '') + '0'.repeat(missing))
}

/** As UTF-8 orders them: JavaScript's own order differs for what stands behind the surrogates. */
export function compareCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at += 1) {
    const a = one.charCodeAt(at)
    const b = other.charCodeAt(at)
    if (a !== b) return above(a) - above(b)
  }
  return one.length - other.length
}

/** Surrogates stand for what is above all single units. */
function above(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
