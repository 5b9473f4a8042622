import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../../src/core/logs/normalise.ts'
import { Fingerprints } from '../../../src/main/logs/fingerprints.ts'

/** What statements are made of, and what makes them hard to tell apart. */
const pieces = [
  ...[
    'select',
    ' ',
    '1',
    '22',
    '1.5',
    '.5',
    '1e5',
    '5_000',
    '0xff',
    't1',
    't2',
    "'a'",
    "'b 7'",
    "''",
    "'",
    "e'\\'",
    '"c 1"',
  ],
  ...[
    '"c 2"',
    '"c1"',
    '"c2"',
    '"1"',
    '"2"',
    '"',
    '$1',
    '$q$ 1 $q$',
    '--x\n',
    '-- 3',
    '/* 4 */',
    '/*',
    '-',
    '+',
    '(',
    ')',
    ',',
    ';',
    '?',
    '***',
    '.',
    '[',
    ':',
    'ä',
    'U&',
    '\n\t',
  ],
]
const statement = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''))

describe('the fingerprint of a statement', () => {
  it('is that of what it is without its values, whatever came before it', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 60 }), (statements) => {
        const fingerprints = new Fingerprints(false)
        for (const sql of statements) {
          const hash = createHash('sha256').update(normalise(sql)).digest()
          expect(fingerprints.of(sql), sql).toBe(hash.readBigInt64BE(0).toString())
        }
      }),
      { numRuns: 300 },
    )
  })

  it('brings each statement once, the first time that it comes', () => {
    const fingerprints = new Fingerprints(false)
    for (const n of [1, 2, 3]) fingerprints.of(`select * from shop where id = ${n} and name = 'x${n}'`)
    expect(fingerprints.take().map(({ statement: each }) => each)).toEqual([
      'select * from shop where id = ? and name = ?',
    ])
    fingerprints.of("select * from shop where id = 4 and name = 'y'")
    expect(fingerprints.take()).toEqual([])
  })
})
