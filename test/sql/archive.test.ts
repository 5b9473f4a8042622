import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { TrailCheck, type TrailVerdict } from '../../src/core/seal/check.ts'
import { exportTrail } from '../../src/main/framework/trail.ts'
import { uninstallFramework } from '../../src/main/framework/uninstall.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

const triggersOff = `
  do $$
  declare
    relation regclass;
  begin
    for relation in select t.tgrelid::regclass from pg_trigger t where t.tgname = 'insert_only' and t.tgrelid::regclass::text like '%ledger%' loop
      execute format('alter table %s disable trigger insert_only', relation);
    end loop;
  end
  $$`

describe.each(majors())('retention on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let admin: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    const role = await database.role('keeper')
    await client.query(`grant steward_admin to ${quoteName(role)}`)
    admin = await database.session(role)
  })
  afterAll(async () => {
    await database.close()
  })

  /** Rows of a month that has passed, hashed as they would have been then. */
  async function recordIn(month: string, executions: number): Promise<void> {
    if ((await onlyValue(client, `select to_regclass('script_tracking.ledger_${month.replace('-', '_')}')`)) === null) {
      await client.query('set role steward_owner')
      for (const parent of ['ledger', 'text']) {
        const partition = `script_tracking.${parent}_${month.replace('-', '_')}`
        await client.query(
          `create table ${partition} partition of script_tracking.${parent}
           for values from ('${month}-01 00:00+00') to ('${nextMonth(month)}-01 00:00+00')`,
        )
        await client.query(`select script_tracking.make_month('${partition}')`)
      }
      await client.query('reset role')
    }
    await client.query(
      `do $$
       declare entry script_tracking.ledger;
       begin
         for n in 1 .. ${executions} loop
           entry.version_number := null;
           entry := script_tracking.stamp(entry);
           entry.recorded_at := '${month}-15 12:00+00'::timestamptz + n * interval '1 s';
           entry.script_name := 'old ' || n;
           entry.script_type := 'MANUAL';
           entry.content := repeat('old text ', 50) || n;
           entry.source := 'S';
           entry.status := 'S';
           entry.state_ordinal := 0;
           entry.operation := md5('${month}' || n)::uuid;
           perform script_tracking.append(entry);
         end loop;
       end $$`,
    )
  }
  async function checked(file: string): Promise<TrailVerdict> {
    const trail = new TrailCheck((bytes) => createHash('sha256').update(bytes).digest())
    for (const line of (await readFile(file, 'utf8')).split('\n')) trail.add(line)
    return trail.verdict()
  }
  const nextMonth = (month: string) =>
    new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)).toISOString().slice(0, 7)
  const hubs = () =>
    onlyValue(
      client,
      `select count(*)::int from script_tracking.script_execution_h where record_source <> 'EVENT_TRIGGER'`,
    )
  const verified = async () =>
    await rowsOf(client, 'select seal_number::int as seal, ok, problem from script_tracking.verify()')

  it('is for steward_admin alone', async () => {
    const other = await database.session(await database.role('other'))
    for (const call of [
      'cleanup_old_data()',
      `remove_archived_month('2020-01-01', 'f', '\\x')`,
      'seal()',
      'verify()',
      'proof(1)',
    ]) {
      expect((await refusalOf(other, `select script_tracking.${call}`)).code).toBe('42501')
    }
    for (const table of [
      'seal',
      'seal_section',
      'seal_block',
      'archive',
      'archived_ledger',
      'archived_text',
      'kept_ledger',
      'kept_text',
    ]) {
      expect((await refusalOf(other, `select * from script_tracking.${table}`)).code).toBe('42501')
    }
  })

  it('refuses a period that is none', async () => {
    for (const days of ['0', '-1', '-2147483648', '2147483647', '36501', 'null']) {
      const { code, message } = await refusalOf(admin, `select script_tracking.cleanup_old_data(${days})`)
      expect({ code, message }).toEqual({
        code: '22023',
        message: `The trail can be kept for 1 to 36500 days, not for ${days}.`,
      })
    }
  })

  it('moves old months aside, whole and with their texts, and still verifies them', async () => {
    await recordIn('2020-01', 40)
    await recordIn('2020-02', 30)
    await admin.query('select script_tracking.seal()')
    const before = Number(await hubs())
    expect(await onlyValue(admin, 'select script_tracking.cleanup_old_data(365)::int')).toBe(70)
    // The call itself is an execution.
    expect(await hubs()).toBe(before - 70 + 1)
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.script_execution_s where script_name like 'old %'`,
      ),
    ).toBe(0)
    expect(
      await rowsOf(
        admin,
        `select to_char(month, 'YYYY-MM') as month, is_here, execution_count::int as executions, row_count::int as rows, text_count::int as texts, newest_seal::int as seal, recorded_by = session_user as mine
         from script_tracking.archive order by 1`,
      ),
    ).toEqual([
      { month: '2020-01', is_here: true, executions: 40, rows: 40, texts: 40, seal: 1, mine: true },
      { month: '2020-02', is_here: true, executions: 30, rows: 30, texts: 30, seal: 1, mine: true },
    ])
    expect((await verified()).filter(({ ok }) => ok !== true)).toEqual([])
    expect((await refusalOf(client, 'delete from script_tracking.archived_ledger')).message).toMatch(/insert-only/)
    expect((await refusalOf(client, 'update script_tracking.archived_ledger_2020_01 set xid = 1')).message).toMatch(
      /insert-only/,
    )
    expect(await onlyValue(admin, 'select script_tracking.cleanup_old_data(365)::int')).toBe(0)
  })

  it('finds what is changed in the archive', async () => {
    await client.query('begin')
    await client.query('alter table script_tracking.archived_ledger_2020_01 disable trigger insert_only')
    await client.query(`update script_tracking.archived_ledger_2020_01 set status = 'F' where script_name = 'old 7'`)
    const [seal] = await verified()
    await client.query('rollback')
    expect(seal).toMatchObject({ seal: 1, ok: false, problem: expect.stringMatching(/^Row \d+ was altered/) })
  })

  it('lets a month go when a file has it, and says that it cannot recompute it', async () => {
    const hash = createHash('sha256').update('the file').digest()
    const remove = (month: string) =>
      onlyValue(admin, 'select script_tracking.remove_archived_month($1, $2, $3)::int', [month, 'jan.jsonl', hash])
    await expect(remove('2019-12-01')).rejects.toThrow('2019-12 is not archived.')
    expect(await remove('2020-01-01')).toBe(40)
    await expect(remove('2020-01-01')).rejects.toThrow('2020-01 was removed before, and is in jan.jsonl.')
    await admin.query('select script_tracking.seal()')
    const seals = await verified()
    expect(seals[0]).toEqual({
      seal: 1,
      ok: null,
      problem: 'Archived and no longer here, so that it cannot be recomputed: 2020-01.',
    })
    expect(seals.slice(1).filter(({ ok }) => ok !== true)).toEqual([])
    expect(
      await onlyValue(
        client,
        `select metadata from script_tracking.script_execution_current where script_name = 'remove_archived_month(2020-01)'`,
      ),
    ).toEqual({ month: '2020-01', rows: 40, file: 'jan.jsonl', sha256: hash.toString('hex'), gone_before: [] })
    // The other month of the same seal is still looked at.
    await client.query('begin')
    await client.query('alter table script_tracking.archived_ledger_2020_02 disable trigger insert_only')
    await client.query(`delete from script_tracking.archived_ledger_2020_02 where script_name = 'old 7'`)
    const [seal] = await verified()
    await client.query('rollback')
    expect(seal).toMatchObject({
      seal: 1,
      ok: false,
      problem: expect.stringMatching(/^Row \d+ was deleted\. Archived/),
    })
  })

  it('is not deceived by an archive that says a month has left, of which the trail says nothing', async () => {
    await client.query('begin')
    try {
      await client.query('alter table script_tracking.archived_ledger_2020_02 disable trigger insert_only')
      await client.query('delete from script_tracking.archived_ledger_2020_02')
      await client.query(`insert into script_tracking.archive
        select month, 1, false, now(), recorded_by, execution_count, row_count, text_count, first_version, last_version, newest_seal, 'feb.jsonl', sha256('feb')
        from script_tracking.archive where month = '2020-02-01'`)
      expect((await verified())[0]).toMatchObject({
        seal: 1,
        ok: false,
        problem: expect.stringMatching(/^All 30 rows of 2020-02 are gone, from row \d+ on\./),
      })
      // A record of another month's removal is none of this one's.
      await client.query(`select script_tracking.record_with_metadata('remove_archived_month(2020-02)', 'MAINTENANCE', 'RETENTION', null, null, null, null, null,
        '{"month": "2020-02", "rows": 30, "sha256": "00"}')`)
      expect((await verified())[0]).toMatchObject({ seal: 1, ok: false })
    } finally {
      await client.query('rollback')
    }
  })

  it('is not deceived by a record of the removal that was forged', async () => {
    // Whose xid the newest seal has not seen: a row that names it will be sealed.
    const other = await onlyValue(admin, 'select txid_current()::text')
    const forge = async (at: string, more = '') => {
      await client.query(triggersOff)
      await client.query('delete from script_tracking.archived_ledger_2020_02')
      await client.query(`insert into script_tracking.archive
        select month, 1, false, ${at}, session_user, execution_count, row_count, text_count, first_version, last_version, newest_seal, 'feb.jsonl', sha256('feb')
        from script_tracking.archive where month = '2020-02-01'`)
      await client.query(`do $$ declare entry script_tracking.ledger; begin
        entry.version_number := null;
        entry := script_tracking.stamp(entry);
        entry.recorded_at := ${at} + interval '1 second'; entry.xid := ${other};
        entry.script_name := 'remove_archived_month(2020-02)'; entry.script_type := 'MAINTENANCE'; entry.script_category := 'RETENTION';
        entry.source := 'S'; entry.status := 'C'; entry.state_ordinal := 1; entry.operation := md5('forged')::uuid;
        entry.metadata := jsonb_build_object('month', '2020-02', 'rows', 30, 'file', 'feb.jsonl', 'sha256', encode(sha256('feb'), 'hex'), 'gone_before', '[]'::jsonb);
        perform script_tracking.append(entry);
      end $$`)
      if (more !== '') await client.query(more)
    }
    /** What is said of the seal that covers the month: here, and of a file by whoever has no database. */
    const judged = async (steps: () => Promise<unknown>) => {
      const folder = await mkdtemp(join(tmpdir(), 'pgsteward-forged-'))
      await client.query('begin')
      try {
        await steps()
        const [here] = await verified()
        await exportTrail(client, join(folder, 'trail.jsonl'))
        const [there] = (await checked(join(folder, 'trail.jsonl'))).seals
        return { here: here?.['ok'], problem: here?.['problem'], there: there?.ok }
      } finally {
        await client.query('rollback')
        await rm(folder, { recursive: true })
      }
    }
    const gone = { here: false, there: false, problem: expect.stringMatching(/^All 30 rows of 2020-02 are gone/) }
    const early = `now() - interval '1 hour'`
    expect(await judged(() => forge(early))).toEqual(gone)
    expect(await judged(() => forge(early, 'select script_tracking.seal()'))).toEqual(gone)
    // With a hash of another row.
    const unsound = `update script_tracking.ledger set row_hash = sha256('x') where operation = md5('forged')::uuid`
    expect(await judged(() => forge('now()', unsound))).toEqual(gone)
    // What says that it is of now is a record of now: the next seal covers it, and whom it names.
    const recorded = { here: null, there: null, problem: expect.stringMatching(/^Archived and no longer here/) }
    expect(await judged(() => forge('now()'))).toEqual(recorded)
    expect(await judged(() => forge('now()', 'select script_tracking.seal()'))).toEqual(recorded)
  })

  it('names the months that were gone before, since the record of a removal leaves with its own month', async () => {
    await client.query('begin')
    try {
      await client.query(`select script_tracking.remove_archived_month('2020-02-01', 'feb.jsonl', sha256('feb'))`)
      expect(
        await onlyValue(
          client,
          `select metadata -> 'gone_before' from script_tracking.script_execution_current where script_name = 'remove_archived_month(2020-02)'`,
        ),
      ).toEqual(['2020-01'])
      await client.query(triggersOff)
      // As if its month had been archived and taken away.
      await client.query(`delete from script_tracking.ledger where script_name = 'remove_archived_month(2020-01)'`)
      expect(
        await rowsOf(client, `select to_char(month, 'YYYY-MM') as month from script_tracking.gone_month order by 1`),
      ).toEqual([{ month: '2020-01' }, { month: '2020-02' }])
    } finally {
      await client.query('rollback')
    }
  })

  it('leaves a month that does not verify or is not sealed where it is, with the reason', async () => {
    await recordIn('2020-03', 5)
    await client.query('select script_tracking.seal()')
    await client.query('alter table script_tracking.ledger_2020_03 disable trigger all')
    await client.query(`update script_tracking.ledger_2020_03 set status = 'F' where script_name = 'old 3'`)
    let answer: unknown
    expect(
      await warningsDuring(admin, async () => {
        answer = await onlyValue(admin, 'select script_tracking.cleanup_old_data()::int')
      }),
    ).toEqual([expect.stringMatching(/^2020-03 stays in the ledger: Row \d+ was altered/)])
    expect(answer).toBe(0)

    await client.query('begin')
    await client.query(`do $$ declare entry script_tracking.ledger; begin
      entry.version_number := null;
      entry := script_tracking.stamp(entry);
      entry.recorded_at := '2020-03-16';
      entry.script_name := 'open'; entry.script_type := 'MANUAL'; entry.source := 'S'; entry.status := 'S';
      entry.state_ordinal := 0; entry.operation := md5('open')::uuid;
      perform script_tracking.append(entry);
    end $$`)
    // Its own transaction's rows are in no seal yet.
    expect(
      await warningsDuring(client, async () => {
        await client.query('select script_tracking.cleanup_old_data()')
      }),
    ).toEqual([expect.stringMatching(/^2020-03 stays in the ledger: row \d+ is not sealed yet/)])
    await client.query('rollback')
  })

  it('has nobody wait behind it, and gives up while the ledger is in use', async () => {
    await recordIn('2020-04', 3)
    const busy = await database.session()
    await busy.query('begin')
    await busy.query(`select track_operation('busy')`)
    const cleaning = admin.query(`select script_tracking.cleanup_old_data()`)
    const refused = cleaning.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    // Recorded while it tries.
    for (let n = 0; n < 20; n += 1) {
      expect(await warningsDuring(client, () => client.query(`create or replace view v as select ${n}`))).toEqual([])
    }
    expect(await refused).toMatchObject({ code: '55P03', message: expect.stringMatching(/^The ledger is in use/) })
    await busy.query('rollback')
    expect(await onlyValue(admin, 'select script_tracking.cleanup_old_data()::int')).toBe(3)
  })

  it('goes with the framework, and its rows are in the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgsteward-archive-'))
    try {
      const kept = Number(
        await onlyValue(
          client,
          'select (select count(*) from script_tracking.ledger) + (select count(*) from script_tracking.archived_ledger)',
        ),
      )
      const exportTo = join(folder, 'trail.jsonl')
      await uninstallFramework(client, { confirm: database.name, exportTo, exportFolder: folder })
      expect(await onlyValue(client, `select to_regnamespace('script_tracking')`)).toBeNull()
      const { rows, seals, problems } = await checked(exportTo)
      expect(problems).toEqual([])
      // The removal is itself recorded.
      expect(rows).toBeGreaterThanOrEqual(kept)
      expect(seals[0]).toMatchObject({ number: 1, ok: null, problem: 'Archived, and not in this file: 2020-01.' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
