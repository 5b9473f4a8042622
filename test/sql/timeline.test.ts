import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Server, startServer } from '../ground/server.ts'
import { majors } from '../ground/shared.ts'
import { type Desk, openDesk } from '../main/logs/desk.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

const prefix = '%m [%p] %u@%d app=%a '

describe.each(majors())('the timeline of a server that was tracked and logged, PostgreSQL %i', (major) => {
  let server: Server
  let database: TestDatabase
  let desk: Desk
  let client: pg.Client
  beforeAll(async () => {
    server = await startServer({
      major,
      settings: {
        logging_collector: 'on',
        log_destination: 'stderr,csvlog',
        log_directory: 'log',
        log_filename: 'server.log',
        log_line_prefix: prefix,
        log_statement: 'all',
        log_duration: 'on',
        log_timezone: 'UTC',
      },
    })
    database = await TestDatabase.tracked(server)
    client = await database.session()
    await client.query('create table kept (id int)')
    await client.query("create role somebody password 'S3CRET-7'")
    await client.query('create temporary table passing (id int)')
    await client.query('select count(*) from kept')
    await client.query('begin')
    await client.query('create table undone (id int)')
    await client.query('rollback')
    await client.query('create table one (id int); create table two (id int)')
    await client.query("comment on table kept is 'it''s;  kept'")
  })
  afterAll(async () => {
    await desk?.close()
    await server.stop()
  })

  const sourcesOf = async (statement: string) =>
    (
      await rowsOf(
        client,
        `select source from script_tracking.timeline where at > now() - interval '1 hour' and position($1 in statement) > 0
           and kind in ('statement', 'AUTO_DDL') order by at`,
        [statement],
      )
    ).map(({ source }) => source)

  it('shows what was both tracked and logged once, and the rest as it was seen', async () => {
    desk = await openDesk({ server, database: database.name })
    // What the collector writes it writes soon; the last statement is how one knows that it has.
    const path = join(server.dataFolder, 'log', 'server.log')
    await expect.poll(async () => (await readFile(path, 'utf8')).includes("'it''s;  kept'")).toBe(true)
    const summary = await desk.import(path, { prefix })
    expect(summary.refused).toBe(0)
    expect(await sourcesOf('create table kept')).toEqual(['TRACKED'])
    expect(await sourcesOf('comment on table kept')).toEqual(['TRACKED'])
    expect(await sourcesOf('create table one')).toEqual(['TRACKED'])
    expect(await sourcesOf('create table two')).toEqual(['TRACKED'])
    expect(await sourcesOf('create temporary table passing')).toEqual(['LOGGED'])
    expect(await sourcesOf('select count(*) from kept')).toEqual(['LOGGED'])
    // The trail lost it with its transaction; the log has it.
    expect(await sourcesOf('create table undone')).toEqual(['LOGGED'])
    expect(await sourcesOf('create role somebody')).toEqual(['LOGGED'])
    expect(
      await onlyValue(client, `select count(*)::int from script_tracking.timeline where statement like '%S3CRET%'`),
    ).toBe(0)
  })

  it('pages through all of it, newest first, each once', async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    const ask = { connection: desk.connection, from, to }
    const { entries: all } = await desk.api.logs.timeline({ ...ask, limit: 1000 })
    expect(all.length).toBeGreaterThan(10)
    const paged: unknown[] = []
    let before: { at: string; key: string } | null = null
    do {
      const page: Awaited<ReturnType<typeof desk.api.logs.timeline>> = await desk.api.logs.timeline({
        ...ask,
        limit: 7,
        ...(before === null ? {} : { before }),
      })
      paged.push(...page.entries)
      before = page.next
    } while (before !== null)
    // The pages themselves are logged, but not imported.
    expect(paged).toEqual(all)
  })

  it('warns that the same period is there in another format', async () => {
    const summary = await desk.import(join(server.dataFolder, 'log', 'server.csv'))
    expect(summary.overlaps).toMatchObject([{ name: 'server.log', format: 'stderr' }])
  })

  it('agrees with what a paste of the same text gives', async () => {
    for (const ending of ['csv', 'log']) {
      const text = await readFile(join(server.dataFolder, 'log', `server.${ending}`), 'utf8')
      // Without the installation, whose texts about passwords the two mask differently.
      const beginning = text.lastIndexOf('\n', text.indexOf('create table kept')) + 1
      const part = text.slice(beginning, text.indexOf("'it''s;  kept'")).replace(/[^\n]*$/, '')
      const pasted = await TestDatabase.tracked(server)
      const into = await pasted.session()
      const importing = await openDesk({ server, database: pasted.name })
      const file = await importing.file(`paste.${ending}`, part)
      await importing.import(file, ending === 'log' ? { prefix } : {})
      await into.query('select * from script_tracking.import_postgres_logs($1, $2)', [part, prefix])
      const operations = (sql: string) => rowsOf(into, sql)
      const byApp = await operations(
        `select statement, user_name as "user", database_name as "database", pid::text as pid, round(duration_ms::numeric, 3)::float8 as ms,
           case when kind = 'error' then message end as error
         from script_tracking.imported_operation where kind in ('statement', 'error') order by pid, byte_offset`,
      )
      const bySql = await operations(
        `select replace(script_content, '''********''', '***') as statement, session_user_name as "user", metadata ->> 'database' as "database",
           metadata ->> 'pid' as pid, (metadata ->> 'duration_ms')::float8 as ms, error_message as error
         from script_tracking.script_execution_s where record_source = 'LOG_IMPORT' order by (metadata ->> 'pid')::int, version_number`,
      )
      expect(byApp.length).toBeGreaterThan(7)
      expect(bySql).toEqual(byApp)
      await importing.close()
      await into.end()
    }
  })
})
