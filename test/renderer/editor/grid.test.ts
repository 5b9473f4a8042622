import { describe, expect, it } from 'vitest'
import { isNumeric } from '../../../src/core/editor/valueKind.ts'
import { cellText, widthOf } from '../../../src/renderer/editor/grid/cells.ts'
import { at, holds, moved, rectangleOf, type Selection } from '../../../src/renderer/editor/grid/selection.ts'

const extent = { rows: 100, columns: 10, page: 20 }
const press = (from: Selection, key: string, change: { shiftKey?: boolean; mod?: boolean } = {}) =>
  moved(from, { key, shiftKey: false, mod: false, ...change }, extent)

describe('going through the grid', () => {
  it('moves by cells, pages and to the ends', () => {
    const from = at(50, 5)
    expect(press(from, 'ArrowDown')).toEqual(at(51, 5))
    expect(press(from, 'ArrowLeft')).toEqual(at(50, 4))
    expect(press(from, 'PageDown')).toEqual(at(70, 5))
    expect(press(from, 'PageUp')).toEqual(at(30, 5))
    expect(press(from, 'Home')).toEqual(at(50, 0))
    expect(press(from, 'End')).toEqual(at(50, 9))
    expect(press(from, 'End', { mod: true })).toEqual(at(99, 9))
    expect(press(from, 'ArrowUp', { mod: true })).toEqual(at(0, 5))
  })

  it('stops at the edges', () => {
    expect(press(at(0, 0), 'ArrowUp')).toEqual(at(0, 0))
    expect(press(at(99, 9), 'ArrowRight')).toEqual(at(99, 9))
    expect(press(at(95, 9), 'PageDown')).toEqual(at(99, 9))
  })

  it('extends with Shift, and takes all with the modifier and A', () => {
    const two = press(at(5, 5), 'ArrowDown', { shiftKey: true })
    expect(two && rectangleOf(two)).toEqual({ top: 5, bottom: 6, left: 5, right: 5 })
    const all = press(at(5, 5), 'a', { mod: true })
    expect(all && rectangleOf(all)).toEqual({ top: 0, bottom: 99, left: 0, right: 9 })
  })

  it('leaves other keys alone', () => {
    expect(press(at(5, 5), 'x')).toBeNull()
    expect(press(at(5, 5), 'a')).toBeNull()
  })

  it('holds what is inside the rectangle, edges too', () => {
    const rectangle = rectangleOf({ anchor: { row: 4, column: 2 }, focus: { row: 2, column: 3 } })
    expect(holds(rectangle, 2, 2)).toBe(true)
    expect(holds(rectangle, 4, 3)).toBe(true)
    expect(holds(rectangle, 5, 3)).toBe(false)
  })
})

describe('cells', () => {
  it('cut what is long', () => {
    expect(cellText('short')).toBe('short')
    expect(cellText('x'.repeat(5000))).toHaveLength(301)
  })

  it('know numbers by their type', () => {
    expect([20, 21, 23, 700, 701, 1700, 790].every((typeOid) => isNumeric({ typeOid }))).toBe(true)
    expect([25, 16, 1184, 3802].some((typeOid) => isNumeric({ typeOid }))).toBe(false)
  })

  it('are as wide as their values within bounds', () => {
    const column = { name: 'id', type: 'int4', typeOid: 23 }
    const narrow = widthOf(column, 0, [['1'], ['2']])
    const wide = widthOf(column, 0, [['x'.repeat(10_000)]])
    expect(narrow).toBeGreaterThanOrEqual(64)
    expect(wide).toBeLessThanOrEqual(380)
    expect(wide).toBeGreaterThan(narrow)
  })
})
