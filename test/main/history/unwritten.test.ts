import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCache } from '../../../src/main/cache/open.ts'
import { sharedServer } from '../../ground/shared.ts'
import { installTracking, look, openStation, type Station } from '../editor/station.ts'

const server = sharedServer()
let tracked: string
let untracked: string
let folder: string
let station: Station | undefined

beforeAll(async () => {
  tracked = await server.createDatabase()
  untracked = await server.createDatabase()
  await installTracking(server, tracked)
})
afterAll(async () => {
  await server.dropDatabase(tracked)
  await server.dropDatabase(untracked)
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
})
afterEach(async () => {
  await station?.close()
  station = undefined
  await rm(folder, { recursive: true, force: true })
})

async function open(database: string): Promise<Station> {
  station = await openStation({ server, database, folder, firstPauseMs: 20 })
  return station
}

async function statesAt(operation: string): Promise<string[]> {
  const rows = await look<{ status: string }>(
    server,
    tracked,
    `select s.execution_status as status from script_tracking.script_execution_s s
     where s.script_execution_hk = script_tracking.calculate_hash_key($1) order by s.version_number`,
    [operation],
  )
  return rows.map(({ status }) => status)
}

/** From here on the file takes no page more: a full disk, as SQLite tells of it. */
function fillUp({ cache }: Station): void {
  const pages = cache.db.pragma('page_count', { simple: true })
  cache.db.pragma(`max_page_count = ${Number(pages)}`)
}

function makeRoom({ cache }: Station): void {
  cache.db.pragma('max_page_count = 1000000')
}

const large = `select 1 as one /* ${'x'.repeat(400_000)} */`
const full = { code: 'SQLITE_FULL', message: 'database or disk is full' }

describe('a run that the cache has no room for', () => {
  it('goes on, is told to the server, is said to be in memory alone, and is written when there is room', async () => {
    const { api, run, detail, cache } = await open(tracked)
    if (station !== undefined) fillUp(station)
    const { outcome, results } = await run(large, { ticket: 'OPS-1' })
    expect(results[0]?.rows).toEqual([['1']])
    expect(outcome).toMatchObject({ status: 'COMPLETED', recorded: 'server', recordingFault: full })
    expect(await statesAt(outcome.operation)).toEqual(['STARTED', 'COMPLETED'])
    expect((await api.history.waiting({})).unwritten).toEqual({ operations: 1, fault: full })
    await expect(detail(outcome.operation)).rejects.toMatchObject({ fault: { code: 'not_found' } })

    if (station !== undefined) makeRoom(station)
    const next = await run('select 2')
    expect(next.outcome).toMatchObject({ recorded: 'server', recordingFault: null })
    expect(await api.history.waiting({})).toEqual({ count: 0, unwritten: null })
    expect(await detail(outcome.operation)).toMatchObject({
      status: 'COMPLETED',
      ticket: 'OPS-1',
      sql: large,
      states: [
        { status: 'STARTED', recorded: 'server' },
        { status: 'COMPLETED', recorded: 'server' },
      ],
    })
    expect(await statesAt(outcome.operation)).toEqual(['STARTED', 'COMPLETED'])
    expect(cache.db.pragma('foreign_key_check')).toEqual([])
  })

  it('says that it is in memory alone where no server keeps records; at the end it is written if that can be done', async () => {
    const opened = await open(untracked)
    fillUp(opened)
    const { outcome } = await opened.run(large)
    expect(outcome).toMatchObject({ status: 'COMPLETED', recorded: 'memory', recordingFault: full })
    const { connection } = opened
    expect(await opened.api.history.keeping({ connection, id: outcome.operation })).toEqual({
      recorded: 'memory',
      fault: full,
    })
    makeRoom(opened)
    await opened.close()
    station = undefined
    const cache = openCache(folder)
    const found = cache.db.prepare('select status from operation where id = ?').pluck().get(outcome.operation)
    cache.close()
    expect(found).toBe('COMPLETED')
  })

  it('that began before is ended later, in its order', async () => {
    const { api, run, detail, cache } = await open(tracked)
    const { outcome } = await run('select pg_sleep(0.05)', {
      onEvent: ({ kind }) => {
        if (kind === 'started') cache.db.pragma('query_only = on')
      },
    })
    expect(outcome).toMatchObject({
      status: 'COMPLETED',
      recorded: 'memory',
      recordingFault: { code: 'SQLITE_READONLY' },
    })
    expect((await detail(outcome.operation)).status).toBe('STARTED')
    const second = (await run('select 2')).outcome
    expect((await api.history.waiting({})).unwritten).toMatchObject({ operations: 2 })
    expect(await statesAt(second.operation)).toEqual(['STARTED', 'COMPLETED'])
    cache.db.pragma('query_only = off')
    await run('select 3')
    expect(await detail(outcome.operation)).toMatchObject({ status: 'COMPLETED' })
    expect(await detail(second.operation)).toMatchObject({ status: 'COMPLETED' })
    expect((await api.history.waiting({})).unwritten).toBeNull()
    expect(await statesAt(outcome.operation)).toEqual(['STARTED', 'COMPLETED'])
    const { entries } = await api.history.search({})
    expect(entries.map(({ excerpt }) => excerpt)).toEqual(['select 3', 'select 2', 'select pg_sleep(0.05)'])
  })

  it('can be had over a connection that is opened while the cache takes nothing', async () => {
    const { api, cache, connection } = await open(tracked)
    cache.db.pragma('query_only = on')
    await api.connections.close({ id: connection })
    const settings = { name: 'again', host: server.host, port: server.port, database: tracked, user: 'postgres' }
    const opened = await api.connections.open({
      settings: { ...settings, sslMode: 'disable' },
      password: server.password,
    })
    const { session } = await api.editor.open({ connection: opened.connection.id })
    const outcome = await api.editor.run({ session, sql: 'select 1' })
    expect(outcome).toMatchObject({
      status: 'COMPLETED',
      recorded: 'server',
      recordingFault: { code: 'SQLITE_READONLY' },
    })
    cache.db.pragma('query_only = off')
  })
})
