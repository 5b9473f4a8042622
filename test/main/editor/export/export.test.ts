import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import ExcelJS from 'exceljs'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ExportEvent } from '../../../../src/core/editor/export.ts'
import { sharedServer } from '../../../ground/shared.ts'
import { installTracking, look, openStation, type Station } from '../station.ts'

const server = sharedServer(18)
let database: string
let station: Station
let folder: string

beforeAll(async () => {
  database = await server.createDatabase()
  await installTracking(server, database)
  station = await openStation({ server, database })
})
afterAll(async () => {
  await station.close()
  await server.dropDatabase(database)
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-export-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function ran(sql: string): Promise<string> {
  const { outcome, results } = await station.run(sql)
  expect(outcome.failure).toBeNull()
  const result = results.at(-1)?.result
  if (result == null) throw new Error('The statement returned no rows.')
  return result
}

const csv = { kind: 'csv' as const }

describe('an export', () => {
  it('as inserts is read back as the same days and numbers whatever style the tab writes dates in', async () => {
    const lone = await openStation({ server, database })
    const client = new pg.Client({ connectionString: server.url(database) })
    await client.connect()
    try {
      const values = "date '2024-03-02' as d, daterange('2024-03-02', '2024-04-05') as r, '-0'::float8 as f"
      await client.query(`create temporary table back as select ${values} limit 0`)
      for (const style of ['SQL, DMY', 'German', 'ISO, DMY']) {
        const path = join(folder, 'days.sql')
        await lone.run(`set datestyle = '${style}'`)
        const { results } = await lone.run(`select ${values}`)
        const format = { kind: 'insert' as const, table: 'back' }
        await lone.api.editor.export({ result: results[0]?.result ?? '', format, path })
        await client.query(await readFile(path, 'utf8'))
        const { rows } = await client.query(`
          select d = '2024-03-02' as day, r = '[2024-03-02,2024-04-05)' as range, f::text as float from back`)
        expect(rows, style).toEqual([{ day: true, range: true, float: '-0' }])
        await client.query('truncate back; reset datestyle')
      }
    } finally {
      await client.end()
      await lone.close()
    }
  })

  it('holds every row of the result as it is, whatever was scrolled to', async () => {
    const query = `select n, case n % 3 when 0 then null when 1 then '' else E'a,"b"\\n' || n end as t,
        n::numeric / 7 as exact, array[n, null] as list, ('{"n": ' || n || '}')::jsonb as doc,
        'epoch'::timestamptz + n * interval '1.000001 s' as at, decode(lpad(to_hex(n), 8, '0'), 'hex') as bytes,
        E'\\u202e =' || n as odd
      from generate_series(1, 30000) n`
    const path = join(folder, 'all.csv')
    const events: ExportEvent[] = []
    const outcome = await station.api.editor.export(
      { result: await ran(query), format: csv, path },
      { onEvent: (event) => events.push(event) },
    )
    expect(outcome).toMatchObject({ file: path, rows: 30_000, remarks: [], recorded: 'server', recordingFault: null })
    const bytes = await readFile(path)
    expect(outcome?.bytes).toBe(bytes.length)
    expect(outcome?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(events[0]).toEqual({ kind: 'started', operation: outcome?.operation, file: path })
    expect(events.some(({ kind }) => kind === 'progress')).toBe(true)

    // PostgreSQL reads it back, and finds no difference.
    const client = new pg.Client({ connectionString: server.url(database) })
    await client.connect()
    try {
      await client.query(`create temporary table back as ${query} limit 0`)
      await pipeline(createReadStream(path), client.query(copyFrom('copy back from stdin with (format csv, header)')))
      const { rows } = await client.query(`
        select (select count(*) from back) as count,
          (select count(*) from ((table back except all (${query})) union all ((${query}) except all table back)) d) as other`)
      expect(rows).toEqual([{ count: '30000', other: '0' }])
    } finally {
      await client.end()
    }
  })

  it('is an operation of its own: what, how many rows, where to, why; with secrets masked', async () => {
    const result = await ran("select 'postgres://bob:hunter2@db/x' as url, n from generate_series(1, 3) n")
    const path = join(folder, 'who\nknows.csv')
    const outcome = await station.api.editor.export({
      result,
      format: csv,
      path,
      ticket: 'OPS-7',
      justification: 'asked for by the auditor',
    })
    const detail = await station.detail(outcome?.operation ?? '')
    expect(detail).toMatchObject({
      type: 'EXPORT',
      status: 'COMPLETED',
      rows: 3,
      ticket: 'OPS-7',
      justification: 'asked for by the auditor',
      filePath: path,
    })
    expect(detail.sql.split('\n')[0]).toMatch(
      /^-- export as CSV to .*who knows\.csv, of the result of operation [0-9a-f-]{36}$/,
    )
    expect(detail.sql).not.toContain('hunter2')
    const [entry] = await look<{ type: string; export: string }>(
      server,
      database,
      `select script_type as type, metadata ->> 'export' as export from script_tracking.ledger
       where script_type = 'EXPORT' and related_ticket = 'OPS-7' and metadata ? 'export'`,
    )
    expect(JSON.parse(entry?.export ?? '{}')).toMatchObject({
      format: 'csv',
      file: path,
      bytes: outcome?.bytes,
      sha256: outcome?.sha256,
    })
  })

  it('that is cancelled leaves no file, and lets the tab go on', async () => {
    const result = await ran('select n, repeat(md5(n::text), 20) as t from generate_series(1, 3000000) n')
    const cancel = new AbortController()
    let operation = ''
    const refused: unknown[] = []
    const exporting = station.api.editor.export(
      { result, format: csv, path: join(folder, 'cancelled.csv') },
      {
        signal: cancel.signal,
        onEvent: (event) => {
          if (event.kind === 'started') operation = event.operation
          if (event.kind !== 'progress' || refused.length > 0) return
          refused.push(
            station.run('select 1').catch((thrown: unknown) => {
              refused.push(thrown)
              cancel.abort()
            }),
          )
        },
      },
    )
    await expect(exporting).rejects.toMatchObject({ fault: { code: 'cancelled' } })
    expect(refused[1]).toMatchObject({ fault: { code: 'refused', message: expect.stringContaining('export') } })
    expect(await readdir(folder)).toEqual([])
    expect(await station.detail(operation)).toMatchObject({ status: 'FAILED', errorCode: '57014', type: 'EXPORT' })
    expect((await station.run('select 1')).outcome.status).toBe('COMPLETED')
  })

  it('whose server goes leaves no file, and says how far it came', async () => {
    const lone = await openStation({ server, database })
    try {
      const { results } = await lone.run('select n, repeat(md5(n::text), 20) as t from generate_series(1, 3000000) n')
      let ended = false
      const exporting = lone.api.editor.export(
        { result: results[0]?.result ?? '', format: csv, path: join(folder, 'lost.csv') },
        {
          onEvent: ({ kind }) => {
            if (kind !== 'progress' || ended) return
            ended = true
            void look(server, database, `select pg_terminate_backend(${lone.backendPid})`)
          },
        },
      )
      await expect(exporting).rejects.toMatchObject({ fault: { sqlstate: '57P01' } })
      expect(await readdir(folder)).toEqual([])
    } finally {
      await lone.close()
    }
  })

  it('keeps 1,600 columns, also those that share a name', async () => {
    const columns = Array.from({ length: 1_600 }, (_, index) => `${index} as c${index % 1_599}`).join(', ')
    const path = join(folder, 'wide.xlsx')
    await station.api.editor.export({ result: await ran(`select ${columns}`), format: { kind: 'xlsx' }, path })
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.readFile(path)
    const sheet = workbook.getWorksheet(1)
    expect([sheet?.getCell(1, 1_600).value, sheet?.getCell(2, 1_600).value]).toEqual(['c0', 1_599])
  })

  it('into a folder that is not there is refused in words, and recorded as failed', async () => {
    const result = await ran('select 1 as one')
    await expect(
      station.api.editor.export({ result, format: csv, path: join(folder, 'none', 'a.csv') }),
    ).rejects.toMatchObject({ fault: { code: 'ENOENT', message: expect.stringContaining('does not exist') } })
    await expect(station.api.editor.export({ result: 'gone', format: csv })).rejects.toMatchObject({
      fault: { code: 'not_found' },
    })
  })
})
