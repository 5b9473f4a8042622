import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DemoEvent } from '../../../src/core/demo/contract.ts'
import { reachableData, unprivilegedAccount } from '../../../src/main/postgres/account.ts'
import { type Program, startProgram } from './process.ts'

// Each makes a cluster, and the other tests of the run want the machine too.
vi.setConfig({ testTimeout: 120_000 })

let folder: string
let programs: Program[]
let children: ChildProcess[]

async function makeFolder(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-demo-'))
  programs = []
  children = []
}

async function removeFolder(): Promise<void> {
  for (const child of children) await kill(child)
  await closeAll()
  const cluster = await clusterFolder()
  // The server of a killed process stops by itself, a moment later.
  await vi.waitUntil(() => !existsSync(join(cluster, 'postmaster.pid')), { timeout: 30_000 })
  for (const path of [folder, cluster, `${cluster}.belongs-to`]) await rm(path, { recursive: true, force: true })
}

/** As root the cluster is not below the folder. */
async function clusterFolder(): Promise<string> {
  return await reachableData(await unprivilegedAccount(), join(folder, 'demo', 'data'))
}

function program(): Program {
  const started = startProgram(folder)
  programs.push(started)
  return started
}

async function closeAll(): Promise<void> {
  for (const started of programs.splice(0)) await started.close()
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Starts another process and waits for the first thing it tells that `until` accepts. */
async function childUntil(until: (message: { step?: string; port?: number }) => boolean): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.push(child)
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  for await (const line of createInterface({ input: child.stdout })) {
    if (until(JSON.parse(line))) return child
  }
  throw new Error(`The process ended too early: ${errors}`)
}

async function addressFile(): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, 'demo', 'server.json'), 'utf8'))
}

/** Whether something listens at the port of the demo. */
async function isListening(): Promise<boolean> {
  const { port } = Object(await addressFile().catch(() => ({}))) // None yet: nothing was started.
  if (port === undefined) return false
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'nobody', password: 'x', database: 'x' })
  client.on('error', () => {})
  return await client.connect().then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ECONNREFUSED',
  )
}

describe('the demo', () => {
  // One cluster for all of these: making one takes longer than what they ask.
  beforeAll(makeFolder)
  afterEach(closeAll)
  afterAll(removeFolder)

  it('opens the sample clinic with the framework installed, and says how far it is', async () => {
    const { api, query } = program()
    const events: DemoEvent[] = []
    const open = await api.start({}, { onEvent: (event) => events.push(event) })
    expect(open.connection).toMatchObject({ name: 'Sample clinic', kind: 'development', database: 'clinic' })
    expect(open.server.versionNumber).toBeGreaterThanOrEqual(180_000)
    expect(open.tracking).toBe('current')
    expect(await query(open.connection.id, 'select count(*) as people from people.person')).toEqual([{ people: '200' }])

    const shares = events.map(({ share }) => share)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.at(-1)).toBe(1)
    expect(events.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['Starting PostgreSQL 18', 'Filling care.visit', 'Installing the tracking framework']),
    )
  })

  it('is started once for all who ask at the same time', async () => {
    const { api } = program()
    const both = await Promise.all([api.start({}), api.start({})])
    expect(both[0]?.connection).toEqual(both[1]?.connection)
    expect((await api.start({})).connection).toEqual(both[0]?.connection)
  })

  it('keeps its password to itself', async () => {
    const { api } = program()
    const open = await api.start({})
    const { password } = Object(await addressFile())
    expect(password).toMatch(/^[\w-]{32}$/)
    expect(JSON.stringify(open)).not.toContain(password)
    expect((await stat(join(folder, 'demo', 'server.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'demo'))).mode & 0o777).toBe(0o700)

    await closeAll()
    expect(await addressFile()).toMatchObject({ password: null })
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      expect((await readFile(path)).includes(password), path).toBe(false)
    }
  })

  it('keeps its data from one start to the next, and is the same connection', async () => {
    const first = program()
    const { connection } = await first.api.start({})
    await first.query(connection.id, 'create table public.kept as select 42 as answer')
    await closeAll()
    expect(await isListening()).toBe(false)

    const second = program()
    const steps: string[] = []
    const again = await second.api.start({}, { onEvent: ({ step }) => steps.push(step) })
    expect(again.connection.id).toBe(connection.id)
    expect(await second.query(connection.id, 'select answer from public.kept')).toEqual([{ answer: '42' }])
    expect(steps.filter((step) => step.startsWith('Filling'))).toEqual([])
  })

  it('removes a cluster elsewhere whose folder is gone, and no other', async (context) => {
    const cluster = await clusterFolder()
    if (cluster.startsWith(folder)) context.skip('Only as root do clusters lie elsewhere.')
    const places = [`${cluster}0-gone`, `${cluster}0-kept`]
    for (const [index, place] of places.entries()) {
      await mkdir(place)
      await writeFile(`${place}.belongs-to`, index === 0 ? join(folder, 'gone') : folder)
    }
    // What a killed initdb leaves.
    await mkdir(`${places[0]}.123`)
    await writeFile(`${places[0]}.123.password`, 'unused')
    await program().api.start({})
    expect(places.map((place) => [existsSync(place), existsSync(`${place}.belongs-to`)])).toEqual([
      [false, false],
      [true, true],
    ])
    expect([`${places[0]}.123`, `${places[0]}.123.password`].filter((path) => existsSync(path))).toEqual([])
    for (const path of [places[1], `${places[1]}.belongs-to`]) await rm(String(path), { recursive: true })
  })

  it('comes back when its server was lost', async () => {
    const { api, query } = program()
    const { connection } = await api.start({})
    const [pid = ''] = (await readFile(join(await clusterFolder(), 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), 'SIGQUIT')
    await expect.poll(isListening).toBe(false)
    const again = await api.start({})
    expect(again.connection.id).toBe(connection.id)
    expect(await query(connection.id, 'select count(*) as people from people.person')).toEqual([{ people: '200' }])
  })
})

describe('a start that is stopped', () => {
  beforeEach(makeFolder)
  afterEach(removeFolder)

  it.each(['Starting PostgreSQL 18', 'Filling care.visit', 'Installing the tracking framework'])(
    'at "%s" leaves no server, and the next one is whole',
    async (step) => {
      const { api, query } = program()
      const controller = new AbortController()
      const onEvent = (event: DemoEvent) => {
        if (event.step === step) controller.abort()
      }
      const stopped = api.start({}, { signal: controller.signal, onEvent })
      await expect(stopped).rejects.toMatchObject({ fault: { code: 'cancelled' } })
      expect(await isListening()).toBe(false)
      const { connection } = await api.start({})
      expect(await query(connection.id, 'select count(*) as people from people.person')).toEqual([{ people: '200' }])
      expect(await query(connection.id, `select datname from pg_database where datname ~ 'clinic'`)).toEqual([
        { datname: 'clinic' },
      ])
    },
  )

  it('goes on for the others who wait', async () => {
    const { api } = program()
    const controller = new AbortController()
    const onEvent = (event: DemoEvent) => {
      if (event.step === 'Filling care.visit') controller.abort()
    }
    const [gone, stays] = await Promise.allSettled([
      api.start({}, { signal: controller.signal, onEvent }),
      api.start({}),
    ])
    expect(gone).toMatchObject({ status: 'rejected', reason: { fault: { code: 'cancelled' } } })
    expect(stays).toMatchObject({ status: 'fulfilled' })
  })

  it('ends with its program', async () => {
    const { api, close } = program()
    programs = []
    let closed: Promise<void> | undefined
    const onEvent = (event: DemoEvent) => {
      if (event.step === 'Filling care.visit') closed ??= close()
    }
    await expect(api.start({}, { onEvent })).rejects.toMatchObject({ fault: { code: 'unavailable' } })
    await closed
    expect(await isListening()).toBe(false)
  })
})

describe('several processes', () => {
  beforeEach(makeFolder)
  afterEach(removeFolder)

  it('use the server of the first, which the others do not stop', async () => {
    await childUntil(({ port }) => port !== undefined)
    const { api, query } = program()
    const { connection } = await api.start({})
    expect(await query(connection.id, 'select count(*) as people from people.person')).toEqual([{ people: '200' }])
    await closeAll()
    expect(await isListening()).toBe(true)
  })

  it('start a server of their own after the first has gone', async () => {
    const first = await childUntil(({ port }) => port !== undefined)
    const { api } = program()
    await api.start({})
    first.stdin?.end()
    await once(first, 'exit')
    expect((await api.start({})).tracking).toBe('current')
  })

  it('begin anew where one was killed while it filled the database', async () => {
    const child = await childUntil(({ step }) => step === 'Filling care.visit')
    await kill(child)
    const { api, query } = program()
    const { connection } = await api.start({})
    expect(await query(connection.id, 'select count(*) as people from people.person')).toEqual([{ people: '200' }])
  })

  it('wait for the one that is just starting it', async () => {
    await childUntil(({ step }) => step === 'Starting PostgreSQL 18')
    const { api } = program()
    const steps: string[] = []
    await api.start({}, { onEvent: ({ step }) => steps.push(step) })
    expect(steps.some((step) => step.startsWith('Filling'))).toBe(false)
  })
})
