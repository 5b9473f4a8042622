import { appendFile, copyFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'
import { installTracking } from '../editor/station.ts'
import { busyLog, busyPrefix, leftIn } from './busyLog.ts'
import { type Desk, openDesk } from './desk.ts'

const whole = busyLog({ messages: 1500 })
const at = (share: number): number => Math.floor(whole.length * share)

let template: TestDatabase
let undisturbed: Record<string, unknown>
const opened: { database: TestDatabase; desk: Desk }[] = []

/** A database of its own, with a process that commits small parts. */
async function fresh(batchBytes = 20_000): Promise<{ database: TestDatabase; desk: Desk }> {
  const server = sharedServer()
  const database = TestDatabase.open(server, await server.createDatabase(undefined, template.name))
  const desk = await openDesk({ server, database: database.name, batchBytes })
  opened.push({ database, desk })
  return { database, desk }
}

beforeAll(async () => {
  template = await TestDatabase.create(sharedServer())
  await installTracking(sharedServer(), template.name)
  const { database, desk } = await fresh(100_000_000)
  await desk.import(await desk.file('whole.log', whole), { prefix: busyPrefix })
  undisturbed = await leftIn(database)
})
afterEach(async () => {
  for (const { database, desk } of opened.splice(0)) {
    await desk.close()
    await database.close()
  }
})
afterAll(() => template.close())

describe('a log is known by its content', () => {
  let database: TestDatabase
  let desk: Desk
  beforeEach(async () => {
    ;({ database, desk } = await fresh())
  })
  const take = (path: string) => desk.import(path, { prefix: busyPrefix })

  it('committed in many parts it is the same as in one', async () => {
    const summary = await take(await desk.file('a.log', whole))
    expect(summary).toMatchObject({ outcome: 'imported', to: Buffer.byteLength(whole) })
    expect(await leftIn(database)).toEqual(undisturbed)
  })

  it.each([0.1, 0.37, 0.5, 0.93])('grown from %f of it, in the middle of a line, it is gone on with', async (share) => {
    const bytes = Buffer.from(whole)
    const path = await desk.file('a.log', bytes.subarray(0, at(share)))
    await take(path)
    await writeFile(path, bytes)
    const grown = await take(path)
    expect(grown).toMatchObject({ outcome: 'imported', from: at(share), to: bytes.length })
    expect(await leftIn(database)).toEqual(undisturbed)
    expect(await take(path)).toMatchObject({ outcome: 'nothing new', operation: null })
    expect(await leftIn(database)).toEqual(undisturbed)
  })

  it('grown a line at a time it is the same', async () => {
    const lines = whole.split(/(?<=\n)/)
    const path = await desk.file('a.log', lines.slice(0, lines.length - 6).join(''))
    await take(path)
    for (const each of lines.slice(-6)) {
      await appendFile(path, each)
      await take(path)
    }
    expect(await leftIn(database)).toEqual(undisturbed)
  })

  it('renamed, rotated and packed it is the same one', async () => {
    const path = await desk.file('postgresql.log', whole.slice(0, at(0.5)))
    await take(path)
    const rotated = join(desk.folder, 'postgresql.log.1')
    await rename(path, rotated)
    await writeFile(rotated, whole)
    await take(rotated)
    expect(await leftIn(database)).toEqual(undisturbed)
    for (const [name, pack] of [
      ['b.gz', gzipSync],
      ['b.zst', zstdCompressSync],
    ] as const) {
      expect(await take(await desk.file(name, pack(Buffer.from(whole))))).toMatchObject({ outcome: 'nothing new' })
    }
    expect(await leftIn(database)).toEqual(undisturbed)
  })

  it('packed at first and grown as a plain file it is the same one', async () => {
    await take(await desk.file('a.log.gz', gzipSync(Buffer.from(whole.slice(0, at(0.6))))))
    await take(await desk.file('a.log', whole))
    expect(await leftIn(database)).toEqual(undisturbed)
  })

  it('copied and truncated it is another one, and the copy the old one', async () => {
    const other = busyLog({ messages: 400, seed: 99 })
    const path = await desk.file('a.log', whole.slice(0, at(0.5)))
    await take(path)
    const copy = join(desk.folder, 'a.log.1')
    await writeFile(path, whole)
    await copyFile(path, copy)
    await truncate(path, 0)
    await writeFile(path, other)
    const second = await take(path)
    const first = await take(copy)
    expect(first.file).not.toBe(second.file)
    const { statements: _, ...left } = await leftIn(database, first.file ?? 0)
    const { statements: __, ...expected } = undisturbed
    expect(left).toEqual(expected)
  })

  it('an earlier copy of it holds nothing new', async () => {
    await take(await desk.file('a.log', whole))
    for (const share of [0.02, 0.4, 0.99]) {
      const name = `earlier-${share}.log`
      expect(await take(await desk.file(name, whole.slice(0, at(share))))).toMatchObject({ outcome: 'nothing new' })
    }
    expect(await leftIn(database)).toEqual(undisturbed)
  })

  it('one that only begins like it is another one', async () => {
    await take(await desk.file('a.log', whole))
    const other = `${whole.slice(0, at(0.5))}${busyLog({ messages: 200, seed: 5 })}`
    const summary = await take(await desk.file('b.log', other))
    expect(summary).toMatchObject({ outcome: 'imported', from: 0, file: 2 })
    const again = await take(await desk.file('c.log', other))
    expect(again).toMatchObject({ outcome: 'nothing new', file: 2 })
  })

  it('two imports of it at once make one', async () => {
    const path = await desk.file('a.log', whole)
    const second = await openDesk({ server: sharedServer(), database: database.name, batchBytes: 30_000 })
    const events: string[] = []
    const import_ = (each: Desk) =>
      each.import(path, { prefix: busyPrefix, onEvent: ({ kind }) => void events.push(kind) })
    const outcomes = await Promise.all([import_(desk), import_(second), import_(desk)])
    await second.close()
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['imported', 'nothing new', 'nothing new'])
    expect(events).toContain('waiting')
    expect(await leftIn(database)).toEqual(undisturbed)
  })

  it('cancelled anywhere it goes on where it was', async () => {
    const path = await desk.file('a.log', whole)
    for (let stops = 1; ; stops += 1) {
      const cancel = new AbortController()
      let committed = 0
      const summary = await desk.import(path, {
        prefix: busyPrefix,
        signal: cancel.signal,
        onEvent: (event) => {
          if (event.kind === 'started') cancel.abort()
          if (event.kind === 'progress') committed = event.progress.committed
        },
      })
      if (summary.outcome !== 'cancelled') break
      expect(summary.to).toBeGreaterThanOrEqual(committed)
      if (stops === 3) {
        await take(path)
        break
      }
    }
    expect(await leftIn(database)).toEqual(undisturbed)
    // Four imports, each with a thread of its own: on a machine that others use, more than one test's time.
  }, 120_000)
})
