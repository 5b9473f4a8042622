import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOfHex, hexOf, utf8 } from '../../../src/core/seal/bytes.ts'
import { microsecondsOf, monthOf } from '../../../src/core/seal/encode.ts'
import { isoOf } from '../../../src/core/seal/head.ts'
import { hadEnded } from '../../../src/core/seal/trailLine.ts'
import { leafOf, rootByPath, rootOf } from '../../../src/core/seal/tree.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

describe('the tree', () => {
  // The leaves and roots that certificate transparency logs are tested with.
  const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const leaves = entries.map((entry) => leafOf(sha256, bytesOfHex(entry) ?? new Uint8Array()))
  it.each([
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
    [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('of %i leaves is that of RFC 9162', (count, root) => {
    expect(hexOf(rootOf(sha256, leaves.slice(0, count)))).toBe(root)
  })

  /** The path of RFC 9162, 2.1.3.1. */
  function pathOf(place: number, nodes: Uint8Array[]): Uint8Array[] {
    if (nodes.length === 1) return []
    let left = 1
    while (left * 2 < nodes.length) left *= 2
    return place < left
      ? [...pathOf(place, nodes.slice(0, left)), rootOf(sha256, nodes.slice(left))]
      : [...pathOf(place - left, nodes.slice(left)), rootOf(sha256, nodes.slice(0, left))]
  }

  it('is reached from every leaf by its path, and from no other place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, a, b) => {
        const nodes = Array.from({ length: size }, (_, i) => leafOf(sha256, utf8(String(i))))
        const [place, other] = [a % size, b % size]
        const path = pathOf(place, nodes)
        const root = hexOf(rootOf(sha256, nodes))
        const reached = (from: number, leaf: number) => {
          const node = rootByPath(sha256, nodes[leaf] ?? new Uint8Array(), { place: from, size, path })
          return node === null ? null : hexOf(node)
        }
        expect(reached(place, place)).toBe(root)
        if (other !== place) expect([reached(other, place), reached(place, other)]).not.toContain(root)
        expect(rootByPath(sha256, nodes[place] ?? new Uint8Array(), { place: size, size, path })).toBeNull()
      }),
    )
  })
})

describe('values', () => {
  it('are the bytes of UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(hexOf(utf8(text))).toBe(Buffer.from(text, 'utf8').toString('hex'))
      }),
    )
  })

  it('have their moment in UTC, with all digits', () => {
    expect(microsecondsOf('2000-01-01T00:00:00+00:00')).toBe(0n)
    expect(microsecondsOf('1999-12-31T23:59:59.999999+00:00')).toBe(-1n)
    expect(microsecondsOf('2026-11-21T05:30:00.5+05:30')).toBe(microsecondsOf('2026-11-21 00:00:00.500000Z'))
    expect(microsecondsOf('2026-11-20T16:00:00-08')).toBe(microsecondsOf('2026-11-21T00:00:00Z'))
    expect(isoOf('2026-11-21T05:30:00.5+05:30')).toBe('2026-11-21T00:00:00.500000Z')
    expect(isoOf('1999-12-31T23:59:59.999999Z')).toBe('1999-12-31T23:59:59.999999Z')
    expect(monthOf('2026-12-01T01:00:00+02:00')).toBe('2026-11')
    expect(monthOf('1999-12-31T23:59:59.999999Z')).toBe('1999-12')
    expect(monthOf('2000-01-01T00:00:00Z')).toBe('2000-01')
    expect(() => microsecondsOf('yesterday')).toThrow(RangeError)
  })

  it('say which transactions had ended', () => {
    const ended = [9n, 10n, 11n, 12n, 13n, 14n].filter((xid) => hadEnded(xid, '10:14:10,12'))
    expect(ended).toEqual([9n, 11n, 13n])
    expect(hadEnded(10n, '10:10:')).toBe(false)
  })
})
