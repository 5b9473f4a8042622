import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

describe.each(majors())('who tries to have more rights than their own on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let intruderName: string
  let intruder: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    intruderName = await database.role('intruder')
    await client.query(
      `grant create on database ${quoteName(database.name)} to ${quoteName(intruderName)}; grant create on schema public to ${quoteName(intruderName)}`,
    )
    intruder = await database.session(intruderName)
    await intruder.query(
      'create table public.loot (what text, as_role text default current_user); grant insert on public.loot to public',
    )
  })
  afterAll(async () => {
    await database.close()
  })

  const recorded = (name: string) =>
    rowsOf(
      client,
      `select script_name, session_user_name, executed_by from script_tracking.script_execution_s
       where script_name ~ $1 order by version_number`,
      [name],
    )

  it('does not hide a drop of nothing, by saying that a drop is recorded already', async () => {
    const said = (value: string) => intruder.query(`select set_config('script_tracking.dropped', $1, true)`, [value])
    const key = '0'.repeat(64)
    await intruder.query('begin')
    const forgeries = ['1', '999999', `${key} 1`, `${key} ${await onlyValue(intruder, 'select txid_current()')} 1`]
    for (const [index, value] of forgeries.entries()) {
      await said(value)
      await intruder.query(`drop table if exists public.hidden_${index}`)
      expect(await onlyValue(intruder, `select current_setting('script_tracking.dropped')`)).toBe('')
    }
    // Nor does a real drop leave anything behind that hides the next one.
    await intruder.query('create table public.there (); drop table public.there; drop table if exists public.hidden_4')
    await intruder.query('commit')
    expect(
      await rowsOf(
        client,
        `select script_content as said, metadata -> 'no_op' as nothing from script_tracking.script_execution_s
         where script_content ~ 'hidden_' order by version_number`,
      ),
    ).toEqual([0, 1, 2, 3, 4].map((n) => ({ said: `drop table if exists public.hidden_${n}`, nothing: true })))
  })

  it('has no view taken for the rows of a trigger', async () => {
    const warden = await database.role('warden')
    await client.query(
      `grant steward_admin to ${quoteName(warden)}; grant create on schema public to ${quoteName(warden)}`,
    )
    const session = await database.session(warden)
    // Where a trigger names no transition table, a relation of that name is looked up.
    await session.query(`
      create table public.bait (id integer primary key);
      create function public.trap() returns boolean language plpgsql as
        $$ begin insert into public.loot (what) values ('trap'); return true; end $$;
      create temp view new_rows as select 1 as id where public.trap();
      create temp view old_rows as select 1 as id where public.trap();
      grant select on new_rows, old_rows to public;
      create trigger inserted after insert on public.bait for each statement execute function script_tracking.record_row_change('{}');
      create trigger updated after update on public.bait referencing new table as new_rows for each statement
        execute function script_tracking.record_row_change('{}');
      create trigger deleted after delete on public.bait for each row execute function script_tracking.record_row_change('{}')`)
    const warnings = await warningsDuring(session, async () => {
      await session.query('insert into public.bait values (1)')
      await session.query('update public.bait set id = 2')
      await session.query('delete from public.bait')
    })
    expect(warnings).toEqual(
      ['inserted', 'updated', 'deleted'].map((name) =>
        expect.stringContaining(`The trigger ${name} was not made by enable_row_audit.`),
      ),
    )
    expect(await rowsOf(client, 'select what, as_role from public.loot')).toEqual([])
    // And what enable_row_audit made is not misled by them.
    await session.query('create table public.honest (id integer primary key)')
    await session.query(`select script_tracking.enable_row_audit('public.honest')`)
    await session.query('insert into public.honest values (7)')
    expect(await rowsOf(session, `select new_values from script_tracking.get_row_changes('public.honest')`)).toEqual([
      { new_values: { id: 7 } },
    ])
    expect(await rowsOf(client, 'select what, as_role from public.loot')).toEqual([])
  })

  it('is nobody else while PostgreSQL maintains their tables in the session of another', async () => {
    await client.query(`select project_schema.create_user('root', password => 'the first password')`)
    await client.query(`grant steward_analyst to ${quoteName(intruderName)}`)
    const attempts = [
      `select count(*) from script_tracking.import_postgres_logs('2026-11-01 10:00:00 UTC [1] root@x LOG:  statement: drop table forged', '%m [%p] %u@%d ')`,
      `select count(*) from script_tracking.import_historical_operations(1, true)`,
      `select script_tracking.track_operation('forged')`,
      `select script_tracking.track_migration('forged', '1')`,
      `select script_tracking.record_execution('00000000-0000-4000-8000-000000000001', 0, '{"execution_status": "STARTED", "script_name": "forged"}')`,
      `select project_schema.set_password('root', 'another password')`,
      `select count(*) from project_schema.list_sessions()`,
      `select project_schema.record_activity('forged')`,
      `select count(*) from project_schema.notifications`,
    ]
    await intruder.query(`
      create table public.lure (id integer);
      insert into public.lure values (1);
      create function public.sprung(i integer) returns integer language sql immutable as 'select i';
      create index lure_sprung on public.lure (public.sprung(id));
      create function public.attempt(statement text) returns void language plpgsql as $$
        begin
          execute statement;
          insert into public.loot (what) values (statement);
        exception when others then
          insert into public.loot (what) values (sqlstate || ' ' || sqlerrm);
        end $$;
      create or replace function public.sprung(i integer) returns integer language plpgsql immutable as $$
        declare
          statement text;
        begin
          foreach statement in array ${`array[${attempts.map((sql) => `$_$${sql}$_$`).join(', ')}]`} loop
            perform public.attempt(statement);
          end loop;
          return i;
        end $$`)
    await client.query('reindex index public.lure_sprung')
    expect(await rowsOf(client, 'select what, as_role from public.loot')).toEqual(
      attempts.map(() => ({
        what: '42501 Not while PostgreSQL maintains a relation: nobody can tell who calls.',
        as_role: intruderName,
      })),
    )
    expect(await recorded('forged')).toEqual([])
    expect(await onlyValue(client, `select project_schema.verify_password('root', 'the first password')`)).toBe(true)
    await client.query('drop table public.lure; delete from public.loot')
    // The same calls of the same session are its own elsewhere.
    await intruder.query(`select script_tracking.track_operation('mine')`)
    expect(await recorded('^mine$')).toEqual([
      { script_name: 'mine', session_user_name: intruderName, executed_by: intruderName },
    ])
  })

  it('cannot keep others from recording by making months', async () => {
    const refusal = await refusalOf(intruder, 'select script_tracking.extend_ledger(60)')
    expect(refusal.code).toBe('42501')
    expect(refusal.hint).toMatch(/steward_admin/)
    expect(await onlyValue(intruder, 'select script_tracking.extend_ledger(0)')).toBe(0)
    expect(await onlyValue(client, 'select script_tracking.extend_ledger(5) > 0')).toBe(true)
  })

  it('cannot go unrecorded by setting what the tracker keeps in the session', async () => {
    const warnings = await warningsDuring(intruder, () =>
      intruder.query(`begin;
        select set_config('script_tracking.position', ((txid_current() << 21) + 2097151)::text, true);
        create table public.hidden_at_the_end (id integer);
        commit`),
    )
    expect(warnings).toEqual([])
    expect(
      await rowsOf(
        client,
        `select executed_by from script_tracking.script_execution_s where script_content ~ 'hidden_at_the_end \\('`,
      ),
    ).toEqual([{ executed_by: intruderName }])
  })

  it('cannot have a function of their own taken for one of pgcrypto', async () => {
    await client.query('create schema kept')
    await client.query('create extension pgcrypto schema kept')
    const pgcrypto = () =>
      onlyValue(client, `select project_schema.extension_function('pgcrypto', 'gen_random_bytes', 'integer')::text`)
    expect(await pgcrypto()).toBe('kept.gen_random_bytes(integer)')
    await intruder.query(`create schema own; grant usage on schema own to public;
      create function own.gen_random_bytes(integer) returns bytea language sql as $$ select '\\x00'::bytea $$`)
    await client.query('alter extension pgcrypto add function own.gen_random_bytes(integer)')
    expect(await pgcrypto()).toBe('kept.gen_random_bytes(integer)')
    // Whoever owns the schema may rename it and put another one in its place.
    await client.query(`alter schema kept owner to ${quoteName(intruderName)}`)
    expect(await pgcrypto()).toBe(null)
    await client.query('drop extension pgcrypto')
  })

  it('keeps no secret by way of the metadata that a client sends', async () => {
    await intruder.query(
      `select script_tracking.record_execution('00000000-0000-4000-8000-000000000002', 0,
        '{"execution_status": "STARTED", "script_name": "with metadata", "metadata": {"rows": 2, "password": "hunter2", "said": "password=hunter2"}}')`,
    )
    expect(
      await onlyValue(
        client,
        `select metadata from script_tracking.script_execution_s where script_name = 'with metadata'`,
      ),
    ).toEqual({ rows: 2, password: '********', said: 'password=********' })
  })
})
