import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

describe.each(majors())('the audit log of the database itself on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let userName: string
  let user: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    userName = await database.role('user')
    user = await database.session(userName)
  })
  beforeEach(async () => {
    await client.query(`drop schema if exists util cascade; create schema util; grant usage on schema util to public;
      create table util.audit (event text, name text, status text, who text, details jsonb, as_role text)`)
  })
  afterAll(async () => {
    await database.close()
  })

  const defineLog = (body: string, attributes = '') =>
    client.query(
      `create or replace function util.log_audit_event(text, text, text, text, jsonb) returns void language plpgsql ${attributes} as $$ begin ${body} end $$`,
    )
  const insert = 'insert into util.audit values ($1, $2, $3, $4, $5, current_user);'
  const told = () => rowsOf(client, 'select event, name, status, who, as_role from util.audit')

  it('is told of each start and end of each call', async () => {
    await defineLog(insert)
    const hk = await onlyValue(client, `select public.track_operation('load')`)
    await client.query('select public.complete_operation($1, false, $2)', [hk, 'password=geheim was wrong'])
    const script = await onlyValue(client, `select script_tracking.track_script_execution('s', 'manual')`)
    await client.query(`select script_tracking.complete_script_execution($1, 'rolled_back', 7)`, [script])
    await client.query(
      `select script_tracking.run_migration_enterprise('m.sql', '1', execute => true, content => 'select 1 / 0')`,
    )
    await client.query(`create function public.one() returns integer language sql as 'select 1'`)
    await client.query(`select script_tracking.create_tracking_wrapper('public.one()')`)
    await client.query('select public.one_tracking()')
    const rows = await told()
    expect(rows.map(({ event, name }) => [event, name])).toEqual([
      ['OPERATION_STARTED', 'load'],
      ['OPERATION_FAILED', 'load'],
      ['OPERATION_STARTED', 's'],
      ['OPERATION_ROLLED_BACK', 's'],
      ['OPERATION_STARTED', 'm.sql'],
      ['OPERATION_FAILED', 'm.sql'],
      ['OPERATION_STARTED', 'public.one()'],
      ['OPERATION_COMPLETED', 'public.one()'],
    ])
    expect(rows[1]).toEqual({
      event: 'OPERATION_FAILED',
      name: 'load',
      status: 'FAILED',
      who: 'postgres',
      as_role: 'postgres',
    })
    expect(
      await onlyValue(
        client,
        `select details - 'duration_ms' from util.audit where event = 'OPERATION_FAILED' and name = 'load'`,
      ),
    ).toEqual({
      execution_key: (hk as Buffer).toString('hex'),
      script_type: 'MANUAL',
      session_user_name: 'postgres',
      error_message: 'password=******** was wrong',
    })
  })

  it('fails alone: the operation is recorded', async () => {
    await defineLog(`raise exception 'disk full' using errcode = '53100';`)
    let hk: unknown
    const warnings = await warningsDuring(client, async () => {
      hk = await onlyValue(client, `select track_operation('still there')`)
    })
    expect(warnings).toEqual(['The operation is recorded, but util.log_audit_event failed: disk full (53100)'])
    expect(
      await onlyValue(
        client,
        'select execution_status from script_tracking.script_execution_current where script_execution_hk = $1',
        [hk],
      ),
    ).toBe('STARTED')
  })

  it('runs with the rights of the caller, never with those of the framework', async () => {
    await defineLog(insert)
    const denied = await warningsDuring(user, () => user.query(`select track_operation('without a right')`))
    expect(denied).toEqual([
      'The operation is recorded, but util.log_audit_event failed: permission denied for table audit (42501)',
    ])
    await client.query('grant insert on util.audit to public')
    await user.query(`select track_operation('with a right')`)
    await defineLog(insert, 'security definer')
    await client.query('revoke insert on util.audit from public')
    await user.query(`select track_operation('as its owner')`)
    expect(await told()).toEqual([
      { event: 'OPERATION_STARTED', name: 'with a right', status: 'STARTED', who: userName, as_role: userName },
      { event: 'OPERATION_STARTED', name: 'as its owner', status: 'STARTED', who: userName, as_role: 'postgres' },
    ])
  })

  it('is not run for others where an ordinary role wrote it', async () => {
    await defineLog(insert)
    await client.query(
      `alter function util.log_audit_event(text, text, text, text, jsonb) owner to ${quoteName(userName)}; grant insert on util.audit to public`,
    )
    // A superuser, and the framework, would run what this role wrote with their own rights.
    await client.query(`select track_operation('a trap')`)
    expect(await told()).toEqual([])
    await user.query(`select track_operation('my own')`)
    expect((await told()).map(({ name }) => name)).toEqual(['my own'])
  })

  it('is not run for others where an ordinary role could put another in its place', async () => {
    await defineLog(insert, 'security definer')
    await client.query(
      `alter function util.log_audit_event(text, text, text, text, jsonb) owner to ${quoteName(userName)}; grant insert on util.audit to public`,
    )
    await client.query(`select track_operation('security definer, for now')`)
    await client.query(
      `alter function util.log_audit_event(text, text, text, text, jsonb) owner to postgres; alter schema util owner to ${quoteName(userName)}`,
    )
    await client.query(`select track_operation('in a schema that can be renamed')`)
    expect(await told()).toEqual([])
    await client.query('alter schema util owner to postgres')
    await client.query(`select track_operation('told')`)
    expect((await told()).map(({ name }) => name)).toEqual(['told'])
  })

  it('may record operations of its own without end', async () => {
    await defineLog(`${insert} perform public.complete_operation(public.track_operation('by the log'));`)
    await client.query(`select track_operation('by me')`)
    expect((await told()).map(({ name }) => name)).toEqual(['by me'])
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.script_execution_s where script_name = 'by the log'`,
      ),
    ).toBe(2)
  })

  it('is not called where the function is another one or absent', async () => {
    await client.query(
      `create function util.log_audit_event(text, text) returns void language plpgsql as $$ begin raise exception 'not me'; end $$`,
    )
    expect(await warningsDuring(client, () => client.query(`select track_operation('alone')`))).toEqual([])
    await client.query('drop schema util cascade')
    expect(await warningsDuring(client, () => client.query(`select track_operation('alone')`))).toEqual([])
  })
})
