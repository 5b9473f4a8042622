import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

// The recorders write straight into the month that two views name. What happens when that is not the month that it is.
describe.each(majors())('the present month on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let month: string

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    month = String(await onlyValue(client, `select to_char(now() at time zone 'UTC', 'YYYY_MM')`))
    await client.query('set role steward_owner')
    await client.query(`select script_tracking.make_months('2026-01-01', '2026-01-01')`)
    await client.query('reset role')
  })
  afterAll(async () => {
    await database.close()
  })

  /** As it is when a month has begun and nobody has said so: the views name an earlier one. */
  async function leaveBehind(): Promise<void> {
    await client.query(`
      create or replace view script_tracking.present_month as
        select timestamptz '2026-01-01 00:00+00' as began, timestamptz '2026-02-01 00:00+00' as ends,
          getdatabaseencoding() as database_encoding, name 'UTF8' as hashed_as;
      create or replace view script_tracking.present_ledger as select * from script_tracking.ledger_2026_01`)
  }
  const named = () =>
    onlyValue(
      client,
      `select d.refobjid::regclass::text
       from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
       where w.ev_class = 'script_tracking.present_ledger'::regclass and d.refclassid = 'pg_class'::regclass
         and d.refobjid <> w.ev_class
       limit 1`,
    )
  const present = () => `script_tracking.ledger_${month}`

  it('is named by the installation', async () => {
    expect(await named()).toBe(present())
    expect(
      await onlyValue(
        client,
        `select (began, ends) = (date_trunc('month', now() at time zone 'UTC') at time zone 'UTC',
           (date_trunc('month', now() at time zone 'UTC') + interval '1 month') at time zone 'UTC') from script_tracking.present_month`,
      ),
    ).toBe(true)
  })

  it('is found by each recorder where an earlier one is named still, and each row says the same', async () => {
    const work = [
      'create table kept (id integer primary key, note text)',
      `comment on table kept is 'one object'`,
      'alter table kept add column more text',
      `comment on table kept is '${'long '.repeat(100)}'`,
      'create view seen as select id from kept',
      'grant select on kept to public',
      'drop view seen',
      'drop table kept',
      `select script_tracking.complete_operation(hk, false, 'it failed') from track_operation('an operation') hk`,
      `select script_tracking.complete_script_execution(hk, 'COMPLETED', 5, 6, objects_created => array['a'])
       from script_tracking.track_script_execution('a script', 'MIGRATION', 'C', '${'select 1; '.repeat(50)}', 'f.sql', '2',
         business_justification => '${'because '.repeat(50)}', related_ticket => 'OPS-1') hk`,
    ]
    const recorded = async (): Promise<Record<string, unknown>[]> => {
      const before = await onlyValue(client, 'select clock_timestamp()::text')
      const warnings = await warningsDuring(client, async () => {
        for (const command of work) await client.query(command)
      })
      expect(warnings).toEqual([])
      return await rowsOf(
        client,
        `select l.tableoid::regclass::text as partition, l.row_hash = script_tracking.row_digest(l) as hashed,
           l.source, l.status, l.state_ordinal, l.object_action, l.object_class::regclass::text as class, l.object_type,
           l.object_schema, l.object_identity, l.objects is null as single, jsonb_array_length(l.objects) as objects,
           l.session_user_name, l.executed_by, l.recorded_by, l.client_ip, l.application_name, l.command_tag, l.script_name,
           l.script_type, l.script_category, l.content, encode(l.content_hash, 'hex') as content_hash, l.script_file_path,
           l.script_version, l.error_message, l.related_ticket, encode(l.justification_hash, 'hex') as justification_hash,
           l.detail, l.metadata, l.version_number % 2 as odd, l.rows_affected
         from script_tracking.ledger l where l.recorded_at > $1 order by l.recorded_at, l.version_number`,
        [before],
      )
    }
    const straight = await recorded()
    expect(straight).toHaveLength(8 + 2 + 2)
    expect(new Set(straight.map(({ partition }) => partition))).toEqual(new Set([present()]))
    expect(straight.every(({ hashed }) => hashed)).toBe(true)
    await leaveBehind()
    expect(await recorded()).toEqual(straight)
    expect(await onlyValue(client, 'select count(*)::int from script_tracking.ledger_2026_01')).toBe(0)
    expect(await rowsOf(client, 'select error_message from script_tracking.tracking_error')).toEqual([])
  })

  it('is the one in which an execution of an earlier month ends', async () => {
    const hk = await onlyValue(client, `select script_tracking.track_operation('begun before')`)
    await client.query('select script_tracking.extend_ledger()')
    expect(await named()).toBe(present())
    expect(await onlyValue(client, 'select script_tracking.complete_operation($1)', [hk])).toBe(true)
  })

  it('takes no row of another month, whatever the views say', async () => {
    await client.query('begin')
    await client.query(`alter event trigger auto_ddl_tracker disable`)
    await client.query(
      'create or replace view script_tracking.present_ledger as select * from script_tracking.ledger_2026_01',
    )
    await client.query(`alter event trigger auto_ddl_tracker enable`)
    const [warning] = await warningsDuring(client, () => client.query('create view misled as select 1 as a'))
    expect(warning).toMatch(/took effect, but could not be recorded: .*"ledger_2026_01" violates partition constraint/)
    await client.query('rollback')
  })

  it('is named anew, and hashed rightly until then, where a dump was restored with another encoding', async () => {
    await client.query(`
      create or replace view script_tracking.present_month as
        select date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' as began,
          (date_trunc('month', now() at time zone 'UTC') + interval '1 month') at time zone 'UTC' as ends,
          name 'LATIN1' as database_encoding, name 'LATIN1' as hashed_as`)
    const before = await onlyValue(client, 'select clock_timestamp()::text')
    await client.query('create table "größe" ()')
    await client.query(`comment on table "größe" is 'ü'`)
    await client.query('drop table "größe"')
    await client.query(`select script_tracking.complete_operation(script_tracking.track_operation('ö'))`)
    expect(
      await rowsOf(
        client,
        `select count(*)::int as rows, bool_and(row_hash = script_tracking.row_digest(l)) as hashed
         from script_tracking.ledger l where recorded_at > $1`,
        [before],
      ),
    ).toEqual([{ rows: 5, hashed: true }])
    await client.query('select script_tracking.extend_ledger()')
    expect(await onlyValue(client, 'select database_encoding from script_tracking.present_month')).toBe('UTF8')
  })

  it('is named by nobody while somebody records into the one before, who is not waited for', async () => {
    await leaveBehind()
    const role = await database.role('keeper')
    await client.query(`grant steward_admin to ${quoteName(role)}`)
    const admin = await database.session(role)
    const recorder = await database.session()
    await recorder.query('begin')
    await recorder.query(`select track_operation('in a transaction')`)
    expect(await onlyValue(admin, 'select script_tracking.extend_ledger()')).toBe(0)
    expect(await named()).toBe('script_tracking.ledger_2026_01')
    await recorder.query('commit')
    expect(await onlyValue(admin, 'select script_tracking.extend_ledger()')).toBe(0)
    expect(await named()).toBe(present())
    await client.query('select script_tracking.seal()')
    expect(await rowsOf(client, 'select ok, problem from script_tracking.verify()')).toEqual([
      { ok: true, problem: null },
    ])
  })
})
