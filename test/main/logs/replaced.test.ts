import { copyFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'
import { installTracking } from '../editor/station.ts'
import { busyLog, busyPrefix, leftIn } from './busyLog.ts'
import { type Desk, openDesk } from './desk.ts'

/** Longer than what is read ahead of the first part that is committed. */
const first = busyLog({ messages: 6_000 })
const second = busyLog({ messages: 8_000, seed: 99 })

let template: TestDatabase
let database: TestDatabase
let desk: Desk
let firstAlone: Record<string, unknown>
let secondAlone: Record<string, unknown>

async function open(): Promise<void> {
  database = TestDatabase.open(sharedServer(), await sharedServer().createDatabase(undefined, template.name))
  desk = await openDesk({ server: sharedServer(), database: database.name, batchBytes: 30_000 })
}

async function close(): Promise<void> {
  await desk.close()
  await database.close()
}

/** All of one log, and of no other. */
async function left(file: number | null): Promise<Record<string, unknown>> {
  const { statements: _, ...others } = await leftIn(database, file ?? 0)
  return others
}

beforeAll(async () => {
  template = await TestDatabase.create(sharedServer())
  await installTracking(sharedServer(), template.name)
  await open()
  firstAlone = await left((await desk.import(await desk.file('first.log', first), { prefix: busyPrefix })).file)
  secondAlone = await left((await desk.import(await desk.file('second.log', second), { prefix: busyPrefix })).file)
  await close()
})
beforeEach(open)
afterEach(close)
afterAll(() => template.close())

// Each imports some three megabytes in small parts: on a machine that others use, more than one test's time.
describe('a file that becomes another one while it is imported', { timeout: 120_000 }, () => {
  const take = (path: string, onEvent?: (kind: string) => void) =>
    desk.import(path, {
      prefix: busyPrefix,
      ...(onEvent === undefined ? {} : { onEvent: ({ kind }) => onEvent(kind) }),
    })

  it('copied and truncated while it is read, it gives nothing of the new log to the old one', async () => {
    const path = await desk.file('a.log', first)
    const copy = join(desk.folder, 'a.log.1')
    const thrown: unknown = await take(path, (kind) => {
      if (kind !== 'started') return
      copyFileSync(path, copy)
      truncateSync(path)
      writeFileSync(path, second)
    }).catch((failure: unknown) => failure)
    expect(thrown).toMatchObject({ fault: { code: 'unavailable' } })
    expect(await left((await take(copy)).file)).toEqual(firstAlone)
    expect(await left((await take(path)).file)).toEqual(secondAlone)
  })

  it('rotated while it is read, it is read to its end', async () => {
    const path = await desk.file('a.log', first)
    const summary = await take(path, (kind) => {
      if (kind !== 'started') return
      renameSync(path, join(desk.folder, 'a.log.1'))
      writeFileSync(path, second)
    })
    expect(await left(summary.file)).toEqual(firstAlone)
    expect(await left((await take(path)).file)).toEqual(secondAlone)
  })

  it('rotated while its import waits for another one, it is not taken for what it was', async () => {
    const path = await desk.file('a.log', first)
    const other = await database.session()
    const head = first.slice(0, first.indexOf('\n') + 1)
    const lock = `hashtextextended('script_tracking.log ' || encode(sha256(convert_to($1, 'UTF8')), 'hex'), 0)`
    await other.query(`select pg_advisory_lock(${lock})`, [head])
    const thrown: unknown = await take(path, (kind) => {
      if (kind !== 'waiting') return
      writeFileSync(path, second)
      void other.query(`select pg_advisory_unlock(${lock})`, [head])
    }).catch((failure: unknown) => failure)
    expect(thrown).toMatchObject({ fault: { code: 'unavailable' } })
    const summary = await take(path)
    expect(await left(summary.file)).toEqual(secondAlone)
    expect(await take(await desk.file('b.log', first))).toMatchObject({ outcome: 'imported', from: 0 })
  })
})
