import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionSettings } from '../../../src/core/connection.ts'
import { contract } from '../../../src/core/contract.ts'
import type { ImportEvent, ImportSummary } from '../../../src/core/logs/contract.ts'
import { type Client, connect, memoryWires, type Services, serve } from '../../../src/core/wire.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { createConnections } from '../../../src/main/connections/index.ts'
import { trackingState } from '../../../src/main/framework/index.ts'
import { createHistory } from '../../../src/main/history/index.ts'
import { type Host, memorySecrets } from '../../../src/main/host.ts'
import { createLogs } from '../../../src/main/logs/index.ts'
import type { SharedServer } from '../../ground/server.ts'

const part = { connections: contract.connections, history: contract.history, logs: contract.logs }
type Api = typeof part

/** The main process as far as it imports logs, with an open connection. */
export interface Desk {
  api: Client<Api>
  folder: string
  connection: string
  /** A second window of the same process. */
  join(): Client<Api>
  file(name: string, content: string | Uint8Array): Promise<string>
  import(path: string, options?: ImportOptions): Promise<ImportSummary>
  close(): Promise<void>
}

export interface ImportOptions {
  prefix?: string
  timeZone?: string
  force?: boolean
  ticket?: string
  justification?: string
  signal?: AbortSignal
  onEvent?: (event: ImportEvent) => void
}

export interface DeskOptions {
  server: Pick<SharedServer, 'host' | 'port' | 'password'>
  database: string
  user?: string
  batchBytes?: number
  host?: Partial<Host>
  /** How careful the connection is. */
  settings?: Partial<Pick<ConnectionSettings, 'name' | 'readOnly' | 'askReasons'>>
}

export async function openDesk({
  server,
  database,
  user,
  batchBytes,
  host: more,
  settings: care,
}: DeskOptions): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-logs-'))
  const cache = openCache(folder)
  const host = {
    door: 'terminal' as const,
    secrets: memorySecrets(),
    dataFolder: folder,
    takesPaths: true,
    saveFile: () => Promise.resolve(null),
    ...more,
  }
  const connections = createConnections({ host, cache, trackingState })
  const history = createHistory({ cache, connections, saveFile: () => Promise.resolve(null) })
  const logs = createLogs({
    connections,
    host,
    recorder: history.recorder,
    operationOf: history.operationOf,
    ...(batchBytes === undefined ? {} : { batchBytes }),
  })
  const services: Services<Api> = {
    connections: connections.service,
    history: history.service,
    logs: logs.service,
  }
  const enter = (): Client<Api> => {
    const [near, far] = memoryWires()
    serve(near, part, services)
    return connect(far, part)
  }
  const api = enter()
  const settings = { name: 'test', host: server.host, port: server.port, database, user: user ?? 'postgres' }
  const opened = await api.connections.open({
    settings: { ...settings, ...care, sslMode: 'disable' },
    password: server.password,
  })
  const connection = opened.connection.id
  return {
    api,
    folder,
    connection,
    join: enter,
    file: async (name, content) => {
      const path = join(folder, name)
      await writeFile(path, content)
      return path
    },
    import: (path, { prefix, timeZone, force, ticket, justification, signal, onEvent } = {}) =>
      api.logs.import(
        {
          connection,
          source: { kind: 'path', path },
          timeZone: timeZone ?? null,
          ...(prefix === undefined ? {} : { prefix }),
          ...(force === undefined ? {} : { force }),
          ...(ticket === undefined ? {} : { ticket }),
          ...(justification === undefined ? {} : { justification }),
        },
        { ...(signal === undefined ? {} : { signal }), ...(onEvent === undefined ? {} : { onEvent }) },
      ),
    close: async () => {
      await logs.close()
      await history.close()
      await connections.close()
      cache.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
