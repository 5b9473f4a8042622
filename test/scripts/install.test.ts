import { describe, expect, it } from 'vitest'
import { findMissing } from '../../scripts/install.js'

const lock = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/pg': { version: '8.0.0', integrity: 'sha512-a' },
    'node_modules/pg/node_modules/split': { version: '4.0.0', integrity: 'sha512-b' },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  },
}
const installed = {
  packages: {
    'node_modules/pg': { version: '8.0.0', integrity: 'sha512-a' },
    'node_modules/pg/node_modules/split': { version: '4.0.0', integrity: 'sha512-b' },
  },
}

describe('what is missing in node_modules', () => {
  it('is nothing when all is there, whatever else is', () => {
    expect(findMissing(lock, installed)).toEqual([])
    expect(
      findMissing(lock, { packages: { ...installed.packages, 'node_modules/more': { version: '1.0.0' } } }),
    ).toEqual([])
  })

  it('is everything on a fresh clone, and what is not optional later', () => {
    expect(findMissing(lock, null)).toEqual(Object.keys(lock.packages).slice(1))
    expect(findMissing(lock, { packages: {} })).toEqual(['node_modules/pg', 'node_modules/pg/node_modules/split'])
  })

  it.each([
    ['another version', { version: '7.9.9', integrity: 'sha512-a' }],
    ['another content of the same version', { version: '8.0.0', integrity: 'sha512-other' }],
  ])('is what is there in %s', (_, found) => {
    const changed = { packages: { ...installed.packages, 'node_modules/pg': found } }
    expect(findMissing(lock, changed)).toEqual(['node_modules/pg'])
  })

  it('takes an optional package that is there in another version for outdated', () => {
    const changed = { packages: { ...installed.packages, 'node_modules/for-another-platform': { version: '0.9.0' } } }
    expect(findMissing(lock, changed)).toEqual(['node_modules/for-another-platform'])
  })
})
