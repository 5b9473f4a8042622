import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectionSettings } from '../../../src/core/connection.ts'
import { connections as connectionsContract } from '../../../src/core/connections/contract.ts'
import { framework as frameworkContract } from '../../../src/core/framework/contract.ts'
import { type Client, connect, memoryWires, serve } from '../../../src/core/wire.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { type Connections, createConnections } from '../../../src/main/connections/index.ts'
import { createFramework, trackingState } from '../../../src/main/framework/index.ts'
import { createHistory, type History } from '../../../src/main/history/index.ts'
import { memorySecrets } from '../../../src/main/host.ts'
import { sharedServer } from '../../ground/shared.ts'

const contract = { connections: connectionsContract, framework: frameworkContract }
let folder: string
let cache: Cache
let connections: Connections
let history: History
let api: Client<typeof contract>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-opened-'))
  cache = openCache(folder)
  const host = { door: 'terminal', secrets: memorySecrets(), dataFolder: folder } as const
  connections = createConnections({ host, cache, trackingState })
  history = createHistory({ cache, connections, saveFile: async () => null })
  const framework = createFramework({ connections, recorder: history.recorder, host, cache })
  const [near, far] = memoryWires()
  serve(near, contract, { connections: connections.service, framework: framework.service })
  api = connect(far, contract)
})
afterEach(async () => {
  await history.close()
  await connections.close()
  cache.close()
  rmSync(folder, { recursive: true })
})

it('neither installs nor removes the framework over a connection that is read-only', async () => {
  const server = sharedServer()
  const database = await server.createDatabase()
  const { host, port, superuser: user, password } = server
  const settings = connectionSettings.parse({ name: 'Clinic', host, port, database, user, readOnly: true })
  const connection = (await api.connections.open({ settings, password })).connection.id

  const refused = { fault: { code: 'refused', message: expect.stringContaining('Clinic is read-only') } }
  await expect(api.framework.install({ connection })).rejects.toMatchObject(refused)
  expect(await api.framework.status({ connection })).toMatchObject({ state: 'absent' })

  await api.connections.open({ settings: { ...settings, readOnly: false }, password })
  await api.framework.install({ connection })
  expect((await api.connections.open({ settings, password })).tracking).toBe('current')
  await expect(api.framework.uninstall({ connection, confirm: database })).rejects.toMatchObject(refused)
  expect(await api.framework.status({ connection })).toMatchObject({ state: 'current' })
})

it('compares the shared catalogs when a connection opens, and not again within the hour', async () => {
  const server = sharedServer()
  const { host, port, superuser: user, password } = server
  const database = await server.createDatabase()
  const settings = connectionSettings.parse({ name: 'Clinic', host, port, database, user })
  const connection = (await api.connections.open({ settings, password })).connection.id
  await api.framework.install({ connection })
  const compared = async () => {
    const { checks } = await api.framework.health({ connection })
    return checks.find(({ name }) => name === 'shared_catalogs')
  }
  expect(await compared()).toMatchObject({ status: 'warning', value: 'never' })

  await api.connections.open({ settings, password })
  const first = await compared()
  expect(first).toMatchObject({ status: 'ok', value: expect.stringMatching(/^\d{4}-/) })
  const times = () =>
    connections.database(connection).query('select pg_catalog.count(*) from script_tracking.shared_catalog_comparison')
  await api.connections.open({ settings, password })
  expect((await times()).rows).toEqual([{ count: '1' }])
})
