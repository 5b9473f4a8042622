import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

/** PostgreSQL tells of logins from 17 on. */
describe.each(majors().filter((major) => major >= 17))('logins on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let user: string

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    user = await database.role('visitor')
  })
  afterAll(async () => {
    await database.close()
  })

  const logins = () =>
    rowsOf(
      client,
      `select script_name, script_type, script_category, execution_status, session_user_name, application_name, record_source
       from script_tracking.script_execution_current where script_type = 'SESSION' and session_user_name = $1`,
      [user],
    )

  it('are not recorded until that is switched on', async () => {
    await database.session(user)
    expect(await logins()).toEqual([])
    expect(
      await onlyValue(client, `select evtenabled from pg_event_trigger where evtname = 'auto_login_tracker'`),
    ).toBe('D')
  })

  it('are recorded once it is on, with who and from where', async () => {
    await client.query('alter event trigger auto_login_tracker enable')
    await database.session(user, { application_name: 'a visitor' })
    expect(await logins()).toEqual([
      {
        script_name: `LOGIN ${user}`,
        script_type: 'SESSION',
        script_category: 'LOGIN',
        execution_status: 'COMPLETED',
        session_user_name: user,
        application_name: 'a visitor',
        record_source: 'EVENT_TRIGGER',
      },
    ])
    expect(
      await onlyValue(
        client,
        'select bool_and(row_hash = script_tracking.row_digest(l)) from script_tracking.ledger l',
      ),
    ).toBe(true)
  })

  it('count as sessions in every report, and not as DDL', async () => {
    await client.query('create table public.beside (id integer)')
    const before = await onlyValue(
      client,
      `select value from script_tracking.get_enterprise_dashboard() where metric = 'ddl_commands'`,
    )
    await database.session(user)
    expect(
      await rowsOf(
        client,
        `select distinct script_type from script_tracking.get_execution_history() where script_name ~ '^LOGIN'`,
      ),
    ).toEqual([{ script_type: 'SESSION' }])
    expect(
      await rowsOf(
        client,
        `select s.script_type, s.executions = (select count(*) from script_tracking.ledger where command_tag = 'LOGIN') as counted
         from script_tracking.get_execution_statistics() s where s.script_type in ('SESSION', 'AUTO_DDL') order by 1 desc`,
      ),
    ).toEqual([
      { script_type: 'SESSION', counted: true },
      { script_type: 'AUTO_DDL', counted: false },
    ])
    expect(
      await onlyValue(
        client,
        `select value from script_tracking.get_enterprise_dashboard() where metric = 'ddl_commands'`,
      ),
    ).toBe(before)
  })

  it('succeed where the ledger is locked, and that is noted', async () => {
    await client.query('begin; lock table script_tracking.ledger in access exclusive mode')
    const session = await database.session(user)
    expect(await onlyValue(session, 'select 1')).toBe(1)
    await client.query('rollback')
    expect(
      await rowsOf(client, `select error_code from script_tracking.tracking_error where command_tag = 'LOGIN'`),
    ).toEqual([{ error_code: '55P03' }])
    expect(
      await rowsOf(client, `select error_kind, script_type, script_name from script_tracking.get_recent_errors()`),
    ).toEqual([{ error_kind: 'TRACKING', script_type: 'SESSION', script_name: 'LOGIN' }])
  })

  it('succeed where nothing can be written at all', async () => {
    await client.query(
      'begin; lock table script_tracking.ledger, script_tracking.tracking_error in access exclusive mode',
    )
    const locked = await database.session(user)
    expect(await onlyValue(locked, 'select 1')).toBe(1)
    await client.query('rollback')
    await client.query(`alter role ${quoteName(user)} set default_transaction_read_only = on`)
    const readOnly = await database.session(user)
    expect(await onlyValue(readOnly, 'select 1')).toBe(1)
    await client.query(`alter role ${quoteName(user)} reset default_transaction_read_only`)
  })

  it('succeed where DDL that cannot be recorded is refused', async () => {
    await client.query(`alter database ${quoteName(database.name)} set script_tracking.on_failure = 'error'`)
    await client.query('begin; lock table script_tracking.ledger in access exclusive mode')
    const session = await database.session(user)
    expect(await onlyValue(session, 'select 1')).toBe(1)
    await client.query('rollback')
  })

  it('succeed where what records them is gone', async () => {
    await client.query('alter function script_tracking.append(script_tracking.ledger) rename to appended')
    const session = await database.session(user)
    expect(await onlyValue(session, 'select 1')).toBe(1)
  })
})
