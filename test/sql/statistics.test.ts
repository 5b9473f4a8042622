import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('figures over the trail on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let member: pg.Client
  let memberName: string
  let outsider: pg.Client
  let auditor: pg.Client
  let tenant: unknown

  const finish = async (session: pg.Client, name: string, type: string, status: string, tenantHk: unknown = null) => {
    const hk = await onlyValue(
      session,
      `select script_tracking.track_script_execution($1, $2, tenant_hk => $3, related_ticket => 'T-9')`,
      [name, type, tenantHk],
    )
    await session.query(
      `select script_tracking.complete_script_execution($1, $2, duration_ms => $3, rows_affected => 10,
         error_message => case when $2 = 'FAILED' then 'no luck' end, error_code => case when $2 = 'FAILED' then '22012' end)`,
      [hk, status, name.length * 100],
    )
    return hk
  }
  const record = (session: pg.Client, operation: string, ordinal: number, state: object) =>
    session.query('select script_tracking.record_execution($1, $2, $3)', [operation, ordinal, JSON.stringify(state)])

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    memberName = await database.role('member')
    member = await database.session(memberName)
    outsider = await database.session(await database.role('outsider'))
    auditor = await database.session(await database.role('auditor', 'in role steward_auditor'))
    tenant = await onlyValue(client, `select script_tracking.create_tenant('T')`)
    await client.query('select script_tracking.add_tenant_member($1, $2)', [tenant, memberName])

    await finish(client, 'a', 'LOAD', 'COMPLETED', tenant)
    await finish(client, 'bb', 'LOAD', 'COMPLETED')
    await finish(member, 'ccc', 'LOAD', 'FAILED')
    await finish(outsider, 'dddd', 'LOAD', 'ROLLED_BACK')
    await client.query(`select script_tracking.track_operation('runs still', 'LOAD')`)
    // A client's states may be more than two, and may come in any order: the newest is the one that counts.
    const operation = '7f1ad8a4-6c5c-4d92-8b5e-1f0a3a8f5c11'
    await record(client, operation, 2, {
      execution_status: 'ROLLED_BACK',
      script_name: 'undone',
      script_type: 'CLIENT',
    })
    await record(client, operation, 0, { execution_status: 'STARTED', script_name: 'undone', script_type: 'CLIENT' })
    await record(client, operation, 1, { execution_status: 'COMPLETED', script_name: 'undone', script_type: 'CLIENT' })
    await client.query('create table public.counted (a int, b int); alter table public.counted drop column b')
    // What was simulated is in the trail, and in no figure.
    await client.query(
      `insert into script_tracking.ledger (version_number, xid, recorded_at, operation, state_ordinal, backend_pid, source, status,
         row_hash, session_user_name, script_name, script_type, error_message)
       values (1000000001, txid_current(), clock_timestamp(), $1, 0, 1, 'X', 'F', sha256(''), 'postgres', 'made up', 'LOAD', 'made up')`,
      ['00000000-0000-4000-8000-000000000001'],
    )
    // Long ago, and unlike all else.
    await client.query(
      `insert into script_tracking.ledger (version_number, xid, recorded_at, operation, state_ordinal, backend_pid, source, status,
         row_hash, session_user_name, script_name, script_type)
       values (1000000005, txid_current(), now() - interval '40 days', $1, 0, 1, 'S', 'F', sha256(''), 'postgres', 'long ago', 'OLD')`,
      ['00000000-0000-4000-8000-000000000002'],
    )
  })
  afterAll(async () => {
    await database.close()
  })

  it('counts executions by type, each once, in its newest state', async () => {
    const figures = await rowsOf(
      auditor,
      `select script_type, executions::int, completed::int, failed::int, rolled_back::int, interrupted::int, running::int,
         success_rate::text, average_duration_ms::text, median_duration_ms::text, p95_duration_ms::text, longest_duration_ms::int,
         rows_affected::int, users::int, first_execution <= last_execution as in_order
       from script_tracking.get_execution_statistics() order by 1`,
    )
    expect(figures).toEqual([
      {
        script_type: 'ADMINISTRATION',
        executions: 2,
        completed: 2,
        failed: 0,
        rolled_back: 0,
        interrupted: 0,
        running: 0,
        success_rate: '100.00',
        average_duration_ms: null,
        median_duration_ms: null,
        p95_duration_ms: null,
        longest_duration_ms: null,
        rows_affected: 0,
        users: 1,
        in_order: true,
      },
      {
        script_type: 'AUTO_DDL',
        executions: 2,
        completed: 2,
        failed: 0,
        rolled_back: 0,
        interrupted: 0,
        running: 0,
        success_rate: '100.00',
        average_duration_ms: null,
        median_duration_ms: null,
        p95_duration_ms: null,
        longest_duration_ms: null,
        rows_affected: 0,
        users: 1,
        in_order: true,
      },
      {
        script_type: 'CLIENT',
        executions: 1,
        completed: 0,
        failed: 0,
        rolled_back: 1,
        interrupted: 0,
        running: 0,
        success_rate: '0.00',
        average_duration_ms: null,
        median_duration_ms: null,
        p95_duration_ms: null,
        longest_duration_ms: null,
        rows_affected: 0,
        users: 1,
        in_order: true,
      },
      {
        script_type: 'LOAD',
        executions: 5,
        completed: 2,
        failed: 1,
        rolled_back: 1,
        interrupted: 0,
        running: 1,
        success_rate: '50.00',
        average_duration_ms: '250.00',
        median_duration_ms: '250.00',
        p95_duration_ms: '385.00',
        longest_duration_ms: 400,
        rows_affected: 40,
        users: 3,
        in_order: true,
      },
    ])
    expect(
      await rowsOf(
        auditor,
        `select script_type from script_tracking.get_execution_statistics(50) where failed = 1 order by 1`,
      ),
    ).toEqual([{ script_type: 'LOAD' }, { script_type: 'OLD' }])
  })

  it('counts what each may see, and no more', async () => {
    const counts = async (session: pg.Client) =>
      await rowsOf(
        session,
        'select script_type as type, executions::int as n from script_tracking.get_execution_statistics() order by 1',
      )
    expect(await counts(member)).toEqual([{ type: 'LOAD', n: 2 }])
    expect(await counts(outsider)).toEqual([{ type: 'LOAD', n: 1 }])
    const executions = async (session: pg.Client, ...values: unknown[]) =>
      Number(
        await onlyValue(
          session,
          `select value from script_tracking.get_enterprise_dashboard(${values.map((_, i) => `$${i + 1}`).join(', ')}) where metric = 'executions'`,
          values,
        ),
      )
    expect(await executions(auditor)).toBe(10)
    expect(await executions(member)).toBe(2)
    expect(await executions(outsider)).toBe(1)
    expect(await executions(member, tenant, 1)).toBe(1)
    expect(await executions(auditor, tenant)).toBe(1)
    const [foreign, unknown] = [
      await refusalOf(outsider, 'select from script_tracking.get_enterprise_dashboard($1)', [tenant]),
      await refusalOf(outsider, 'select from script_tracking.get_enterprise_dashboard($1)', [Buffer.alloc(32, 1)]),
    ]
    const withoutKey = ({ message, code, hint, where }: pg.DatabaseError) => [
      message.replace(/\\x[0-9a-f]+/, ''),
      code,
      hint,
      where,
    ]
    expect(foreign.message).toMatch(/^There is no tenant \\x[0-9a-f]{64} of yours\.$/)
    expect(withoutKey(foreign)).toEqual(withoutKey(unknown))
  })

  it('shows the figures of a time beside those of the time before', async () => {
    const metrics = await rowsOf(
      auditor,
      `select metric, value::text, previous_value::text as previous, unit from script_tracking.get_enterprise_dashboard(hours => 24)`,
    )
    expect(metrics).toEqual([
      { metric: 'executions', value: '10', previous: '0', unit: 'count' },
      { metric: 'completed', value: '6', previous: '0', unit: 'count' },
      { metric: 'failed', value: '1', previous: '0', unit: 'count' },
      { metric: 'rolled_back', value: '2', previous: '0', unit: 'count' },
      { metric: 'interrupted', value: '0', previous: '0', unit: 'count' },
      { metric: 'running', value: '1', previous: '0', unit: 'count' },
      { metric: 'success_rate', value: '66.67', previous: null, unit: 'percent' },
      { metric: 'ddl_commands', value: '2', previous: '0', unit: 'count' },
      { metric: 'objects_created', value: '1', previous: '0', unit: 'count' },
      { metric: 'objects_modified', value: '1', previous: '0', unit: 'count' },
      { metric: 'objects_dropped', value: '0', previous: '0', unit: 'count' },
      { metric: 'rows_affected', value: '40', previous: '0', unit: 'rows' },
      { metric: 'average_duration', value: '250.00', previous: null, unit: 'milliseconds' },
      { metric: 'p95_duration', value: '385.00', previous: null, unit: 'milliseconds' },
      { metric: 'longest_duration', value: '400', previous: null, unit: 'milliseconds' },
      { metric: 'users', value: '3', previous: '0', unit: 'count' },
      { metric: 'applications', value: '0', previous: '0', unit: 'count' },
    ])
    const older = await rowsOf(
      auditor,
      `select metric, value::int, previous_value::int as previous from script_tracking.get_enterprise_dashboard(hours => 24 * 30)
       where metric in ('executions', 'failed')`,
    )
    expect(older).toEqual([
      { metric: 'executions', value: 10, previous: 1 },
      { metric: 'failed', value: 1, previous: 1 },
    ])
  })

  it('lists executions newest first, each once, and what was simulated in none', async () => {
    const key = Buffer.isBuffer(tenant) ? tenant.toString('hex') : ''
    const history = await rowsOf(
      auditor,
      'select script_name as name, execution_status as status from script_tracking.get_execution_history()',
    )
    expect(history).toEqual([
      { name: 'ALTER TABLE public.counted', status: 'COMPLETED' },
      { name: 'CREATE TABLE public.counted', status: 'COMPLETED' },
      { name: 'undone', status: 'ROLLED_BACK' },
      { name: 'runs still', status: 'STARTED' },
      { name: 'dddd', status: 'ROLLED_BACK' },
      { name: 'ccc', status: 'FAILED' },
      { name: 'bb', status: 'COMPLETED' },
      { name: 'a', status: 'COMPLETED' },
      { name: `add_tenant_member(${key}, ${memberName})`, status: 'COMPLETED' },
      { name: `create_tenant(${key})`, status: 'COMPLETED' },
    ])
    expect(
      await rowsOf(
        auditor,
        `select count(*)::int as n from script_tracking.get_execution_history() join script_tracking.script_execution_current using (script_execution_hk, execution_status)`,
      ),
    ).toEqual([{ n: 10 }])
  })

  it('lists what went wrong, and to those who see everything what could not be recorded', async () => {
    await client.query(`insert into script_tracking.tracking_error (failed_at, xid, session_user_name, command_tag, error_code, error_message)
      values (clock_timestamp(), 1, 'somebody', 'DROP VIEW', '53100', 'disk full'), (now() - interval '2 days', 1, 'somebody', 'DROP VIEW', '53100', 'before')`)
    const errors = (session: pg.Client) =>
      rowsOf(
        session,
        `select error_kind as kind, script_name as name, execution_status as status, error_code as code, error_message as message, related_ticket as ticket,
           script_execution_hk is not null as keyed
         from script_tracking.get_recent_errors()`,
      )
    const failed = {
      kind: 'EXECUTION',
      name: 'ccc',
      status: 'FAILED',
      code: '22012',
      message: 'no luck',
      ticket: 'T-9',
      keyed: true,
    }
    expect(await errors(auditor)).toEqual([
      {
        kind: 'TRACKING',
        name: 'DROP VIEW',
        status: null,
        code: '53100',
        message: 'disk full',
        ticket: null,
        keyed: false,
      },
      {
        kind: 'EXECUTION',
        name: 'undone',
        status: 'ROLLED_BACK',
        code: null,
        message: null,
        ticket: null,
        keyed: true,
      },
      { kind: 'EXECUTION', name: 'dddd', status: 'ROLLED_BACK', code: null, message: null, ticket: 'T-9', keyed: true },
      failed,
    ])
    expect(await errors(member)).toEqual([failed])
  })

  it('says how operations, the database and the trail are doing', async () => {
    const metrics = await rowsOf(
      auditor,
      'select area, metric, value, unit, description from script_tracking.get_performance_metrics()',
    )
    expect(metrics).toHaveLength(21)
    const value = (name: string) => Number(metrics.find(({ metric }) => metric === name)?.['value'])
    expect(value('operations_last_hour')).toBe(10)
    expect(value('operations_last_day')).toBe(10)
    expect(value('median_duration')).toBe(250)
    expect(value('longest_duration')).toBe(400)
    expect(value('busiest_minute')).toBeGreaterThanOrEqual(4)
    expect(value('trail_heap')).toBeGreaterThan(8192)
    expect(value('size')).toBeGreaterThan(value('trail_heap'))
    expect(value('sessions')).toBeGreaterThanOrEqual(3)
    expect(metrics.every(({ description }) => String(description).length > 10)).toBe(true)
  })

  it('refuses a time that makes no sense, in words', async () => {
    for (const [call, message] of [
      ['get_execution_history(0)', /1 to 36500 days, not 0/],
      ['get_execution_history(null)', /1 to 36500 days, not null/],
      ['get_execution_statistics(-1)', /1 to 36500 days, not -1/],
      ['get_enterprise_dashboard(hours => 0)', /1 to 876000 hours, not 0/],
      ['get_recent_errors(2147483647)', /1 to 876000 hours, not 2147483647/],
    ] as const) {
      const refusal = await refusalOf(member, `select from script_tracking.${call}`)
      expect(refusal.message).toMatch(message)
      expect(refusal.code).toBe('22023')
    }
    expect(Number(await onlyValue(auditor, 'select count(*) from script_tracking.get_execution_history(36500)'))).toBe(
      11,
    )
  })
})
