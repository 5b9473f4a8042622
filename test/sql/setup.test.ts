import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventTriggers } from '../../src/main/framework/capabilities.ts'
import { uninstallFramework } from '../../src/main/framework/uninstall.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('setup_enterprise_tracking on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    // The sample database's own functions, without its other schemas.
    for (const file of ['04_auth.sql', '05_login.sql']) {
      await client.query(await readFile(join('src/main/demo/sql', file), 'utf8'))
    }
  })
  afterAll(async () => {
    await database.close()
  })

  const setup = async (session = client) => {
    const rows = await rowsOf(session, 'select step, done, message from script_tracking.setup_enterprise_tracking()')
    return new Map(rows.map(({ step, done, message }) => [String(step), { done, message: String(message) }]))
  }

  it('says what an ordinary role may not turn on', async () => {
    await client.query('alter event trigger auto_ddl_tracker disable; drop event trigger auto_ddl_rewrite_tracker')
    const steps = await setup(await database.session(await database.role('plain')))
    const refused = { done: false, message: expect.stringMatching(/\(42501\)/) }
    expect(steps.get('event trigger auto_ddl_tracker on ddl_command_end')).toEqual(refused)
    expect(steps.get('event trigger auto_ddl_rewrite_tracker on table_rewrite')).toEqual(refused)
    expect(steps.get('wrapper of auth.validate_session(text)')).toEqual(refused)
    expect(steps.get('months of the ledger')?.done).toBe(true)
  })

  it('turns everything on, and the second time finds it on', async () => {
    const steps = await setup()
    expect(steps.get('event trigger auto_ddl_tracker on ddl_command_end')).toEqual({
      done: true,
      message: 'switched on',
    })
    expect(steps.get('event trigger auto_ddl_rewrite_tracker on table_rewrite')).toEqual({
      done: true,
      message: 'made',
    })
    expect(steps.get('wrapper of auth.validate_session(text)')).toEqual({
      done: true,
      message: 'auth.validate_session_tracking(text) records its calls.',
    })
    expect(steps.get('util.log_audit_event')).toEqual({
      done: false,
      message: expect.stringMatching(/^There is no function/),
    })
    expect([...steps].filter(([step, { done }]) => !done && step !== 'util.log_audit_event')).toEqual([])

    const again = await setup()
    expect(again.get('event trigger auto_ddl_tracker on ddl_command_end')).toEqual({
      done: true,
      message: 'on already',
    })
    expect(again.get('wrapper of auth.validate_session(text)')?.message).toBe(
      'auth.validate_session_tracking(text) records its calls already.',
    )
    expect([...again.keys()]).toEqual([...steps.keys()])
  })

  it('makes and asks for the event triggers that the application knows, and logins where the server tells of them', async () => {
    const wanted = await rowsOf(
      client,
      `select w.name, w.is_ddl as ddl, t.evtevent = w.event and p.proname = w.function_name and obj_description(t.oid) = w.description as stands
       from script_tracking.wanted_event_trigger w
       join pg_event_trigger t on t.evtname = w.name
       join pg_proc p on p.oid = t.evtfoid
       order by 1`,
    )
    const stands = (ddl: boolean) => (name: string) => ({ name, ddl, stands: true })
    expect(wanted).toEqual([
      ...eventTriggers.map(stands(true)),
      ...(major >= 17 ? ['auto_login_tracker'] : []).map(stands(false)),
    ])
  })

  it('has the calls of the login functions recorded, and no password', async () => {
    const id = await onlyValue(client, `select auth.register_user_tracking('ann@example.org', 'a long password')`)
    const [entered, ...more] = await rowsOf(
      client,
      `select * from auth.login_user_tracking('ann@example.org', 'a long password')`,
    )
    expect(more).toEqual([])
    expect(entered).toMatchObject({ account_id: id })
    expect(await onlyValue(client, 'select auth.validate_session_tracking($1)', [entered?.['token']])).toBe(id)
    expect(await rowsOf(client, `select * from auth.login_user_tracking('ann@example.org', 'wrong')`)).toEqual([])
    expect(
      await rowsOf(
        client,
        `select split_part(script_name, '(', 1) as name, execution_status as status, rows_affected::int as rows
         from script_tracking.script_execution_current where script_category = 'WRAPPER' order by version_number`,
      ),
    ).toEqual([
      { name: 'auth.register_user', status: 'COMPLETED', rows: null },
      { name: 'auth.login_user', status: 'COMPLETED', rows: 1 },
      { name: 'auth.validate_session', status: 'COMPLETED', rows: null },
      { name: 'auth.login_user', status: 'COMPLETED', rows: 0 },
    ])
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.ledger l where l::text like '%long password%'`,
      ),
    ).toBe(0)
  })

  it('says whom an audit log would betray', async () => {
    const owner = await database.role('logger')
    await client.query(`create schema util authorization "${owner}";
      create function util.log_audit_event(text, text, text, text, jsonb) returns void language sql as 'select 1';
      alter function util.log_audit_event(text, text, text, text, jsonb) owner to "${owner}"`)
    expect((await setup()).get('util.log_audit_event')).toEqual({
      done: false,
      message: expect.stringMatching(/^It belongs to logger_.*, its schema to logger_.*Give both to a superuser/),
    })
    // It could be another one by the time that it is called.
    await client.query('alter function util.log_audit_event(text, text, text, text, jsonb) security definer')
    expect((await setup()).get('util.log_audit_event')).toMatchObject({ done: false })
    await client.query(
      'alter function util.log_audit_event(text, text, text, text, jsonb) owner to postgres; alter schema util owner to postgres',
    )
    expect((await setup()).get('util.log_audit_event')).toEqual({
      done: true,
      message: 'It is told of what calls begin and end.',
    })
    await client.query('drop schema util cascade')
  })

  it('leaves nothing behind when the framework is removed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgsteward-setup-'))
    try {
      await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
    } finally {
      await rm(folder, { recursive: true })
    }
    expect(
      await rowsOf(client, `select oid::regprocedure::text from pg_proc where proname like '%\\_tracking'`),
    ).toEqual([])
    expect(await rowsOf(client, 'select evtname from pg_event_trigger')).toEqual([])
    expect(await onlyValue(client, `select to_regprocedure('auth.validate_session(text)')::text`)).toBe(
      'auth.validate_session(text)',
    )
  })
})
