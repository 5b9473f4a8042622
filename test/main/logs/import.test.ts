import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csv } from '../../core/logs/csv.ts'
import { line } from '../../core/logs/read.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { rowsOf, TestDatabase } from '../../sql/tracked.ts'
import { type Desk, openDesk } from './desk.ts'

describe.each(majors())('the import of a log into PostgreSQL %i', (major) => {
  let database: TestDatabase
  let desk: Desk
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    desk = await openDesk({ server: sharedServer(major), database: database.name })
  })
  afterAll(async () => {
    await desk.close()
    await database.close()
  })

  it('brings each operation once, with its secrets masked', async () => {
    const path = await desk.file(
      'a.log',
      line("LOG:  statement: create role a password 'S3CRET'") +
        line('LOG:  duration: 1.500 ms') +
        line('LOG:  statement: select 2', { second: 1 }),
    )
    const summary = await desk.import(path)
    expect(summary).toMatchObject({
      outcome: 'imported',
      from: 0,
      events: 2,
      unfinished: 2,
      merged: 1,
      redacted: 1,
      refused: 0,
    })
    const client = await database.session()
    expect(
      await rowsOf(
        client,
        'select kind, statement, duration_ms, byte_offset::int from script_tracking.imported_operation order by byte_offset',
      ),
    ).toEqual([
      { kind: 'statement', statement: 'create role a password ***', duration_ms: 1.5, byte_offset: 0 },
      { kind: 'statement', statement: 'select 2', duration_ms: null, byte_offset: expect.any(Number) },
    ])
    expect(await desk.import(path)).toMatchObject({ outcome: 'nothing new', operation: null })
  })

  it('refuses, where that is asked for, what would count twice, and takes no log that goes on for such', async () => {
    const client = await database.session()
    const bring = async (name: string, text: string, force = false) => {
      const source = { kind: 'path' as const, path: await desk.file(name, text) }
      return await desk.api.logs.import({
        connection: desk.connection,
        source,
        timeZone: null,
        overlaps: 'refuse',
        force,
      })
    }
    const minute = Array.from({ length: 60 }, (_, second) => line('LOG:  statement: select 1', { pid: 77, second }))
    await bring('busy.log', minute.join(''))
    const asCsv = csv('statement: select 1', { pid: 77 }).repeat(60)
    await expect(bring('busy.csv', asCsv)).rejects.toThrow('busy.log (stderr), which is imported already')
    const kept = `select file_name as name from script_tracking.imported_log where file_name like 'busy%' order by 1`
    expect(await rowsOf(client, kept)).toEqual([{ name: 'busy.log' }])
    expect((await bring('busy.csv', asCsv, true)).overlaps).toMatchObject([{ name: 'busy.log', events: 40 }])

    // The same session is at work in the second in which the server began a new file.
    const next = line('LOG:  statement: select 2', { pid: 77, second: 59 }).repeat(60)
    expect(await bring('next.log', next)).toMatchObject({ outcome: 'imported', overlaps: [] })
  })
})
