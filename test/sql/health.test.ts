import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

interface Check {
  check_name: string
  status: string
  value: string | null
  message: string
  what_to_do: string | null
}

describe.each(majors())('the health of the framework on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let role: string

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    role = await database.role('somebody')
    await client.query(`select script_tracking.create_tenant('T')`)
    await client.query(`select script_tracking.add_tenant_member(script_tracking.calculate_hash_key('T'), $1)`, [role])
    await client.query('create table public.a (b int primary key)')
    await client.query('select script_tracking.compare_shared_catalogs()')
  })
  afterAll(async () => {
    await database.close()
  })

  const health = async (session: pg.Client): Promise<Check[]> =>
    (await session.query<Check>('select * from script_tracking.get_system_health()')).rows

  /** What a check finds after these statements, which are undone. */
  async function checkAfter(name: string, statements: string[]): Promise<Check> {
    await client.query('begin')
    try {
      for (const statement of statements) await client.query(statement)
      const found = (await health(client)).find(({ check_name }) => check_name === name)
      if (found === undefined) throw new Error(`There is no check ${name}.`)
      return found
    } finally {
      await client.query('rollback')
    }
  }

  it('is ok where nothing is wrong, and says so of each check', async () => {
    const checks = await health(client)
    expect(checks.map(({ check_name, status }) => `${check_name} ${status}`)).toEqual([
      'event_triggers ok',
      'replica_sessions ok',
      'on_failure ok',
      'logins ok',
      'commands_without_event ok',
      'months_ahead ok',
      'present_month ok',
      'default_partition ok',
      'insert_only ok',
      'grants ok',
      'trail_size ok',
      'clock ok',
      'version ok',
      'row_audit ok',
      'seals ok',
      'shared_catalogs ok',
      'tracking_errors ok',
      'row_audit_gaps ok',
      'tenant_members ok',
    ])
    expect(checks.filter(({ message }) => !/\.$/.test(message))).toEqual([])
    const version = checks.find(({ check_name }) => check_name === 'version')
    expect(version?.value).toMatch(/^migrations\/\d{4}_[a-z_]+\.sql$/)
    expect(version?.message).toContain(`PostgreSQL ${major}`)
    expect(checks.find(({ check_name }) => check_name === 'commands_without_event')?.message.includes('REINDEX')).toBe(
      major < 17,
    )
  })

  it('says how to record again after a month was dropped with cascade, and that mends it', async () => {
    await client.query('begin')
    await client.query(
      `do $$ begin execute format('drop table script_tracking.ledger_%s cascade', to_char(now() at time zone 'UTC', 'YYYY_MM')); end $$`,
    )
    const lost = (await health(client)).find(({ check_name }) => check_name === 'present_month')
    await client.query(String(lost?.what_to_do?.split(';')[0]))
    expect((await health(client)).find(({ check_name }) => check_name === 'present_month')).toMatchObject({
      status: 'ok',
      what_to_do: null,
    })
    await client.query('create table recorded_again ()')
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.script_execution_s where script_name = 'CREATE TABLE public.recorded_again'`,
      ),
    ).toBe(1)
    await client.query('rollback')
  })

  it('shows the checks that need to see everything to those who may', async () => {
    const ordinary = await health(await database.session(role))
    const auditor = await health(await database.session(await database.role('auditor', 'in role steward_auditor')))
    const evidence = ['seals', 'shared_catalogs', 'tracking_errors', 'row_audit_gaps', 'tenant_members']
    const names = (checks: Check[]) => checks.map(({ check_name }) => check_name)
    expect(names(auditor)).toEqual(expect.arrayContaining(evidence))
    expect(names(ordinary).filter((name) => evidence.includes(name))).toEqual([])
    expect(ordinary.find(({ check_name }) => check_name === 'checked_by')?.value).toBe(role)
    expect(names(ordinary)).toEqual(expect.arrayContaining(['event_triggers', 'insert_only', 'months_ahead']))
  })

  const row = (recordedAt: string) =>
    `insert into script_tracking.ledger (version_number, xid, recorded_at, operation, state_ordinal, backend_pid, source, status,
       row_hash, session_user_name, script_name, script_type)
     values (1000000001, txid_current(), ${recordedAt}, '00000000-0000-4000-8000-000000000001', 0, 1, 'S', 'C', sha256(''), 'x', 'y', 'Z')`
  const lost = (many: number, ago: string) =>
    `insert into script_tracking.tracking_error (failed_at, xid, session_user_name, command_tag, error_code, error_message)
     select now() - interval '${ago}', 1, 'x', 'DROP VIEW', '53100', 'disk full' from generate_series(1, ${many})`

  it.each<[string, string[], string, RegExp, RegExp, RegExp | null]>([
    [
      'event_triggers',
      ['alter event trigger auto_ddl_tracker disable'],
      'critical',
      /^4 of 5$/,
      /disabled auto_ddl_tracker\./,
      /^alter event trigger/,
    ],
    [
      'event_triggers',
      ['alter event trigger auto_ddl_tracker enable replica'],
      'critical',
      /^4 of 5$/,
      /disabled auto_ddl_tracker\./,
      /^alter event trigger/,
    ],
    [
      'event_triggers',
      ['alter event trigger auto_ddl_caller_of_drop disable'],
      'critical',
      /^4 of 5$/,
      /disabled auto_ddl_caller_of_drop\./,
      /^alter event trigger/,
    ],
    [
      'event_triggers',
      ['drop event trigger auto_ddl_drop_tracker'],
      'critical',
      /^4 of 5$/,
      /missing auto_ddl_drop_tracker\./,
      /^Install/,
    ],
    ['replica_sessions', ['alter event trigger auto_ddl_tracker enable always'], 'ok', /^recorded$/, /too\.$/, null],
    [
      'insert_only',
      ['alter table script_tracking.ledger disable trigger insert_only'],
      'critical',
      /^script_tracking\.ledger$/,
      /switched off on script_tracking\.ledger\./,
      /verify\(\)/,
    ],
    [
      'insert_only',
      ['drop trigger insert_only on script_tracking.tracking_error'],
      'critical',
      /^script_tracking\.tracking_error$/,
      /missing or switched off/,
      /enable always/,
    ],
    [
      'grants',
      ['grant select on script_tracking.text to public'],
      'warning',
      /^script_tracking\.text to public$/,
      /Row-level security/,
      /^revoke/,
    ],
    [
      'default_partition',
      [row(`timestamptz '2001-02-03'`)],
      'warning',
      /^script_tracking\.ledger_default$/,
      /retention does not reach/,
      /extend_ledger/,
    ],
    [
      'months_ahead',
      [
        `do $$ begin execute format('drop table script_tracking.ledger_%s, script_tracking.ledger_%s', to_char(now() at time zone 'UTC' + interval '2 months', 'YYYY_MM'), to_char(now() at time zone 'UTC' + interval '3 months', 'YYYY_MM')); end $$`,
      ],
      'warning',
      /^1$/,
      /for 1 month to come/,
      /extend_ledger/,
    ],
    [
      'present_month',
      [
        `do $$ begin execute format('drop table script_tracking.ledger_%s cascade', to_char(now() at time zone 'UTC', 'YYYY_MM')); end $$`,
      ],
      'critical',
      /^missing$/,
      /nothing can be recorded/,
      /extend_ledger/,
    ],
    [
      'present_month',
      ['drop view script_tracking.present_month'],
      'critical',
      /^missing$/,
      /nothing can be recorded/,
      /extend_ledger/,
    ],
    [
      'present_month',
      ['create or replace view script_tracking.present_ledger as select * from script_tracking.ledger_default'],
      'warning',
      /^script_tracking\.ledger_default$/,
      /Nothing is lost/,
      /extend_ledger/,
    ],
    ['clock', [row(`now() + interval '1 hour'`)], 'warning', /^20/, /yet to come/, /NTP/],
    [
      'seals',
      [row(`now() - interval '2 days'`)],
      'warning',
      /^never$/,
      /^Nothing was ever sealed\. \d+ states were recorded since/,
      /seal\(\)/,
    ],
    [
      'seals',
      [row(`now() - interval '8 days'`)],
      'critical',
      /^never$/,
      /a superuser could change them unseen\. No seal covers row changes/,
      /export-seals/,
    ],
    [
      'shared_catalogs',
      [
        'alter table script_tracking.shared_catalog_comparison disable trigger user',
        `update script_tracking.shared_catalog_comparison set compared_at = compared_at - interval '2 days'`,
      ],
      'warning',
      /^20/,
      /were last compared at 20/,
      /^select \* from script_tracking\.compare_shared_catalogs/,
    ],
    [
      'tracking_errors',
      [lost(3, '1 hour'), lost(5, '25 hours')],
      'warning',
      /^3$/,
      /^3 commands of the last 24 hours/,
      /get_recent_errors/,
    ],
    ['tracking_errors', [lost(100, '1 hour')], 'critical', /^100$/, /could not be recorded/, /drift\(\)/],
    [
      'row_audit',
      [`select script_tracking.enable_row_audit('public.a')`],
      'ok',
      // The tables of project_schema that are governed are so from the start.
      /^13$/,
      /^13 tables and partitions are/,
      null,
    ],
    [
      'row_audit_gaps',
      [`select script_tracking.enable_row_audit('public.a')`, 'alter table public.a disable trigger user'],
      'critical',
      /^(public\.)?a$/,
      /not all: (public\.)?a\./,
      /enable_row_audit/,
    ],
    ['on_failure', [`set local script_tracking.on_failure = 'error'`], 'ok', /^error$/, /is undone\.$/, null],
  ])('%s: after %j it is %s', async (name, statements, status, value, message, remedy) => {
    const found = await checkAfter(name, statements)
    expect(found.status).toBe(status)
    expect(found.value).toMatch(value)
    expect(found.message).toMatch(message)
    if (remedy === null) expect(found.what_to_do).toBeNull()
    else expect(found.what_to_do).toMatch(remedy)
  })

  it('names members of tenants who were renamed, or came over from another cluster', async () => {
    const renamed = await checkAfter('tenant_members', [
      `alter role ${quoteName(role)} rename to ${quoteName(`${role}_2`)}`,
    ])
    expect(renamed.status).toBe('warning')
    expect(renamed.value).toBe(`${role}_2 (was ${role})`)
    const restored = await checkAfter('tenant_members', [
      'alter table script_tracking.tenant_decision disable trigger user',
      'update script_tracking.tenant_decision set cluster_identifier = cluster_identifier - 1',
    ])
    expect(restored.status).toBe('warning')
    expect(restored.value).toBe(role)
    const confirmed = await checkAfter('tenant_members', [
      'alter table script_tracking.tenant_decision disable trigger user',
      'update script_tracking.tenant_decision set cluster_identifier = cluster_identifier - 1',
      `select script_tracking.add_tenant_member(script_tracking.calculate_hash_key('T'), '${role}')`,
    ])
    expect(confirmed.status).toBe('ok')
  })

  it('finds a database whose sessions fire no event triggers', async () => {
    const name = quoteName(database.name)
    await client.query(`alter database ${name} set session_replication_role = replica`)
    try {
      const found = (await health(client)).find(({ check_name }) => check_name === 'replica_sessions')
      expect(found?.status).toBe('critical')
      expect(found?.message).toBe(
        'session_replication_role is replica for the database: no event trigger fires for it.',
      )
    } finally {
      await client.query(`alter database ${name} reset session_replication_role`)
    }
  })

  it('is not misled by a search path', async () => {
    const outsider = await database.session(role)
    await outsider.query('create schema if not exists hostile').catch(() => undefined)
    await client.query(`create schema hostile; grant usage on schema hostile to public;
      create function hostile.current_setting(text) returns text language sql as $$ select '1' $$;
      create function hostile.bad(text, text) returns boolean language plpgsql as $$ begin raise exception 'trapped'; end $$;
      create operator hostile.= (leftarg = text, rightarg = text, function = hostile.bad)`)
    await outsider.query('set search_path = hostile, pg_catalog')
    expect(await onlyValue(outsider, 'select count(*)::int from script_tracking.get_system_health()')).toBe(15)
    for (const call of [
      'get_execution_history()',
      'get_execution_statistics()',
      'get_enterprise_dashboard()',
      'get_performance_metrics()',
      'get_recent_errors()',
    ]) {
      await outsider.query(`select from script_tracking.${call}`)
    }
    expect(await rowsOf(outsider, 'select from script_tracking.script_execution_s')).toEqual([])
    await client.query('drop schema hostile cascade')
  })
})
