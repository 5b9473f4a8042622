import { describe, expect, it } from 'vitest'
import { copyLine, money, textArray } from '../../../src/core/demo/copy.ts'
import { countFlaws, dealFlaws, type Plan } from '../../../src/core/demo/fate.ts'
import type { FlawId } from '../../../src/core/demo/flaws.ts'
import { mix, Random } from '../../../src/core/demo/random.ts'

const plan: Plan = {
  block: 101,
  flaws: [
    ['visit.stuck', 3],
    ['visit.future', 1],
  ],
}

describe('flaws', () => {
  it('fall exactly as often in each block as planned', () => {
    const fate = dealFlaws(5, 1, plan)
    for (let block = 0; block < 50; block++) {
      const rows = Array.from({ length: 101 }, (_, index) => fate(block * 101 + index + 1))
      expect(rows.filter((flaw) => flaw === 'visit.stuck')).toHaveLength(3)
      expect(rows.filter((flaw) => flaw === 'visit.future')).toHaveLength(1)
    }
  })

  it('fall elsewhere in each block', () => {
    const fate = dealFlaws(5, 1, plan)
    const places = Array.from({ length: 40 }, (_, block) =>
      Array.from({ length: 101 }, (_, index) => fate(block * 101 + index + 1)).indexOf('visit.future'),
    )
    expect(new Set(places).size).toBeGreaterThan(20)
  })

  it('are counted among the rows that are in the table', () => {
    const fate = dealFlaws(5, 1, plan)
    const counts = new Map<FlawId, number>()
    countFlaws(counts, plan, fate, 1010)
    expect(Object.fromEntries(counts)).toEqual({ 'visit.stuck': 30, 'visit.future': 10 })
    countFlaws(counts, plan, fate, 1010, () => false)
    expect(Object.fromEntries(counts)).toEqual({ 'visit.stuck': 0, 'visit.future': 0 })
  })
})

describe('chance', () => {
  it('is the same for the same row', () => {
    expect(new Random(mix(1, 2, 3)).hex(40)).toBe(new Random(mix(1, 2, 3)).hex(40))
  })

  it('reaches every value about equally often', () => {
    const random = new Random(1)
    const hits = new Array<number>(10).fill(0)
    for (let draw = 0; draw < 100_000; draw++) {
      const value = random.int(10)
      hits[value] = (hits[value] ?? 0) + 1
    }
    for (const count of hits) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  it('does not follow from the row before', () => {
    const first = Array.from({ length: 1000 }, (_, row) => new Random(mix(1, 1, row)).int(1000))
    expect(new Set(first).size).toBeGreaterThan(580) // 632 are to be expected
  })

  it('refuses to pick from nothing', () => {
    expect(() => new Random(1).pick([])).toThrow(RangeError)
  })
})

describe('COPY', () => {
  it('escapes what would end a field or a row', () => {
    expect(copyLine(['a\tb\nc\\d\re', null, true, false, 1.5, ''])).toBe('a\\tb\\nc\\\\d\\re\t\\N\tt\tf\t1.5\t\n')
  })

  it('writes arrays and money', () => {
    expect(textArray(['one', 'a "b"', 'c\\d'])).toBe('{"one","a \\"b\\"","c\\\\d"}')
    expect([money(0), money(5), money(1205), money(-199)]).toEqual(['0.00', '0.05', '12.05', '-1.99'])
  })
})
