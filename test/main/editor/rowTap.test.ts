import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Row } from '../../../src/core/editor/contract.ts'
import { decodeRows, encodeRow } from '../../../src/main/editor/rowBytes.ts'
import { RowTap } from '../../../src/main/editor/rowTap.ts'

/** A message that is none of a row: its letter, its length, what it holds. */
function message(letter: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(letter, 'latin1')
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const cell = fc.option(fc.string({ unit: 'binary', maxLength: 20 }), { nil: null })
const sent = fc.array(
  fc.oneof(
    fc.record({ row: fc.array(cell, { maxLength: 5 }) }),
    fc.record({ letter: fc.constantFrom('N', 'C', 's', 'Z', 'd', 'A'), body: fc.uint8Array({ maxLength: 40 }) }),
  ),
  { maxLength: 30 },
)

/** What went where, in order; what the client was given in parts is one text again. */
function collector() {
  const rows: Row[] = []
  const order: string[] = []
  let client = Buffer.alloc(0)
  const tap = new RowTap((bytes) => {
    client = Buffer.concat([client, bytes])
    if (order.at(-1) !== 'client') order.push('client')
  })
  tap.take = (taken) => {
    const decoded = decodeRows(taken)
    expect(decoded).toHaveLength(taken.count)
    rows.push(...decoded)
    order.push(...decoded.map(() => 'row'))
  }
  return { tap, rows, order, client: () => client }
}

describe('what a server sends', () => {
  it('goes to the client, but rows to whoever takes them, wherever the packets end', () => {
    fc.assert(
      fc.property(sent, fc.array(fc.nat({ max: 2_000 })), (messages, cuts) => {
        const parts = messages.map((each) =>
          'row' in each ? encodeRow(each.row).bytes : message(each.letter, Buffer.from(each.body)),
        )
        const all = Buffer.concat(parts)
        const ends = [...new Set([...cuts.map((cut) => Math.min(cut, all.length)), all.length])].sort((a, b) => a - b)
        const { tap, rows, order, client } = collector()
        let from = 0
        for (const end of ends) {
          tap.read(all.subarray(from, end))
          from = end
        }
        expect(rows).toEqual(messages.flatMap((each) => ('row' in each ? [each.row] : [])))
        expect(client()).toEqual(Buffer.concat(parts.filter((_, place) => !('row' in (messages[place] ?? {})))))
        const kinds = messages.map((each) => ('row' in each ? 'row' : 'client'))
        expect(order).toEqual(kinds.filter((kind, place) => kind === 'row' || kinds[place - 1] !== 'client'))
      }),
    )
  })

  it('comes byte by byte as well', () => {
    const { tap, rows, client } = collector()
    const end = message('C', Buffer.from('SELECT 2\0'))
    const all = Buffer.concat([encodeRow(['ä', null]).bytes, encodeRow(['', '2']).bytes, end])
    for (const each of all) tap.read(Buffer.from([each]))
    expect(rows).toEqual([
      ['ä', null],
      ['', '2'],
    ])
    expect(client()).toEqual(end)
  })

  it('goes to the client whole while nobody takes rows', () => {
    const { tap, rows, client } = collector()
    tap.take = null
    const all = Buffer.concat([encodeRow(['1']).bytes, message('Z', Buffer.from('I'))])
    tap.read(all.subarray(0, 3))
    tap.read(all.subarray(3))
    expect([rows, client()]).toEqual([[], all])
  })

  it('is refused where it is no message of PostgreSQL, or longer than can be read', () => {
    expect(() => collector().tap.read(Buffer.from('N\0\0\0\x01xx'))).toThrow('not what a PostgreSQL server sends')
    expect(() => collector().tap.read(Buffer.from('D\x3f\xff\xff\xff\0\x01', 'latin1'))).toThrow('too long to be read')
  })
})
