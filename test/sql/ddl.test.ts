import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

/** The executions that were recorded after this version number, in their present state, oldest first. */
async function recordedAfter(client: pg.Client, version: unknown) {
  return await rowsOf(
    client,
    `select script_name as name, script_content as content, execution_status as status, executed_by as "by",
       objects_created as created, objects_modified as modified, objects_dropped as dropped
     from script_tracking.script_execution_current
     where script_type = 'AUTO_DDL' and version_number > $1
     order by version_number`,
    [version],
  )
}

describe.each(majors())('automatic tracking on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let before: unknown

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })
  beforeEach(async () => {
    before = await onlyValue(client, 'select coalesce(max(version_number), 0) from script_tracking.execution_state')
  })

  const recorded = () => recordedAfter(client, before)

  it('names what a command created, with all that came with it', async () => {
    await client.query('create table a (id serial primary key, n text)')
    expect(await recorded()).toMatchObject([
      {
        name: 'CREATE TABLE public.a',
        content: 'create table a (id serial primary key, n text)',
        status: 'COMPLETED',
        by: 'postgres',
        created: ['public.a_id_seq', 'public.a', 'public.a_pkey'],
        dropped: null,
      },
    ])
  })

  it('keeps a dropped column and the altered table as one execution', async () => {
    await client.query('create table b (x int, y int)')
    await client.query('alter table b drop column x, add column z int')
    const [, altered, ...more] = await recorded()
    expect(altered).toMatchObject({
      name: 'ALTER TABLE public.b',
      content: 'alter table b drop column x, add column z int',
      modified: ['public.b'],
      dropped: ['public.b.x'],
    })
    expect(more).toEqual([])
    expect(
      await rowsOf(
        client,
        `select count(*)::int as states, count(distinct script_execution_hk)::int as executions
         from script_tracking.script_execution_s where script_content like 'alter table b %'`,
      ),
    ).toEqual([{ states: 1, executions: 1 }])
  })

  it('names all that fell with a cascade', async () => {
    await client.query(
      'create table base (id int); create view over as select * from base; create view above as select * from over',
    )
    await client.query('drop table base cascade')
    const dropped = (await recorded()).at(-1)
    expect(dropped).toMatchObject({ name: 'DROP TABLE public.base', created: null })
    expect(dropped?.['dropped']).toEqual(expect.arrayContaining(['public.base', 'public.over', 'public.above']))
  })

  it('records DDL of functions and do blocks by the statement that ran', async () => {
    await client.query(`create function make(name text) returns void language plpgsql as $$
      begin execute format('create table %I ()', name); end $$`)
    await client.query(`do $$ begin perform make('made'); create view made_view as select * from made; end $$`)
    expect(await recorded()).toMatchObject([
      { name: 'CREATE FUNCTION public.make(pg_catalog.text)' },
      { name: 'CREATE TABLE public.made', content: 'create table made ()' },
      { name: 'CREATE VIEW public.made_view', content: 'create view made_view as select * from made' },
    ])
  })

  it('lets an index be made and dropped concurrently', async () => {
    await client.query('create table c (id int)')
    await client.query('create index concurrently c_id on c (id)')
    await client.query('drop index concurrently c_id')
    expect((await recorded()).map(({ name }) => name)).toEqual([
      'CREATE TABLE public.c',
      'CREATE INDEX public.c_id',
      'DROP INDEX public.c_id',
    ])
  })

  it('leaves out what is temporary', async () => {
    await client.query('create temp table t (id int primary key)')
    await client.query('create index on t (id)')
    await client.query(`comment on table t is 'x'`)
    await client.query(
      'create trigger noop before update on t for each row execute function suppress_redundant_updates_trigger()',
    )
    await client.query('alter table t drop column id')
    await client.query('drop table t')
    expect(await recorded()).toEqual([])
  })

  it('records an extension once, with its members', async () => {
    await client.query('create extension pgcrypto')
    await client.query('drop extension pgcrypto')
    const [created, dropped, ...more] = await recorded()
    expect(more).toEqual([])
    expect(created).toMatchObject({ name: 'CREATE EXTENSION pgcrypto' })
    expect(created?.['created']).toContain('public.digest(pg_catalog.bytea,pg_catalog.text)')
    expect(dropped).toMatchObject({ name: 'DROP EXTENSION pgcrypto' })
  })

  it('names what was granted, as the session that granted it means it', async () => {
    const group = await database.role('granted')
    await client.query(
      `create schema "grant to, on"; create table "grant to, on"."t (1)" (a int); create table g (a int)`,
    )
    await client.query('create function of_two(a int, b double precision) returns int language sql as $$ select 1 $$')
    await client.query('create function of_two(a int) returns int language sql as $$ select 1 $$')
    before = await onlyValue(client, 'select max(version_number) from script_tracking.execution_state')
    await client.query('set search_path = "grant to, on", public')
    await client.query(`grant select (a), update on /* on g */ "t (1)", g to ${quoteName(group)}`)
    await client.query(`grant execute on function of_two(b int, float8) to ${quoteName(group)}`)
    await client.query(`grant usage on schema "grant to, on" to ${quoteName(group)} with grant option`)
    await client.query(`revoke all on all tables in schema public, "grant to, on" from ${quoteName(group)}`)
    await client.query(`alter default privileges in schema public grant select on tables to ${quoteName(group)}`)
    await client.query(`drop owned by ${quoteName(group)}`)
    await client.query('reset search_path')
    expect((await recorded()).map(({ name, modified }) => ({ name, modified }))).toEqual([
      { name: 'GRANT "grant to, on"."t (1)"', modified: ['"grant to, on"."t (1)"', 'public.g'] },
      {
        name: 'GRANT public.of_two(integer,double precision)',
        modified: ['public.of_two(integer,double precision)'],
      },
      { name: 'GRANT "grant to, on"', modified: ['"grant to, on"'] },
      { name: 'REVOKE public', modified: ['public', '"grant to, on"'] },
      { name: 'ALTER DEFAULT PRIVILEGES', modified: null },
      { name: 'DROP OWNED for role postgres in schema public on tables', modified: null },
    ])
  })

  it('notes which tables were rewritten, and why', async () => {
    await client.query('create table rewritten (a int, b int)')
    await client.query('alter table rewritten alter column a type bigint')
    expect(
      await onlyValue(
        client,
        `select metadata from script_tracking.script_execution_s where script_content like 'alter table rewritten %'`,
      ),
    ).toEqual({ rewritten: [{ table: 'public.rewritten', reason: ['column type'] }] })
  })

  it('marks what changed nothing', async () => {
    await client.query('drop table if exists not_there')
    expect(
      await onlyValue(client, `select metadata from script_tracking.script_execution_s where version_number > $1`, [
        before,
      ]),
    ).toEqual({ no_op: true })
  })

  it('goes back with the transaction or savepoint that it was recorded in', async () => {
    await client.query('begin')
    await client.query('create table kept_1 ()')
    await client.query('savepoint s')
    await client.query('create table lost ()')
    await client.query('rollback to savepoint s')
    await client.query('create table kept_2 ()')
    await client.query('commit')
    await client.query('begin; create table lost_too (); rollback')
    expect((await recorded()).map(({ name }) => name)).toEqual([
      'CREATE TABLE public.kept_1',
      'CREATE TABLE public.kept_2',
    ])
  })

  it('does not change lastval()', async () => {
    await client.query('create sequence own; select setval($$own$$, 41)')
    await client.query('select nextval($$own$$)')
    await client.query('create table after_own (id serial)')
    await client.query('drop table after_own')
    expect(await onlyValue(client, 'select lastval()')).toBe('42')
  })

  it('records an ordinary user, who may do nothing with the ledger', async () => {
    const user = await database.role('user')
    const group = await database.role('group')
    await client.query(
      `grant create on schema public to ${quoteName(user)}, ${quoteName(group)}; grant ${quoteName(group)} to ${quoteName(user)}`,
    )
    before = await onlyValue(client, 'select max(version_number) from script_tracking.execution_state')
    const session = await database.session(user, { application_name: 'theirs' })
    await session.query('create table theirs ()')
    await session.query(`set role ${quoteName(group)}`)
    await session.query('create table of_the_group ()')
    expect(await recorded()).toMatchObject([
      { name: 'CREATE TABLE public.theirs', by: user },
      { name: 'CREATE TABLE public.of_the_group', by: group },
    ])
    expect(
      await rowsOf(
        client,
        `select distinct session_user_name as login, application_name as application
        from script_tracking.script_execution_s where version_number > $1`,
        [before],
      ),
    ).toEqual([{ login: user, application: 'theirs' }])
  })

  it('cannot be led astray by a search path, or by settings of its own', async () => {
    const user = await database.role('hostile')
    await client.query(`grant create on database ${quoteName(database.name)} to ${quoteName(user)}`)
    before = await onlyValue(client, 'select max(version_number) from script_tracking.execution_state')
    const session = await database.session(user)
    await session.query(`create schema trap`)
    await session.query(`create table trap.caught (who text)`)
    for (const [name, args, result] of [
      ['set_config', 'text, text, boolean', 'text'],
      ['current_setting', 'text, boolean', 'text'],
      ['clock_timestamp', '', 'timestamptz'],
      ['sha256', 'bytea', 'bytea'],
    ]) {
      await session.query(`create function trap.${name}(${args}) returns ${result} language plpgsql as
        $$ begin insert into trap.caught values (current_user); return null; end $$`)
    }
    await session.query(`create function trap.equal(text, text) returns boolean language plpgsql as
      $$ begin insert into trap.caught values (current_user); return true; end $$`)
    await session.query(`create operator trap.= (function = trap.equal, leftarg = text, rightarg = text)`)
    await session.query(`create domain trap.text as pg_catalog.text check (trap.set_config('a', 'b', true) is null)`)
    await session.query('set search_path = trap, pg_catalog')
    await session.query('create table trap.prey ()')
    await session.query('drop table trap.prey')
    await session.query('set quote_all_identifiers = on; set datestyle = sql; set standard_conforming_strings = off')
    await session.query('create table trap.prey_2 ()')
    await session.query(`select script_tracking.complete_operation(script_tracking.track_operation('x'))`)
    expect(await onlyValue(client, 'select count(*)::int from trap.caught')).toBe(0)
    expect((await recorded()).slice(-3).map(({ name }) => name)).toEqual([
      'CREATE TABLE trap.prey',
      'DROP TABLE trap.prey',
      'CREATE TABLE trap.prey_2',
    ])
  })

  it('is not silenced by what a session sets for it', async () => {
    await client.query('begin')
    await client.query('create table forged_0 ()')
    const xid = BigInt(String(await onlyValue(client, 'select txid_current()')))
    const forgeries = [
      'rubbish',
      '',
      '-1',
      '0',
      String(xid << 21n),
      String((xid << 21n) - 2n),
      String(((xid + 1n) << 21n) - 4n),
      '999999999999999999999',
    ]
    for (const [index, position] of forgeries.entries()) {
      await client.query(
        `select set_config('script_tracking.position', $1, true), set_config('script_tracking.message', repeat('0', 64) || ' ' || pg_backend_pid() || ' 0 0 5', false),
        set_config('script_tracking.notes', repeat('0', 64) || ' [{"xid": ' || txid_current() || ', "tag": "CREATE TABLE", "depth": 0, "dropped": [{"action": "D", "identity": "public.never"}]}]', true), set_config('script_tracking.caller', E'o''rubbish\n', true),
        set_config('script_tracking.operation', 'not a uuid', true)`,
        [position],
      )
      await client.query(`create table forged_${index + 1} ()`)
    }
    await client.query('commit')
    expect((await recorded()).map(({ name }) => name).toSorted()).toEqual(
      Array.from({ length: forgeries.length + 1 }, (_, index) => `CREATE TABLE public.forged_${index}`),
    )
    expect(await onlyValue(client, 'select count(*)::int from script_tracking.tracking_error')).toBe(0)
  })

  it('names what the session is working on', async () => {
    const operation = '5b3c6f0e-8a54-4a6f-9a5e-0f6a3c1b2d4e'
    await client.query(`select set_config('script_tracking.operation', $1, false)`, [operation])
    await client.query('create table caused ()')
    await client.query(`select set_config('script_tracking.operation', '', false)`)
    expect(
      await onlyValue(
        client,
        `select caused_by from script_tracking.execution_state where script_name = 'CREATE TABLE public.caused'`,
      ),
    ).toBe(operation)
  })

  it('gives each command of a message its own statement', async () => {
    const statements = Array.from({ length: 20 }, (_, index) => [
      `create table many_${index} (a text default 'x;y')`,
      `comment on table many_${index} is $$a; comment$$`,
    ]).flat()
    await client.query(`${statements.join(';\n')};`)
    expect((await recorded()).map(({ content }) => content)).toEqual(statements)
  })

  it('keeps the whole of a message in which it cannot be told what ran, once', async () => {
    const message = Array.from(
      { length: 20 },
      (_, index) => `create table whole_${index} (); comment on table whole_${index} is 'a comment';`,
    )
    message.unshift('begin; create table whole_0 (); rollback;')
    await client.query(message.join('\n'))
    const executions = await recorded()
    expect(executions).toHaveLength(40)
    expect(new Set(executions.map(({ content }) => content))).toEqual(new Set([message.join('\n')]))
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.text where body like 'begin; create table whole_0 %'`,
      ),
    ).toBe(1)
  })

  const hostile = [
    'with "quotes" and \'more\'',
    'line\nbreak',
    'ü'.repeat(31),
    'x'.repeat(63),
    'pg_temp',
    '; drop table a; --',
    '$$',
    '%s%I%',
  ]
  it.each(hostile)('keeps the name %j', async (name) => {
    await client.query(`create schema if not exists names; create table names.${quoteName(name)} ()`)
    await client.query(`comment on table names.${quoteName(name)} is 'x'`)
    await client.query(`drop table names.${quoteName(name)}`)
    const identity = await onlyValue(client, `select 'names.' || quote_ident($1)`, [name])
    const [made, commented, dropped] = (await recorded()).slice(-3)
    expect(made?.['created']).toEqual([identity])
    expect(commented?.['modified']).toEqual([identity])
    expect(dropped?.['dropped']).toEqual([identity])
  })

  it('hashes each row as script_tracking.row_digest does', async () => {
    await client.query(
      `select script_tracking.complete_operation(script_tracking.track_script_execution('n', 'MANUAL', business_justification => repeat('why ', 100)))`,
    )
    expect(
      await rowsOf(
        client,
        `select count(*) > 20 as many, bool_and(row_hash = script_tracking.row_digest(l)) as "all" from script_tracking.ledger l`,
      ),
    ).toEqual([{ many: true, all: true }])
  })
})
