import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Server, startServer } from '../ground/server.ts'
import { majors } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

const tables = ['ledger', 'text', 'client_state', 'seal', 'seal_section', 'seal_block', 'archive']

// A trail that is carried elsewhere: its transaction ids are those of where it was recorded.
describe.each(majors())('epochs on PostgreSQL %i', (major) => {
  let first: Server
  let second: Server
  const databases: TestDatabase[] = []

  beforeAll(async () => {
    first = await startServer({ major })
    second = await startServer({ major })
  })
  afterAll(async () => {
    for (const database of databases) await database.close()
    await first.stop()
    await second.stop()
  })

  const tracked = async (server: Server) => {
    const database = await TestDatabase.tracked(server)
    databases.push(database)
    return database
  }
  const seal = async (client: pg.Client) =>
    (
      await rowsOf(client, 'select seal_number::int as seal, epoch, row_count::int as rows from script_tracking.seal()')
    )[0]
  const wrong = (client: pg.Client) =>
    rowsOf(client, 'select seal_number, problem from script_tracking.verify() where ok is not true')
  const record = (client: pg.Client, count: number) =>
    client.query(`select track_operation('n' || n) from generate_series(1, $1) n`, [count])
  const ddl = async (client: pg.Client, count: number) => {
    for (let n = 0; n < count; n += 1) await client.query(`create or replace view v as select ${n} as n`)
  }
  const rows = (client: pg.Client) => onlyValue(client, 'select count(*)::int from script_tracking.ledger')
  const once = (client: pg.Client) =>
    rowsOf(
      client,
      `select (select count(*) from script_tracking.ledger) = count(*) as "all",
         count(*) = count(distinct (b.month, v)) as once
       from script_tracking.seal_block b, unnest(b.versions) v`,
    )

  /** What a dump and its restore carry over: the rows as they are, and where the sequence stood. */
  async function restore(from: pg.Client, server: Server): Promise<pg.Client> {
    const to = await (await tracked(server)).session()
    await to.query('set session_replication_role = replica')
    // The rows of its own installation would not be in a restored database.
    await to.query(`
      do $$
      declare relation regclass;
      begin
        for relation in select distinct tgrelid from pg_trigger where tgname = 'insert_only' loop
          execute format('alter table %s disable trigger insert_only', relation);
        end loop;
        delete from script_tracking.ledger;
        delete from script_tracking.text;
        for relation in select distinct tgrelid from pg_trigger where tgname = 'insert_only' loop
          execute format('alter table %s enable always trigger insert_only', relation);
        end loop;
      end $$`)
    for (const table of tables) {
      const data = await onlyValue(from, `select jsonb_agg(to_jsonb(t))::text from script_tracking.${table} t`)
      await to.query(
        `insert into script_tracking.${table} select * from jsonb_populate_recordset(null::script_tracking.${table}, $1::jsonb)`,
        [data ?? '[]'],
      )
    }
    await to.query(`select setval('script_tracking.script_execution_version_seq', $1)`, [
      await onlyValue(from, 'select last_value from script_tracking.script_execution_version_seq'),
    ])
    await to.query('reset session_replication_role')
    return to
  }

  it('carries the last seal into a copy of the database, where transaction ids go on', async () => {
    const database = await tracked(first)
    const client = await database.session()
    await ddl(client, 5)
    const before = Number(await rows(client))
    expect(await seal(client)).toEqual({ seal: 1, epoch: 1, rows: before })
    await record(client, 7)
    // A template may have no session in it, and its owner's sessions are among them.
    const elsewhere = await TestDatabase.create(first)
    databases.push(elsewhere)
    const admin = await elsewhere.session()
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database.name])
    await expect
      .poll(() => onlyValue(admin, 'select count(*)::int from pg_stat_activity where datname = $1', [database.name]))
      .toBe(0)
    const name = await first.createDatabase(`${database.name}_copy`, database.name)
    const copies = await TestDatabase.tracked(first)
    databases.push(copies)
    const copied = new URL(first.url(name))
    const copy = await copies.session(undefined, { connectionString: copied.href })
    try {
      expect(await wrong(copy)).toEqual([])
      await record(copy, 2)
      expect(await seal(copy)).toEqual({ seal: 2, epoch: 2, rows: 9 })
      await record(copy, 1)
      expect(await seal(copy)).toEqual({ seal: 3, epoch: 2, rows: 1 })
      expect(await wrong(copy)).toEqual([])
      expect(await once(copy)).toEqual([{ all: true, once: true }])
      // The original goes on by itself, in a chain of its own from there on.
      const original = await database.session()
      expect(await seal(original)).toEqual({ seal: 2, epoch: 1, rows: 7 })
      expect(await wrong(original)).toEqual([])
    } finally {
      await copy.end()
      await first.dropDatabase(name)
    }
  })

  it('seals what a restore brought along once, though its transaction ids are those of another cluster', async () => {
    const source = await (await tracked(first)).session()
    await ddl(source, 30)
    await seal(source)
    await record(source, 20)
    await ddl(source, 20)
    const unsealed = 40
    const restored = await restore(source, second)
    // Nothing is wrong, and nothing of what came along unsealed is taken for slipped in.
    expect(await wrong(restored)).toEqual([])
    await ddl(restored, 3)
    await record(restored, 4)
    const found = Number(await rows(restored))
    const sealedBefore = Number(await onlyValue(restored, 'select row_count::int from script_tracking.seal'))
    const taken = await seal(restored)
    expect(taken).toEqual({ seal: 2, epoch: 2, rows: found - sealedBefore })
    expect(Number(taken?.['rows'])).toBeGreaterThanOrEqual(unsealed + 7)
    expect(await seal(restored)).toMatchObject({ seal: 2, rows: 0 })
    await ddl(restored, 60)
    expect(await seal(restored)).toEqual({ seal: 3, epoch: 2, rows: 60 })
    expect(await wrong(restored)).toEqual([])
    expect(await once(restored)).toEqual([{ all: true, once: true }])

    // And a restore of the restore, back in the first cluster.
    await record(restored, 5)
    const again = await restore(restored, first)
    expect(await wrong(again)).toEqual([])
    await ddl(again, 50)
    expect(await seal(again)).toMatchObject({ seal: 4, epoch: 3 })
    await record(again, 5)
    expect(await seal(again)).toEqual({ seal: 5, epoch: 3, rows: 5 })
    expect(await wrong(again)).toEqual([])
    expect(await once(again)).toEqual([{ all: true, once: true }])
  })

  it('seals once what was never sealed before it was restored, while the new ids pass the old ones', async () => {
    const source = await (await tracked(first)).session()
    for (let n = 0; n < 300; n += 1) await source.query('select txid_current()')
    await ddl(source, 10)
    const restored = await restore(source, second)
    expect(await seal(restored)).toMatchObject({ seal: 1, epoch: 1 })
    for (let n = 0; n < 1500; n += 1) await restored.query('select txid_current()')
    await record(restored, 3)
    expect(await seal(restored)).toEqual({ seal: 2, epoch: 1, rows: 3 })
    expect(await wrong(restored)).toEqual([])
    expect(await once(restored)).toEqual([{ all: true, once: true }])
  })

  it('verifies on a replica, and begins an epoch when that is promoted', async () => {
    const database = await tracked(second)
    const name = database.name
    const before = await database.session()
    await ddl(before, 5)
    expect(await seal(before)).toMatchObject({ seal: 1, epoch: 1 })
    await record(before, 3)
    if (major >= 17) await before.query('alter event trigger auto_login_tracker enable')
    await before.end()
    await writeFile(join(second.dataFolder, 'standby.signal'), '')
    await second.restart()
    // With logins recorded, too: here they cannot be, and nobody is kept out.
    const standby = await database.session()
    expect(await onlyValue(standby, 'select pg_is_in_recovery()')).toBe(true)
    const logins = `select count(*)::int from script_tracking.ledger where command_tag = 'LOGIN'`
    expect(await onlyValue(standby, logins)).toBe(0)
    expect(await wrong(standby)).toEqual([])
    expect((await refusalOf(standby, 'select script_tracking.seal()')).code).toBe('25006')
    expect(await onlyValue(standby, 'select pg_promote()')).toBe(true)
    await record(standby, 2)
    expect(await seal(standby)).toEqual({ seal: 2, epoch: 2, rows: 5 })
    expect(
      await rowsOf(standby, 'select timeline, database_name from script_tracking.seal order by seal_number'),
    ).toEqual([
      { timeline: 1, database_name: name },
      { timeline: 2, database_name: name },
    ])
    expect(await wrong(standby)).toEqual([])
    expect(await once(standby)).toEqual([{ all: true, once: true }])
    if (major >= 17) {
      await database.session()
      expect(await onlyValue(standby, logins)).toBe(1)
    }
  })
})
