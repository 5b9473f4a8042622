import { describe, expect, it } from 'vitest'
import {
  iban,
  ipAddress,
  luhnDigit,
  mod97,
  nationalId,
  nhsDigit,
  phone,
  taxIdDigit,
  testCards,
} from '../../../src/core/demo/identifiers.ts'
import { Random } from '../../../src/core/demo/random.ts'

const many = Array.from({ length: 500 }, (_, seed) => new Random(seed))

describe('checksums', () => {
  it('knows the ones that are published as examples', () => {
    expect(luhnDigit('7992739871')).toBe(3)
    expect(mod97('3214282912345698765432161182')).toBe(1) // GB82 WEST 1234 5698 7654 32, rearranged
    expect(nhsDigit('943476591')).toBe(9)
    expect(taxIdDigit('8609574271')).toBe(9)
  })

  it('are right on the test cards', () => {
    for (const { number } of testCards) expect(luhnDigit(number.slice(0, -1))).toBe(Number(number.slice(-1)))
  })
})

describe('identifiers', () => {
  it.each([
    ['DE', 22, /^DE\d\d0{8}\d{10}$/],
    ['GB', 22, /^GB\d\dTEST0{6}\d{8}$/],
    ['FR', 27, /^FR\d\d0{10}\d{13}$/],
  ])('are IBANs of no bank in %s', (country, length, shape) => {
    for (const random of many) {
      const made = iban(country, random) ?? ''
      expect(made).toHaveLength(length)
      expect(made).toMatch(shape)
      expect(mod97(made.slice(4) + made.slice(0, 4))).toBe(1)
    }
  })

  it('are no IBANs where there are none', () => {
    expect(iban('US', new Random(1))).toBeNull()
  })

  it('are NHS numbers of the test range', () => {
    for (const random of many) {
      const made = nationalId('GB', random) ?? ''
      expect(made).toMatch(/^999\d{7}$/)
      expect(nhsDigit(made.slice(0, 9))).toBe(Number(made.slice(9)))
    }
  })

  it('are German tax numbers of the test range, with one digit twice', () => {
    for (const random of many) {
      const made = nationalId('DE', random) ?? ''
      expect(made).toMatch(/^0\d{10}$/)
      expect(taxIdDigit(made.slice(0, 10))).toBe(Number(made.slice(10)))
      expect(new Set(made.slice(0, 10)).size).toBe(9)
    }
  })

  it('are social security numbers that are never given out', () => {
    for (const random of many) expect(nationalId('US', random)).toMatch(/^9\d\d-[1-4]\d-\d{4}$/)
  })

  it('are telephone numbers for fiction', () => {
    for (const random of many) {
      expect(phone('US', random)).toMatch(/^\+1 \d{3} 555 01\d\d$/)
      expect(phone('GB', random)).toMatch(/^\+44 (7700 900|20 7946 0)\d{3}$/)
      expect(phone('FR', random)).toMatch(/^\+33 (6 39 98|1 99 00) \d\d \d\d$/)
    }
  })

  it('are addresses for documentation', () => {
    for (const random of many) {
      expect(ipAddress(random)).toMatch(
        /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$|^2001:db8:[0-9a-f]{1,4}::[0-9a-f]{1,4}$/,
      )
    }
  })
})
