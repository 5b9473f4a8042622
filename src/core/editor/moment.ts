// Dates, moments and durations as PostgreSQL writes them, as numbers to compare. Years go from 4713 BC to 294276, far
// beyond what JavaScript's Date holds at one end and in more detail than it holds at all.

const microsOfSecond = 1_000_000n
const secondsOfDay = 86_400n

/** Above and below every moment. */
const infinite = 10n ** 30n

const moment =
  /^\s*(\d{4,7})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)?)?( BC)?\s*$/i

/**
 * Microseconds from 1970 of a date, or of a timestamp with or without a zone, in the style ISO. Null for what is none,
 * and for other styles, in which the order of day and month is not to be told.
 */
export function instantOf(text: string): bigint | null {
  const word = text.trim().toLowerCase()
  if (word === 'infinity') return infinite
  if (word === '-infinity') return -infinite
  const [found, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = '', era] =
    moment.exec(text) ?? []
  if (found === undefined) return null
  // The year before 1 is 1 BC.
  const astronomical = era === undefined ? Number(year) : 1 - Number(year)
  const days = BigInt(daysFromEpoch(astronomical, Number(month), Number(day)))
  const seconds = days * secondsOfDay + BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second))
  return (seconds - BigInt(secondsOfZone(zone))) * microsOfSecond + BigInt(fraction.padEnd(6, '0'))
}

/** Days from 1970-01-01 in the Gregorian calendar, which PostgreSQL uses for all times. */
function daysFromEpoch(year: number, month: number, day: number): number {
  // Years begin in March here, so that the day that leap years add is the last one.
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

/** `+02`, `-03:30`, `+00:19:32`. */
function secondsOfZone(zone: string): number {
  if (zone === '' || /^z$/i.test(zone)) return 0
  const digits = zone.slice(1).replaceAll(':', '').padEnd(6, '0')
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6))
  return zone.startsWith('-') ? -seconds : seconds
}

const timeOfDay = /^\s*(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)?\s*$/i

/** Microseconds from midnight, in UTC where the value has a zone. */
export function microsOfTime(text: string): bigint | null {
  const [found, hour, minute, second = '0', fraction = '', zone = ''] = timeOfDay.exec(text) ?? []
  if (found === undefined) return null
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - secondsOfZone(zone)
  return BigInt(seconds) * microsOfSecond + BigInt(fraction.padEnd(6, '0'))
}

const monthsOf: Readonly<Record<string, number>> = { year: 12, years: 12, mon: 1, mons: 1, month: 1, months: 1 }

/**
 * Microseconds of an interval in the style `postgres`, as PostgreSQL compares them: a month has 30 days, a day 24
 * hours. Null for other styles.
 */
export function microsOfInterval(text: string): bigint | null {
  const word = text.trim().toLowerCase()
  if (word === 'infinity') return infinite
  if (word === '-infinity') return -infinite
  let months = 0n
  let days = 0n
  let micros = 0n
  let rest = word
  for (;;) {
    const [part, count, unit = ''] = /^([+-]?\d+) ([a-z]+)\s*/.exec(rest) ?? []
    if (part === undefined || count === undefined) break
    if (unit === 'day' || unit === 'days') days += BigInt(count.replace('+', ''))
    else if (Object.hasOwn(monthsOf, unit)) months += BigInt(count.replace('+', '')) * BigInt(monthsOf[unit] ?? 0)
    else return null
    rest = rest.slice(part.length)
  }
  if (rest !== '') {
    const [found, sign, hour = '0', minute = '0', second = '0', fraction = ''] =
      /^([+-]?)(\d+):(\d{2}):(\d{2})(?:\.(\d{1,6}))?$/.exec(rest) ?? []
    if (found === undefined) return null
    const seconds = BigInt(hour) * 3600n + BigInt(minute) * 60n + BigInt(second)
    micros = seconds * microsOfSecond + BigInt(fraction.padEnd(6, '0'))
    if (sign === '-') micros = -micros
  }
  if (word === '') return null
  return (months * 30n + days) * secondsOfDay * microsOfSecond + micros
}
