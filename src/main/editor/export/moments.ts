/**
 * Microseconds since 1970 of a date or timestamp as PostgreSQL prints it with `datestyle = ISO`, at UTC where it has no
 * zone. Null for infinity, and for what was printed in another style: nothing is guessed.
 *
 * @example microsecondsOf('2024-02-29 12:00:00.000001+01') // 1709204400000001n
 */
export function microsecondsOf(text: string): bigint | null {
  const found =
    /^(\d{4,7})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?)?( BC)?$/.exec(
      text,
    )
  if (found === null) return null
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', sign, ...zone] =
    found
  const [zoneHours = '0', zoneMinutes = '0', zoneSeconds = '0', era] = zone
  const astronomical = era === undefined ? Number(year) : 1 - Number(year)
  const days = daysOf(astronomical, Number(month), Number(day))
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const offset = Number(zoneHours) * 3600 + Number(zoneMinutes) * 60 + Number(zoneSeconds)
  const atUtc = BigInt(days) * 86_400n + BigInt(seconds) + BigInt(sign === '-' ? offset : -offset)
  return atUtc * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
}

/** Days from 1970-01-01 in the Gregorian calendar, for years that JavaScript's dates do not reach. */
function daysOf(year: number, month: number, day: number): number {
  const fromMarch = month > 2 ? year : year - 1
  const era = Math.floor(fromMarch / 400)
  const yearOfEra = fromMarch - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
