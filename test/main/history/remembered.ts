import { randomUUID } from 'node:crypto'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'

/** An operation as an earlier run of the program left it. */
export interface Told {
  sql?: string
  status?: string
  daysAgo?: number
  recorded?: 'server' | 'waiting' | 'local'
  error?: string | null
  ticket?: string | null
  user?: string
  type?: string
  objects?: { created: string[]; modified: string[]; dropped: string[] }
  causedBy?: string | null
}

/** Puts operations into the cache of `folder`, each some microseconds after the one before; their ids in this order. */
export function remember(folder: string, ...all: Told[]): string[] {
  const cache = openCache(folder)
  try {
    return all.map((told, at) => rememberOne(cache, told, at))
  } finally {
    cache.close()
  }
}

function rememberOne({ db }: Cache, told: Told, at: number): string {
  const { sql = 'select 1', status = 'COMPLETED', daysAgo = 0, recorded = 'server' } = told
  const id = randomUUID()
  const began = new Date(Date.now() - daysAgo * 86_400_000 - 60_000)
  db.prepare(
    `insert into operation (position, id, identity, connection, database, name, type, category, status, started_at,
       duration_ms, rows, user, sql, sql_length, sql_hash, error_message, ticket, objects, caused_by, own)
     values (:position, :id, 'a', 'Clinic', 'clinic', 'query', :type, 'SELECT', :status, :startedAt, 5.25, 3, :user,
       :sql, :length, '', :error, :ticket, :objects, :causedBy, 1)`,
  ).run({
    position: began.getTime() * 1000 + at,
    id,
    type: told.type ?? 'MANUAL',
    status,
    startedAt: began.toISOString(),
    user: told.user ?? 'ada',
    sql,
    length: sql.length,
    error: told.error ?? null,
    ticket: told.ticket ?? null,
    objects: JSON.stringify(told.objects ?? { created: [], modified: [], dropped: [] }),
    causedBy: told.causedBy ?? null,
  })
  db.prepare(
    'insert into operation_state (operation, ordinal, status, at, recorded, outcome) values (?, 0, ?, ?, ?, ?)',
  ).run(id, status, began.toISOString(), recorded, JSON.stringify({ errorMessage: told.error ?? null }))
  return id
}
