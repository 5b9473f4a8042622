import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectionSettings } from '../../../src/core/connection.ts'
import { contract } from '../../../src/core/contract.ts'
import { type Client, connect, memoryWires, serve } from '../../../src/core/wire.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { type Connections, createConnections } from '../../../src/main/connections/index.ts'
import { createFramework, trackingState } from '../../../src/main/framework/index.ts'
import { createHistory, type History } from '../../../src/main/history/index.ts'
import { memorySecrets } from '../../../src/main/host.ts'
import { sharedServer } from '../../ground/shared.ts'
import { look } from '../editor/station.ts'

const part = { connections: contract.connections, framework: contract.framework, history: contract.history }
const server = sharedServer()
let folder: string
let cache: Cache
let connections: Connections
let history: History
let api: Client<typeof part>
let database: string
let connection: string

const own = (settings: { readOnly?: boolean; askReasons?: 'require' } = {}) => {
  const { host, port, superuser: user, password } = server
  return { settings: connectionSettings.parse({ name: 'Clinic', host, port, database, user, ...settings }), password }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-recorded-'))
  cache = openCache(folder)
  const host = { door: 'terminal', secrets: memorySecrets(), dataFolder: folder } as const
  connections = createConnections({ host, cache, trackingState })
  history = createHistory({ cache, connections, saveFile: async () => null })
  const framework = createFramework({ connections, recorder: history.recorder, host, cache })
  const [near, far] = memoryWires()
  serve(near, part, { connections: connections.service, framework: framework.service, history: history.service })
  api = connect(far, part)
  database = await server.createDatabase()
  connection = (await api.connections.open(own())).connection.id
})
afterEach(async () => {
  await history.close()
  await connections.close()
  cache.close()
  await rm(folder, { recursive: true })
})

/** What this machine did, the latest first. */
const names = async () => (await api.history.search({})).entries.map(({ name, status }) => `${name}: ${status}`)
async function latest() {
  const [entry] = (await api.history.search({ limit: 1 })).entries
  return await api.history.get({ id: entry?.id ?? '' })
}

it('keeps an installation with its files, its reasons and its end, though no framework was there when it began', async () => {
  await api.framework.install({ connection, ticket: 'OPS-7', justification: 'asked for, password=geheim' })
  const installed = await latest()
  expect(installed).toMatchObject({
    name: 'Installation of the tracking framework',
    type: 'MAINTENANCE',
    category: 'FRAMEWORK',
    status: 'COMPLETED',
    database,
    ticket: 'OPS-7',
    justification: 'asked for, password=***',
    states: [
      { status: 'STARTED', recorded: 'local' },
      { status: 'COMPLETED', recorded: 'local' },
    ],
  })
  expect(installed.durationMs).toBeGreaterThan(0)
  expect(installed.sql).toMatch(/^-- migration migrations\/0001_\w+\.sql, SHA-256 [0-9a-f]{64}$/m)

  await api.framework.install({ connection })
  expect(await latest()).toMatchObject({ name: 'Upgrade of the tracking framework', status: 'COMPLETED', ticket: null })
  expect(await api.history.waiting({})).toEqual({ count: 0, unwritten: null })
})

it('keeps an installation of which not even the plan could be read', async () => {
  await api.framework.install({ connection })
  await look(server, database, 'alter table script_tracking.applied_file rename column checksum to hidden')
  await expect(api.framework.install({ connection, ticket: 'OPS-8' })).rejects.toMatchObject({
    fault: { sqlstate: '42703' },
  })
  expect(await latest()).toMatchObject({
    name: 'Installation or upgrade of the tracking framework',
    type: 'MAINTENANCE',
    category: 'FRAMEWORK',
    status: 'FAILED',
    ticket: 'OPS-8',
    errorCode: '42703',
    errorMessage: expect.stringContaining('checksum'),
  })
})

it('keeps why an installation failed', async () => {
  await look(server, database, 'create schema script_tracking')
  await expect(api.framework.install({ connection })).rejects.toMatchObject({ fault: { code: 'refused' } })
  expect(await latest()).toMatchObject({
    name: 'Installation of the tracking framework',
    status: 'FAILED',
    errorMessage: expect.stringContaining('script_tracking'),
  })
})

it('keeps what is sealed, verified and exported, and leaves the database nothing more to seal by that', async () => {
  await api.framework.install({ connection })
  await look(server, database, `select track_operation('one')`)
  const { rows } = await api.framework.seal({ connection, ticket: 'OPS-8' })
  expect(rows).toBeGreaterThan(0)
  expect(await latest()).toMatchObject({ name: 'Sealing of the trail', category: 'SEALS', rows, ticket: 'OPS-8' })

  await api.framework.verify({ connection })
  expect(await latest()).toMatchObject({ name: 'Verification of the seals', status: 'COMPLETED', rows })
  const trail = join(folder, "o'trail.jsonl")
  await api.framework.exportTrail({ connection, exportTo: trail, justification: 'the audit' })
  expect(await latest()).toMatchObject({ type: 'EXPORT', filePath: trail, justification: 'the audit' })
  const seals = await api.framework.exportSeals({ connection })
  expect(await latest()).toMatchObject({ name: 'Export of the seals', filePath: seals.exportedTo })
  await expect(api.framework.exportTrail({ connection, exportTo: trail })).rejects.toMatchObject({
    fault: { code: 'EEXIST' },
  })
  expect(await latest()).toMatchObject({
    name: 'Export of the trail',
    status: 'FAILED',
    errorMessage: expect.stringContaining('EEXIST'),
  })
  expect((await api.framework.seal({ connection })).rows).toBe(0)
})

it('keeps a verification that finds something wrong as one that failed', async () => {
  await api.framework.install({ connection })
  await look(server, database, `select track_operation('one')`)
  const { newest } = await api.framework.seal({ connection })
  await look(
    server,
    database,
    `begin;
     alter table script_tracking.seal disable trigger insert_only;
     update script_tracking.seal set sealed_by = 'somebody';
     alter table script_tracking.seal enable always trigger insert_only;
     commit`,
  )
  await api.framework.verify({ connection, from: '2000-01-01T00:00:00Z' })
  expect(await latest()).toMatchObject({
    status: 'FAILED',
    sql: "select * from script_tracking.verify('2000-01-01T00:00:00Z', 'infinity')",
    errorMessage: expect.stringContaining(`first seal ${newest?.number}: `),
  })
})

it('keeps a removal, and what is done in the database afterwards, on this machine alone', async () => {
  await api.framework.install({ connection })
  const told = await history.recorder.begin(connections.database(connection), { sql: 'select 1', name: 'Before' })
  expect(told.tracked).toBe(true)
  told.finish('COMPLETED')
  await told.keeping()

  const file = join(folder, 'trail.jsonl')
  await expect(api.framework.uninstall({ connection, confirm: 'another' })).rejects.toMatchObject({
    fault: { code: 'refused' },
  })
  await api.framework.uninstall({ connection, confirm: database, exportTo: file, ticket: 'OPS-9' })
  expect(await latest()).toMatchObject({ status: 'COMPLETED', ticket: 'OPS-9', filePath: file })
  expect(await readFile(file, 'utf8')).toContain('"Before"')
  const after = await history.recorder.begin(connections.database(connection), { sql: 'select 2', name: 'After' })
  expect(after.tracked).toBe(false)
  after.finish('COMPLETED')
  expect(await names()).toEqual([
    'After: COMPLETED',
    'Removal of the tracking framework: COMPLETED',
    'Removal of the tracking framework: FAILED',
    'Before: COMPLETED',
    'Installation of the tracking framework: COMPLETED',
  ])
  expect(await api.history.waiting({})).toEqual({ count: 0, unwritten: null })
})

it('changes nothing without both reasons where the connection demands them', async () => {
  await api.connections.close({ id: connection })
  await api.connections.open(own({ askReasons: 'require' }))
  const demanded = { fault: { code: 'reasons_required' } }
  await expect(api.framework.install({ connection, ticket: 'OPS-7' })).rejects.toMatchObject(demanded)
  const why = { ticket: 'OPS-7', justification: 'the audit' }
  await api.framework.install({ connection, ...why })
  await look(server, database, `select track_operation('one')`)
  const exportTo = join(folder, 'trail.jsonl')
  await expect(api.framework.uninstall({ connection, confirm: database })).rejects.toMatchObject(demanded)
  await expect(api.framework.change({ connection, tracking: 'off' })).rejects.toMatchObject(demanded)
  await expect(api.framework.seal({ connection, justification: 'the audit' })).rejects.toMatchObject(demanded)
  await expect(api.framework.exportTrail({ connection, exportTo })).rejects.toMatchObject(demanded)
  await expect(api.framework.exportSeals({ connection, exportTo })).rejects.toMatchObject(demanded)
  expect((await api.framework.settings({ connection })).tracking.value).toBe('on')
  expect((await api.framework.seals({ connection })).seals).toEqual([])
  expect(await readdir(folder)).not.toContain('trail.jsonl')
  expect(await names()).toEqual(['Installation of the tracking framework: COMPLETED'])

  expect((await api.framework.change({ connection, tracking: 'off', ...why })).tracking.value).toBe('off')
  await api.framework.seal({ connection, ...why })
  // To verify changes nothing, so nobody is kept from it.
  expect((await api.framework.verify({ connection })).seals).toMatchObject([{ ok: true }])
  await api.framework.exportTrail({ connection, exportTo, ...why })
  expect(await latest()).toMatchObject({ name: 'Export of the trail', status: 'COMPLETED', ...why })
})

it('keeps nothing of what a read-only connection refuses to begin', async () => {
  await api.connections.open(own({ readOnly: true }))
  await expect(api.framework.install({ connection })).rejects.toMatchObject({ fault: { code: 'refused' } })
  expect(await names()).toEqual([])
})
