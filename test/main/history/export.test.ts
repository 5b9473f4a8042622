import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ExportEvent } from '../../../src/core/exportFile.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { fillHistory } from '../../bench/desk/fillHistory.ts'
import { sharedServer } from '../../ground/shared.ts'
import { startMain } from '../editor/station.ts'
import { remember } from './remembered.ts'

let folder: string
let main: ReturnType<typeof startMain> | undefined
let api: ReturnType<ReturnType<typeof startMain>['join']>['api']

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-test-'))
})
afterEach(async () => {
  await main?.close()
  main = undefined
  rmSync(folder, { recursive: true, force: true })
})

function begin(): void {
  main = startMain(folder)
  api = main.join().api
}

const out = (name: string): string => join(folder, name)
const written = (name: string): string => readFileSync(out(name), 'utf8')

const hostile = `it's "quoted", __proto__,\r\n\u202eback\\slash; --`
const operation = z.looseObject({ operation: z.string(), sql: z.string(), tags: z.array(z.string()) })

describe('an export of the history', () => {
  it('holds what the filters show, oldest first, each whole, and is an operation of its own', async () => {
    const ids = remember(
      folder,
      { sql: 'select 1', daysAgo: 3 },
      { sql: `select '${'x'.repeat(300_000)}'`, daysAgo: 2 },
      { sql: 'drop table visit', status: 'FAILED', error: 'no such table', daysAgo: 1 },
      { sql: 'create table visit ()', objects: { created: ['care.visit'], modified: [], dropped: [] } },
    )
    begin()
    await api.history.mark({ id: ids[0] ?? '', tags: [hostile.trim(), 'b'], note: 'why\0?' })
    const events: ExportEvent[] = []
    const outcome = await api.history.export(
      { format: { kind: 'json' }, path: out('all.json'), ticket: 'OPS-9', justification: 'password = hunter2' },
      { onEvent: (event) => events.push(event) },
    )
    const file = written('all.json')
    const rows = z.array(operation).parse(JSON.parse(file))
    expect(rows.map((row) => row.operation)).toEqual(ids)
    expect(rows[0]).toMatchObject({ tags: ['b', hostile.trim()], note: 'why\ufffd?', duration_ms: 5.25, rows: 3 })
    expect(rows[1]?.sql).toHaveLength(300_009)
    expect(rows[2]).toMatchObject({ status: 'FAILED', error_message: 'no such table' })
    expect(rows[3]).toMatchObject({ objects_created: ['care.visit'], kept: false, note: null })
    expect(outcome).toMatchObject({
      file: out('all.json'),
      operations: 4,
      bytes: Buffer.byteLength(file),
      sha256: createHash('sha256').update(file).digest('hex'),
      recordingFault: null,
    })
    expect(events[0]).toEqual({ kind: 'started', operation: outcome?.operation, file: out('all.json') })

    const record = await api.history.get({ id: outcome?.operation ?? '' })
    expect(record).toMatchObject({
      type: 'EXPORT',
      status: 'COMPLETED',
      rows: 4,
      ticket: 'OPS-9',
      filePath: out('all.json'),
      states: [{ status: 'STARTED' }, { status: 'COMPLETED', recorded: 'local' }],
    })
    expect(JSON.stringify(record)).not.toContain('hunter2')

    await api.history.export({ format: { kind: 'json', form: 'lines' }, path: out('f.jsonl'), statuses: ['FAILED'] })
    expect(operation.parse(JSON.parse(written('f.jsonl'))).operation).toBe(ids[2])
    expect((await api.history.search({ types: ['EXPORT'] })).entries).toHaveLength(2)
  })

  it('is the same list that the search shows, over thousands, with words, tags and time', async () => {
    const cache = openCache(folder)
    fillHistory(cache, 6_000)
    cache.close()
    begin()
    const filters = [
      {},
      { text: 'prescription' },
      { text: 'vi', statuses: ['FAILED' as const] },
      { object: 'care.visit' },
      { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' },
    ]
    for (const [at, filter] of filters.entries()) {
      const shown: string[] = []
      for (let before: number | undefined; ; ) {
        const page = await api.history.search({ ...filter, types: [], limit: 1000, before })
        shown.push(...page.entries.filter(({ type }) => type !== 'EXPORT').map(({ id }) => id))
        if (page.next === null) break
        before = page.next
      }
      const path = out(`${at}.jsonl`)
      await api.history.export({ ...filter, format: { kind: 'json', form: 'lines' }, path })
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
      const exported = lines.map((line) =>
        z.looseObject({ operation: z.string(), type: z.string() }).parse(JSON.parse(line)),
      )
      expect(exported.filter(({ type }) => type !== 'EXPORT').map((each) => each.operation)).toEqual(shown.reverse())
      expect(shown.length, JSON.stringify(filter)).toBeGreaterThan(0)
    }
  })

  it('is read by PostgreSQL: as CSV, as inserts', async () => {
    remember(folder, { sql: hostile, ticket: hostile, user: '=cmd()', daysAgo: 1 }, { sql: "select 'ü'" })
    begin()
    await api.history.export({ format: { kind: 'insert', table: 'operation' }, path: out('inserts.sql') })
    const server = sharedServer()
    const database = await server.createDatabase()
    const client = new pg.Client({ connectionString: server.url(database) })
    await client.connect()
    try {
      const columns = /\(([^)]+)\) values/.exec(written('inserts.sql'))?.[1] ?? ''
      const types: Record<string, string> = {
        started_at: 'timestamptz',
        duration_ms: 'float8',
        rows: 'bigint',
        sql_characters: 'bigint',
        kept: 'boolean',
      }
      const typeOf = (name: string): string => types[name] ?? (/^(objects_|tags)/.test(name) ? 'text[]' : 'text')
      const defined = columns.split(', ').map((name) => `${name} ${typeOf(name.slice(1, -1))}`)
      await client.query(`create table operation (${defined.join(', ')})`)
      await client.query(written('inserts.sql'))
      const { rows } = await client.query('select sql, ticket, user_name, rows from operation order by started_at')
      expect(rows).toEqual([
        { sql: hostile, ticket: hostile, user_name: '=cmd()', rows: '3' },
        { sql: "select 'ü'", ticket: null, user_name: 'ada', rows: '3' },
      ])
    } finally {
      await client.end()
      await server.dropDatabase(database)
    }
    await api.history.export({
      format: { kind: 'csv', safeForSpreadsheets: true, delimiter: ';', byteOrderMark: true },
      path: out('safe.csv'),
      users: ['=cmd()'],
    })
    expect(written('safe.csv').startsWith('\ufeffoperation;started_at;status')).toBe(true)
    expect(written('safe.csv')).toContain(`"'=cmd()"`)
  })

  it('as a script holds what completed as SQL, and all else as comments', async () => {
    const [first] = remember(
      folder,
      { sql: 'create table a ();', daysAgo: 5 },
      { sql: 'drop table\nb', status: 'FAILED', error: 'gone\nfor good', daysAgo: 4 },
      { sql: 'create table c () -- the last;', ticket: 'OPS-1\nselect 1', daysAgo: 3 },
      { sql: 'create table a ()', causedBy: 'x', type: 'AUTO_DDL', daysAgo: 2 },
      { sql: 'select 1', status: 'ROLLED_BACK', daysAgo: 1 },
    )
    begin()
    await api.history.export({ format: { kind: 'script' }, path: out('script.sql') })
    const script = written('script.sql')
    expect(script).toContain(`operation ${first}\ncreate table a ();\n`)
    expect(script).toContain('-- Not completed: gone for good\n-- drop table\n-- b\n')
    expect(script).toContain('create table c () -- the last;\n;\n')
    expect(script).toContain('-- Seen by the database during operation x.\n-- create table a ()\n')
    // Whatever is not a comment is what completed here.
    const lines = script.split('\n').filter((line) => line !== '' && !line.startsWith('--'))
    expect(lines).toEqual(['create table a ();', 'create table c () -- the last;', ';'])
  })

  it('that cannot be written, or is cancelled, leaves no file and says so in the history', async () => {
    const cache = openCache(folder)
    fillHistory(cache, 4_000)
    cache.close()
    begin()
    const format = { kind: 'csv' as const }
    await expect(api.history.export({ format, path: out('none/history.csv') })).rejects.toMatchObject({
      fault: { code: 'ENOENT', message: expect.stringContaining('does not exist') },
    })
    const cancel = new AbortController()
    const exporting = api.history.export(
      { format, path: out('stopped.csv') },
      { signal: cancel.signal, onEvent: () => cancel.abort() },
    )
    await expect(exporting).rejects.toMatchObject({ fault: { code: 'cancelled' } })
    expect(readdirSync(folder).filter((name) => /csv|part/.test(name))).toEqual([])
    const { entries } = await api.history.search({ limit: 2 })
    const details = await Promise.all(entries.map(({ id }) => api.history.get({ id })))
    expect(details.map(({ status, errorCode }) => ({ status, errorCode }))).toEqual([
      { status: 'FAILED', errorCode: '57014' },
      { status: 'FAILED', errorCode: null },
    ])
  })
})
