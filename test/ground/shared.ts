import { inject } from 'vitest'
import { type Major, reach, type ServerAddress, type SharedServer } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    servers: ServerAddress[]
  }
}

/** The majors of this run: 18 and 15, or those named in PGSTEWARD_MAJORS. */
export function majors(): Major[] {
  return inject('servers').map((server) => server.major)
}

/**
 * The one server of the run, of the first major of the run where none is named. Shared by all test files:
 * each makes databases of its own, and roles with names of their own.
 */
export function sharedServer(major?: Major): SharedServer {
  const servers = inject('servers')
  const found = major === undefined ? servers[0] : servers.find((server) => server.major === major)
  if (found === undefined) throw new Error(`PostgreSQL ${major} is not part of this run.`)
  return reach(found)
}
