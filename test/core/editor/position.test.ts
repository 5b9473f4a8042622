import fc from 'fast-check'
import { expect, it } from 'vitest'
import { offsetOf } from '../../../src/core/editor/position.ts'

it('turns characters into UTF-16 units, for any text', () => {
  expect(offsetOf('😀 x', 3)).toBe(3)
  expect(offsetOf('abc', 1)).toBe(0)
  expect(offsetOf('abc', 99)).toBe(3)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
      expect(offsetOf(`${before}x${after}`, Array.from(before).length + 1)).toBe(before.length)
    }),
  )
})
