import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPostgresClient } from '../../scripts/postgresClient.js'
import type { Major, SharedServer } from './server.ts'

const runFile = promisify(execFile)
const folder = findPostgresClient()

/** The major of pg_dump here, or null where there is none. It reads servers up to its own. */
export async function dumpMajor(): Promise<number | null> {
  if (folder === null) return null
  const { stdout } = await runFile(join(folder, 'pg_dump'), ['--version'])
  return Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1])
}

/** Why nothing can be dumped from a server of `major`; null where it can. */
export function dumpProblem(found: number | null, major: Major): string | null {
  if (found === null) return 'no pg_dump and psql were found'
  return found < major ? `pg_dump is of ${found}, the server of ${major}` : null
}

/** What pg_dump writes of a database, as SQL. */
export async function dump(server: SharedServer, database: string, args: string[] = []): Promise<string> {
  const { stdout } = await runFile(toolOf('pg_dump'), [...args, server.url(database)], { maxBuffer: 256 * 2 ** 20 })
  return stdout
}

/** Has psql run a file as one would by hand. Rejects with what it said at the first error. */
export async function restore(server: SharedServer, database: string, file: string): Promise<void> {
  await runFile(toolOf('psql'), ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', file, server.url(database)])
}

function toolOf(name: string): string {
  if (folder === null) throw new Error(`There is no ${name} here.`)
  return join(folder, name)
}
