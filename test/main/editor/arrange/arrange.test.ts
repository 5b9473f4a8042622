import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Arrangement, Match } from '../../../../src/core/editor/arrange.ts'
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

async function resultOf(sql: string, params: { name: string; value: string | null }[] = []): Promise<string> {
  const { results, outcome } = await station.run(sql, { params })
  expect(outcome.failure).toBeNull()
  return results[0]?.result ?? ''
}

async function here(result: string, arrangement: Partial<Arrangement>): Promise<{ result: string; known: number }> {
  const arranged = await station.api.editor.arrange({ result, arrangement: { sort: [], filter: [], ...arrangement } })
  if (arranged.kind !== 'here') throw new Error('It was not arranged here.')
  return arranged
}

const all = async (result: string) => (await station.api.editor.rows({ result, from: 0, count: 10_000 })).rows

describe('a result that fits', () => {
  it('is sorted by several columns and filtered, and the one it came from stays', async () => {
    const result = await resultOf(
      `select n % 3 as rest, n, nullif(n % 5, 0)::numeric as five from generate_series(1, 5000) n`,
    )
    const arranged = await here(result, {
      sort: [
        { column: 2, direction: 'descending', nulls: 'first' },
        { column: 1, direction: 'ascending', nulls: 'last' },
      ],
      filter: [
        { column: 0, is: 'equal', value: '1' },
        { column: 1, is: 'at most', value: '31' },
      ],
    })
    expect(arranged.known).toBe(11)
    expect(await all(arranged.result)).toEqual([
      ['1', '10', null],
      ['1', '25', null],
      ['1', '4', '4'],
      ['1', '19', '4'],
      ['1', '13', '3'],
      ['1', '28', '3'],
      ['1', '7', '2'],
      ['1', '22', '2'],
      ['1', '1', '1'],
      ['1', '16', '1'],
      ['1', '31', '1'],
    ])
    expect((await station.api.editor.rows({ result, from: 0, count: 2 })).rows).toEqual([
      ['1', '1', '1'],
      ['2', '2', '2'],
    ])
    await station.api.editor.release({ result: arranged.result })
    expect((await station.api.editor.rows({ result, from: 4_999, count: 1 })).rows).toEqual([['2', '5000', null]])
  })

  it('keeps its long values whole, and finds in them', async () => {
    const result = await resultOf(
      `select n, case n when 2 then repeat('ä', 1999995) || 'Needle' || repeat('z', 500000) else 'short' end
       from generate_series(1, 3) n`,
    )
    const arranged = await here(result, {
      sort: [{ column: 0, direction: 'descending', nulls: 'last' }],
      filter: [{ column: 1, is: 'contains', value: 'NEEDLE' }],
    })
    expect(arranged.known).toBe(1)
    const { text, length } = await station.api.editor.value({
      result: arranged.result,
      row: 0,
      column: 1,
      from: 1_999_990,
      count: 15,
    })
    expect([text, length]).toEqual(['äääääNeedlezzzz', 2_500_001])
    const matches: Match[] = []
    await station.api.editor.find(
      { result, text: 'äneedlez', matchCase: false },
      { onEvent: (found) => matches.push(...found.matches) },
    )
    expect(matches).toEqual([{ row: 1, column: 1 }])
  })

  it('says what a condition cannot be asked of', async () => {
    const result = await resultOf('select 1 as n')
    await expect(here(result, { filter: [{ column: 0, is: 'equal', value: 'x' }] })).rejects.toMatchObject({
      fault: { code: 'invalid_input', message: '“x” is no integer.' },
    })
  })
})

describe('a larger result', () => {
  it('is arranged by the server, with its names, its parameters and conditions of its own', async () => {
    const result = await resultOf(
      `select n, n::text as n, json_build_object('a', n) as "__proto__", 'o''x' as "a ""b"
       from generate_series(1, $1::int) n -- all of them`,
      [{ name: '$1', value: '100001' }],
    )
    const arranged = await station.api.editor.arrange({
      result,
      arrangement: {
        sort: [
          { column: 2, direction: 'ascending', nulls: 'last' },
          { column: 0, direction: 'descending', nulls: 'first' },
        ],
        filter: [
          { column: 0, is: 'between', value: '99', to: '101' },
          { column: 1, is: 'contains', value: '0' },
          { column: 2, is: 'not null' },
          { column: 3, is: 'equal', value: "o'x" },
        ],
      },
    })
    if (arranged.kind !== 'server') throw new Error('It was arranged here.')
    const { results, outcome } = await station.run(arranged.sql, { params: arranged.params })
    expect(outcome.failure).toBeNull()
    expect(results[0]?.columns.map(({ name }) => name)).toEqual(['n', 'n', '__proto__', 'a "b'])
    expect(results[0]?.rows).toEqual([
      ['100', '100', '{"a" : 100}', "o'x"],
      ['101', '101', '{"a" : 101}', "o'x"],
    ])
  })

  it('of a statement that the server cannot arrange is refused, and stays', async () => {
    const result = await resultOf('create table t (n int); insert into t select generate_series(1, 100001)')
    expect(result).toBe('')
    const { results } = await station.run('update t set n = n + 1 returning n')
    const updated = results[0]?.result ?? ''
    await expect(
      station.api.editor.arrange({
        result: updated,
        arrangement: { sort: [{ column: 0, direction: 'ascending', nulls: 'last' }], filter: [] },
      }),
    ).rejects.toMatchObject({ fault: { code: 'refused', message: expect.stringContaining('100,000') } })
    expect((await station.api.editor.rows({ result: updated, from: 0, count: 1 })).rows).toHaveLength(1)
  })
})

describe('a search', () => {
  it('tells of all places in their order, and where it stopped', async () => {
    const result = await resultOf(`select n, 'x' || n from generate_series(1, 12000) n`)
    await station.api.editor.readOn({ result })
    const matches: Match[] = []
    const search = (text: string, matchCase = false) =>
      station.api.editor.find({ result, text, matchCase }, { onEvent: (found) => void matches.push(...found.matches) })
    expect(await search('X1199')).toEqual({ rows: 12_000, capped: false })
    expect(matches.map(({ row }) => row)).toEqual([1198, ...Array.from({ length: 10 }, (_, n) => 11_989 + n)])
    matches.length = 0
    expect(await search('X1199', true)).toEqual({ rows: 12_000, capped: false })
    expect(matches).toEqual([])
    expect(await search('x')).toMatchObject({ capped: true })
    expect(matches).toHaveLength(10_000)
  })

  it('ends when nobody waits for it, and when its result goes', async () => {
    const result = await resultOf(`select n, repeat('x', 500) from generate_series(1, 60000) n`)
    await station.api.editor.readOn({ result })
    const stop = new AbortController()
    const search = station.api.editor.find({ result, text: 'nowhere', matchCase: false }, { signal: stop.signal })
    stop.abort()
    await expect(search).rejects.toMatchObject({ fault: { code: 'cancelled' } })
    const replaced = station.api.editor.statistics({ result, column: 1 })
    await Promise.all([
      expect(replaced).rejects.toMatchObject({ fault: { code: 'not_found' } }),
      station.run('select 1'),
    ])
  })
})

describe('statistics of a column', () => {
  it('are of the rows that were read so far, and say so', async () => {
    const result = await resultOf('select nullif(n % 4, 0) as n from generate_series(1, 3000) n')
    expect(await station.api.editor.statistics({ result, column: 0 })).toMatchObject({ rows: 200, done: false })
    await station.api.editor.readOn({ result })
    expect(await station.api.editor.statistics({ result, column: 0 })).toEqual({
      rows: 3_000,
      done: true,
      nulls: 750,
      distinct: 3,
      capped: false,
      min: '1',
      max: '3',
      mean: '2',
      top: [
        { value: '1', count: 750 },
        { value: '2', count: 750 },
        { value: '3', count: 750 },
      ],
    })
  })
})
