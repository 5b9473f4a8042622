import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exportTrail } from '../../../src/main/framework/trail.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from '../../sql/tracked.ts'

const line = z.object({
  kind: z.string(),
  table: z.string().optional(),
  row: z.record(z.string(), z.unknown()).nullish(),
})

describe.each(majors())('an export of PostgreSQL %i', (major) => {
  let database: TestDatabase
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-rows-'))
    database = await TestDatabase.tracked(sharedServer(major))
  })
  afterAll(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })

  it('takes every table along that a removal would empty, and not what keys are masked with', async () => {
    const client = await database.session()
    await client.query(`
      create table sale (id bigint primary key, note text);
      select script_tracking.enable_row_audit('sale', '{note}');
      insert into sale values (9007199254740993, 'secret');
      select project_schema.write_audit('exported', detail => '{"n": 1}');
      insert into project_schema.risks (title, likelihood, impact) values ('flood', 2, 5)`)
    const file = join(folder, 'trail.jsonl')
    await client.query('begin')
    await exportTrail(client, file)
    await client.query('commit')
    const text = await readFile(file, 'utf8')
    const lines = text
      .trimEnd()
      .split('\n')
      .map((json) => line.parse(JSON.parse(json)))
    const of = (table: string) => lines.filter((each) => each.table === table).map(({ row }) => row)
    expect(of('project_schema.audit_logs')).toMatchObject([{ action: 'exported', detail: '{"n": 1}' }])
    expect(of('project_schema.risks')).toMatchObject([{ title: 'flood', score: '10' }])
    expect(of('script_tracking.row_change')).toContainEqual(
      expect.objectContaining({
        row_key: '{"id": 9007199254740993}',
        new_values: '{"id": 9007199254740993, "note": "***"}',
      }),
    )
    const secrets = await rowsOf(client, `select encode(secret, 'hex') as secret from script_tracking.row_audit_secret`)
    for (const { secret } of secrets) expect(text).not.toContain(String(secret))

    // Of each table as many lines as it has rows; those of the trail itself are of other kinds.
    const tables = await rowsOf(
      client,
      `select c.oid::regclass::text as name, c.relname as table from pg_class c
       where c.relnamespace in ('script_tracking'::regnamespace, 'project_schema'::regnamespace)
         and c.relkind in ('r', 'p') and not c.relispartition`,
    )
    const kinds =
      'ledger text archived_ledger archived_text seal seal_section seal_block archive applied_file installed_object tracking_error client_state row_audit_secret'
    for (const { name, table } of tables) {
      if (kinds.split(' ').includes(String(table))) continue
      const count = await onlyValue(client, `select count(*)::int from ${name}`)
      expect({ name, lines: of(String(name)).length }).toEqual({ name, lines: count })
    }
  })
})
