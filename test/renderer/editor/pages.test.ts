import { describe, expect, it } from 'vitest'
import type { Cut, Row } from '../../../src/core/editor/contract.ts'
import {
  cutLengthAt,
  firstMissing,
  newPages,
  type Pages,
  pageRows,
  rowAt,
  withRows,
} from '../../../src/renderer/editor/grid/pages.ts'

const rows = (from: number, count: number, columns = 1): Row[] =>
  Array.from({ length: count }, (_, n) => Array.from({ length: columns }, () => String(from + n)))
const add = (pages: Pages, from: number, count: number, lookedAt = from): Pages =>
  withRows(pages, from, rows(from, count, pages.columns), [], lookedAt)

describe('the rows at hand', () => {
  it('are found by their number, also across pages', () => {
    const pages = newPages(1, rows(0, 450), [])
    for (const row of [0, 199, 200, 399, 400, 449]) expect(rowAt(pages, row)).toEqual([String(row)])
    expect(rowAt(pages, 450)).toBeUndefined()
    expect(rowAt(pages, 600)).toBeUndefined()
  })

  it('go on where a page ended before it was full, and lose none', () => {
    let pages = newPages(1, rows(0, 7), [])
    pages = add(pages, 7, 100)
    pages = add(pages, 107, 300)
    for (const row of [0, 6, 7, 106, 107, 199, 200, 406]) expect(rowAt(pages, row)).toEqual([String(row)])
    expect(rowAt(pages, 407)).toBeUndefined()
  })

  it('that came again are as they came last, and nothing stays behind them', () => {
    const pages = withRows(newPages(1, rows(0, 200), []), 100, [['new']], [], 0)
    expect(rowAt(pages, 99)).toEqual(['99'])
    expect(rowAt(pages, 100)).toEqual(['new'])
    expect(rowAt(pages, 101)).toBeUndefined()
    expect(firstMissing(pages, 0, 200)).toBe(101)
  })

  it.each([
    [0, 200, null],
    [0, 0, null],
    [150, 250, 200],
    [200, 300, 200],
    // Pages come whole.
    [390, 460, 200],
    [400, 430, null],
    [400, 480, 430],
    [1_000, 1_010, 1_000],
  ])('miss from %i to %i the row %j first', (from, to, missing) => {
    const pages = add(newPages(1, rows(0, 200), []), 2 * pageRows, 30)
    expect(firstMissing(pages, from, to)).toBe(missing)
  })

  it('that are far from what is looked at are let go, and the first ones too but for the sample', () => {
    let pages = newPages(1, rows(0, pageRows), [])
    for (let page = 1; page < 60; page += 1) pages = add(pages, page * pageRows, pageRows)
    expect(pages.byNumber.size).toBe(30)
    expect([...pages.byNumber.keys()].sort((a, b) => a - b)[0]).toBe(30)
    expect(rowAt(pages, 0)).toBeUndefined()
    expect(pages.sample).toEqual(rows(0, 100))
    // Looking back at the beginning keeps what is there.
    pages = add(pages, 0, pageRows, 0)
    expect(rowAt(pages, 0)).toEqual(['0'])
    expect(pages.byNumber.has(59)).toBe(false)
  })

  it('are few of wide results, and never less than what fills a window', () => {
    let pages = newPages(1_600, rows(0, pageRows, 1_600), [])
    for (let page = 1; page < 20; page += 1) pages = add(pages, page * pageRows, pageRows)
    expect([...pages.byNumber.keys()].sort((a, b) => a - b)).toEqual([16, 17, 18, 19])
    expect(newPages(0, [[], []], []).byNumber.get(0)?.rows).toEqual([[], []])
  })

  it('know which of their values came cut, wherever their part began', () => {
    const cut: Cut[] = [
      { row: 0, column: 1, length: 500 },
      { row: 8, column: 0, length: 9_000 },
    ]
    const pages = withRows(newPages(2, rows(0, 195, 2), []), 195, rows(195, 10, 2), cut, 195)
    expect(cutLengthAt(pages, 195, 1)).toBe(500)
    expect(cutLengthAt(pages, 203, 0)).toBe(9_000)
    expect(cutLengthAt(pages, 195, 0)).toBeUndefined()
    expect(cutLengthAt(pages, 8, 0)).toBeUndefined()
  })
})
