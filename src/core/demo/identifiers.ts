import type { Random } from './random.ts'

// Numbers with the right checksums, out of ranges that are kept for tests or for fiction: they look real
// to a detector and belong to nobody.

/** The digit that makes `digits` followed by it pass the Luhn check of payment cards. */
export function luhnDigit(digits: string): number {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return (10 - (sum % 10)) % 10
}

/** Card numbers that payment processors publish for tests; no account stands behind them. */
export const testCards = [
  { brand: 'visa', number: '4111111111111111' },
  { brand: 'visa', number: '4242424242424242' },
  { brand: 'visa', number: '4000056655665556' },
  { brand: 'mastercard', number: '5555555555554444' },
  { brand: 'mastercard', number: '5105105105105100' },
  { brand: 'amex', number: '378282246310005' },
  { brand: 'discover', number: '6011111111111117' },
  { brand: 'jcb', number: '3530111333300000' },
] as const

/** What is left after dividing a number of any length by 97; letters count as 10 to 35. */
export function mod97(text: string): number {
  let rest = 0
  for (const character of text) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}

/** An IBAN of a bank code that no bank has; null for a country without IBANs. */
export function iban(country: string, random: Random): string | null {
  const account = accountOf(country, random)
  if (account === null) return null
  const check = 98 - mod97(`${account}${country}00`)
  return `${country}${String(check).padStart(2, '0')}${account}`
}

function accountOf(country: string, random: Random): string | null {
  switch (country) {
    case 'DE':
      return `00000000${random.digits(10)}`
    case 'GB':
      return `TEST000000${random.digits(8)}`
    case 'FR': {
      const account = `0000000000${random.digits(11)}`
      return `${account}${String(97 - mod97(`${account}00`)).padStart(2, '0')}`
    }
    default:
      return null
  }
}

/** A national identifier, or null for a country whose clinics keep none. */
export function nationalId(country: string, random: Random): string | null {
  switch (country) {
    case 'DE':
      return germanTaxId(random)
    case 'GB':
      return nhsNumber(random)
    case 'US':
      // No SSN begins with 9, and no ITIN has these middle digits.
      return `9${random.digits(2)}-${random.between(10, 49)}-${random.digits(4)}`
    default:
      return null
  }
}

/** NHS numbers that begin with 999 are for tests. The last digit is a check, modulo 11. */
function nhsNumber(random: Random): string {
  for (;;) {
    const digits = `999${random.digits(6)}`
    const check = nhsDigit(digits)
    if (check < 10) return `${digits}${check}`
  }
}

/** 10 means that the nine digits make no number. */
export function nhsDigit(nine: string): number {
  let sum = 0
  for (let index = 0; index < 9; index++) sum += Number(nine[index]) * (10 - index)
  return (11 - (sum % 11)) % 11
}

/** German tax numbers that begin with 0 are for tests. One digit stands twice, the last is the check. */
function germanTaxId(random: Random): string {
  const pool = ['1', '2', '3', '4', '5', '6', '7', '8', '9']
  const chosen: string[] = []
  while (chosen.length < 8) chosen.push(...pool.splice(random.int(pool.length), 1))
  chosen.push(random.pick(chosen))
  const digits = `0${chosen.join('')}`
  return `${digits}${taxIdDigit(digits)}`
}

/** ISO 7064, mod 11,10. */
export function taxIdDigit(ten: string): number {
  let product = 10
  for (const digit of ten) {
    const sum = (Number(digit) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10
}

/** Telephone numbers that the regulators keep for films and books. */
export function phone(country: string, random: Random): string {
  switch (country) {
    case 'DE':
      return `+49 ${random.pick(['30 23125', '40 66969', '69 90009', '89 99998'])}${random.digits(3)}`
    case 'GB':
      return random.percent(60) ? `+44 7700 900${random.digits(3)}` : `+44 20 7946 0${random.digits(3)}`
    case 'FR':
      return random.percent(60)
        ? `+33 6 39 98 ${random.digits(2)} ${random.digits(2)}`
        : `+33 1 99 00 ${random.digits(2)} ${random.digits(2)}`
    case 'AU':
      return `+61 ${random.pick(['2', '3', '7', '8'])} ${random.pick(['5550', '7010'])} ${random.digits(4)}`
    default:
      return `+1 ${random.pick(['212', '312', '415', '617', '713'])} 555 01${random.digits(2)}`
  }
}

/** IPv4 and IPv6 addresses that RFC 5737 and RFC 3849 keep for documentation. */
export function ipAddress(random: Random): string {
  if (random.percent(15))
    return `2001:db8:${random.int(65_536).toString(16)}::${random.between(1, 65_535).toString(16)}`
  return `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.between(1, 254)}`
}
