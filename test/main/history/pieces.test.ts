import SQLite from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold } from '../../../src/core/history/terms.ts'
import {
  addStored,
  eachPiece,
  noBits,
  pieceOf,
  rangesOf,
  storedOf,
  storedOfList,
} from '../../../src/main/history/pieces.ts'
import { RecentTexts } from '../../../src/main/history/recentTexts.ts'

function piecesOf(text: string): number[] {
  const found = new Set<number>()
  eachPiece(text, (first, second, third) => found.add(pieceOf(first, second, third)))
  return [...found]
}

const anyText = fc.string({
  unit: fc.constantFrom('a', 'b', '_', '1', 'ß', 'é', '漢', '😀', '\0', '\ud800', ' '),
  maxLength: 12,
})
const anyTerm = anyText.map((text) => fold(text.replaceAll(/[\s\0]/g, '')).text).filter((term) => term !== '')

describe('pieces of texts', () => {
  it('hold one of each range of whatever term is in the text', () => {
    fc.assert(
      fc.property(anyText, anyTerm, anyText, (before, term, after) => {
        const pieces = piecesOf(fold(before).text + term + fold(after).text)
        for (const { first, last } of rangesOf(term)) {
          expect(pieces.some((piece) => piece >= first && piece <= last)).toBe(true)
        }
      }),
    )
  })

  it('of terms up to three letters are in no text without the term', () => {
    fc.assert(
      fc.property(anyText, anyTerm, (text, long) => {
        const term = long.slice(0, 3)
        const folded = fold(text).text
        const pieces = piecesOf(folded)
        const held = rangesOf(term).every(({ first, last }) => pieces.some((each) => each >= first && each <= last))
        expect(held).toBe(folded.includes(term))
      }),
    )
  })

  it('are found among texts in memory as among those that are stored', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 30 }), anyTerm, (texts, term) => {
        const recent = new RecentTexts()
        texts.forEach((text, number) => {
          recent.add(number, fold(text).text)
        })
        const ranges = rangesOf(term)
        const stored = recent.pieces()
        const holding = ranges.map(
          ({ first, last }) =>
            new Set(stored.filter(([piece]) => piece >= first && piece <= last).flatMap(([, list]) => [...list])),
        )
        const both = texts.map((_, number) => number).filter((number) => holding.every((set) => set.has(number)))
        expect(recent.find(ranges).sort((a, b) => a - b)).toEqual(both)
        const certain = texts.flatMap((text, number) => (fold(text).text.includes(term) ? [number] : []))
        expect(both).toEqual(expect.arrayContaining(certain))
        expect(stored.map(([piece]) => piece)).toEqual(stored.map(([piece]) => piece).sort((a, b) => a - b))
      }),
    )
  })
})

describe('a row of the index', () => {
  it.each([0, 1, 4_095, 4_096, 65_536])('of %i texts comes back as it was, also through SQLite', (count) => {
    const texts = Uint16Array.from({ length: count }, (_, at) => Math.floor((at * 65_536) / Math.max(1, count)))
    const expected = noBits()
    for (const text of texts) expected[text >>> 5] = (expected[text >>> 5] ?? 0) | (1 << (text & 31))
    const db = new SQLite(':memory:')
    for (const row of [storedOfList(texts), storedOf(expected)]) {
      const read = db.prepare('select ? as texts').pluck().get(Buffer.from(row))
      const bits = noBits()
      addStored(bits, read instanceof Uint8Array ? read : new Uint8Array(1))
      expect(bits).toEqual(expected)
    }
    db.close()
  })

  it('that is none is refused', () => {
    expect(() => addStored(noBits(), new Uint8Array(3))).toThrow(RangeError)
    expect(() => addStored(noBits(), new Uint8Array(8_194))).toThrow(RangeError)
  })
})
