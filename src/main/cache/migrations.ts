import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'

interface Migration {
  version: number
  sql: string
}

const files = import.meta.glob<string>('./migrations/*.sql', { query: '?raw', import: 'default', eager: true })

/** The cache's migrations, oldest first. `NNNN_name.sql` brings the cache to version NNNN. */
const bundled = Object.entries(files)
  .map(([path, sql]): Migration => ({ version: Number(/\/(\d{4})_[^/]+$/.exec(path)?.[1]), sql }))
  .sort((a, b) => a.version - b.version)

/**
 * Brings the cache to the version of this program, whole or not at all. A migration is known by its number alone: were
 * one missing, a cache would pass it by for good.
 *
 * @throws Failure `refused` when a newer program has written it
 */
export function migrate(db: Database, migrations: readonly Migration[] = bundled): void {
  const missing = migrations.findIndex(({ version }, at) => version !== at + 1)
  if (missing >= 0) throw new Error(`Migration ${missing + 1} of the cache is missing, or there are two of them.`)
  const newest = migrations.length
  // Immediate: of two programs that start together, the second waits and then finds the work done.
  db.transaction(() => {
    const version = z.int().parse(db.pragma('user_version', { simple: true }))
    if (version > newest) throw newerCache(version, newest)
    for (const migration of migrations) {
      if (migration.version > version) db.exec(migration.sql)
    }
    db.pragma(`user_version = ${newest}`)
  }).immediate()
}

function newerCache(version: number, newest: number): Failure {
  return new Failure({
    code: 'refused',
    message: `A newer pgSteward has written this cache (version ${version}; this program knows ${newest}): start that one, or name another data folder.`,
  })
}
