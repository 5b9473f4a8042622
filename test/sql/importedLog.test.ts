import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { busyLog, busyPrefix } from '../main/logs/busyLog.ts'
import { openDesk } from '../main/logs/desk.ts'
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

  it('loses its old months to retention, and not by an import of the same log again', async () => {
    const client = await database.session()
    const desk = await openDesk({ server: sharedServer(major), database: database.name })
    const path = await desk.file('a.log', busyLog({ messages: 300 }))
    await desk.import(path, { prefix: busyPrefix })
    const months = () =>
      rowsOf(
        client,
        `select to_char(date_trunc('month', logged_at at time zone 'UTC'), 'YYYY-MM') as month, count(*) > 0 as some
         from script_tracking.imported_event group by 1 order by 1`,
      )
    expect(await months()).toEqual([{ month: '2026-01', some: true }])
    await client.query('select script_tracking.cleanup_old_data(36500)')
    expect(await months()).toHaveLength(1)
    await client.query('select script_tracking.cleanup_old_data(1)')
    expect(await months()).toEqual([])
    expect(await desk.import(path, { prefix: busyPrefix })).toMatchObject({ outcome: 'nothing new' })
    expect(await months()).toEqual([])
    await desk.close()
  })
})
