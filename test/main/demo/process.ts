import { demo as contract } from '../../../src/core/demo/contract.ts'
import { type Client, connect, memoryWires, serve } from '../../../src/core/wire.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { createConnections } from '../../../src/main/connections/index.ts'
import { createDemo } from '../../../src/main/demo/index.ts'
import { installFramework, trackingState } from '../../../src/main/framework/index.ts'
import { memorySecrets } from '../../../src/main/host.ts'

/** A process of pgSteward, as far as the demo goes; the sample is small. */
export interface Program {
  api: Client<{ demo: typeof contract }>['demo']
  /** Runs one statement in a connection that is open here. */
  query(connection: string, sql: string): Promise<unknown[]>
  close(): Promise<void>
}

export function startProgram(dataFolder: string): Program {
  const host = { door: 'terminal', secrets: memorySecrets(), dataFolder } as const
  const cache = openCache(dataFolder)
  const connections = createConnections({ host, cache, trackingState })
  const demo = createDemo({ host, connections, installFramework, sample: { scale: 0.1 } })
  const [near, far] = memoryWires()
  serve(near, { demo: contract }, { demo: demo.service })
  return {
    api: connect(far, { demo: contract }).demo,
    query: async (connection, sql) => (await connections.database(connection).query(sql)).rows,
    close: async () => {
      await connections.close()
      await demo.close()
      cache.close()
    },
  }
}
