import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('the calls on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let alice: pg.Client
  let bob: pg.Client
  let bobName: string

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    bobName = await database.role('bob')
    alice = await database.session(await database.role('alice'))
    bob = await database.session(bobName)
  })
  afterAll(async () => {
    await database.close()
  })

  const states = (session: pg.Client, hk: unknown) =>
    rowsOf(
      session,
      `select script_name as name, script_type as type, execution_status as status, error_message as error
       from script_tracking.script_execution_s where script_execution_hk = $1 order by version_number`,
      [hk],
    )

  it('records a start and an end as two states of one execution', async () => {
    const hk = await onlyValue(client, `select public.track_operation('nightly')`)
    expect(await onlyValue(client, 'select public.complete_operation($1)', [hk])).toBe(true)
    expect(await states(client, hk)).toEqual([
      { name: 'nightly', type: 'MANUAL', status: 'STARTED', error: null },
      { name: 'nightly', type: 'MANUAL', status: 'COMPLETED', error: null },
    ])
    expect(
      await rowsOf(
        client,
        `select h.script_execution_hk = script_tracking.calculate_hash_key(h.script_execution_bk) as keyed,
           c.execution_status as status, c.execution_duration_ms >= 0 as lasted
         from script_tracking.script_execution_h h
         join script_tracking.script_execution_current c using (script_execution_hk)
         where script_execution_hk = $1`,
        [hk],
      ),
    ).toEqual([{ keyed: true, status: 'COMPLETED', lasted: true }])
  })

  it('does so within one transaction, and forgets it with that transaction', async () => {
    await client.query('begin')
    const hk = await onlyValue(client, `select script_tracking.track_operation('inside', 'maintenance')`)
    await client.query(`select script_tracking.complete_operation($1, false, 'no luck')`, [hk])
    expect(await states(client, hk)).toEqual([
      { name: 'inside', type: 'MAINTENANCE', status: 'STARTED', error: null },
      { name: 'inside', type: 'MAINTENANCE', status: 'FAILED', error: 'no luck' },
    ])
    await client.query('rollback')
    expect(await states(client, hk)).toEqual([])
  })

  it('keeps all that is said of a script', async () => {
    const text = `select 1; -- ${'long '.repeat(100)}`
    await client.query(`select script_tracking.create_tenant('tenant')`)
    const hk = await onlyValue(
      client,
      `select script_tracking.track_script_execution('deploy', 'migration', 'RELEASE', $1, '/srv/deploy.sql', '1.2', sha256('tenant'), $2, 'T-1')`,
      [text, 'because '.repeat(50)],
    )
    await client.query(
      `select script_tracking.complete_script_execution($1, 'failed', 1234, 5, 'broken', '22012', array['a.b'], null, array['c.d', 'c."E"'], array['a', 'c'])`,
      [hk],
    )
    expect(
      await rowsOf(
        client,
        `select script_type, script_category, execution_status, script_content, script_hash = sha256(convert_to(script_content, 'UTF8')) as hashed,
           script_file_path, script_version, business_justification, related_ticket, execution_duration_ms, rows_affected,
           error_message, error_code, objects_created, objects_modified, objects_dropped, schemas_affected, record_source
         from script_tracking.script_execution_current where script_execution_hk = $1`,
        [hk],
      ),
    ).toEqual([
      {
        script_type: 'MIGRATION',
        script_category: 'RELEASE',
        execution_status: 'FAILED',
        script_content: text,
        hashed: true,
        script_file_path: '/srv/deploy.sql',
        script_version: '1.2',
        business_justification: 'because '.repeat(50),
        related_ticket: 'T-1',
        execution_duration_ms: '1234',
        rows_affected: '5',
        error_message: 'broken',
        error_code: '22012',
        objects_created: ['a.b'],
        objects_modified: null,
        objects_dropped: ['c.d', 'c."E"'],
        schemas_affected: ['a', 'c'],
        record_source: 'SQL_CALL',
      },
    ])
  })

  it('refuses what makes no sense, in words', async () => {
    const hk = await onlyValue(client, `select script_tracking.track_operation('once')`)
    await client.query('select script_tracking.complete_operation($1)', [hk])
    const refusals: [string, RegExp][] = [
      [`select script_tracking.complete_operation('\\x00')`, /There is no execution \\x00 of yours/],
      [
        `select script_tracking.complete_script_execution('\\xabcd', 'COMPLETED')`,
        /There is no execution \\xabcd of yours/,
      ],
      ['select script_tracking.complete_operation(null)', /The hash key is null/],
      [`select script_tracking.complete_operation('\\x00', null)`, /success is null/],
      ['select script_tracking.track_operation(null)', /needs a name/],
      [`select script_tracking.track_operation(' ')`, /needs a name/],
      [`select script_tracking.track_operation('a', null)`, /needs a type/],
      [`select script_tracking.track_operation(repeat('x', 1001))`, /1001 characters long/],
      [`select script_tracking.complete_script_execution('\\x00', 'DONE')`, /There is no status "DONE"/],
      [`select script_tracking.complete_script_execution('\\x00', null)`, /There is no status null/],
      [`select script_tracking.complete_script_execution('\\x00', 'STARTED')`, /not completed by the status STARTED/],
      [`select script_tracking.complete_script_execution('\\x00', 'COMPLETED', -1)`, /cannot take -1 ms/],
      ['select script_tracking.extend_ledger(-1)', /0 to 60 months, not by -1/],
    ]
    for (const [sql, message] of refusals) expect((await refusalOf(client, sql)).message).toMatch(message)
    expect((await refusalOf(client, 'select script_tracking.complete_operation($1)', [hk])).message).toMatch(
      /is COMPLETED already/,
    )
  })

  it('completes an execution once, when many try at the same time', async () => {
    const hk = await onlyValue(client, `select script_tracking.track_operation('contested')`)
    const sessions = await Promise.all(Array.from({ length: 8 }, () => database.session()))
    const outcomes = await Promise.allSettled(
      sessions.map((session) => session.query('select script_tracking.complete_operation($1)', [hk])),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await states(client, hk)).toHaveLength(2)
  })

  it('completes an execution once under repeatable read, where a session does not see what others did meanwhile', async () => {
    const hk = await onlyValue(client, `select script_tracking.track_operation('contested again')`)
    const admin = await database.session(await database.role('admin_again', 'in role steward_admin'))
    await admin.query('begin isolation level repeatable read')
    await admin.query('select count(*) from script_tracking.script_execution_current')
    const early = await database.session()
    await early.query('select script_tracking.complete_operation($1)', [hk])
    expect((await refusalOf(admin, 'select script_tracking.complete_operation($1)', [hk])).message).toMatch(
      /is completed already/,
    )
    await admin.query('rollback')
    expect(await states(client, hk)).toHaveLength(2)
  })

  it('completes what began in another month, with the text that it began with', async () => {
    const text = `select 2; -- ${'long '.repeat(100)}`
    const hk = await onlyValue(
      client,
      `select script_tracking.track_script_execution('old', 'MANUAL', content => $1)`,
      [text],
    )
    await client.query(`
      begin;
      set local session_replication_role = replica;
      alter table script_tracking.ledger disable trigger insert_only;
      do $$ declare month regclass; begin
        for month in select inhrelid from pg_inherits where inhparent in ('script_tracking.ledger'::regclass, 'script_tracking.text'::regclass) loop
          execute format('alter table %s disable trigger insert_only', month);
        end loop;
      end $$;
      alter table script_tracking.text disable trigger insert_only;
      update script_tracking.ledger set recorded_at = recorded_at - interval '2 months' where script_name = 'old';
      update script_tracking.text set recorded_at = recorded_at - interval '2 months' where body like 'select 2; --%';
      do $$ declare month regclass; begin
        for month in select inhrelid from pg_inherits where inhparent in ('script_tracking.ledger'::regclass, 'script_tracking.text'::regclass) loop
          execute format('alter table %s enable always trigger insert_only', month);
        end loop;
      end $$;
      alter table script_tracking.ledger enable always trigger insert_only;
      alter table script_tracking.text enable always trigger insert_only;
      commit`)
    await client.query('select script_tracking.complete_operation($1)', [hk])
    expect(
      await rowsOf(
        client,
        `select execution_status as status, script_content as content, load_date - execution_timestamp > interval '50 days' as long
         from script_tracking.script_execution_current where script_execution_hk = $1`,
        [hk],
      ),
    ).toEqual([{ status: 'COMPLETED', content: text, long: true }])
    expect((await refusalOf(client, 'select script_tracking.complete_operation($1)', [hk])).message).toMatch(
      /is COMPLETED already/,
    )
  })

  it('finds what a call started by an index', async () => {
    const hk = await onlyValue(client, `select script_tracking.track_operation('sought')`)
    await client.query('set enable_seqscan = off')
    const plan = await rowsOf(
      client,
      'explain select from script_tracking.execution_key where script_execution_hk = $1',
      [hk],
    )
    await client.query('reset enable_seqscan')
    expect(JSON.stringify(plan)).not.toContain('Seq Scan')
    expect(JSON.stringify(plan)).toContain('Index Cond')
  })

  it('lets nobody see or complete the operations of others, but auditors see and administrators do both', async () => {
    const hk = await onlyValue(alice, `select track_operation('secret plan')`)
    expect(await states(alice, hk)).toHaveLength(1)
    expect(await states(bob, hk)).toEqual([])
    expect(
      await rowsOf(bob, `select from script_tracking.get_execution_history() where script_name = 'secret plan'`),
    ).toEqual([])
    expect(
      await rowsOf(bob, `select from script_tracking.read_changes(0, 0, 1000) where state::text like '%secret plan%'`),
    ).toEqual([])
    expect((await refusalOf(bob, 'select complete_operation($1)', [hk])).message).toMatch(/There is no execution/)

    const auditor = await database.session(await database.role('auditor', 'in role steward_auditor'))
    expect(await states(auditor, hk)).toHaveLength(1)
    expect((await refusalOf(auditor, 'select complete_operation($1)', [hk])).message).toMatch(/There is no execution/)

    const admin = await database.session(await database.role('admin', 'in role steward_admin'))
    expect(await states(admin, hk)).toHaveLength(1)
    await admin.query('select complete_operation($1)', [hk])
    // It stays alice's, who sees how it ended; who said so is told too.
    expect(await states(auditor, hk)).toHaveLength(2)
    expect(
      await rowsOf(
        alice,
        `select execution_status as status, executed_by = session_user as hers, recorded_by = session_user as by_her
         from script_tracking.execution_state where script_execution_hk = $1 order by version_number`,
        [hk],
      ),
    ).toEqual([
      { status: 'STARTED', hers: true, by_her: true },
      { status: 'COMPLETED', hers: true, by_her: false },
    ])
    expect(await states(bob, hk)).toEqual([])
  })

  it('shows a condition no row that the query may not return', async () => {
    await alice.query(`select track_operation('leak me')`)
    await client.query(`create function public.tell(text) returns boolean language plpgsql cost 0.0001 as
      $$ begin raise warning 'saw %', $1; return true; end $$`)
    const seen: string[] = []
    bob.on('notice', ({ message }) => seen.push(message ?? ''))
    for (const view of ['script_execution_s', 'script_execution_current', 'execution_state']) {
      await bob.query(`select from script_tracking.${view} where public.tell(script_name)`)
    }
    await bob.query('select from script_tracking.script_execution_h where public.tell(script_execution_bk)')
    expect(seen.filter((message) => message.includes('leak me'))).toEqual([])
  })

  it('grants nothing below the views', async () => {
    const granted = async (privileges: string, condition: string) =>
      (
        await rowsOf(
          client,
          `select c.oid::regclass::text as name from pg_class c
           where c.relnamespace = 'script_tracking'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
             and has_table_privilege($1, c.oid, $2) and ${condition} order by 1`,
          [bobName, privileges],
        )
      ).map(({ name }) => name)
    // Of tables only those that say what is installed; of views only barriers.
    expect(await granted('select', `c.relkind <> 'v'`)).toEqual([
      'script_tracking.applied_file',
      'script_tracking.installed_object',
    ])
    expect(
      await granted('select', `c.relkind = 'v' and not coalesce('security_barrier=true' = any (c.reloptions), false)`),
    ).toEqual([])
    expect(await granted('select', `c.relkind = 'v'`)).toContain('script_tracking.execution_state')
    expect(await granted('insert, update, delete, truncate, references, trigger', 'true')).toEqual([])
    for (const call of [
      `append(null)`,
      `record_ddl('ddl_command_end', 'X', false)`,
      `start_execution(null)`,
      `finish_call('\\x00', 'C', null, null, null, null, null)`,
      `stamp(null)`,
      `newest_state('\\x00')`,
      `keep_text('x', now())`,
    ]) {
      expect((await refusalOf(bob, `select script_tracking.${call}`)).code).toBe('42501')
    }
    expect(
      await onlyValue(
        client,
        `select count(*)::int from pg_proc p where p.pronamespace = 'script_tracking'::regnamespace and p.prosecdef
           and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)`,
      ),
    ).toBe(0)
    await client.query(`create role ${quoteName(`${bobName}_2`)}; drop role ${quoteName(`${bobName}_2`)}`)
  })

  it('is insert-only for everybody, partition by partition', async () => {
    const tables = await rowsOf(
      client,
      `select c.oid::regclass::text as name from pg_class c
       where c.relnamespace = 'script_tracking'::regnamespace and c.relkind in ('r', 'p')
         -- How far a log was read is no record.
         and c.relname not in ('imported_resume', 'imported_tail')`,
    )
    expect(tables.length).toBeGreaterThan(10)
    await client.query('set session_replication_role = replica')
    for (const { name } of tables) {
      const column = String(
        await onlyValue(
          client,
          `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and attidentity = '' order by attnum limit 1`,
          [name],
        ),
      )
      for (const statement of [`delete from ${name}`, `truncate ${name}`, `update ${name} set ${column} = ${column}`]) {
        const refusal = await refusalOf(client, statement)
        expect(refusal.message).toMatch(/^The trail is insert-only: \w+ on script_tracking\.\w+ is refused\.$/)
      }
    }
    await client.query('reset session_replication_role')
  })
})
