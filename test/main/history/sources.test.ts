import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { installTracking, look, openStation, type Station } from '../editor/station.ts'

const server = sharedServer()
let database: string
let folder: string
let station: Station | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
  database = await server.createDatabase()
  await installTracking(server, database)
})
afterEach(async () => {
  await station?.close()
  station = undefined
  await server.dropDatabase(database)
  await rm(folder, { recursive: true, force: true })
})

async function open(): Promise<Station> {
  station = await openStation({ server, database, folder })
  return station
}

async function close(): Promise<void> {
  await station?.close()
  station = undefined
}

const sqlOf = async ({ api, connection }: Station) =>
  (await api.history.search({ connection, limit: 1000 })).entries.map(({ excerpt }) => excerpt)
const limitsOf = async ({ api }: Station) => (await api.history.sources({})).flatMap(({ limits }) => limits)

describe('a database whose operations are taken', () => {
  it('is read on from where it was read; one that was made anew under its name is read from its start, and says so', async () => {
    const first = await open()
    await look(server, database, 'create table before_it_was_dropped (id int)')
    await first.api.history.sync({ connection: first.connection })
    expect(await sqlOf(first)).toContainEqual(expect.stringContaining('before_it_was_dropped'))
    expect(await limitsOf(first)).toEqual([])
    await look(server, database, 'create table and_on (id int)')
    expect((await first.api.history.sync({ connection: first.connection })).received).toBeLessThan(5)
    await close()

    await server.dropDatabase(database)
    await look(server, 'postgres', `create database ${database}`)
    await installTracking(server, database)
    await look(server, database, 'create table in_the_new_one (id int)')
    const second = await open()
    await second.api.history.sync({ connection: second.connection })
    expect(await sqlOf(second)).toContainEqual(expect.stringContaining('in_the_new_one'))
    expect(await limitsOf(second)).toEqual([expect.stringMatching(/^The database was restored or made anew before /)])
    // It stays said, once.
    await second.api.history.sync({ connection: second.connection })
    expect(await limitsOf(second)).toHaveLength(1)
  })

  it('that was set back to an earlier time is read from its start, and says so', async () => {
    const opened = await open()
    const { api, connection, cache } = opened
    await look(server, database, 'create table first (id int)')
    await api.history.sync({ connection })
    // As if more transactions had been seen than the server has had.
    cache.db.prepare('update read_position set since_xid = ?').run('999999999')
    await look(server, database, 'create table after_the_restore (id int)')
    // It stays said, although the first reading after it fails.
    const renamed = 'script_tracking.read_changes(bigint, bigint, integer) rename to'
    await look(server, database, `alter function ${renamed} elsewhere`)
    await expect(api.history.sync({ connection })).rejects.toThrow('read_changes')
    await look(server, database, `alter function ${renamed.replace('read_changes', 'elsewhere')} read_changes`)
    await api.history.sync({ connection })
    expect(await limitsOf(opened)).toEqual([expect.stringMatching(/^The database was restored/)])
    expect(await sqlOf(opened)).toContainEqual(expect.stringContaining('after_the_restore'))
  })

  it('is not mixed with what its connection led to before: both are found by themselves, and it is said', async () => {
    const opened = await open()
    const { api, connection, cache } = opened
    await look(server, database, 'create table here (id int)')
    await api.history.sync({ connection })
    const other = '7000000000000000001/other'
    cache.db.prepare('insert into known_database values (?, ?)').run(other, connection)
    cache.db
      .prepare(
        `insert into operation (position, id, identity, connection, database, name, type, category, status, started_at, user,
           sql, sql_length, sql_hash, own)
         values (1, ?, ?, 'test', 'clinic', 'query', 'MANUAL', 'SELECT', 'COMPLETED', '2020-01-01T00:00:00Z', 'u',
           'create table elsewhere ()', 25, '', 0)`,
      )
      .run(randomUUID(), other)
    const shown = await sqlOf(opened)
    expect(shown).toContainEqual(expect.stringContaining('here'))
    expect(shown.join()).not.toContain('elsewhere')
    expect((await api.history.timeline({ connection })).total).toBe(shown.length)
    expect((await api.history.search({ identity: other })).entries).toHaveLength(1)
    expect(await limitsOf(opened)).toEqual([expect.stringContaining(other)])
  })
})
