import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../../ground/shared.ts'
import { installTracking, look, openStation, type Station } from '../editor/station.ts'

interface ServerState {
  execution_status: string
  script_name: string
  script_content: string
  error_code: string | null
  error_message: string | null
  session_user_name: string
  related_ticket: string | null
  rows_affected: string | null
}

describe.each(majors())('recording at PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  let database: string
  let station: Station

  const rowsOf = (sql: string, values: unknown[] = []) => look<Record<string, string>>(server, database, sql, values)
  /** All that the server knows of an operation, oldest first. */
  const statesOf = (operation: string) =>
    look<ServerState & Record<string, string | null>>(
      server,
      database,
      `select s.* from script_tracking.script_execution_s s
       where s.script_execution_hk = script_tracking.calculate_hash_key($1) order by s.version_number`,
      [operation],
    )
  const statusesOf = async (operation: string) => (await statesOf(operation)).map((state) => state.execution_status)

  beforeAll(async () => {
    database = await server.createDatabase()
    await installTracking(server, database)
    station = await openStation({ server, database, firstPauseMs: 20 })
  })
  afterAll(async () => {
    await station.close()
    await server.dropDatabase(database)
  })

  it('tells the server of a run from its start to its end', async () => {
    const { outcome } = await station.run('create table recorded (id int); insert into recorded values (1), (2)', {
      ticket: 'OPS-1',
      justification: 'Because',
      filePath: '/somewhere/else/setup.sql',
    })
    expect(outcome).toMatchObject({ status: 'COMPLETED', recorded: 'server', recordingFault: null })
    const states = await statesOf(outcome.operation)
    expect(states.map((state) => state.execution_status)).toEqual(['STARTED', 'COMPLETED'])
    expect(states[1]).toMatchObject({
      script_name: 'setup.sql',
      script_file_path: '/somewhere/else/setup.sql',
      related_ticket: 'OPS-1',
      business_justification: 'Because',
      rows_affected: '2',
      session_user_name: 'postgres',
      application_name: 'pgSteward',
    })
    const detail = await station.detail(outcome.operation)
    expect(detail).toMatchObject({ waiting: false, ticket: 'OPS-1', justification: 'Because', rows: 2 })
    expect(detail.states.map(({ status, recorded }) => [status, recorded])).toEqual([
      ['STARTED', 'server'],
      ['COMPLETED', 'server'],
    ])
  })

  it('records what fails and what is rolled back', async () => {
    const failed = await station.run('create table recorded (id int)')
    expect(failed.outcome).toMatchObject({ status: 'FAILED', recorded: 'server' })
    expect((await statesOf(failed.outcome.operation)).at(-1)).toMatchObject({
      execution_status: 'FAILED',
      error_code: '42P07',
      error_message: 'relation "recorded" already exists',
    })
    const open = await station.run('begin; insert into recorded values (3)')
    expect(await statusesOf(open.outcome.operation)).toEqual(['STARTED'])
    const { outcome } = await station.run('rollback')
    expect(outcome.recorded).toBe('server')
    await station.api.history.sync({ connection: station.connection })
    expect(await statusesOf(open.outcome.operation)).toEqual(['STARTED', 'ROLLED_BACK'])
  })

  it('ties DDL to the run that caused it, also after a rollback in the same run, and to no later one', async () => {
    const { outcome } = await station.run(`
      begin; create table undone (id int); rollback;
      create table caused (id int); begin; create index caused_id on caused (id); commit`)
    const later = await look(server, database, 'create table by_somebody_else (id int)')
    expect(later).toEqual([])
    const plain = await station.run('select 1')
    const caused = await rowsOf(
      "select script_name, caused_by from script_tracking.ledger where source = 'D' and caused_by = $1 order by version_number",
      [outcome.operation],
    )
    expect(caused).toHaveLength(2)
    expect(
      await rowsOf('select 1 as one from script_tracking.ledger where caused_by = $1', [plain.outcome.operation]),
    ).toEqual([])
    await station.api.history.sync({ connection: station.connection })
    const detail = await station.detail(outcome.operation)
    expect(detail.caused.map(({ type, status }) => [type, status])).toEqual([
      ['AUTO_DDL', 'COMPLETED'],
      ['AUTO_DDL', 'COMPLETED'],
    ])
  })

  it('takes over what others did, once, and shows own runs once', async () => {
    await rowsOf("select script_tracking.complete_operation(script_tracking.track_operation('nightly import'))")
    await rowsOf('create table foreign_made (id int)')
    const { outcome } = await station.run("select 'needle in own run'")
    const first = await station.api.history.sync({ connection: station.connection })
    expect(first.received).toBeGreaterThan(0)
    expect(await station.api.history.sync({ connection: station.connection })).toMatchObject({
      received: 0,
      waiting: 0,
    })
    const own = await station.api.history.search({ text: 'needle in own run' })
    expect(own.entries.map(({ id }) => id)).toEqual([outcome.operation])
    const nightly = await station.api.history.search({ text: 'nightly' })
    expect(nightly.entries).toHaveLength(1)
    expect(nightly.entries[0]).toMatchObject({ name: 'nightly import', status: 'COMPLETED', user: 'postgres' })
    const detail = await station.detail(nightly.entries[0]?.id ?? '')
    expect(detail.states.map(({ status, recorded }) => [status, recorded])).toEqual([
      ['STARTED', 'server'],
      ['COMPLETED', 'server'],
    ])
    const ddl = await station.api.history.search({ text: 'foreign_made', types: ['AUTO_DDL'] })
    expect(ddl.entries).toHaveLength(1)
    const { objects } = await station.detail(ddl.entries[0]?.id ?? '')
    expect(objects.created).toEqual([expect.stringContaining('foreign_made')])
  })

  it('shows an operation of another machine as one, whose states come in several rounds', async () => {
    const other = await openStation({ server, database })
    const { outcome } = await other.run('begin; insert into recorded values (70)')
    await station.api.history.sync({ connection: station.connection })
    expect(await station.detail(outcome.operation)).toMatchObject({ status: 'STARTED', connection: 'test' })
    await other.run('commit')
    await other.close()
    await station.api.history.sync({ connection: station.connection })
    const detail = await station.detail(outcome.operation)
    expect(detail.status).toBe('COMPLETED')
    expect(detail.states.map(({ status }) => status)).toEqual(['STARTED', 'COMPLETED'])
    expect((await station.api.history.search({ text: 'insert recorded 70' })).entries).toHaveLength(1)
  })

  it('lets no password out: not into the cache, not to the server, not in an error', async () => {
    const secret = 'Tr0ub4dor-&3-secret'
    const role = `${database}_role`
    await station.run(`create role ${role} login password '${secret}'`)
    await station.run(`alter role ${role} password E'${secret}\\n'`)
    await station.run(`do $$ begin execute 'alter role ${role} password ''${secret}'''; end $$`)
    await station.run(`alter role ${role} pasword '${secret}'`)
    await station.run(`alter role ${role} password ${secret.replaceAll(/[^a-z0-9]/gi, '')}`)
    await station.run(`drop role ${role}; select 'host=db password=${secret}', 'postgres://u:${secret}@h/d'`)
    await station.run('create temporary table pw (name text, password text)')
    await station.run('prepare keep_pw (text, text) as insert into pw (name, password) values ($1, $2)')
    await station.run(`execute keep_pw ('ada', '${secret}')`)
    expect((await station.run(`execute keep_pw ('ada', '${secret}', 1)`)).outcome).toMatchObject({ status: 'FAILED' })
    await station.run(`select '${secret}' as password; select * from (values (1, '${secret}')) as v (id, token)`)
    await station.run(`select count(*) from pw where '${secret}' = password -- curl -u ada:${secret} https://h`)
    await station.api.history.sync({ connection: station.connection })
    for (const file of ['cache.db', 'cache.db-wal']) {
      const kept = await readFile(join(station.folder, file), 'latin1')
      if (file === 'cache.db-wal') expect(kept).toContain('alter role')
      expect(kept).not.toContain('Tr0ub4dor')
    }
    const told = JSON.stringify(await rowsOf('select * from script_tracking.script_execution_s'))
    expect(told).toContain('alter role')
    expect(told).not.toContain('Tr0ub4dor')
  })

  it('keeps a remark as it can be kept: without the password in it, and without what no text of PostgreSQL can hold', async () => {
    const { outcome } = await station.run('select 1', {
      ticket: 'OPS\0-2',
      justification: 'as in postgres://u:Tr0ub4dor@h/d \ud83d',
    })
    expect(outcome).toMatchObject({ recorded: 'server', recordingFault: null })
    const justification = 'as in postgres://u:***@h/d \ufffd'
    expect(await station.detail(outcome.operation)).toMatchObject({ ticket: 'OPS\ufffd-2', justification })
    expect((await statesOf(outcome.operation))[0]?.['business_justification']).toBe(justification)
  })

  it('records in a database whose encoding lacks letters of the script', async () => {
    const latin = `${database}_latin1`
    await rowsOf(`create database ${latin} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`)
    await installTracking(server, latin)
    const own = await openStation({ server, database: latin })
    const { outcome } = await own.run(`select '${'x'.repeat(100)}' -- é😀`)
    expect(outcome).toMatchObject({ status: 'COMPLETED', recorded: 'server' })
    await own.close()
    const [state] = await look<Record<string, string>>(
      server,
      latin,
      "select script_content from script_tracking.script_execution_s where execution_status = 'COMPLETED'",
    )
    expect(state?.['script_content']).toContain('<U+00E9><U+1F600>')
    await server.dropDatabase(latin)
  })

  it('says so where the end of a run cannot be kept', async () => {
    station.cache.db.exec(
      "create temp trigger full before update on main.operation begin select raise(abort, 'The disk is full.'); end",
    )
    const { outcome } = await station.run('select 1')
    station.cache.db.exec('drop trigger full')
    expect(outcome).toMatchObject({
      status: 'COMPLETED',
      recorded: 'memory',
      recordingFault: { message: 'The disk is full.' },
    })
  })

  it('takes over what another client has recorded for a moment far from all others; the server refuses no moment at all', async () => {
    const record = (moments: string): Promise<unknown> =>
      rowsOf(
        `select script_tracking.record_execution(md5(t)::uuid, 0, jsonb_build_object(
           'execution_status', 'COMPLETED', 'script_name', 'timeless ' || t, 'execution_timestamp', t))
         from unnest($1::text[]) t`,
        [moments],
      )
    await record('{0044-03-15 BC,294000-01-01}')
    await expect(record('{infinity}')).rejects.toThrow('cannot have begun at infinity')
    await expect(record('{-infinity}')).rejects.toThrow('cannot have begun at -infinity')
    await station.api.history.sync({ connection: station.connection })
    expect((await station.api.history.search({ text: 'timeless' })).entries).toHaveLength(2)
  })

  it('records what a read-only connection reads, and changes nothing over it', async () => {
    const reader = await openStation({ server, database, settings: { readOnly: true, name: 'reader' } })
    const refused = await reader.run('create table no (id int)')
    expect(refused.outcome).toMatchObject({
      status: 'FAILED',
      recorded: 'server',
      failure: { fault: { sqlstate: '25006' } },
    })
    expect((await reader.run('select 1')).outcome).toMatchObject({ status: 'COMPLETED', recorded: 'server' })
    await reader.close()
  })

  it('keeps the beginning of a very long script, with length and hash of the whole', async () => {
    const filler = `-- ${'x'.repeat(2_000_000)}`
    const { outcome } = await station.run(`select 1 as first_of_all; ${filler}`)
    expect(outcome).toMatchObject({ status: 'COMPLETED', recorded: 'server' })
    expect((await station.detail(outcome.operation)).sql).toHaveLength(1_000_000)
    expect((await statesOf(outcome.operation))[0]?.script_content).toMatch(
      /cut: 2,?0000\d\d characters, SHA-256 [0-9a-f]{64}$/,
    )
  })
})
