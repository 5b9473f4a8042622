import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  farthest,
  isScaled,
  longestBar,
  offsetFor,
  scrollMap,
  scrollTopOf,
  virtualOf,
} from '../../../src/renderer/editor/grid/scrollMap.ts'

const rowHeight = 26
const maps = fc
  .record({ rows: fc.integer({ min: 0, max: 100_000_000 }), view: fc.integer({ min: 0, max: 2_000 }) })
  .map(({ rows, view }) => scrollMap(rows, rowHeight, view))

describe('a scroll bar', () => {
  it('is the rows themselves as long as a browser can draw them', () => {
    const map = scrollMap(1_000, rowHeight, 500)
    expect(isScaled(map)).toBe(false)
    expect(map.bar).toBe(26_000)
    expect(virtualOf(map, 1_234.5)).toBe(1_234.5)
    expect(scrollTopOf(map, 1_234.5)).toBe(1_234.5)
  })

  it('is never longer than that, and both of its ends are those of the rows', () => {
    fc.assert(
      fc.property(maps, (map) => {
        expect(map.bar).toBeLessThanOrEqual(longestBar)
        expect(virtualOf(map, 0)).toBe(0)
        const end = Math.max(0, map.bar - map.view)
        expect(virtualOf(map, end)).toBeCloseTo(farthest(map), 3)
        expect(scrollTopOf(map, farthest(map))).toBeCloseTo(end, 3)
      }),
    )
  })

  it('leads back to the place that it was set by, and never out of the rows', () => {
    fc.assert(
      fc.property(maps, fc.double({ min: 0, max: 1, noNaN: true }), (map, part) => {
        const virtual = part * farthest(map)
        const back = virtualOf(map, scrollTopOf(map, virtual))
        expect(Math.abs(back - virtual)).toBeLessThan(0.01)
        expect(virtualOf(map, map.bar * 3)).toBeLessThanOrEqual(Math.max(farthest(map), map.bar * 3))
        expect(virtualOf(map, -10)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('of 10 million rows shows its last row at its end', () => {
    const map = scrollMap(10_000_000, rowHeight, 500)
    expect(isScaled(map)).toBe(true)
    const last = offsetFor(map, 9_999_999, rowHeight, 0)
    expect(last).toBe(farthest(map))
    expect(scrollTopOf(map, last)).toBe(longestBar - 500)
  })
})

describe('going to a row', () => {
  const map = scrollMap(1_000, rowHeight, 260)

  it('moves no further than it has to', () => {
    expect(offsetFor(map, 5, rowHeight, 0)).toBe(0)
    expect(offsetFor(map, 10, rowHeight, 0)).toBe(26)
    expect(offsetFor(map, 3, rowHeight, 260)).toBe(78)
    expect(offsetFor(map, 12, rowHeight, 260)).toBe(260)
  })

  it('ends at the ends, also where the window is lower than a row or higher than all of them', () => {
    expect(offsetFor(map, 999, rowHeight, 0)).toBe(farthest(map))
    expect(offsetFor(scrollMap(3, rowHeight, 260), 2, rowHeight, 0)).toBe(0)
    expect(offsetFor(scrollMap(3, rowHeight, 0), 0, rowHeight, 0)).toBe(26)
    expect(farthest(scrollMap(0, rowHeight, 260))).toBe(0)
  })
})
