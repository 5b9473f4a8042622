import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

/** Each is completed by one call. */
const completed = `(select hk from public.prepared where use operator(pg_catalog.=) `
/** Calls in statements that owe nothing to a search path themselves. */
const recording = [
  `select script_tracking.track_operation('a')`,
  `select public.track_operation('a', 'MANUAL')`,
  `select script_tracking.complete_operation(${completed} 1))`,
  `select public.complete_operation(${completed} 2), false, 'failed')`,
  `select script_tracking.track_script_execution('a', 'MANUAL', 'X', 'select 1', 'a.sql', '1', null, 'because', 'T-1')`,
  `select script_tracking.complete_script_execution(${completed} 3), 'FAILED', 1, 2, 'failed', '22012', '{a}', '{b}', '{c}', '{d}')`,
  `select script_tracking.track_migration('a', '1', 'FORWARD', 'select 1')`,
  `select script_tracking.track_function_execution('a', '{"password": "x", "n": [1]}')`,
  `select script_tracking.track_maintenance('a', 'VACUUM', 'vacuum', 'because')`,
  `select * from script_tracking.run_migration_enterprise('a.sql', '1', 'FORWARD', true, 'create table public.made (id integer); drop table public.made')`,
  `select script_tracking.create_tracking_wrapper('public.doubled(integer)')`,
  `select script_tracking.drop_tracking_wrapper('public.kept(integer)')`,
  `select * from script_tracking.import_postgres_logs('2026-01-02 03:04:05.678 UTC [42] LOG:  statement: create table t (id int)', '%m [%p] ')`,
  `select * from script_tracking.import_historical_operations(1, true)`,
  `select script_tracking.cleanup_old_data(365)`,
]
const reading = [
  `select * from script_tracking.get_execution_history()`,
  `select * from script_tracking.get_execution_statistics()`,
  `select * from script_tracking.get_enterprise_dashboard()`,
  `select * from script_tracking.get_performance_metrics()`,
  `select * from script_tracking.get_system_health()`,
  `select * from script_tracking.get_recent_errors()`,
]
const plain = [
  `select script_tracking.generate_unique_script_name('a')`,
  `select script_tracking.calculate_hash_key('a')`,
]
/** Says of each thing what it could not do, instead of failing. */
const setup = 'select * from script_tracking.setup_enterprise_tracking()'
const wrapped = 'select public.kept_tracking(2)'
const ddl = 'create table public.x (id integer); alter table public.x add y integer; drop table public.x'

/**
 * A schema with all that can be made again of pg_catalog: each function and each operator is an error there, and no
 * type whose name is not a keyword takes a value.
 */
const imposters = `
  create schema trap;
  create function trap.sprung() returns boolean language plpgsql as $$ begin raise exception 'trapped'; end $$;
  do $$
  declare
    real record;
  begin
    for real in
      select p.proname as name, format_type(p.prorettype, null) as result,
        array(select format_type(t.type, null) from unnest(p.proargtypes) with ordinality as t (type, place) order by t.place) as arguments
      from pg_proc p
      where p.pronamespace = 'pg_catalog'::regnamespace and p.provariadic = 0
        and p.prorettype not in ('internal'::regtype, 'cstring'::regtype)
        and not p.proargtypes::oid[] && array['internal'::regtype, 'cstring'::regtype]::oid[]
    loop
      begin
        execute format('create function trap.%I(%s) returns %s language plpgsql as %L',
          real.name, array_to_string(real.arguments, ', '), real.result, 'begin raise exception ''trapped''; end');
      exception when others then null; -- Some kinds of result are not for PL/pgSQL.
      end;
    end loop;
    for real in
      select o.oprname as name, p.proname as function, nullif(o.oprleft, 0)::regtype as before, o.oprright::regtype as behind
      from pg_operator o
      join pg_proc p on p.oid = o.oprcode
      where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprright <> 0
    loop
      begin
        execute format('create operator trap.%s (function = trap.%I, %s rightarg = %s)',
          real.name, real.function, 'leftarg = ' || real.before || ',', real.behind);
      exception when others then null;
      end;
    end loop;
    for real in
      select t.typname as name from pg_type t
      where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype = 'b' and t.typelem = 0
    loop
      execute format('create domain trap.%1$I as pg_catalog.%1$I check (trap.sprung())', real.name);
    end loop;
  end $$`

describe.each(majors())('in bad circumstances on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    await client.query(`
      create function public.doubled(n integer) returns integer language plpgsql as 'begin return n operator(pg_catalog.*) 2; end';
      create function public.kept(n integer) returns integer language plpgsql as 'begin return n operator(pg_catalog.*) 2; end';
      select script_tracking.create_tracking_wrapper('public.kept(integer)');
      create table public.prepared as select n as use, script_tracking.track_operation('completed later') as hk from generate_series(1, 3) n`)
  })
  afterAll(async () => {
    await database.close()
  })

  /** The SQLSTATE that each statement is refused with, null where it is not; all is undone at once. */
  async function refusals(
    session: pg.Client,
    statements: string[],
    before: string,
  ): Promise<[string, string | null][]> {
    const answers: [string, string | null][] = []
    for (const sql of statements) {
      await session.query(`begin; ${before}`)
      try {
        await session.query(sql)
        answers.push([sql, null])
      } catch (thrown) {
        if (!(thrown instanceof pg.DatabaseError)) throw thrown
        answers.push([sql, `${thrown.code} ${thrown.message}`])
      } finally {
        await session.query('rollback')
      }
    }
    return answers
  }
  const each = (statements: string[], answer: unknown) => statements.map((sql) => [sql, answer])

  it('calls owe nothing to a search path with every function, operator and type of PostgreSQL made anew in front', async () => {
    await client.query(`set session_replication_role = replica; ${imposters}; reset session_replication_role`)
    const [made] = await rowsOf(
      client,
      `select (select count(*)::int from pg_proc where pronamespace = 'trap'::regnamespace) as functions,
         (select count(*)::int from pg_operator where oprnamespace = 'trap'::regnamespace) as operators`,
    )
    expect(made?.['functions']).toBeGreaterThan(2000)
    expect(made?.['operators']).toBeGreaterThan(700)
    const session = await database.session()
    const path = 'set local search_path = trap, pg_catalog, public'
    const trapped = ['select 1 + 1', `select upper('a')`, `select 'a'::text`]
    expect(await refusals(session, trapped, path)).toEqual(each(trapped, 'P0001 trapped'))
    const statements = [...recording, ...reading, ...plain, wrapped, ddl]
    expect(
      await warningsDuring(session, async () => {
        expect(await refusals(session, statements, path)).toEqual(each(statements, null))
      }),
    ).toEqual([])

    // And what they record and answer is what it would be.
    await session.query('set search_path = trap, pg_catalog, public')
    const hk = await onlyValue(
      session,
      `select script_tracking.track_script_execution('under it', 'MANUAL', 'X', 'select 1')`,
    )
    await session.query(`select script_tracking.complete_script_execution($1, 'FAILED', 7, 8, 'failed', '22012')`, [hk])
    await session.query(ddl)
    expect(
      await rowsOf(
        client,
        `select script_name as name, execution_status as status, script_content as content, execution_duration_ms::int as ms, error_code as code
         from script_tracking.script_execution_current where script_name = 'under it' or script_name like '% public.x%' order by version_number`,
      ),
    ).toEqual(
      expect.arrayContaining([
        { name: 'under it', status: 'FAILED', content: 'select 1', ms: 7, code: '22012' },
        {
          name: 'CREATE TABLE public.x',
          status: 'COMPLETED',
          content: 'create table public.x (id integer)',
          ms: null,
          code: null,
        },
      ]),
    )
    for (const report of ['get_execution_history', 'get_execution_statistics', 'get_recent_errors']) {
      const sql = `select * from script_tracking.${report}()`
      expect(await rowsOf(session, sql)).toEqual(await rowsOf(client, sql))
    }
    await client.query('select script_tracking.seal()')
    expect(await rowsOf(client, 'select distinct ok from script_tracking.verify()')).toEqual([{ ok: true }])
  })

  it.each([
    ['transaction', 'set transaction read only'],
    ['database', ''],
  ])(
    'calls say where a %s is read-only that nothing can be recorded, and report all the same',
    async (what, before) => {
      if (what === 'database')
        await client.query(`alter database ${quoteName(database.name)} set default_transaction_read_only = on`)
      const session = await database.session()
      try {
        expect(await refusals(session, recording, before)).toEqual(
          each(recording, expect.stringMatching(/^25006 cannot execute [A-Za-z ()]+ in a read-only transaction$/)),
        )
        const goingOn = [...reading, ...plain, setup]
        expect(await refusals(session, goingOn, before)).toEqual(each(goingOn, null))
        const warnings = await warningsDuring(session, async () => {
          expect(await refusals(session, [wrapped], before)).toEqual(each([wrapped], null))
        })
        expect(warnings).toEqual([
          expect.stringMatching(/^public\.kept\(integer\) is called, but the call could not be recorded: .* read-only/),
        ])
      } finally {
        await client.query(
          `begin read write; alter database ${quoteName(database.name)} reset default_transaction_read_only; commit`,
        )
      }
    },
  )

  it('calls end where the session says so, and are whole again afterwards', async () => {
    const [holder, session] = [await database.session(), await database.session()]
    await holder.query('begin; lock table script_tracking.ledger in access exclusive mode')
    const waiting = [...recording, ...reading]
    // Shorter than what the tracker itself waits for.
    const cancelled = [...waiting, setup, wrapped, ddl]
    expect(await refusals(session, cancelled, `set local statement_timeout = '50ms'`)).toEqual(
      each(cancelled, '57014 canceling statement due to statement timeout'),
    )
    // DDL takes effect, with a warning; so do these two, which are DDL.
    const isDdl = (sql: string) => sql.includes('_tracking_wrapper(')
    const refused = waiting.filter((sql) => !isDdl(sql))
    expect(await refusals(session, refused, `set local lock_timeout = '10ms'`)).toEqual(
      each(refused, '55P03 canceling statement due to lock timeout'),
    )
    const goingOn = [...waiting.filter(isDdl), wrapped]
    const warnings = await warningsDuring(session, async () => {
      expect(await refusals(session, goingOn, `set local lock_timeout = '10ms'`)).toEqual(each(goingOn, null))
    })
    expect(new Set(warnings.map((warning) => warning.replace(/^.*, but/, '')))).toEqual(
      new Set([
        ' could not be recorded: canceling statement due to lock timeout (55P03)',
        ' the call could not be recorded: canceling statement due to lock timeout (55P03)',
      ]),
    )
    await holder.query('rollback')
    const all = [...waiting, ...plain, setup, wrapped, ddl]
    expect(await refusals(session, all, '')).toEqual(each(all, null))
  })
})
