import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { flaws } from '../../../src/core/demo/flaws.ts'
import { copyText, makeSample } from '../../../src/core/demo/sample.ts'
import type { SampleOptions } from '../../../src/core/demo/world.ts'

function hashOf(options: SampleOptions): string {
  const hash = createHash('sha256')
  for (const table of makeSample(options).tables) {
    hash.update(`${table.schema}.${table.name}(${table.columns})\n`)
    for (const { text } of copyText(table)) hash.update(text)
  }
  return hash.digest('hex')
}

describe('the rows of the sample', () => {
  it('are the same on every machine for a scale and a seed', () => {
    expect(hashOf({ scale: 0.1, seed: 7 })).toBe('9a33bc1dfd73fd2efc9545da89e268574990e2f85a84be8d914eeac2da015da5')
  })

  it('are others for another seed', () => {
    expect(hashOf({ scale: 0.1, seed: 8 })).not.toBe(hashOf({ scale: 0.1, seed: 7 }))
  })

  it('can be made again from any table, in any order', () => {
    const { tables } = makeSample({ scale: 0.1, seed: 7 })
    const visits = tables.find(({ name }) => name === 'visit')
    const first = [...(visits?.rows() ?? [])]
    expect(first).toHaveLength(1000)
    expect([...(visits?.rows() ?? [])]).toEqual(first)
  })

  it('grow with the scale', () => {
    const people = (scale: number) => {
      const table = makeSample({ scale, seed: 1 }).tables.find(({ name }) => name === 'person')
      return table === undefined ? 0 : [...table.rows()].length
    }
    expect([people(0.1), people(1), people(3)]).toEqual([200, 2000, 6000])
  })

  it('come in pieces that do not grow with the table', () => {
    const visits = makeSample({ scale: 3, seed: 1 }).tables.find(({ name }) => name === 'visit')
    const sizes = visits === undefined ? [] : [...copyText(visits)].map(({ text }) => text.length)
    expect(sizes.length).toBeGreaterThan(50)
    expect(Math.max(...sizes)).toBeLessThan(70_000)
  })

  it('have as many values as there are columns, and no undefined one', () => {
    const isWhole = (value: unknown) => value !== undefined && (typeof value !== 'number' || Number.isFinite(value))
    for (const { name, columns, rows } of makeSample({ scale: 0.1, seed: 7 }).tables) {
      const broken = [...rows()].filter((row) => row.length !== columns.length || !row.every(isWhole))
      expect(broken, name).toEqual([])
    }
  })

  it.each([0, -1, 1001, Number.NaN])('are refused for a scale of %s', (scale) => {
    expect(() => makeSample({ scale, seed: 1 })).toThrow(RangeError)
  })

  it.each([-1, 0.5, 2 ** 32])('are refused for a seed of %s', (seed) => {
    expect(() => makeSample({ scale: 1, seed })).toThrow(RangeError)
  })
})

describe('the planted flaws', () => {
  it.each([0.1, 1, 2.5])('are all there at scale %s', (scale) => {
    const planted = makeSample({ scale, seed: 7 }).flaws
    expect(planted.map(({ id }) => id).sort()).toEqual(Object.keys(flaws).sort())
    for (const { id, count } of planted) expect(count, id).toBeGreaterThan(0)
  })
})
