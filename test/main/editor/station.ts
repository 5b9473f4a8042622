import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { z } from 'zod'
import type { ConnectionSettings } from '../../../src/core/connection.ts'
import { contract } from '../../../src/core/contract.ts'
import type { RunEvent, RunOutcome, runInput, StatementResult } from '../../../src/core/editor/contract.ts'
import type { HistoryDetail } from '../../../src/core/history/contract.ts'
import { type Client, connect, memoryWires, type Services, serve, type Wire } from '../../../src/core/wire.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { createCatalogs } from '../../../src/main/catalog/index.ts'
import { createConnections } from '../../../src/main/connections/index.ts'
import { createEditor, secretsIn } from '../../../src/main/editor/index.ts'
import { installFramework, trackingState } from '../../../src/main/framework/index.ts'
import { createHistory } from '../../../src/main/history/index.ts'
import { type Host, memorySecrets } from '../../../src/main/host.ts'
import { createQueries } from '../../../src/main/queries/index.ts'
import { savedFiles } from '../../../src/main/savedFile.ts'
import type { SharedServer } from '../../ground/server.ts'

/** The calls that the tests of the editor and the history make. */
const part = {
  connections: contract.connections,
  editor: contract.editor,
  history: contract.history,
  queries: contract.queries,
}
export type Api = typeof part

export interface Run {
  outcome: RunOutcome
  events: RunEvent[]
  results: StatementResult[]
}

export type RunOptions = Partial<Omit<z.input<typeof runInput>, 'sql' | 'session'>> & {
  session?: string
  signal?: AbortSignal
  onEvent?: (event: RunEvent) => void
}

/** The main process as far as it runs SQL and remembers it, over a wire in memory. */
export interface Station {
  api: Client<Api>
  wire: Wire
  cache: Cache
  folder: string
  connection: string
  session: string
  backendPid: number
  run(sql: string, options?: RunOptions): Promise<Run>
  /** A second peer of the same main process. */
  join(): { api: Client<Api>; wire: Wire }
  detail(operation: string): Promise<HistoryDetail>
  close(): Promise<void>
}

export interface StationOptions {
  server: Pick<SharedServer, 'host' | 'port' | 'password'>
  database: string
  user?: string
  password?: string
  folder?: string
  cursorIdleMs?: number
  idleTransactionMs?: number
  firstPauseMs?: number
  settings?: Partial<ConnectionSettings>
}

export async function openStation(options: StationOptions): Promise<Station> {
  const { server, database, user = 'postgres', password = server.password } = options
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'pgsteward-test-')))
  const main = startMain(folder, options)
  const { api, wire } = main.join()
  const settings = {
    name: 'test',
    host: server.host,
    port: server.port,
    database,
    user,
    sslMode: 'disable' as const,
    ...options.settings,
  }
  const opened = await api.connections.open({ settings, password })
  const connection = opened.connection.id
  const { session, backendPid } = await api.editor.open({ connection })

  return {
    api,
    wire,
    cache: main.cache,
    folder,
    connection,
    session,
    backendPid,
    join: main.join,
    run: async (sql, { signal, onEvent, ...input } = {}) => {
      const events: RunEvent[] = []
      const outcome = await api.editor.run(
        { session, sql, ...input },
        {
          ...(signal === undefined ? {} : { signal }),
          onEvent: (event) => {
            events.push(event)
            onEvent?.(event)
          },
        },
      )
      const results = events.flatMap((event) => (event.kind === 'result' ? [event.result] : []))
      return { outcome, events, results }
    },
    detail: (operation) => api.history.get({ id: operation }),
    close: async () => {
      await main.close()
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The main process without a connection: history alone. */
export function startMain(
  folder: string,
  { cursorIdleMs, idleTransactionMs, firstPauseMs }: Partial<StationOptions> = {},
) {
  const cache = openCache(folder)
  const host = { door: 'terminal' as const, secrets: memorySecrets(), dataFolder: folder }
  const files = savedFiles(folder)
  const connections = createConnections({ host, cache, trackingState })
  const saveFile: Host['saveFile'] = async ({ path, fileName }) => files.at(path ?? join(folder, fileName))
  const history = createHistory({
    cache,
    connections,
    saveFile,
    ...(firstPauseMs === undefined ? {} : { firstPauseMs }),
  })
  const catalogs = createCatalogs({ connections, cache })
  const queries = createQueries({ cache, secretsIn })
  const editor = createEditor({
    connections,
    catalogs,
    snippets: queries.snippets,
    recorder: history.recorder,
    saveFile,
    cache,
    dataFolder: folder,
    ...(idleTransactionMs === undefined ? {} : { idleTransactionMs }),
    ...(cursorIdleMs === undefined ? {} : { cursorIdleMs }),
  })
  const services: Services<Api> = {
    connections: connections.service,
    editor: editor.service,
    history: history.service,
    queries: queries.service,
  }
  return {
    cache,
    join: () => {
      const [near, far] = memoryWires()
      serve(near, part, services)
      return { api: connect(far, part), wire: far }
    },
    close: async () => {
      await editor.close()
      queries.close()
      await history.close()
      await catalogs.close()
      await connections.close()
      cache.close()
    },
  }
}

/** Installs the framework in a database of the server. */
export async function installTracking(server: SharedServer, database: string): Promise<void> {
  await withClient(server, database, async (client) => {
    await installFramework(client)
  })
}

/** Looks at the server from beside. Values come as PostgreSQL prints them. */
export function look<T extends pg.QueryResultRow>(
  server: SharedServer,
  database: string,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  return withClient(server, database, async (client) => (await client.query<T>(sql, values)).rows)
}

async function withClient<T>(
  server: SharedServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: server.url(database),
    types: { getTypeParser: () => (text: string) => text },
  })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
