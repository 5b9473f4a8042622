import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrackingState } from '../../../src/core/connection.ts'
import { type ConnectionEvent, connections as contract } from '../../../src/core/connections/contract.ts'
import { type Client, connect, memoryWires, serve } from '../../../src/core/wire.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { type Connections, createConnections, type Database } from '../../../src/main/connections/index.ts'
import { memorySecrets, type Secrets } from '../../../src/main/host.ts'

const slice = { connections: contract }

/** The slice as a door has it: its services over a wire, its cache in a folder of its own. */
export interface Program {
  folder: string
  cache: Cache
  secrets: Secrets
  connections: Connections
  api: Client<typeof slice>['connections']
  /** The events of a watch that runs from the start. */
  events: ConnectionEvent[]
  /** Resolves when an event arrives, or has arrived, that `fits`. */
  event(fits: (event: ConnectionEvent) => boolean): Promise<ConnectionEvent>
  stop(): Promise<void>
}

export function startProgram(
  trackingState: (database: Database) => Promise<TrackingState> = async () => 'absent',
): Program {
  const folder = mkdtempSync(join(tmpdir(), 'pgsteward-connections-'))
  const cache = openCache(folder)
  const secrets = memorySecrets()
  const connections = createConnections({
    host: { secrets, dataFolder: folder },
    cache,
    trackingState,
  })
  const [near, far] = memoryWires()
  serve(near, slice, { connections: connections.service })
  const api = connect(far, slice).connections

  const events: ConnectionEvent[] = []
  const listeners = new Set<(event: ConnectionEvent) => void>()
  const watching = api.watch(
    {},
    {
      onEvent: (event) => {
        events.push(event)
        for (const listener of listeners) listener(event)
      },
    },
  )

  return {
    folder,
    cache,
    secrets,
    connections,
    api,
    events,
    event: (fits) =>
      new Promise((resolve) => {
        const past = events.find(fits)
        if (past !== undefined) return resolve(past)
        const listener = (event: ConnectionEvent) => {
          if (!fits(event)) return
          listeners.delete(listener)
          resolve(event)
        }
        listeners.add(listener)
      }),
    stop: async () => {
      await connections.close()
      await watching
      far.close()
      cache.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
