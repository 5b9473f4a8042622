import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConnectionEvent } from '../../../src/core/connections/contract.ts'
import { Failure, toFault } from '../../../src/core/fault.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { faultOf, settingsFor, within } from '../postgres/entry.ts'
import { type Relay, startRelay } from '../postgres/fakes.ts'
import { type Program, startProgram } from './program.ts'

const server = sharedServer()
let database: string
let program: Program

beforeAll(async () => {
  database = await server.createDatabase()
})
afterAll(() => server.dropDatabase(database))

beforeEach(() => {
  vi.stubEnv('PGPASSFILE', '/nowhere/pgpass')
  vi.stubEnv('PGPASSWORD', '')
  program = startProgram()
})
afterEach(async () => {
  await program.stop()
  vi.unstubAllEnvs()
})

const password = server.password
const settingsHere = () => settingsFor(server, { database })

/** The names of the sessions that are in the test's database. */
async function sessionsThere(): Promise<string[]> {
  return await within(settingsFor(server), password, async (client) => {
    const { rows } = await client.query<{ application_name: string }>(
      'select application_name from pg_stat_activity where datname = $1 order by 1',
      [database],
    )
    return rows.map((row) => row.application_name)
  })
}

async function pidsThere(): Promise<number[]> {
  return await within(settingsFor(server), password, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [
      database,
    ])
    return rows.map(({ pid }) => pid)
  })
}

const isState = (state: ConnectionEvent['state']) => (event: ConnectionEvent) => event.state === state

describe('opening', () => {
  it('gives the server’s report, the tracking state, and a database for the other slices', async () => {
    const { connection, server: report, tracking } = await program.api.open({ settings: settingsHere(), password })
    expect(connection).toEqual({
      ...settingsHere(),
      id: expect.stringMatching(/^url:[0-9a-f]{32}$/),
      hasPassword: false,
      lastOpenedAt: null,
    })
    expect(tracking).toBe('absent')
    const opened = program.connections.database(connection.id)
    expect(opened).toMatchObject({ id: connection.id, settings: settingsHere(), server: report })
    expect(opened.identity).toMatch(new RegExp(`^\\d+/${database}$`))
    expect((await opened.query('select 1::int8 as one')).rows).toEqual([{ one: '1' }])
    await opened.connect('editor')
    expect(await sessionsThere()).toEqual(['pgSteward', 'pgSteward - editor'])
  })

  it('twice, even at once, gives the same database', async () => {
    const { id } = await program.api.save({ settings: settingsHere(), password })
    const opened = await Promise.all([1, 2, 3].map(() => program.api.open({ id })))
    expect(new Set(opened.map(({ connection }) => connection.id))).toEqual(new Set([id]))
    expect(await sessionsThere()).toEqual(['pgSteward'])
    expect(program.events.filter(isState('open'))).toHaveLength(1)
  })

  it('in another way, such as read-only, replaces the open one', async () => {
    const { connection } = await program.api.open({ settings: settingsHere(), password })
    const first = program.connections.database(connection.id)
    const again = await program.api.open({ settings: { ...settingsHere(), readOnly: true }, password })
    expect(again.connection.id).toBe(connection.id)
    expect(again.server.readOnly).toBe(true)
    const second = program.connections.database(connection.id)
    await expect(second.query('create table t (a int)')).rejects.toMatchObject({ code: '25006' })
    expect(await faultOf(first.query('select 1'))).toMatchObject({ code: 'not_found' })
    expect(await sessionsThere()).toEqual(['pgSteward'])
  })

  it('under another name, of another kind, goes on in the same session by what is said now', async () => {
    const { connection } = await program.api.open({ settings: settingsHere(), password })
    const before = await pidsThere()
    const said = { name: 'The clinic', kind: 'production', colour: 'red', askReasons: 'require' } as const
    const again = await program.api.open({ settings: { ...settingsHere(), ...said }, password })
    expect(again.connection).toMatchObject({ id: connection.id, ...said })
    expect(program.connections.database(connection.id).settings).toMatchObject(said)
    expect(await pidsThere()).toEqual(before)
  })

  it('that is cancelled leaves the next one to try', async () => {
    const abort = new AbortController()
    const cancelled = faultOf(program.api.open({ settings: settingsHere(), password }, { signal: abort.signal }))
    const second = program.api.open({ settings: settingsHere(), password })
    abort.abort()
    expect((await cancelled).code).toBe('cancelled')
    expect((await second).server.database).toBe(database)
  })

  it('fails with the tracking state, and leaves nothing open', async () => {
    const failing = startProgram(async () => {
      throw new Failure({ code: 'internal', message: 'no state' })
    })
    expect(await faultOf(failing.api.open({ settings: settingsHere(), password }))).toMatchObject({
      message: 'no state',
    })
    expect(await sessionsThere()).toEqual([])
    await failing.stop()
  })
})

describe('the control session', () => {
  it('runs one query at a time, in order, for all who ask', async () => {
    const { connection } = await program.api.open({ settings: settingsHere(), password })
    const opened = program.connections.database(connection.id)
    const numbers = Array.from({ length: 50 }, (_, index) => String(index))
    const answers = await Promise.all(numbers.map((number) => opened.query('select $1::text as number', [number])))
    expect(answers.flatMap(({ rows }) => rows.map((row) => row['number']))).toEqual(numbers)
  })

  it('hands PostgreSQL’s errors over whole, and goes on', async () => {
    const { connection } = await program.api.open({ settings: settingsHere(), password })
    const opened = program.connections.database(connection.id)
    const thrown: unknown = await opened.query('select 1 from nowhere').catch((error: unknown) => error)
    expect(toFault(thrown)).toMatchObject({ code: 'postgres', sqlstate: '42P01', position: 15 })
    expect((await opened.query('select 1 as one')).rows).toEqual([{ one: '1' }])
  })
})

describe('closing', () => {
  it('ends all sessions and says so', async () => {
    const { connection } = await program.api.open({ settings: settingsHere(), password })
    const session = await program.connections.database(connection.id).connect('editor')
    const ended = once(session, 'end')
    await program.api.close({ id: connection.id })
    await ended
    expect(await sessionsThere()).toEqual([])
    expect(() => program.connections.database(connection.id)).toThrow('The connection is not open.')
    expect(await program.event(isState('closed'))).toEqual({ connection: connection.id, state: 'closed', waiting: 0 })
  })

  it('follows the removal, and a change of the address', async () => {
    const { api } = program
    const { id } = await api.save({ settings: settingsHere(), password })
    await api.open({ id })
    await api.save({ id, settings: { ...settingsHere(), name: 'Renamed', kind: 'production', colour: 'blue' } })
    expect(program.connections.database(id).settings).toMatchObject({
      name: 'Renamed',
      kind: 'production',
      colour: 'blue',
    })
    await api.save({ id, settings: { ...settingsHere(), readOnly: true } })
    expect(await sessionsThere()).toEqual([])
    await api.open({ id })
    await api.remove({ id })
    expect(await sessionsThere()).toEqual([])
  })
})

describe('watching', () => {
  it('begins with what is open, and ends when it is cancelled', async () => {
    const { connection } = await program.api.open({ settings: settingsHere(), password })
    program.connections.waitingChanged(connection.id, 3)
    program.connections.waitingChanged('another', 1)
    const abort = new AbortController()
    const events: ConnectionEvent[] = []
    const ended = program.api.watch(
      {},
      {
        signal: abort.signal,
        onEvent: (event) => {
          events.push(event)
          abort.abort()
        },
      },
    )
    await ended
    expect(events).toEqual([{ connection: connection.id, state: 'open', waiting: 3 }])
    expect(program.events).toEqual([
      { connection: connection.id, state: 'open', waiting: 0 },
      { connection: connection.id, state: 'open', waiting: 3 },
      { connection: 'another', state: 'closed', waiting: 1 },
    ])
  })
})

describe('a connection that is cut', () => {
  let own: Server
  let relay: Relay | undefined
  beforeAll(async () => {
    own = await startServer()
  })
  afterAll(() => own.stop())
  afterEach(() => relay?.stop())

  it('by an administrator is told with his words, and comes back', async () => {
    const opened: string[] = []
    program.connections.onOpened(({ id }) => opened.push(id))
    const { connection } = await program.api.open({ settings: settingsFor(own), password: own.password })
    const there = program.connections.database(connection.id)
    await within(settingsFor(own), own.password, async (client) => {
      await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgSteward'`)
    })
    expect(await program.event(isState('lost'))).toMatchObject({ problem: { sqlstate: '57P01' } })
    expect((await there.query('select 1 as one')).rows).toEqual([{ one: '1' }])
    expect(program.events.map(({ state }) => state)).toEqual(['open', 'lost', 'open'])
    expect(opened).toEqual([connection.id, connection.id])
  })

  it('in the middle of a query fails that query with the server’s words', async () => {
    const { connection } = await program.api.open({ settings: settingsFor(own), password: own.password })
    const there = program.connections.database(connection.id)
    const cut: unknown = await there
      .query('select pg_terminate_backend(pg_backend_pid())')
      .catch((thrown: unknown) => thrown)
    expect(toFault(cut).sqlstate).toBe('57P01')
    expect((await there.query('select 1 as one')).rows).toEqual([{ one: '1' }])
  })

  it('by the server’s death fails what asks, and comes back with the server by itself', async () => {
    const { connection } = await program.api.open({ settings: settingsFor(own), password: own.password })
    const there = program.connections.database(connection.id)
    const session = await there.connect('editor')
    const sleeping: Promise<unknown> = session.query('select pg_sleep(600)').catch((thrown: unknown) => thrown)
    const asking: Promise<unknown> = there.query('select pg_sleep(600)').catch((thrown: unknown) => thrown)
    await own.kill()
    expect(await sleeping).toBeInstanceOf(Error)
    expect(['connection_lost', 'postgres']).toContain(toFault(await asking).code)
    expect((await program.event(isState('lost'))).problem).toBeDefined()
    expect(await faultOf(there.query('select 1'))).toMatchObject({ code: 'ECONNREFUSED' })
    expect(await faultOf(program.api.open({ settings: settingsFor(own), password: own.password }))).toMatchObject({
      code: 'ECONNREFUSED',
    })
    program.events.length = 0
    await own.restart()
    await program.event(isState('open'))
    expect((await there.query('select 1 as one')).rows).toEqual([{ one: '1' }])
  })

  it('is not taken up again with another server that answers in its place', async () => {
    let target: { host: string; port: number } = own
    relay = await startRelay(() => target)
    const settings = settingsFor(own, { port: relay.port, user: 'twin' })
    for (const each of [own, server]) {
      await within(settingsFor(each), each.password, async (client) => {
        await client.query(`drop role if exists twin`)
        await client.query(`create role twin superuser login password 'same'`)
      })
    }
    const { connection } = await program.api.open({ settings, password: 'same' })
    const there = program.connections.database(connection.id)
    target = server
    relay.cut()
    await program.event(isState('lost'))
    expect(await faultOf(there.query('select 1'))).toMatchObject({
      code: 'refused',
      message: 'Another database now answers as Test.',
    })
    target = own
    expect((await there.query('select 1 as one')).rows).toEqual([{ one: '1' }])
    await program.api.close({ id: connection.id })
    await within(settingsFor(server), server.password, async (client) => {
      await client.query(`drop role twin`)
    })
  })

  it('does not keep the program from ending when the server hangs', async () => {
    relay = await startRelay(() => own)
    const settings = settingsFor(own, { port: relay.port })
    const { connection } = await program.api.open({ settings, password: own.password })
    const session = await program.connections.database(connection.id).connect('editor')
    const asking = program.connections
      .database(connection.id)
      .query('select 1')
      .catch((thrown: unknown) => thrown)
    await asking
    relay.freeze()
    const late: Promise<unknown> = session.query('select 1').catch((thrown: unknown) => thrown)
    const alsoLate: Promise<unknown> = program.connections
      .database(connection.id)
      .query('select 1')
      .catch((thrown: unknown) => thrown)
    const opening = faultOf(program.api.open({ settings: { ...settings, readOnly: true }, password: own.password }))
    await program.connections.close()
    expect(await late).toBeInstanceOf(Error)
    expect(await alsoLate).toBeInstanceOf(Error)
    expect(['unavailable', 'not_found']).toContain((await opening).code)
    expect((await faultOf(program.api.open({ settings, password: own.password }))).code).toBe('unavailable')
  })
})
