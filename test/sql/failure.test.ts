import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

/** Whatever goes wrong in the tracker, the user's command is the user's. */
describe.each(majors())('a tracker that fails on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let admin: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    admin = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  /** While `work` runs, no row can be inserted into the ledger. */
  async function withBrokenLedger(work: () => Promise<void>) {
    await admin.query('alter table script_tracking.ledger add constraint broken check (false) not valid')
    try {
      await work()
    } finally {
      await admin.query('set script_tracking.on_failure = warn')
      await admin.query('alter table script_tracking.ledger drop constraint broken')
      await admin.query('reset script_tracking.on_failure')
    }
  }

  it('warns, notes the failure, and lets the command take effect', async () => {
    const client = await database.session()
    await withBrokenLedger(async () => {
      const warnings = await warningsDuring(client, () => client.query('create table warned ()'))
      expect(warnings).toEqual([
        expect.stringMatching(/^CREATE TABLE took effect, but could not be recorded: .*broken/),
      ])
    })
    expect(await onlyValue(client, `select to_regclass('warned') is not null`)).toBe(true)
    expect(
      await rowsOf(
        client,
        `select command_tag as tag, error_code as code, session_user_name as who from script_tracking.tracking_error where command_tag = 'CREATE TABLE'`,
      ),
    ).toEqual([{ tag: 'CREATE TABLE', code: '23514', who: 'postgres' }])
  })

  it('undoes the command where script_tracking.on_failure is error', async () => {
    const client = await database.session()
    await client.query(`set script_tracking.on_failure = 'error'`)
    await withBrokenLedger(async () => {
      const refusal = await refusalOf(client, 'create table refused ()')
      expect(refusal.message).toMatch(/^CREATE TABLE is undone, because it could not be recorded: /)
      expect(refusal.hint).toContain('on_failure')
    })
    expect(await onlyValue(client, `select to_regclass('refused') is null`)).toBe(true)
  })

  it('cannot be made laxer by a session than its database is', async () => {
    await admin.query(`alter database ${quoteName(database.name)} set script_tracking.on_failure = 'error'`)
    try {
      const client = await database.session()
      await client.query(`set script_tracking.on_failure = 'warn'`)
      await admin.query('begin; lock table script_tracking.ledger in access exclusive mode')
      await expect(client.query('create table strict ()')).rejects.toThrow(/is undone/)
      await admin.query('rollback')
    } finally {
      await admin.query(`alter database ${quoteName(database.name)} reset script_tracking.on_failure`)
    }
  })

  it('does not wait for a ledger that is locked', async () => {
    const client = await database.session()
    const locker = await database.session()
    await locker.query('begin; lock table script_tracking.ledger in access exclusive mode')
    const warnings = await warningsDuring(client, () => client.query('create table not_hung ()'))
    await locker.query('rollback')
    expect(warnings).toEqual([expect.stringContaining('lock timeout')])
    expect(await onlyValue(client, `select current_setting('lock_timeout')`)).toBe('0')
    expect(
      await onlyValue(client, `select count(*)::int from script_tracking.tracking_error where error_code = '55P03'`),
    ).toBe(1)
  })

  it('still warns where not even the failure can be noted', async () => {
    const client = await database.session()
    const locker = await database.session()
    await locker.query(
      'begin; lock table script_tracking.ledger, script_tracking.tracking_error in access exclusive mode',
    )
    const warnings = await warningsDuring(client, () => client.query('create table not_hung_either ()'))
    await locker.query('rollback')
    expect(warnings).toHaveLength(1)
    expect(await onlyValue(client, `select to_regclass('not_hung_either') is not null`)).toBe(true)
  })

  it('lets a cancelled command be cancelled', async () => {
    const client = await database.session()
    const slow = await database.session()
    // A tracker that takes long: the ledger is slow to be written to.
    await admin.query(
      `create function public.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$`,
    )
    await admin.query('set session_replication_role = replica') // So that our own DDL is not slow.
    const month = await onlyValue(admin, `select to_char(now() at time zone 'UTC', 'YYYY_MM')`)
    await admin.query(
      `create trigger slow before insert on script_tracking.ledger_${month} for each statement execute function public.slow()`,
    )
    try {
      await slow.query(`set statement_timeout = '300ms'`)
      expect((await refusalOf(slow, 'create table timed_out ()')).code).toBe('57014')
      expect(await onlyValue(client, `select to_regclass('timed_out') is null`)).toBe(true)
    } finally {
      await admin.query('drop function public.slow() cascade')
      await admin.query('reset session_replication_role')
    }
  })

  it('records in a database where functions were taken from everybody', async () => {
    const client = await database.session()
    await client.query('begin')
    // The cast that a number needs to be a bigint.
    await client.query('revoke all on function pg_catalog.int8(integer) from public')
    const warnings = await warningsDuring(client, async () => {
      await client.query('create table with_key (id serial primary key)')
      await client.query(`comment on table with_key is 'x'`)
      await client.query('drop table with_key')
    })
    const recorded = await onlyValue(
      client,
      `select count(*)::text from script_tracking.ledger where xid = txid_current()`,
    )
    await client.query('rollback')
    expect(warnings).toEqual([])
    expect(recorded).toBe('4')
  })

  it('lets a role finish that loses its rights midway', async () => {
    const role = await database.role('loser')
    const name = quoteName(role)
    await admin.query(`create schema of_loser authorization ${name}`)
    const session = await database.session(role)
    await session.query('create table of_loser.before ()')
    await admin.query('revoke usage on schema script_tracking from public')
    try {
      await admin.query(`alter role ${name} nologin connection limit 0`)
      const warnings = await warningsDuring(session, () => session.query('create table of_loser.after ()'))
      expect(warnings).toEqual([])
      expect(
        await onlyValue(admin, 'select count(*)::int from script_tracking.ledger where session_user_name = $1', [role]),
      ).toBe(2)
    } finally {
      await admin.query('grant usage on schema script_tracking to public')
      await admin.query('drop schema of_loser cascade')
    }
  })

  it('lets DDL go on where the whole ledger is gone', async () => {
    const lost = await TestDatabase.tracked(sharedServer(major))
    try {
      const client = await lost.session()
      await client.query('begin')
      const warnings = await warningsDuring(client, () => client.query('drop table script_tracking.ledger cascade'))
      expect(warnings.length).toBeGreaterThan(0)
      await client.query('create table survivor ()')
      await client.query('drop function script_tracking.record_ddl(text, text, boolean)')
      await client.query('create table survivor_2 ()')
      await client.query('commit')
      expect(
        await onlyValue(client, `select to_regclass('survivor') is not null and to_regclass('survivor_2') is not null`),
      ).toBe(true)
    } finally {
      await lost.close()
    }
  })
})
