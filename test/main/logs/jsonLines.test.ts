import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { detectFormat } from '../../../src/core/logs/detect.ts'
import { unpack } from '../../../src/main/logs/unpack/unpack.ts'
import { readLog } from '../../core/logs/read.ts'

async function unpacked(text: string, length = text.length): Promise<string> {
  const bytes = Buffer.from(text)
  const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  )
  const chunks: Uint8Array[] = []
  for await (const chunk of unpack(Readable.from(pieces))) chunks.push(chunk.slice())
  return Buffer.concat(chunks).toString()
}

const record = (statement: string) => ({
  time: '2026-11-21T10:00:00.000Z',
  category: 'PostgreSQLLogs',
  properties: {
    message: `2026-11-21 10:00:00.823 UTC [7] LOG:  statement: ${statement}`,
    errorLevel: 'LOG',
    tags: [{ a: [] }, {}],
  },
})
const statements = ["select 'ä€😀 }]\\\"{['", 'select \'{"records":[{}]}\'', 'select\n  \\\\ 3']
const records = statements.map(record)
const lines = records.map((each) => `${JSON.stringify(each)}\n`).join('')

it.each([
  ['an array', JSON.stringify(records)],
  ['an array over many lines', JSON.stringify(records, null, 2)],
  ['{"records":[…]}', JSON.stringify({ records })],
  ['{"records":[…]} over many lines', `\ufeff${JSON.stringify({ records, more: [{ a: 1 }].length }, null, 4)}\r\n`],
  ['several {"records":[…]}', records.map((each) => JSON.stringify({ records: [each] })).join('\n')],
  ['objects over many lines', records.map((each) => JSON.stringify(each, null, 2)).join('\n')],
])('%s of Azure is read as one object a line, whatever the pieces in which it comes', async (_, text) => {
  for (const length of [1, 7, 100_000]) expect(await unpacked(text, length)).toBe(lines)
  const { format, prefix, explains } = detectFormat(lines)
  expect({ format, explains }).toEqual({ format: 'azure', explains: 1 })
  expect(readLog(await unpacked(text), { format, prefix }).events.map(({ statement }) => statement)).toEqual(statements)
})

it.each([
  ['stderr', '[local] LOG:  statement: select 1\n'],
  ['one object a line', lines],
  ['one object a line, with blanks', '{ "a": 1 }\n{ "a": [ 2 ] }\n'],
  ['nothing', ''],
  ['a blank', ' '],
])('%s stays as it is', async (_, text) => {
  expect(await unpacked(text, 3)).toBe(text)
})

it('an array that is cut gives its whole objects, and the beginning of the last one, which waits', async () => {
  const text = JSON.stringify(records)
  const cut = await unpacked(text.slice(0, -30))
  expect(lines.startsWith(cut)).toBe(true)
  expect(cut.split('\n')).toHaveLength(3)
})

it('whatever stands in an array of objects, each comes out as it went in', async () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(
      objects,
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom(0, 1, 4),
      async (each, length, indent) => {
        const out = await unpacked(JSON.stringify(each, null, indent), length)
        expect(out).toBe(each.map((object) => `${JSON.stringify(object)}\n`).join(''))
      },
    ),
  )
})
