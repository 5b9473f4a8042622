import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { contract } from '../../../src/core/contract.ts'
import { type Client, connect, memoryWires, type Services, serve } from '../../../src/core/wire.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { type Catalogs, createCatalogs } from '../../../src/main/catalog/index.ts'
import { createConnections } from '../../../src/main/connections/index.ts'
import { memorySecrets } from '../../../src/main/host.ts'
import type { SharedServer } from '../../ground/server.ts'

const part = { catalog: contract.catalog, connections: contract.connections }
type Api = typeof part

/** The main process as far as it knows what databases hold. */
export interface Ground {
  api: Client<Api>
  catalogs: Catalogs
  cache: Cache
  /** Opens a connection to the database, and says its id. */
  open(database: string, login?: { user: string; password: string }): Promise<string>
  close(): Promise<void>
}

export async function openGround(server: SharedServer, options: { folder?: string; freshMs?: number } = {}) {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'pgsteward-test-')))
  const cache = openCache(folder)
  const host = { door: 'terminal' as const, secrets: memorySecrets(), dataFolder: folder }
  const connections = createConnections({ host, cache, trackingState: async () => 'absent' })
  const catalogs = createCatalogs({
    connections,
    cache,
    ...(options.freshMs === undefined ? {} : { freshMs: options.freshMs }),
  })
  const services: Services<Api> = { catalog: catalogs.service, connections: connections.service }
  const [near, far] = memoryWires()
  serve(near, part, services)
  const api = connect(far, part)
  const ground: Ground = {
    api,
    catalogs,
    cache,
    open: async (database, login) => {
      const settings = {
        name: 'test',
        host: server.host,
        port: server.port,
        database,
        user: login?.user ?? server.superuser,
        sslMode: 'disable' as const,
      }
      const { connection } = await api.connections.open({ settings, password: login?.password ?? server.password })
      return connection.id
    },
    close: async () => {
      await catalogs.close()
      await connections.close()
      cache.close()
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
  return ground
}

/** Runs SQL in a database, as its superuser. */
export async function prepare(server: SharedServer, database: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url(database) })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
