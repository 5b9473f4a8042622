import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Arranged, Arrangement, Match } from '../../../../src/core/editor/arrange.ts'
import type { Row } from '../../../../src/core/editor/contract.ts'
import { exportFormat } from '../../../../src/core/editor/export.ts'
import { sharedServer } from '../../../ground/shared.ts'
import { openStation, type Station } from '../station.ts'

const server = sharedServer()
let database: string
let station: Station

beforeAll(async () => {
  database = await server.createDatabase()
  station = await openStation({ server, database })
})
afterAll(async () => {
  await station.close()
  await server.dropDatabase(database)
})

async function ran(sql: string, params: { name: string; value: string | null }[] = []) {
  const { results, outcome } = await station.run(sql, { params })
  expect(outcome.failure).toBeNull()
  const [{ result, columns, rows } = { result: null, columns: [], rows: [] }] = results.slice(-1)
  return { result: result ?? '', columns, rows }
}

const arrange = (result: string, arrangement: Partial<Arrangement>): Promise<Arranged> =>
  station.api.editor.arrange({ result, arrangement: { sort: [], filter: [], ...arrangement } })

async function here(result: string, arrangement: Partial<Arrangement>): Promise<string> {
  const arranged = await arrange(result, arrangement)
  if (arranged.kind !== 'here') throw new Error('It was not arranged here.')
  return arranged.result
}

const rowsOf = async (result: string): Promise<Row[]> =>
  (await station.api.editor.rows({ result, from: 0, count: 10_000 })).rows

const big = '9'.repeat(500)

/** Values of each type, with the extremes, some alike and a null. */
const values: readonly (readonly [type: string, values: readonly (string | null)[]])[] = [
  ['smallint', ['-32768', '32767', '0', null, '9', '10']],
  ['integer', ['-2147483648', '2147483647', '0', '9', '10', null]],
  ['bigint', ['9007199254740993', '9007199254740992', '-9223372036854775808', '9223372036854775807', null, '2']],
  ['oid', ['4294967295', '0', '10', '9']],
  [
    'numeric',
    [
      'NaN',
      '9007199254740993',
      '9007199254740992.5',
      '9007199254740992.4',
      '0',
      '-0.5',
      null,
      big,
      `-${big}`,
      '1e-300',
    ],
  ],
  ['numeric', ['Infinity', '-Infinity', 'NaN', '1e400', '-1e400', '10', '9']],
  ['real', ['NaN', 'Infinity', '-Infinity', '1e-30', '10', '9', '-0', null]],
  ['double precision', ['NaN', 'Infinity', '-Infinity', '1.7976931348623157e308', '5e-324', '10', '9', null]],
  ['money', ['-1000', '2', '10', '999999', null]],
  ['boolean', ['t', 'f', null]],
  ['date', ['infinity', '-infinity', '4713-01-01 BC', '0001-12-31 BC', '0001-01-01', '5874897-12-31', null]],
  ['timestamp', ['infinity', '2024-02-29 12:00', '2024-02-29 12:00:00.000001', '0044-03-15 12:00 BC', null]],
  [
    'timestamptz',
    ['2024-06-01 12:00:00.000001+00', '2024-06-01 14:00:00+02', '2024-06-01 11:59+00', '0044-03-15 BC', '-infinity'],
  ],
  ['time', ['24:00:00', '00:00:00.000001', '23:59:59.999999', '00:00', null]],
  ['interval', ['1 mon', '30 days', '29 days 23:59', '-1 day', '1 year -1 day', '00:00:00.000001', '-178000000 years']],
  ['text collate "C"', ['a', 'A', 'Z', 'ä', 'İ', 'ı', '', '\u{1f600}', '\ufffd', null, "x'y"]],
  ['uuid', ['00000000-0000-0000-0000-000000000001', 'ffffffff-0000-0000-0000-000000000000', null]],
  ['bytea', ['\\x00ff', '\\xff', '\\x', '\\x00', null]],
]

describe('what is arranged here stands as the server would put it', () => {
  it.each(values)('%s %j', async (type, list) => {
    const params = list.map((value, place) => ({ name: `$${place + 1}`, value }))
    const base = type.replace(/ collate .*/, '')
    const from = `from (values ${list.map((_, place) => `($${place + 1}::${base})`).join(', ')}) as s (v)`
    const order = (direction: string, nulls: string) =>
      ran(`select v ${from} order by v ${type.slice(base.length)} ${direction} nulls ${nulls}, v::text`, params)
    for (const [direction, nulls] of [
      ['ascending', 'last'],
      ['descending', 'first'],
    ] as const) {
      const wanted = await order(direction.replace('ending', ''), nulls)
      // From another order, in which those that are alike stand as the server has put them.
      const { result } = await ran(`select v ${from} order by v::text`, params)
      const sorted = await here(result, { sort: [{ column: 0, direction, nulls }] })
      expect((await rowsOf(sorted)).map(String)).toEqual(wanted.rows.map(String))
    }
    for (const value of list) {
      if (value === null) continue
      const [shown] = (await ran(`select $1::${base}`, [{ name: '$1', value }])).rows[0] ?? []
      const compare = (sign: string) =>
        ran(
          `select v ${from} where v ${sign} $${list.length + 1}::${base} ${type.slice(base.length)} order by v::text`,
          [...params, { name: `$${list.length + 1}`, value }],
        )
      const greater = await compare('>')
      const equal = await compare('=')
      const { result } = await ran(`select v ${from} order by v::text`, params)
      for (const [is, wanted] of [
        ['greater', greater.rows],
        ['equal', equal.rows],
      ] as const) {
        const filtered = await here(result, { filter: [{ column: 0, is, value: shown ?? '' }] })
        expect(await rowsOf(filtered), `${is} ${shown?.slice(0, 40)}`).toEqual(wanted)
      }
    }
  })

  it('takes numbers as a person writes them', async () => {
    const { result } = await ran(`select * from (values (1000000000000000000000::numeric, 1e21::float8), (1.5, 1.5)) v`)
    const equal = async (column: number, value: string) =>
      (await rowsOf(await here(result, { filter: [{ column, is: 'equal', value }] }))).length
    expect(await equal(0, '1e21')).toBe(1)
    expect(await equal(0, '+.15E1')).toBe(1)
    expect(await equal(0, '1e400')).toBe(0)
    expect(await equal(1, '1e21')).toBe(1)
    for (const value of ['', '0x10', '1e', '1 2', 'one', '1e999999999']) {
      await expect(arrange(result, { filter: [{ column: 0, is: 'equal', value }] })).rejects.toMatchObject({
        fault: { code: 'invalid_input' },
      })
    }
  })

  it('finds and counts capital and small letters of every alphabet', async () => {
    const { result } = await ran(
      `select * from (values ('İstanbul'), ('istanbul'), ('ISTANBUL'), ('ıstanbul'), ('STRASSE'), ('Straße'), (null)) v (word)`,
    )
    const found = async (text: string, matchCase = false): Promise<number[]> => {
      const matches: Match[] = []
      await station.api.editor.find(
        { result, text, matchCase },
        { onEvent: (event) => void matches.push(...event.matches) },
      )
      return matches.map(({ row }) => row)
    }
    expect(await found('istanbul')).toEqual([1, 2])
    expect(await found('İST')).toEqual([0])
    expect(await found('ıst')).toEqual([3])
    expect(await found('ISTANBUL', true)).toEqual([2])
    expect(await found('straße')).toEqual([5])
    const filtered = await here(result, { filter: [{ column: 0, is: 'contains', value: 'ISTANBUL' }] })
    expect(await rowsOf(filtered)).toEqual([['istanbul'], ['ISTANBUL']])
    expect(await station.api.editor.statistics({ result, column: 0 })).toMatchObject({ rows: 7, nulls: 1, distinct: 6 })
  })

  it('counts what no number can be exactly', async () => {
    const { result } = await ran(
      `select * from (values (9007199254740993::numeric, 'NaN'::float8, '1 day'::interval), (9007199254740995, 1, '24:00'),
        ('NaN', 3, null), (null, null, '-1 mon')) v`,
    )
    const of = (column: number) => station.api.editor.statistics({ result, column })
    expect(await of(0)).toMatchObject({ mean: '9007199254740994', min: '9007199254740993', max: 'NaN', nulls: 1 })
    expect(await of(1)).toMatchObject({ mean: '2', max: 'NaN', min: '1' })
    expect(await of(2)).toMatchObject({ mean: null, min: '-1 mons', max: '1 day', distinct: 3 })
  })
})

describe('dates and intervals in a style of the session', () => {
  const dates = ['2024-12-31', '2024-01-02', '2024-02-01']

  it.each([
    ["set datestyle = 'German'", 'date', dates, ['02.01.2024', '01.02.2024', '31.12.2024']],
    ["set datestyle = 'SQL, DMY'", 'date', dates, ['02/01/2024', '01/02/2024', '31/12/2024']],
    ["set intervalstyle = 'iso_8601'", 'interval', ['1 mon', '29 days', '9:00'], ['PT9H', 'P29D', 'P1M']],
    ["set intervalstyle = 'sql_standard'", 'interval', ['9:00', '29 days', '1 mon'], ['9:00:00', '29 0:00:00', '0-1']],
  ] as const)('are put in order by the server: %s', async (style, type, given, shown) => {
    await station.run(style)
    try {
      const literals = given.map((value) => `(${type} '${value}')`)
      const { result } = await ran(`select v from (values ${literals.join(', ')}, (null)) s (v)`)
      const arranged = await arrange(result, {
        sort: [{ column: 0, direction: 'ascending', nulls: 'last' }],
        filter: [{ column: 0, is: 'at most', value: shown[2] }],
      })
      if (arranged.kind !== 'server') throw new Error('It was arranged here.')
      expect(arranged.why).toBe('style')
      // By their texts they can be looked at here.
      const some = await here(result, { filter: [{ column: 0, is: 'contains', value: shown[0] }] })
      expect(await rowsOf(some)).toEqual([[shown[0]]])
      expect((await ran(arranged.sql, arranged.params)).rows).toEqual(shown.map((each) => [each]))
    } finally {
      await station.run('reset datestyle; reset intervalstyle')
    }
  })

  it('are refused of a statement that is none that the server could arrange', async () => {
    await station.run("set datestyle = 'German'")
    try {
      const { result } = await ran(
        "create temp table d as select date '2024-01-01' as day; delete from d returning day",
      )
      await expect(
        arrange(result, { sort: [{ column: 0, direction: 'ascending', nulls: 'last' }] }),
      ).rejects.toMatchObject({ fault: { code: 'refused', message: expect.stringContaining('in a style') } })
    } finally {
      await station.run('reset datestyle')
    }
  })
})

describe('an arranged result', () => {
  const format = exportFormat.parse({ kind: 'csv' })
  const exported = async (result: string, rows: 'shown' | 'again', fileName: string) => {
    const outcome = await station.api.editor.export({ result, format, rows, fileName })
    return { outcome, text: await readFile(join(station.folder, `${fileName}.csv`), 'utf8') }
  }

  it('is exported as it is shown, also where its query was to be run again', async () => {
    const { result } = await ran(`select n, 'w' || n as word from generate_series(1, 3000) n`)
    const arranged = await here(result, {
      sort: [{ column: 0, direction: 'descending', nulls: 'first' }],
      filter: [{ column: 1, is: 'contains', value: '99' }],
    })
    const { text } = await exported(arranged, 'shown', 'arranged')
    const lines = text.trimEnd().split('\n')
    expect(lines.slice(0, 3)).toEqual(['n,word', '2999,w2999', '2998,w2998'])
    expect(lines.at(-1)).toBe('99,w99')
    expect(lines).toHaveLength(58)
    const again = await exported(arranged, 'again', 'again')
    expect(again.text).toBe(text)
    expect(again.outcome?.remarks.join()).toContain('sorted or filtered here')
    // The one that it came from is whole.
    expect((await exported(result, 'shown', 'whole')).text.trimEnd().split('\n')).toHaveLength(3_001)
  })

  it('can be changed at the rows that it shows', async () => {
    await station.run('create table item (id int primary key, name text)')
    await station.run("insert into item select n, 'i' || n from generate_series(1, 50) n")
    const { result } = await ran('select * from item order by id')
    const arranged = await here(result, { sort: [{ column: 0, direction: 'descending', nulls: 'first' }] })
    const outcome = await station.api.editor.applyEdits({
      result: arranged,
      changes: [{ kind: 'update', row: 0, set: [{ column: 1, to: { text: 'last' } }] }],
    })
    expect(outcome.rows).toEqual([['50', 'last']])
  })
})
