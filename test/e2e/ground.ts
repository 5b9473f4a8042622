import { type Server, startServer } from '../ground/server.ts'
import { test as base } from './door.ts'

export { expect } from './door.ts'

/** Tests with a PostgreSQL 18 beside the door: `server` runs for all tests of a worker, `database` is the test's own. */
export const test = base.extend<{ database: string }, { server: Server }>({
  server: [
    async ({ browserName: _ }, use) => {
      const server = await startServer()
      await use(server)
      await server.stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  database: async ({ server }, use) => {
    const name = await server.createDatabase()
    await use(name)
    await server.dropDatabase(name)
  },
})
