import { describe, expect, it } from 'vitest'
import { compare, machine, spread } from './harness.ts'

/** A clock that moves only when a run says so. */
function fakeClock() {
  let time = 1000
  const runs: string[] = []
  const variant = (name: string, durations: number[]) => {
    let next = 0
    return {
      name,
      run: async () => {
        runs.push(name)
        time += durations[next++] ?? Number.NaN
      },
    }
  }
  return { now: () => time, variant, runs }
}

describe('a comparison', () => {
  it('runs A and B in turns, and leaves the warm-up out', async () => {
    const clock = fakeClock()
    const result = await compare({
      a: clock.variant('a', [500, 10, 20, 40]),
      b: clock.variant('b', [900, 20, 10, 120]),
      pairs: 3,
      warmUp: 1,
      now: clock.now,
    })
    expect(clock.runs).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'])
    expect(result).toEqual({
      pairs: 3,
      a: { name: 'a', median: 20, min: 10, max: 40 },
      b: { name: 'b', median: 20, min: 10, max: 120 },
      // Pair by pair 2, 0.5 and 3: the medians alone would say 1.
      ratio: { median: 2, min: 0.5, max: 3 },
    })
  })

  it('lets a failing run through, and refuses to compare nothing', async () => {
    const clock = fakeClock()
    const a = clock.variant('a', [])
    const broken = {
      name: 'broken',
      run: () => {
        throw new Error('no server')
      },
    }
    await expect(compare({ a, b: broken, pairs: 1, warmUp: 0, now: clock.now })).rejects.toThrow('no server')
    await expect(compare({ a, b: a, pairs: 0, warmUp: 5, now: clock.now })).rejects.toThrow(RangeError)
  })
})

describe('a spread', () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[4, 1], { median: 2.5, min: 1, max: 4 }],
    [[10, 9, 100], { median: 10, min: 9, max: 100 }],
  ])('of %j', (values, expected) => {
    expect(spread(values)).toEqual(expected)
  })

  it('of nothing is an error', () => {
    expect(() => spread([])).toThrow(RangeError)
  })
})

describe('the machine', () => {
  it('is described', () => {
    expect(machine()).toEqual({
      cpu: expect.stringMatching(/./),
      cores: expect.toSatisfy((cores: number) => cores >= 1),
      memoryGb: expect.toSatisfy((memory: number) => memory >= 0),
      system: expect.stringContaining(process.platform),
      node: process.version,
    })
  })
})
