import { readFile } from 'node:fs/promises'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

describe.each(majors())('docs/integration.md on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  it('has examples that run, from top to bottom, and do what the page says', async () => {
    const page = await readFile('docs/integration.md', 'utf8')
    const examples = [...page.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql]) => String(sql))
    expect(examples.length).toBeGreaterThanOrEqual(9)
    const warnings = await warningsDuring(client, async () => {
      for (const sql of examples) await client.query(sql)
    })
    expect(warnings).toEqual([])
    expect(
      await rowsOf(
        client,
        `select regexp_replace(script_name, '_\\d.*', '') as name, script_type as type, execution_status as status
         from script_tracking.script_execution_current
         where record_source in ('SQL_CALL', 'LOG_IMPORT') and script_name not like 'auth.%' order by version_number`,
      ),
    ).toEqual([
      { name: 'clean up carts', type: 'MAINTENANCE', status: 'COMPLETED' },
      { name: 'V12__segments.sql', type: 'MIGRATION', status: 'COMPLETED' },
      { name: 'flyway', type: 'MIGRATION', status: 'COMPLETED' },
      { name: 'nightly load', type: 'MAINTENANCE', status: 'COMPLETED' },
      { name: 'public.price(numeric,numeric)', type: 'FUNCTION_CALL', status: 'COMPLETED' },
      { name: 'told', type: 'MANUAL', status: 'COMPLETED' },
      { name: 'select 1', type: 'LOG_IMPORT', status: 'COMPLETED' },
      { name: 'select 1 / 0', type: 'LOG_IMPORT', status: 'FAILED' },
    ])
    expect(await rowsOf(client, 'select event, name from util.audit_event')).toEqual([
      { event: 'OPERATION_STARTED', name: 'told' },
      { event: 'OPERATION_COMPLETED', name: 'told' },
    ])
  })
})
