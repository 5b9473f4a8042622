import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { endProcess } from '../../ground/door.ts'
import { sharedServer } from '../../ground/shared.ts'
import { buildDoors } from '../built.ts'
import { installTracking, look } from '../editor/station.ts'
import { type App, startApp } from './app.ts'
import { chance } from './chance.ts'
import { committedRows, expectTruth, statesAtServer, untilDeserted, wholeHistory } from './truth.ts'
import { exportedRows, type Sent, type Work, workUntilKilled } from './work.ts'

/** PGSTEWARD_SEED tries other moments. What is under way at a moment also depends on the machine. */
const seed = Number(process.env['PGSTEWARD_SEED'] ?? 20_261_121)
const random = chance(seed)
const moments = Array.from({ length: 20 }, (_, index) => ({
  moment: index + 1,
  afterMs: random(900),
  // A process that starts and writes much: at every second moment.
  inTerminal: index % 2 === 0,
}))

/** What the terminal exports: it is under way for longer than the longest of the moments. */
const terminalRows = 1_500_000

describe(`a program that is killed in the middle of runs, exports and edits (seed ${seed})`, () => {
  const server = sharedServer()
  let doors: Awaited<ReturnType<typeof buildDoors>>
  let folder: string
  let database: string
  let connection: string
  let app: App
  let terminal: ChildProcess | undefined
  let deeds = 0
  /** What the moments came in the middle of. */
  const hit = { MANUAL: 0, EDIT: 0, EXPORT: 0, transfers: 0, writes: 0, files: 0 }
  /** Operations of the moments before. */
  let before = new Set<string>()

  const data = () => join(folder, 'data')
  const out = () => join(folder, 'out')

  beforeAll(async () => {
    doors = await buildDoors(['web', 'cli'])
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-recovery-'))
    await mkdir(out())
    database = await server.createDatabase()
    await installTracking(server, database)
    await look(server, database, 'create table deed (number int, step int, note text, primary key (number, step))')
    await look(server, database, 'insert into deed select 0, step from generate_series(0, 9) step')
    app = await startApp(doors.entries.web, data())
    const { host, port, password } = server
    const saved = await app.api.connections.save({
      settings: { name: 'Killed', host, port, database, user: 'postgres', sslMode: 'disable' },
      password,
    })
    connection = saved.id
  })
  beforeEach(async () => {
    await app.api.connections.open({ id: connection, password: server.password })
    await app.api.workspace.open({ previous: null })
    before = new Set((await wholeHistory(app)).map(({ id }) => id))
  })
  afterAll(async () => {
    if (terminal !== undefined) await endProcess(terminal, 'SIGKILL')
    await app?.close()
    await doors?.remove()
    await rm(folder, { recursive: true, force: true })
    await server.dropDatabase(database)
  })

  /** Exports into a file, in a process of its own upon the same data folder. */
  function exportInTerminal(file: string): ChildProcess {
    const query = `select n, md5(n::text) from generate_series(1, ${terminalRows}) n`
    const target = ['--url', server.url(database), '--out', join(out(), file), '--query', query]
    return spawn(process.execPath, [doors.entries.cli, '--data-folder', data(), 'export', ...target], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  /** Resolves when the export in the terminal has begun to write. */
  async function untilWriting(exporting: ChildProcess): Promise<void> {
    while (!(await readdir(out())).some((name) => name.endsWith('.pgsteward-part'))) {
      if (exporting.exitCode !== null) throw new Error(`The export ended with ${exporting.exitCode}.`)
      await sleep(10)
    }
  }

  it.each(moments)(
    'moment $moment, $afterMs ms after all was under way',
    async ({ moment, afterMs, inTerminal }) => {
      const file = `${moment}.csv`
      terminal = inTerminal ? exportInTerminal(file) : undefined
      const { work, under, ended } = workUntilKilled({ app, connection, chance: random, next: () => ++deeds })
      await Promise.all([under, terminal && untilWriting(terminal)])
      await sleep(afterMs)
      await Promise.all([app.kill(), terminal && endProcess(terminal, 'SIGKILL')])
      await ended
      await countHits(work)

      app = await startApp(doors.entries.web, data())
      expect(await app.api.connections.list({})).toMatchObject({ notice: null, connections: [{ id: connection }] })
      await expectTabs(app, work)

      // Offline first: the server may go on with what it was sent.
      const offline = await newOperations()
      for (const { type, status } of offline) {
        if (status === 'INTERRUPTED' && (type === 'MANUAL' || type === 'EDIT' || type === 'EXPORT')) hit[type] += 1
      }
      await untilDeserted(server, database)
      expectTruth({ work, details: offline, committed: await committedRows(server, database) })
      await expectFiles(work, file, offline)
      await expectNoLeftovers()

      // The server is told what it was not told yet, and of nothing twice.
      await app.api.connections.open({ id: connection, password: server.password })
      expect(await app.api.history.sync({ connection })).toMatchObject({ waiting: 0 })
      const online = await newOperations()
      expect(online.map(({ id, status }) => [id, status])).toEqual(offline.map(({ id, status }) => [id, status]))
      const atServer = await statesAtServer(
        server,
        database,
        online.map(({ id }) => id),
      )
      for (const { id, states } of online)
        expect([id, atServer.get(id)]).toEqual([id, states.map(({ status }) => status)])
    },
    120_000,
  )

  it('came in the middle of each', () => {
    for (const [what, times] of Object.entries(hit))
      expect([what, times]).toEqual([what, expect.toSatisfy((n) => n > 0)])
  })

  async function countHits({ fetched, layout, texts }: Work): Promise<void> {
    const transfers = await Promise.all(fetched.map(({ came }) => came))
    hit.transfers += transfers.filter((came) => came === 'broken').length
    hit.writes += [layout, ...texts.values()].filter(({ underWay }) => underWay !== null).length
    hit.files += (await readdir(out())).filter((name) => name.endsWith('.pgsteward-part')).length
  }

  /** What this machine has done since the moment before, newest first. */
  async function newOperations() {
    const entries = (await wholeHistory(app)).filter(
      ({ id, application }) => application === 'pgSteward' && !before.has(id),
    )
    return await Promise.all(entries.map(({ id }) => app.api.history.get({ id })))
  }

  async function expectFiles(work: Work, file: string, details: { type: string; status: string; id: string }[]) {
    const byId = new Map(details.map((detail) => [detail.id, detail.status]))
    const whole = sha256Of(exportedRows)
    for (const { operation, came, told } of work.fetched) {
      const fetched = await came
      if (fetched !== 'broken') expect(fetched.sha256).toBe(whole)
      if (told !== null) expect([told, byId.get(operation)]).toEqual([whole, 'COMPLETED'])
      if (byId.get(operation) === 'COMPLETED') expect(fetched).toEqual({ sha256: whole })
    }
    const files = await readdir(out())
    for (const name of files) expect(sha256(await readFile(join(out(), name))), name).toBe(sha256Of(terminalRows))
    if (!files.includes(file)) {
      const fetched = new Set(work.fetched.map(({ operation }) => operation))
      const others = details.filter(({ id, type }) => type === 'EXPORT' && !fetched.has(id))
      for (const { status } of others) expect(status).not.toBe('COMPLETED')
    }
  }

  /** Nothing of the dead is left: no mark of theirs, no rows of results, no file in half. */
  async function expectNoLeftovers(): Promise<void> {
    const living = (await readdir(join(data(), 'instances'))).filter((name) => name.endsWith('.db'))
    expect(living).toHaveLength(1)
    expect(await readdir(join(data(), 'results'))).toEqual([])
    expect(await readdir(join(data(), 'saving'))).toEqual([])
    expect((await readdir(out())).filter((name) => name.startsWith('.'))).toEqual([])
  }
})

/** The tabs and their texts are those that the window was told to be kept, or those that it had just sent. */
async function expectTabs({ api }: App, { layout, texts }: Work): Promise<void> {
  const restored = await api.workspace.open({ previous: null })
  expect(candidates(layout)).toContainEqual(restored.layout)
  for (const { id } of restored.layout.tabs) {
    const { text } = await api.workspace.text({ tab: id })
    expect(texts.has(id) ? candidates(texts.get(id)) : [null], id).toContain(text)
  }
}

function candidates<T>(sent: Sent<T> | undefined): (T | null)[] {
  if (sent === undefined) return [null]
  return sent.underWay === null ? [sent.answered] : [sent.answered, sent.underWay]
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const expected = new Map<number, string>()

/** Of the CSV file of so many rows. */
function sha256Of(rows: number): string {
  const known = expected.get(rows)
  if (known !== undefined) return known
  const hash = createHash('sha256').update('n,md5\n')
  for (let n = 1; n <= rows; n += 1) hash.update(`${n},${createHash('md5').update(`${n}`).digest('hex')}\n`)
  const digest = hash.digest('hex')
  expected.set(rows, digest)
  return digest
}
