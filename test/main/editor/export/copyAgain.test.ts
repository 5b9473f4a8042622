import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ExportFormat } from '../../../../src/core/editor/export.ts'
import { sharedServer } from '../../../ground/shared.ts'
import { installTracking, look, openStation, type Station } from '../station.ts'

const server = sharedServer(18)
let database: string
let station: Station
let folder: string

beforeAll(async () => {
  database = await server.createDatabase()
  await installTracking(server, database)
})
afterAll(() => server.dropDatabase(database))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-again-'))
  station = await openStation({ server, database })
})
afterEach(async () => {
  await station.close()
  await rm(folder, { recursive: true })
})

async function exported(sql: string, options: Partial<Extract<ExportFormat, { kind: 'csv' }>> = {}, more = {}) {
  const { outcome, results } = await station.run(sql, more)
  expect(outcome.failure).toBeNull()
  const path = join(folder, 'out.csv')
  const done = await station.api.editor.export({
    result: results.at(-1)?.result ?? '',
    format: { kind: 'csv', ...options },
    rows: 'again',
    path,
    ticket: 'OPS-3',
  })
  return { done, text: await readFile(path, 'utf8') }
}

const ranAgain = ['The query was run again, in one snapshot.']

describe('a query that is run again to be written', () => {
  it('is written as the result would be, counted, hashed and recorded', async () => {
    const sql = `select n, case n % 3 when 0 then null when 1 then '' else E'a;"b"\\n' || n end as "t;", 'NUL' as nul
      from generate_series(1, 50000) n -- the end`
    const { done, text } = await exported(sql, { delimiter: ';', nullText: 'NUL', byteOrderMark: true })
    expect(done).toMatchObject({ rows: 50_000, remarks: ranAgain, recorded: 'server', bytes: Buffer.byteLength(text) })
    expect(done?.sha256).toBe(createHash('sha256').update(text).digest('hex'))
    expect(text.slice(0, 61)).toBe('\ufeffn;"t;";nul\n1;;"NUL"\n2;"a;""b""\n2";"NUL"\n3;NUL;"NUL"\n4;;"NUL"')
    const detail = await station.detail(done?.operation ?? '')
    expect(detail).toMatchObject({ type: 'EXPORT', status: 'COMPLETED', rows: 50_000, ticket: 'OPS-3' })
    expect(detail.sql).toMatch(/^-- export as CSV to .*, run again\n/)
    expect(
      await look(server, database, "select 1 from pg_stat_activity where application_name like '%export%'"),
    ).toEqual([])
  })

  it('leaves the result where it is: the grid reads on', async () => {
    const { outcome: _, results } = await station.run('select n from generate_series(1, 30000) n')
    const result = results[0]?.result ?? ''
    await station.api.editor.export({ result, format: { kind: 'csv' }, rows: 'again', path: join(folder, 'x') })
    expect(await station.api.editor.rows({ result, from: 29_999, count: 1 })).toMatchObject({ rows: [['30000']] })
  })

  it('is not, where the rows could be others: those of the result are written, and why is said', async () => {
    await look(
      server,
      database,
      'create schema if not exists other; create table other.t as select 2 as a; create table public.t as select 1 as a',
    )
    for (const [sql, reason, more] of [
      ['select * from t where a = :a', 'parameters', { params: [{ name: 'a', value: '1' }] }],
      ['begin; select * from t', 'transaction open', {}],
      ['rollback; select * from t for update', 'does more than to select|not the result of a plain select', {}],
      ['insert into t values (1) returning a', 'not the result of a plain select', {}],
      ["select set_config('search_path', 'other', false); select * from t", 'settings or objects of its own', {}],
    ] as const) {
      const { done, text } = await exported(sql, {}, more)
      expect(done?.remarks.join(), sql).toMatch(new RegExp(`^The rows are those of the result: .*(${reason})`))
      expect(text).toMatch(sql.includes('set_config') ? /^a\n2\n$/ : /^a\n1\n/)
    }
  })

  it('that would change something stops, and leaves no file', async () => {
    await look(server, database, 'create sequence s')
    await expect(exported("select nextval('s') from generate_series(1, 2)")).rejects.toThrow('read-only transaction')
    expect(await readdir(folder)).toEqual([])
  })

  it('that is cancelled ends at the server, and leaves no file', async () => {
    const { results } = await station.run('select generate_series(1, 500000000) as n')
    const own = new AbortController()
    const work = station.api.editor.export(
      { result: results[0]?.result ?? '', format: { kind: 'csv' }, rows: 'again', path: join(folder, 'x') },
      { signal: own.signal, onEvent: (event) => event.kind === 'progress' && own.abort() },
    )
    await expect(work).rejects.toThrow('cancelled')
    expect(await readdir(folder)).toEqual([])
  })
})
