import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.js'

const debianHome = '/usr/lib/postgresql'

/**
 * Where pg_dump and psql may be: Debian's folder of each major, the newest first, then PATH.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string[]}
 */
export function clientPlaces(env = process.env) {
  const majors = existsSync(debianHome) ? readdirSync(debianHome).filter((name) => /^\d+$/.test(name)) : []
  const newestFirst = majors.toSorted((a, b) => Number(b) - Number(a))
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...newestFirst.map((major) => join(debianHome, major, 'bin')), ...onPath]
}

/**
 * The folder of PostgreSQL's client programs, of which the servers that the product brings have none.
 *
 * @param {readonly string[]} [places]
 * @returns {string | null}
 */
export function findPostgresClient(places = clientPlaces()) {
  return places.find((folder) => ['pg_dump', 'psql'].every((name) => isExecutable(join(folder, name)))) ?? null
}

/**
 * The client programs for the tests of dump and restore: found ones, else Debian's when we are root there.
 *
 * @returns {Promise<{ folder: string } | { reason: string }>} reason: one line, with what to do
 */
export async function obtainPostgresClient() {
  const found = findPostgresClient()
  if (found !== null) return { folder: found }
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    console.log("Installing PostgreSQL's client programs from Debian …")
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-q'], { env, quiet: true, minutes: 5 })
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'postgresql-client'], {
      env,
      quiet: true,
      minutes: 5,
    })
    const installed = findPostgresClient()
    if (installed !== null) return { folder: installed }
  }
  return {
    reason: 'pg_dump and psql were not found: install PostgreSQL’s client (Debian: apt-get install postgresql-client).',
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not for us.
    return false
  }
}
