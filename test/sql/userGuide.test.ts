import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

/** What stands in the guide works: its SQL, block by block, in its order. */
describe.each(majors())('the user guide on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let blocks: string[]

  beforeAll(async () => {
    const guide = await readFile(resolve('docs/user-guide.md'), 'utf8')
    // Roles belong to the cluster: the guide's is given a name that no other test has.
    database = await TestDatabase.tracked(sharedServer(major))
    const clerk = await database.role('clerk')
    blocks = [...guide.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql = '']) =>
      sql.replace('create role clerk login;\n', '').replaceAll(/\bclerk\b/g, clerk),
    )
  })
  afterAll(async () => {
    await database.close()
  })

  it('says what can be run, and comes to what it says', async () => {
    const client = await database.session()
    if (major === 12) await client.query('create extension pgcrypto')
    expect(blocks.length).toBeGreaterThan(15)
    const warnings = await warningsDuring(client, async () => {
      for (const sql of blocks) {
        await client.query(sql).catch((thrown: unknown) => {
          throw new Error(`The guide's block fails:\n${sql}`, { cause: thrown })
        })
      }
    })
    expect(warnings).toEqual([])

    expect(
      await rowsOf(
        client,
        `select script_name, execution_status, rows_affected::int as rows from script_tracking.script_execution_current
         where related_ticket = 'OPS-17' or script_name = 'nightly load' order by 1`,
      ),
    ).toEqual([
      { script_name: 'nightly load', execution_status: 'COMPLETED', rows: null },
      { script_name: 'raise fees', execution_status: 'COMPLETED', rows: 2 },
    ])
    expect(
      await rowsOf(
        client,
        `select action, new_values from script_tracking.get_row_changes('public.visit', '{"id": 3}') order by recorded_at`,
      ),
    ).toEqual([
      { action: 'INSERT', new_values: { id: 3, fee: 10, ward: 'A', patient: '***' } },
      { action: 'UPDATE', new_values: { fee: 12, ward: 'C' } },
    ])
    expect(
      await rowsOf(client, `select user_name, action from project_schema.query_audit(of_type => 'report')`),
    ).toEqual([{ user_name: 'ada', action: 'report.exported' }])
    expect(
      await rowsOf(
        client,
        `select target_database as db, target_schema as s, target_table as t from project_schema.data_sources`,
      ),
    ).toEqual([{ db: 'erp', s: 'sales', t: 'invoice' }])
    expect(
      await onlyValue(
        client,
        `select kept_for::text from project_schema.prune(true) where relation like '%activities'`,
      ),
    ).toBe('1 year')
  })
})
