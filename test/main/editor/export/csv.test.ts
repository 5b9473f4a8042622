import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Column, Row } from '../../../../src/core/editor/contract.ts'
import { csvEncoder } from '../../../../src/core/editor/encode/csv.ts'
import { encodeAll } from '../../../../src/core/editor/encode/encoder.ts'
import { csvFormat } from '../../../../src/core/exportFile.ts'
import { writeCsv } from '../../../../src/main/editor/export/csv.ts'
import { encodeRow } from '../../../../src/main/editor/rowBytes.ts'
import { Spool } from '../../../../src/main/editor/spool.ts'
import { SpoolFolder } from '../../../../src/main/editor/spoolFile.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-csv-'))
})
afterAll(() => rm(folder, { recursive: true }))

const columns: Column[] = [
  { name: 'a "name"', type: 'text', typeOid: 25 },
  { name: 'n', type: 'integer', typeOid: 23 },
  { name: '=b', type: 'text', typeOid: 25 },
]

async function written(format: unknown, rows: readonly Row[]): Promise<string> {
  const instance = randomUUID()
  const spool = new Spool(new SpoolFolder(folder, { instance, isAlive: (id) => id === instance }).file())
  for (const row of rows) spool.push(encodeRow(row))
  const chunks: Buffer[] = []
  async function* parts() {
    yield* spool.bytes()
  }
  await writeCsv(
    csvFormat.parse(format),
    { columns, rows: parts(), pieces: (value) => spool.pieces(value) },
    async (bytes) => {
      chunks.push(Buffer.from(bytes))
    },
  )
  spool.release()
  return Buffer.concat(chunks).toString()
}

const hostile = fc.constantFrom('', ' ', 'a ', '\t', '\\.', 'NUL', '"', "'", ',', ';', '\n', '\r', '=1', '-2', '+', '@')
const text = fc.oneof(hostile, fc.string({ unit: 'grapheme', maxLength: 12 }))
const cell = fc.option(text, { nil: null })

it('rows are written from their bytes as from their texts, with every choice of format', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 20 }),
      fc.record({
        kind: fc.constant('csv'),
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
        header: fc.boolean(),
        quote: fc.constantFrom('"', "'"),
        nullText: fc.constantFrom('', 'NUL', '∅'),
        lineEnd: fc.constantFrom('\n', '\r\n'),
        safeForSpreadsheets: fc.boolean(),
      }),
      async (rows, format) => {
        expect(await written(format, rows)).toBe(encodeAll(csvEncoder(columns, csvFormat.parse(format)), rows))
      },
    ),
  )
})

it('an empty text is no formula, whatever stands in memory behind the last row', async () => {
  const { bytes: row } = encodeRow(['', null, ''])
  const bytes = Buffer.concat([row, Buffer.from('=')])
  const chunks: string[] = []
  async function* rows() {
    yield { bytes, start: 0, end: row.length, count: 1 }
  }
  await writeCsv(
    csvFormat.parse({ kind: 'csv', header: false, safeForSpreadsheets: true }),
    { columns, rows: rows(), pieces: () => [] },
    async (some) => {
      chunks.push(Buffer.from(some).toString())
    },
  )
  expect(chunks.join('')).toBe('"",,""\n')
})

it('values that stand apart from their rows are written whole, quoted only where they need to be', async () => {
  const long = `é${'x'.repeat(2_500_000)}`
  const rows: Row[] = [
    [long, '1', `${long}"${long}`],
    [`=${long}`, null, `${long} `],
    ['short', '3', ''],
  ]
  for (const safeForSpreadsheets of [false, true]) {
    const format = { kind: 'csv', safeForSpreadsheets }
    const wanted = encodeAll(csvEncoder(columns, csvFormat.parse(format)), rows)
    // Texts of megabytes make no message that helps.
    expect((await written(format, rows)) === wanted).toBe(true)
  }
})
