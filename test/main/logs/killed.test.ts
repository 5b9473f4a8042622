import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'
import { buildProgram } from '../built.ts'
import { busyLog, busyPrefix, leftIn } from './busyLog.ts'
import { openDesk } from './desk.ts'

const whole = busyLog({ messages: 4000 })
const batchBytes = 25_000

let program: Awaited<ReturnType<typeof buildProgram>>
let folder: string
let path: string
beforeAll(async () => {
  program = await buildProgram('importer', {
    importer: 'test/main/logs/importer.ts',
    historyWorker: 'src/main/history/worker.ts',
    logsWorker: 'src/main/logs/worker.ts',
  })
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-killed-'))
  path = join(folder, 'whole.log')
  await writeFile(path, whole)
})
afterAll(async () => {
  await program.remove()
  await rm(folder, { recursive: true, force: true })
})

describe.each(majors())('a process that is killed while it imports into PostgreSQL %i', (major) => {
  let database: TestDatabase
  let undisturbed: Record<string, unknown>
  beforeAll(async () => {
    const server = sharedServer(major)
    const other = await TestDatabase.tracked(server)
    const desk = await openDesk({ server, database: other.name })
    await desk.import(path, { prefix: busyPrefix })
    undisturbed = await leftIn(other)
    await desk.close()
    await other.close()
    database = await TestDatabase.tracked(server)
  })
  afterAll(() => database.close())

  /** Runs the import; kills it some time after it has said a word. Tells what it printed. */
  async function run(
    kill: { word: 'open' | 'started'; afterMs: number } | null,
  ): Promise<{ said: string; killed: boolean }> {
    const { host, port, password } = sharedServer(major)
    const task = { server: { host, port, password }, database: database.name, path, prefix: busyPrefix, batchBytes }
    const child = spawn(process.execPath, [program.entry, JSON.stringify(task)], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    let timer: NodeJS.Timeout | undefined
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      said += more
      if (kill !== null && said.includes(kill.word)) timer ??= setTimeout(() => child.kill('SIGKILL'), kill.afterMs)
    })
    await once(child, 'close')
    clearTimeout(timer)
    return { said, killed: child.signalCode === 'SIGKILL' }
  }

  // Starting the process takes most of the time: the first major of the run has them all.
  const points = major === majors()[0] ? 20 : 5

  it(`leaves at ${points} points what one undisturbed import leaves, once it has come to its end`, async () => {
    let kills = 0
    let went = 0
    while (kills < points) {
      const { said, killed } = await run({ word: kills % 4 === 0 ? 'open' : 'started', afterMs: Math.random() * 400 })
      if (killed) kills += 1
      if (said.includes('started')) went += 1
      if (/^(?:imported|nothing new)$/m.test(said) && kills < points) {
        // It was faster: once more from the beginning, into another database.
        expect(await leftIn(database)).toEqual(undisturbed)
        await database.close()
        database = await TestDatabase.tracked(sharedServer(major))
      }
    }
    const last = await run(null)
    expect(last.said).toMatch(/^(?:imported|nothing new)$/m)
    expect(went).toBeGreaterThan(0)
    expect(await leftIn(database)).toEqual(undisturbed)
  }, 600_000)

  it('leaves no secret in a file or a table', async () => {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && entry.name !== 'whole.log',
    )
    expect(files.length).toBeGreaterThan(0)
    for (const { parentPath, name } of files) {
      expect((await readFile(join(parentPath, name))).includes('S3CRET'), name).toBe(false)
    }
    const client = await database.session()
    const { rows: tables } = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'script_tracking' and c.relkind = 'r'`,
    )
    for (const { name } of tables) {
      const { rows } = await client.query(`select from ${name} r where r::text like '%S3CRET%' limit 1`)
      expect(rows, name).toEqual([])
    }
  })
})
