import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dump, dumpMajor, dumpProblem, restore } from '../../ground/dump.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from '../../sql/tracked.ts'

const found = await dumpMajor()

/** What belongs to the rows, rather than to the trail: row auditing and project_schema. */
describe.each(majors())('rows dumped from and restored in PostgreSQL %i', (major) => {
  const problem = dumpProblem(found, major)
  describe.skipIf(problem !== null)(problem ?? 'in another database of the cluster', () => {
    let source: TestDatabase
    let copy: TestDatabase
    let client: pg.Client
    let folder: string

    beforeAll(async () => {
      const server = sharedServer(major)
      folder = await mkdtemp(join(tmpdir(), 'pgsteward-restore-rows-'))
      source = await TestDatabase.tracked(server)
      const admin = await source.session()
      if (major === 12) await admin.query('create extension pgcrypto')
      // The dropped column is not in the copy, so that numbers differ there.
      await admin.query(`
        create table sale (gone int, id int primary key, card text, note text) ; alter table sale drop column gone;
        create table filler (id int);
        select script_tracking.enable_row_audit('sale', '{card,id}');
        insert into sale values (1, '4111', 'a');
        insert into project_schema.data_sources (name, target_dsn) values ('x', 'a.b');
        insert into project_schema.raw_data (data_source_id, content) select id, '{"back\\\\slash": "ü"}' from project_schema.data_sources;
        select project_schema.write_audit('before');
        select project_schema.create_user('ann', password => 'long enough')`)
      await writeFile(join(folder, 'dump.sql'), await dump(server, source.name))
      copy = await TestDatabase.create(server)
      await restore(server, copy.name, join(folder, 'dump.sql'))
      client = await copy.session()
    })
    afterAll(async () => {
      await copy.close()
      await source.close()
      await rm(folder, { recursive: true })
    })

    it('go on being audited and masked, and their history is found by name', async () => {
      await client.query(`update sale set card = '4222', note = 'b'`)
      expect(
        await rowsOf(
          client,
          `select action, new_values from script_tracking.get_row_changes('sale') order by recorded_at`,
        ),
      ).toEqual([
        { action: 'INSERT', new_values: { id: expect.stringMatching(/^#/), card: '***', note: 'a' } },
        { action: 'UPDATE', new_values: { card: '***', note: expect.stringMatching(/^(b|\*\*\*)$/) } },
      ])
      // The key's hash is the same one before and after.
      expect(
        await onlyValue(client, `select count(*)::int from script_tracking.get_row_changes('sale', '{"id": 1}')`),
      ).toBe(2)
      // A table that has the old one's number now is not taken for it.
      const taken = await rowsOf(
        client,
        `select c.oid::regclass::text as name from pg_class c
         where c.relkind = 'r' and c.oid in (select relation_id from script_tracking.row_change_statement where table_name = 'sale')
           and c.oid <> 'sale'::regclass`,
      )
      for (const { name } of taken) {
        expect(await rowsOf(client, 'select action from script_tracking.get_row_changes($1)', [name])).toEqual([])
      }
      expect(await rowsOf(client, 'select * from script_tracking.row_audit_gap')).toEqual([])
      expect(
        await onlyValue(
          client,
          `select is_complete from script_tracking.audited_table where relation = 'sale'::regclass`,
        ),
      ).toBe(true)
    })

    it('keep their keys, hashes, policies and what is insert-only', async () => {
      const same = `select (select json_agg(r order by id) from project_schema.raw_data r)::text, (select json_agg(d) from project_schema.data_sources d)::text`
      expect(await rowsOf(client, same)).toEqual(await rowsOf(await source.session(), same))
      expect(await onlyValue(client, `select project_schema.verify_password('ann', 'long enough')`)).toBe(true)
      await expect(client.query('delete from project_schema.audit_logs')).rejects.toThrow('insert-only')
      await client.query(`select project_schema.write_audit('after')`)
      expect(
        await rowsOf(client, `select action from project_schema.query_audit(since => null) order by recorded_at`),
      ).toEqual([{ action: 'before' }, { action: 'after' }])
      const policies =
        'select polname, polrelid::regclass::text as t, pg_get_expr(polqual, polrelid) from pg_policy order by 2, 1'
      expect(await rowsOf(client, policies)).toEqual(await rowsOf(await source.session(), policies))
    })
  })
})
