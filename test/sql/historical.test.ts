import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installFramework } from '../../src/main/framework/install.ts'
import { type Server, startServer } from '../ground/server.ts'
import { majors } from '../ground/shared.ts'
import { onlyValue, rowsOf } from './tracked.ts'

describe.each(majors())('import of the logs of a PostgreSQL %i', (major) => {
  let server: Server
  let client: pg.Client
  let folder: string
  const sessions: pg.Client[] = []

  const connect = async (database: string, user = 'postgres', name = '') => {
    const url = new URL(server.url(database))
    url.username = user
    // What is done here to import a log shall not be logged.
    const options = user === 'ann' ? '' : '-c log_statement=none -c log_min_duration_statement=-1'
    const session = new pg.Client({
      connectionString: url.href,
      application_name: name,
      options: user === 'lowly' ? '' : options,
    })
    await session.connect()
    sessions.push(session)
    return session
  }

  beforeAll(async () => {
    server = await startServer({
      major,
      settings: {
        logging_collector: 'on',
        log_destination: major >= 15 ? 'stderr,csvlog,jsonlog' : 'stderr,csvlog',
        log_directory: 'kept logs',
        log_line_prefix: '%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
        log_statement: 'all',
        log_min_duration_statement: '0',
        log_timezone: 'Europe/Vienna',
      },
    })
    folder = join(server.dataFolder, 'kept logs')
    await server.createDatabase('worked')
    await server.createDatabase('tracked')
    const admin = await connect('worked')
    await admin.query(`create role ann login password '${server.password}'; grant create on schema public to ann`)
    const ann = await connect('worked', 'ann', `a, "b" LOG:`)
    await ann.query('create table things (id integer)')
    await ann.query('insert into things\nselect generate_series(1, 3)')
    await ann.query({ text: 'select id from things where id > $1', values: ['geheim'.length - 5] })
    await ann.query({ text: 'select id from things where id > $1', name: 'named', values: [2] })
    await ann.query('select nothing from things').catch(() => {})
    await ann.query('selec 1').catch(() => {})
    await ann.query('begin; select 1; commit')
    await ann.end()
    client = await connect('tracked')
    await installFramework(client)
  })
  afterAll(async () => {
    await Promise.allSettled(sessions.map((session) => session.end()))
    await (server as Server | undefined)?.stop()
  })

  const ofAnn = () =>
    rowsOf(
      client,
      `select script_content as text, execution_status as status, execution_duration_ms is not null as timed, error_code as code, error_message as error,
         metadata ->> 'prepared' as prepared, metadata ->> 'database' as database
       from script_tracking.script_execution_s where record_source = 'LOG_IMPORT' and session_user_name = 'ann' order by execution_timestamp, version_number`,
    )
  const only = async (extension: string) => {
    for (const name of await readdir(folder)) if (!name.endsWith(extension)) await unlink(join(folder, name))
  }

  it('reads what the session did out of csvlog, jsonlog and stderr alike', async () => {
    const names = await readdir(folder)
    const texts = new Map<string, string>()
    for (const name of names) texts.set(name.replace(/.*\./, ''), await readFile(join(folder, name), 'utf8'))
    const done = { status: 'COMPLETED', timed: true, code: null, error: null, prepared: null, database: 'worked' }
    const failed = { status: 'FAILED', timed: false, prepared: null, database: 'worked' }
    const expected = (codes: boolean) => [
      { ...done, text: 'create table things (id integer)' },
      { ...done, text: 'insert into things\nselect generate_series(1, 3)' },
      { ...done, text: 'select id from things where id > $1' },
      { ...done, text: 'select id from things where id > $1', prepared: 'named' },
      {
        ...failed,
        text: 'select nothing from things',
        code: codes ? '42703' : null,
        error: 'column "nothing" does not exist',
      },
      { ...failed, text: 'selec 1', code: codes ? '42601' : null, error: 'syntax error at or near "selec"' },
      { ...done, text: 'begin; select 1; commit' },
    ]
    for (const format of major >= 15 ? ['csv', 'json'] : ['csv']) {
      await client.query('begin')
      await client.query(`select * from script_tracking.import_postgres_logs($1)`, [texts.get(format)])
      expect(await ofAnn()).toEqual(expected(true))
      await client.query('rollback')
    }
    await client.query('begin')
    await client.query(`select * from script_tracking.import_postgres_logs($1)`, [texts.get('log')])
    expect(await ofAnn()).toEqual(expected(false))
    await client.query('rollback')
  })

  it('reads the files itself where the role may, each once, and says so where it may not', async () => {
    await only('.csv')
    const rows = await rowsOf(
      client,
      'select imported::int, refused::int, duplicates::int, message from script_tracking.import_historical_operations(1)',
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      refused: 0,
      duplicates: 0,
      message: expect.stringMatching(/^postgresql-.*\.csv: \d+ operations imported\.$/),
    })
    expect(await ofAnn()).toHaveLength(7)
    expect(
      await onlyValue(
        client,
        `select bool_and(execution_timestamp between now() - interval '10 minutes' and now())
         from script_tracking.script_execution_s where record_source = 'LOG_IMPORT'`,
      ),
    ).toBe(true)
    const again = await rowsOf(
      client,
      'select imported::int, duplicates::int from script_tracking.import_historical_operations(1)',
    )
    expect(again).toEqual([{ imported: 0, duplicates: rows[0]?.['imported'] }])

    await client.query(`create role lowly login password '${server.password}'`)
    const lowly = await connect('tracked', 'lowly')
    expect(await rowsOf(lowly, 'select message from script_tracking.import_historical_operations(1)')).toEqual([
      { message: expect.stringMatching(/^Nothing was imported: permission denied for function pg_ls_logdir/) },
    ])
    for (const name of await readdir(folder)) await unlink(join(folder, name))
    expect(await rowsOf(client, 'select message from script_tracking.import_historical_operations(1)')).toEqual([
      { message: 'The server has no log file of the last 1 days.' },
    ])
  })
})
