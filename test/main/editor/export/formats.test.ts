import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ExcelJS from 'exceljs'
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Column, Row } from '../../../../src/core/editor/contract.ts'
import { microsecondsOf } from '../../../../src/main/editor/export/moments.ts'
import { parquetWriter } from '../../../../src/main/editor/export/parquet.ts'
import type { FormatWriter } from '../../../../src/main/editor/export/writer.ts'
import { xlsxWriter } from '../../../../src/main/editor/export/xlsx.ts'

const column = (name: string, type: string, typeOid: number): Column => ({ name, type, typeOid })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-formats-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(writer: FormatWriter, columns: Column[], rows: Row[], pageSize = 2) {
  const chunks: Buffer[] = []
  async function* pages(): AsyncGenerator<Row[]> {
    for (let at = 0; at < rows.length; at += pageSize) yield rows.slice(at, at + pageSize)
  }
  const remarks = await writer({ columns, pages: pages() }, async (bytes) => {
    chunks.push(Buffer.from(bytes))
  })
  return { bytes: Buffer.concat(chunks), remarks }
}

async function workbookOf(bytes: Buffer): Promise<ExcelJS.Workbook> {
  const file = join(folder, 'read.xlsx')
  await writeFile(file, bytes)
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.readFile(file)
  return workbook
}

async function parquetRows(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const copy = new Uint8Array(bytes)
  const file: AsyncBuffer = { byteLength: copy.byteLength, slice: (start, end) => copy.slice(start, end).buffer }
  return await parquetReadObjects({ file, utf8: false })
}

describe('an Excel workbook', () => {
  const columns = [
    column('n', 'integer', 23),
    column('exact', 'numeric', 1700),
    column('ok', 'boolean', 16),
    column('day', 'date', 1082),
    column('at', 'timestamp without time zone', 1114),
    column('zoned', 'timestamp with time zone', 1184),
    column('text', 'text', 25),
  ]

  it('has numbers, truth values and dates as what they are, and everything else as a text', async () => {
    const { bytes, remarks } = await written(xlsxWriter(), columns, [
      ['-42', '1.10', 't', '2024-02-29', '2024-02-29 12:30:00.5', '2024-02-29 12:30:00+01', 'a & <b> "c" \'d\''],
      ['1', '12345678901234567890.123', 'f', 'infinity', '-infinity', 'infinity', '=1+1'],
      [null, 'NaN', null, '0044-03-15 BC', '1850-01-01 00:00:00', null, ''],
    ])
    const sheet = (await workbookOf(bytes)).getWorksheet('Result')
    const values = (row: number) => columns.map((_, index) => sheet?.getCell(row, index + 1).value)
    expect(values(1)).toEqual(columns.map(({ name }) => name))
    expect(values(2)).toEqual([
      -42,
      1.1,
      true,
      new Date('2024-02-29T00:00:00Z'),
      new Date('2024-02-29T12:30:00.500Z'),
      '2024-02-29 12:30:00+01',
      'a & <b> "c" \'d\'',
    ])
    expect(values(3)).toEqual([1, '12345678901234567890.123', false, 'infinity', '-infinity', 'infinity', '=1+1'])
    expect(values(4)).toEqual([null, 'NaN', null, '0044-03-15 BC', '1850-01-01 00:00:00', null, null])
    // The reader takes an empty text for nothing; the file tells them apart.
    expect(await partOf(bytes, 'xl/worksheets/sheet1.xml')).toContain(
      '<c r="G4" s="4" t="inlineStr"><is><t xml:space="preserve"></t></is></c></row>',
    )
    expect(sheet?.getCell(3, 7).type).toBe(ExcelJS.ValueType.String)
    // A date that does not fit into its column is shown as # alone.
    expect([4, 5].map((place) => sheet?.getColumn(place).width ?? 0)).toEqual([12, 25])
    expect(remarks).toEqual([])
  })

  it('has what is too small or too large for its numbers as texts, and zero as a number', async () => {
    const small = `0.${'0'.repeat(399)}1`
    const values = ['0', '-0', '0.000', '0e0', small, `-${small}`, '1e-310', '1e+301', '1e-300', '999999999999999']
    const { bytes } = await written(
      xlsxWriter(),
      [column('n', 'numeric', 1700)],
      values.map((value): Row => [value]),
    )
    const sheet = (await workbookOf(bytes)).getWorksheet(1)
    expect(values.map((_, index) => sheet?.getCell(index + 2, 1).value)).toEqual([
      0,
      -0,
      0,
      0,
      small,
      `-${small}`,
      '1e-310',
      '1e+301',
      1e-300,
      999999999999999,
    ])
  })

  it('keeps the microseconds of a timestamp in the number that stands for it', async () => {
    const at = '2026-11-21 16:45:27.123457'
    const { bytes } = await written(xlsxWriter(), [column('at', 'timestamp', 1114)], [[at]])
    await writeFile(join(folder, 'raw.xlsx'), bytes)
    const sheet = (await workbookOf(bytes)).getWorksheet(1)
    expect(sheet?.getCell(2, 1).value).toBeInstanceOf(Date)
    const xml = await partOf(bytes, 'xl/worksheets/sheet1.xml')
    const serial = Number(/<v>([\d.]+)<\/v>/.exec(xml)?.[1])
    expect(BigInt(Math.round((serial - 25_569) * 86_400e6))).toBe(microsecondsOf(at))
  })

  it('writes what XML cannot hold in the way of Excel, and reads like that as what it is', async () => {
    const { bytes } = await written(
      xlsxWriter(),
      [column('t', 'text', 25)],
      [['bell\u0007 line\r\nend\ttab \u202eevil _x0041_ 😀']],
    )
    const xml = await partOf(bytes, 'xl/worksheets/sheet1.xml')
    expect(xml).toContain('bell_x0007_ line_x000D_\nend\ttab \u202eevil _x005F_x0041_ 😀')
  })

  it('goes on in further sheets, and says so', async () => {
    const rows = Array.from({ length: 7 }, (_, index): Row => [String(index)])
    const { bytes, remarks } = await written(
      xlsxWriter({ rows: 4, columns: 10, cell: 32_767 }),
      [column('n', 'integer', 23)],
      rows,
    )
    const workbook = await workbookOf(bytes)
    expect(workbook.worksheets.map(({ name, rowCount }) => [name, rowCount])).toEqual([
      ['Result', 4],
      ['Result 2', 4],
      ['Result 3', 2],
    ])
    expect(workbook.getWorksheet('Result 3')?.getCell(2, 1).value).toBe(6)
    expect(remarks).toEqual(['A sheet holds 3 rows: the result goes on in 3 sheets.'])
    // Exactly full is no reason for another one.
    const full = await written(
      xlsxWriter({ rows: 4, columns: 10, cell: 9 }),
      [column('n', 'integer', 23)],
      rows.slice(0, 3),
    )
    expect((await workbookOf(full.bytes)).worksheets).toHaveLength(1)
  })

  it('cuts what no cell can hold, and says so; refuses more columns than a sheet has', async () => {
    const { bytes, remarks } = await written(xlsxWriter(), [column('t', 'text', 25)], [['x'.repeat(40_000)]])
    expect(String((await workbookOf(bytes)).getWorksheet(1)?.getCell(2, 1).value)).toHaveLength(32_767)
    expect(remarks[0]).toContain('1 value was cut to 32,767 characters')
    // Between the halves of a character, no half of it is left.
    const between = await written(xlsxWriter(), [column('t', 'text', 25)], [[`${'x'.repeat(32_766)}😀`]])
    expect((await workbookOf(between.bytes)).getWorksheet(1)?.getCell(2, 1).value).toBe('x'.repeat(32_766))
    const wide = Array.from({ length: 11 }, (_, index) => column(`c${index}`, 'text', 25))
    await expect(written(xlsxWriter({ rows: 4, columns: 10, cell: 9 }), wide, [])).rejects.toMatchObject({
      fault: { code: 'unsupported', message: expect.stringContaining('11 columns') },
    })
  })

  it('has a header alone for no rows, and 1,600 columns', async () => {
    const wide = Array.from({ length: 1_600 }, (_, index) => column(`c${index}`, 'integer', 23))
    const { bytes } = await written(xlsxWriter(), wide, [wide.map((_, index) => String(index))])
    const sheet = (await workbookOf(bytes)).getWorksheet(1)
    expect(sheet?.getCell(2, 1_600).value).toBe(1_599)
    const empty = await written(xlsxWriter(), columns, [])
    expect((await workbookOf(empty.bytes)).getWorksheet(1)?.rowCount).toBe(1)
  })
})

describe('Parquet', () => {
  const columns = [
    column('id', 'bigint', 20),
    column('small', 'smallint', 21),
    column('money', 'numeric(12,2)', 1700),
    column('huge', 'numeric(38,10)', 1700),
    column('free', 'numeric', 1700),
    column('float', 'double precision', 701),
    column('ok', 'boolean', 16),
    column('day', 'date', 1082),
    column('at', 'timestamp with time zone', 1184),
    column('bytes', 'bytea', 17),
    column('uuid', 'uuid', 2950),
    column('doc', 'jsonb', 3802),
    column('id', 'text[]', 1009),
    column('__proto__', 'text', 25),
  ]
  const row: Row = [
    '9223372036854775807',
    '-32768',
    '-1234567890.12',
    '-1234567890123456789012345678.0123456789',
    '0.1000',
    '-1e-300',
    't',
    '0044-03-15 BC',
    '2024-02-29 12:30:00.000001+01',
    '\\x00ff',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    '{"n": 12345678901234567890}',
    '{a,NULL}',
    'p',
  ]

  it('keeps every value, by types of its own or as text', async () => {
    const { bytes, remarks } = await written(parquetWriter(false), columns, [row, row.map(() => null), row])
    const [first, second] = await parquetRows(bytes)
    const metadata = await parquetMetadataAsync({
      byteLength: bytes.length,
      slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
    })
    expect(metadata.num_rows).toBe(3n)
    expect(
      metadata.schema
        .slice(1)
        .map(({ type, converted_type, logical_type, scale }) => [type, converted_type ?? logical_type?.type, scale]),
    ).toEqual([
      ['INT64', undefined, undefined],
      ['INT32', undefined, undefined],
      ['INT64', 'DECIMAL', 2],
      ['FIXED_LEN_BYTE_ARRAY', 'DECIMAL', 10],
      ['BYTE_ARRAY', 'UTF8', undefined],
      ['DOUBLE', undefined, undefined],
      ['BOOLEAN', undefined, undefined],
      ['INT32', 'DATE', undefined],
      ['INT64', 'TIMESTAMP', undefined],
      ['BYTE_ARRAY', undefined, undefined],
      ['FIXED_LEN_BYTE_ARRAY', 'UUID', undefined],
      ['BYTE_ARRAY', 'UTF8', undefined],
      ['BYTE_ARRAY', 'UTF8', undefined],
      ['BYTE_ARRAY', 'UTF8', undefined],
    ])
    expect(metadata.schema.slice(1).map(({ name }) => name)).toContain('id_2')
    expect(first).toMatchObject({
      id: 9223372036854775807n,
      small: -32768,
      free: '0.1000',
      float: -1e-300,
      ok: true,
      day: new Date('-000043-03-15T00:00:00Z'),
      uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      doc: '{"n": 12345678901234567890}',
      id_2: '{a,NULL}',
    })
    expect(first?.['money']).toBeCloseTo(-1234567890.12, 2)
    expect(first?.['bytes']).toEqual(Uint8Array.of(0, 255))
    expect(first?.['at']).toEqual(new Date('2024-02-29T11:30:00.000Z'))
    expect(Object.values(second ?? {}).every((value) => value === null || value === undefined)).toBe(true)
    expect(remarks).toEqual(['1 column shares its name with another one: it has a number behind it.'])
  })

  it('refuses what a type of it cannot hold, naming row and column, and takes it as text', async () => {
    const moments = [column('at', 'timestamp without time zone', 1114)]
    const rows: Row[] = [['2024-01-01 00:00:00'], [null], ['infinity']]
    await expect(written(parquetWriter(false), moments, rows)).rejects.toMatchObject({
      fault: {
        code: 'unsupported',
        message: expect.stringContaining('Row 3 has infinity in the column "at"'),
        hint: expect.stringContaining('as text'),
      },
    })
    const { bytes } = await written(parquetWriter(true), moments, rows)
    expect((await parquetRows(bytes)).map(({ at }) => at ?? null)).toEqual(['2024-01-01 00:00:00', null, 'infinity'])
    await expect(written(parquetWriter(false), [column('n', 'numeric(4,2)', 1700)], [['NaN']])).rejects.toMatchObject({
      fault: { message: expect.stringContaining('NaN') },
    })
  })

  it('comes in row groups, so that it need not fit into memory', async () => {
    const rows = Array.from({ length: 25 }, (_, index): Row => [String(index)])
    const { bytes } = await written(
      parquetWriter(false, { rows: 10, characters: 1_000 }),
      [column('n', 'integer', 23)],
      rows,
      7,
    )
    expect((await parquetRows(bytes)).map(({ n }) => n)).toEqual(rows.map(([n]) => Number(n)))
    const metadata = await parquetMetadataAsync({
      byteLength: bytes.length,
      slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
    })
    expect(metadata.row_groups.map(({ num_rows }) => num_rows)).toEqual([10n, 10n, 5n])
  })

  it('has a schema alone for no rows, and refuses a result without columns', async () => {
    const { bytes } = await written(parquetWriter(false), columns, [])
    expect(await parquetRows(bytes)).toEqual([])
    await expect(written(parquetWriter(false), [], [[], []])).rejects.toMatchObject({ fault: { code: 'unsupported' } })
  })
})

it('reads moments as PostgreSQL prints them, and no others', () => {
  expect(microsecondsOf('1970-01-01')).toBe(0n)
  expect(microsecondsOf('2024-02-29 12:00:00.000001+01')).toBe(1709204400000001n)
  expect(microsecondsOf('1969-12-31 23:59:59.999999-00:30')).toBe(1_799_999_999n)
  expect(microsecondsOf('294276-12-31 23:59:59')).toBe(9224318015999000000n)
  expect(microsecondsOf('4714-11-24 00:00:00 BC')).toBe(-210866803200000000n)
  for (const text of ['infinity', '-infinity', '29.02.2024', 'Thu Feb 29 2024', ''])
    expect(microsecondsOf(text)).toBeNull()
})

async function partOf(bytes: Buffer, name: string): Promise<string> {
  const { inflateRawSync } = await import('node:zlib')
  const file = join(folder, 'part.xlsx')
  await writeFile(file, bytes)
  const archive = await readFile(file)
  const at = archive.indexOf(name)
  const start = at + name.length + archive.readUInt16LE(at - 2)
  return inflateRawSync(archive.subarray(start)).toString('utf8')
}
