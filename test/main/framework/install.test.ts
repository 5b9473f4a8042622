import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundled } from '../../../src/main/framework/bundle.ts'
import { inspect } from '../../../src/main/framework/inspect.ts'
import { installFramework } from '../../../src/main/framework/install.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from '../../sql/tracked.ts'

describe.each(majors())('installing on PostgreSQL %i', (major) => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await TestDatabase.create(sharedServer(major))
  })
  afterAll(async () => {
    await database.close()
  })

  it('runs every file once, and nothing the second time', async () => {
    const client = await database.session()
    const steps: string[] = []
    const first = await installFramework(client, ({ name }) => steps.push(name))
    expect(steps.toSorted()).toEqual(bundled.map(({ name }) => name).toSorted())
    expect(steps.slice(-2)).toEqual(['routines/rights.sql', 'routines/tracking.sql'])
    expect(first.steps).toBe(bundled.length)
    expect(first.capabilities.filter(({ available }) => !available)).toEqual([])

    const second = await installFramework(client)
    expect(second).toMatchObject({ steps: 0, version: first.version })
    expect(await onlyValue(client, 'select count(*)::int from script_tracking.applied_file')).toBe(bundled.length)
    expect((await inspect(client)).installed.framework?.owner).toBe('steward_owner')
  })

  it('gives every relation, column and routine a comment', async () => {
    const client = await database.session()
    const silent = await rowsOf(
      client,
      `select c.relname || coalesce('.' || a.attname, '') as name
       from pg_class c
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not c.relispartition and c.relkind <> 'S'
       where c.relnamespace = 'script_tracking'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
         and (obj_description(c.oid, 'pg_class') is null or a.attnum is not null and col_description(c.oid, a.attnum) is null)
       union all
       select p.oid::regprocedure::text from pg_proc p
       where p.pronamespace = 'script_tracking'::regnamespace and obj_description(p.oid, 'pg_proc') is null`,
    )
    expect(silent).toEqual([])
  })

  it('runs to the same end when twenty start at once', async () => {
    const crowded = await TestDatabase.create(sharedServer(major))
    try {
      const sessions = await Promise.all(Array.from({ length: 20 }, () => crowded.session()))
      const reports = await Promise.all(sessions.map((client) => installFramework(client)))
      expect(reports.filter(({ steps }) => steps > 0)).toHaveLength(1)
      expect(new Set(reports.map(({ version }) => version)).size).toBe(1)
    } finally {
      await crowded.close()
    }
  })

  it('upgrades what differs, leaves triggers as they were switched, and records nothing of its own doing', async () => {
    const client = await database.session()
    // As if another release had installed one of the routines.
    await client.query(`alter table script_tracking.applied_file disable trigger insert_only;
      update script_tracking.applied_file set checksum = repeat('0', 64) where name = 'routines/history.sql';
      alter table script_tracking.applied_file enable always trigger insert_only`)
    await client.query('drop function script_tracking.get_execution_history(integer)')
    await client.query(
      'alter event trigger auto_ddl_drop_tracker disable; alter event trigger auto_ddl_tracker enable always',
    )
    const rows = await onlyValue(client, 'select count(*) from script_tracking.ledger')

    const report = await installFramework(client)
    expect(report.steps).toBe(bundled.filter(({ name }) => name.startsWith('routines/')).length)
    expect(report.capabilities.find(({ available }) => !available)?.reason).toMatch(
      /^Disabled: auto_ddl_drop_tracker\./,
    )
    expect(
      await rowsOf(
        client,
        `select evtname as name, evtenabled as enabled from pg_event_trigger where evtname <> 'auto_login_tracker' order by 1`,
      ),
    ).toEqual([
      { name: 'auto_ddl_caller', enabled: 'O' },
      { name: 'auto_ddl_caller_of_drop', enabled: 'O' },
      { name: 'auto_ddl_drop_tracker', enabled: 'D' },
      { name: 'auto_ddl_rewrite_tracker', enabled: 'O' },
      { name: 'auto_ddl_tracker', enabled: 'A' },
    ])
    expect(await onlyValue(client, 'select count(*) from script_tracking.ledger')).toBe(rows)
    await client.query('alter event trigger auto_ddl_drop_tracker enable; alter event trigger auto_ddl_tracker enable')
    expect(await rowsOf(client, 'select * from script_tracking.get_execution_history(1)')).toBeInstanceOf(Array)
  })

  it('refuses, in one sentence, a database that is not as it should be, and changes nothing there', async () => {
    const other = await TestDatabase.create(sharedServer(major))
    try {
      const client = await other.session()
      await client.query('create schema script_tracking; create table script_tracking.mine ()')
      await expect(installFramework(client)).rejects.toThrow(
        'There is a schema "script_tracking" here that pgSteward did not make: rename it, or track another database.',
      )
      await client.query('drop schema script_tracking cascade')
      await installFramework(client)
      await client.query(
        `insert into script_tracking.applied_file values ('migrations/0002_ledger.sql', repeat('0', 64), false, clock_timestamp(), 'test', 1)`,
      )
      await expect(installFramework(client)).rejects.toThrow(
        /^migrations\/0002_ledger\.sql was installed here from a file/,
      )
      const stranger = await other.session(await other.role('stranger'))
      expect((await inspect(stranger)).installed.role.ownsFramework).toBe(false)
    } finally {
      await other.close()
    }
  })

  it('leaves a function of the same name that somebody else made', async () => {
    const other = await TestDatabase.create(sharedServer(major))
    try {
      const client = await other.session()
      await client.query(
        `create function public.track_operation(a text, b text) returns text language sql as $$ select 'theirs' $$`,
      )
      const { capabilities } = await installFramework(client)
      expect(capabilities.find(({ available }) => !available)?.reason).toContain('call script_tracking.track_operation')
      expect(await onlyValue(client, `select public.track_operation('a', 'b')`)).toBe('theirs')
    } finally {
      await other.close()
    }
  })

  it('owes nothing to a hostile session or database', async () => {
    const other = await TestDatabase.create(sharedServer(major))
    try {
      const admin = await other.session()
      await admin.query(`create schema trap;
        create function trap.format(text, text) returns text language plpgsql as $$ begin raise exception 'trapped'; end $$;
        alter default privileges grant all on tables to public;
        alter database "${other.name}" set search_path = trap, pg_catalog;
        alter database "${other.name}" set standard_conforming_strings = off;
        alter database "${other.name}" set default_transaction_isolation = 'serializable';
        alter database "${other.name}" set statement_timeout = '1ms'`)
      const client = await other.session(undefined, { statement_timeout: 60_000 })
      await installFramework(client)
      expect(await onlyValue(client, 'show search_path')).toBe('trap, pg_catalog')
      expect(await onlyValue(client, `select has_table_privilege('public', 'script_tracking.ledger', 'select')`)).toBe(
        false,
      )
    } finally {
      await other.close()
    }
  })

  it('installs nothing where a step fails', async () => {
    const other = await TestDatabase.create(sharedServer(major))
    try {
      const client = await other.session()
      // The doors cannot be made: a procedure of that name and signature is in the way.
      await client.query(
        `create procedure public.track_operation(text, text) language sql as 'select 1 /* script_tracking.track_operation */'`,
      )
      await expect(installFramework(client)).rejects.toThrow(/^routines\/doors\.sql: /)
      expect(await onlyValue(client, `select to_regnamespace('script_tracking') is null`)).toBe(true)
    } finally {
      await other.close()
    }
  })
})
