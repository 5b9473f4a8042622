import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('migrations and other kinds on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  const run = async (session: pg.Client, file: string, content: string | null, execute = true) => {
    const [row, ...more] = await rowsOf(
      session,
      `select execution_hk, success, duration_ms, message
       from script_tracking.run_migration_enterprise($1, '7', execute => $3, content => $2)`,
      [file, content, execute],
    )
    expect(more).toEqual([])
    return row as { execution_hk: Buffer; success: boolean; duration_ms: string; message: string }
  }
  const current = async (hk: unknown, session = client) => {
    const [row] = await rowsOf(
      session,
      `select script_name, script_type, script_category, script_version, script_file_path, script_content, execution_status,
         error_code, error_message, objects_created, objects_modified, objects_dropped, schemas_affected, executed_by
       from script_tracking.script_execution_current where script_execution_hk = $1`,
      [hk],
    )
    return row
  }

  it('runs a migration and records what it touched', async () => {
    await client.query('create schema shop; create table shop.old (id integer); create table shop.kept (id integer)')
    const content = `create table shop.orders (id integer primary key, note text);
      alter table shop.kept add column note text;
      drop table shop.old;
      insert into shop.orders values (1, 'first'), (2, 'second');
      create view public.order_notes as select note from shop.orders; -- the last line`
    const result = await run(client, 'migrations/V7__orders.sql', content)
    expect(result).toMatchObject({ success: true })
    expect(result.message).toMatch(
      /^migrations\/V7__orders\.sql ran in \d+ ms: \d objects created, 1 modified, 1 dropped\.$/,
    )
    expect(Number(result.duration_ms)).toBeGreaterThanOrEqual(0)
    expect(await onlyValue(client, 'select count(*)::int from shop.orders')).toBe(2)
    const recorded = await current(result.execution_hk)
    expect(recorded).toMatchObject({
      script_name: 'V7__orders.sql',
      script_type: 'MIGRATION',
      script_category: 'FORWARD',
      script_version: '7',
      script_file_path: 'migrations/V7__orders.sql',
      script_content: content,
      execution_status: 'COMPLETED',
      error_code: null,
      objects_created: expect.arrayContaining(['public.order_notes', 'shop.orders']),
      objects_modified: ['shop.kept'],
      schemas_affected: ['public', 'shop'],
      executed_by: 'postgres',
    })
    expect(recorded?.['objects_dropped']).toContain('shop.old')
    // Its DDL says which operation it belongs to, and what follows does not.
    await client.query('create table public.after_it (id integer)')
    expect(
      await rowsOf(
        client,
        `select distinct d.command_tag from script_tracking.execution_state d
         join script_tracking.execution_state m on m.operation = d.caused_by
         where m.script_execution_hk = $1 and d.record_source = 'EVENT_TRIGGER' order by 1`,
        [result.execution_hk],
      ),
    ).toEqual([
      { command_tag: 'ALTER TABLE' },
      { command_tag: 'CREATE TABLE' },
      { command_tag: 'CREATE VIEW' },
      { command_tag: 'DROP TABLE' },
    ])
  })

  it('undoes all of a migration that fails, and keeps its failure, in the same transaction too', async () => {
    await client.query('begin')
    const result = await run(
      client,
      'V8.sql',
      `create table shop.half (id integer); select 1 / 0; create table shop.never (id integer)`,
    )
    await client.query('commit')
    expect(result).toMatchObject({
      success: false,
      message: 'V8.sql failed and nothing of it remains: division by zero (22012).',
    })
    expect(await onlyValue(client, `select to_regclass('shop.half')::text`)).toBe(null)
    expect(await current(result.execution_hk)).toMatchObject({
      execution_status: 'FAILED',
      error_code: '22012',
      error_message: 'division by zero',
      objects_created: null,
    })
  })

  it('keeps no secret of a failure or a text', async () => {
    const result = await run(
      client,
      'V9.sql',
      `create role hidden password 'geheim-1'; do $$ begin raise exception 'password=geheim-2'; end $$`,
    )
    expect(await current(result.execution_hk)).toMatchObject({
      script_content: expect.not.stringContaining('geheim'),
      error_message: expect.not.stringContaining('geheim'),
    })
  })

  it('says clearly what cannot run inside a transaction', async () => {
    for (const content of [
      'begin; create table shop.x (i integer); commit',
      'create table shop.x (i integer); commit',
      'vacuum',
      'create index concurrently on shop.kept (id)',
    ]) {
      const result = await run(client, 'V10.sql', content)
      expect({ content, ...result }).toMatchObject({
        success: false,
        message: expect.stringMatching(/\((0A000|25001|2D000)\)\. Transactions are begun and ended by whoever calls/),
      })
    }
    expect(await onlyValue(client, `select to_regclass('shop.x')::text`)).toBe(null)
  })

  it('plans without running', async () => {
    const result = await run(client, 'V11.sql', 'create table shop.planned (id integer)', false)
    expect(result).toMatchObject({
      success: true,
      duration_ms: '0',
      message: 'V11.sql is planned and was not run: execute is false.',
    })
    expect(await onlyValue(client, `select to_regclass('shop.planned')::text`)).toBe(null)
    expect(await current(result.execution_hk)).toMatchObject({
      script_type: 'MIGRATION_PLAN',
      script_content: 'create table shop.planned (id integer)',
      execution_status: 'COMPLETED',
    })
    expect(
      await rowsOf(
        client,
        `select success, message from script_tracking.run_migration_enterprise('nowhere/V12.sql', '12')`,
      ),
    ).toEqual([{ success: true, message: 'nowhere/V12.sql is planned and was not run: execute is false.' }])
  })

  it('runs with the rights of the caller and leaves no role behind', async () => {
    const name = await database.role('migrator')
    const session = await database.session(name)
    const denied = await run(session, 'V13.sql', 'create table shop.denied (id integer)')
    expect(denied.message).toMatch(/permission denied for schema shop \(42501\)/)
    expect(await current(denied.execution_hk, session)).toMatchObject({ execution_status: 'FAILED', executed_by: name })
    const own = await run(
      session,
      'V14.sql',
      `do $$ begin if current_user <> '${name}' then raise exception 'as %', current_user; end if; end $$`,
    )
    expect(own).toMatchObject({ success: true })

    const lower = await database.role('lower')
    await client.query(`grant ${quoteName(lower)} to ${quoteName(name)}`)
    const changed = await run(
      session,
      'V15.sql',
      `set role ${quoteName(lower)}; set script_tracking.operation = 'nonsense'`,
    )
    expect(changed).toMatchObject({ success: true })
    expect(await onlyValue(session, 'select current_user::text')).toBe(name)
    const impersonated = await run(client, 'V16.sql', `set session authorization ${quoteName(lower)}`)
    expect(impersonated).toMatchObject({ success: true })
    expect(await onlyValue(client, 'select session_user::text')).toBe('postgres')
  })

  it('leaves a role that was set for the transaction to end with it', async () => {
    const other = await database.role('for_a_while')
    await client.query(`begin; set local role ${quoteName(other)}`)
    expect(await run(client, 'V17.sql', 'select 1')).toMatchObject({ success: true })
    expect(await onlyValue(client, 'select current_user::text')).toBe(other)
    await client.query('commit')
    expect(await onlyValue(client, 'select current_user::text')).toBe('postgres')
  })

  it('reads a file of the server where the role may', async () => {
    const server = sharedServer(major)
    const file = `migration-${database.name}.sql`
    await writeFile(join(server.dataFolder, file), 'create table shop.from_file (id integer)')
    const result = await run(client, file, null)
    expect(result).toMatchObject({ success: true })
    expect(await current(result.execution_hk)).toMatchObject({
      script_content: 'create table shop.from_file (id integer)',
      objects_created: ['shop.from_file'],
    })
    const missing = await refusalOf(
      client,
      `select * from script_tracking.run_migration_enterprise('nowhere.sql', '1', execute => true)`,
    )
    expect(missing.message).toBe('The server has no file "nowhere.sql".')
    const session = await database.session(await database.role('reader'))
    const denied = await refusalOf(
      session,
      `select * from script_tracking.run_migration_enterprise($1, '1', execute => true)`,
      [file],
    )
    expect(denied.message).toMatch(
      /^The content of ".*" is not given, and reader_\S* may not read files of the server\.$/,
    )
    expect(denied.code).toBe('42501')
  })

  it('refuses what makes no sense, in words', async () => {
    const refusals: [string, RegExp][] = [
      [`select script_tracking.run_migration_enterprise(null, '1')`, /needs the name of its file/],
      [`select script_tracking.run_migration_enterprise('a.sql', ' ')`, /"a\.sql" needs a version/],
      [`select script_tracking.run_migration_enterprise('a.sql', '1', 'SIDEWAYS')`, /no direction "SIDEWAYS"/],
      [`select script_tracking.run_migration_enterprise('a.sql', '1', null)`, /no direction null/],
      [`select script_tracking.run_migration_enterprise('a.sql', '1', execute => null)`, /execute is null/],
      [
        `select script_tracking.run_migration_enterprise('a.sql', '1', execute => true, content => E' ;\n')`,
        /is empty/,
      ],
      [`select script_tracking.track_migration('a', '1', 'x')`, /no direction "x"/],
      [`select script_tracking.track_migration(null, '1')`, /needs a name/],
      [`select script_tracking.track_maintenance(' ', 'VACUUM')`, /needs a name/],
      [`select script_tracking.track_function_execution(null)`, /needs a name/],
      [`select script_tracking.generate_unique_script_name(' ')`, /needs a base/],
      [`select script_tracking.generate_unique_script_name(repeat('x', 901))`, /901 characters long/],
      [`select script_tracking.track_migration('a', '1', tenant_hk => sha256('nobody'))`, /There is no tenant/],
    ]
    for (const [sql, message] of refusals) expect((await refusalOf(client, sql)).message).toMatch(message)
  })

  it('records migrations, functions and maintenance that are run elsewhere', async () => {
    const migration = await onlyValue(
      client,
      `select script_tracking.track_migration('V17', '17', 'rollback', 'drop table x')`,
    )
    expect(await current(migration)).toMatchObject({
      script_type: 'MIGRATION',
      script_category: 'ROLLBACK',
      script_version: '17',
      script_content: 'drop table x',
      execution_status: 'STARTED',
    })
    const called = await onlyValue(
      client,
      `select script_tracking.track_function_execution('app.sign_in', '{"name": "ann", "password": "geheim", "pin_token": 1234,
         "nested": [{"api_key": "geheim"}, "postgres://u:geheim@h/d"], "n": 5, "none": null}')`,
    )
    expect(
      await rowsOf(
        client,
        `select script_type, metadata from script_tracking.script_execution_current where script_execution_hk = $1`,
        [called],
      ),
    ).toEqual([
      {
        script_type: 'FUNCTION_CALL',
        metadata: {
          parameters: {
            name: 'ann',
            password: '********',
            pin_token: '********',
            nested: [{ api_key: '********' }, 'postgres://u:********@h/d'],
            n: 5,
            none: null,
          },
        },
      },
    ])
    const maintenance = await onlyValue(
      client,
      `select script_tracking.track_maintenance('vacuum orders', 'vacuum', 'vacuum shop.orders', 'bloat')`,
    )
    await client.query(`select script_tracking.complete_script_execution($1, 'COMPLETED', 5)`, [maintenance])
    expect(
      await rowsOf(
        client,
        `select script_type, script_category, script_content, business_justification, execution_status, execution_duration_ms
         from script_tracking.script_execution_current where script_execution_hk = $1`,
        [maintenance],
      ),
    ).toEqual([
      {
        script_type: 'MAINTENANCE',
        script_category: 'VACUUM',
        script_content: 'vacuum shop.orders',
        business_justification: 'bloat',
        execution_status: 'COMPLETED',
        execution_duration_ms: '5',
      },
    ])
  })

  it('makes script names that no other call makes', async () => {
    expect(
      await onlyValue(
        client,
        `select count(distinct script_tracking.generate_unique_script_name('x'))::int from generate_series(1, 5000)`,
      ),
    ).toBe(5000)
    expect(await onlyValue(client, `select script_tracking.generate_unique_script_name(' nightly load ')`)).toMatch(
      /^nightly load_\d{8}_\d{6}_\d{6}_[0-9a-f]{12}$/,
    )
  })
})
