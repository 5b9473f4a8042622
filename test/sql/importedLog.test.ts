import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('imported logs in PostgreSQL %i', (major) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
  })
  afterAll(() => database.close())

  it('makes months for what is plausible, once', async () => {
    const client = await database.session()
    const make = () =>
      onlyValue(
        client,
        `select script_tracking.make_log_months('{2026-01-31,2026-01-01,2025-12-09,0001-01-01,9999-01-01,null}')`,
      )
    expect(await make()).toBe(2)
    expect(await make()).toBe(0)
    expect(await rowsOf(client, "select * from script_tracking.timeline where source = 'LOGGED'")).toEqual([])
  })

  it('is refused to whoever may not import, and read', async () => {
    const nobody = await database.session(await database.role('nobody'))
    const refusal = await refusalOf(nobody, `select script_tracking.known_logs('\\x00')`)
    expect(refusal.code).toBe('42501')
  })
})
