import { z } from 'zod'
import { type ConnectionSettings, connectionSettings } from '../../core/connection.ts'
import type { Cache } from '../cache/open.ts'

/** A connection as the cache holds it: without any secret. */
export interface SavedConnection {
  id: string
  settings: ConnectionSettings
  /** ISO 8601, UTC. */
  lastOpenedAt: string | null
}

export interface ConnectionStore {
  /** By name. */
  list(): SavedConnection[]
  find(id: string): SavedConnection | undefined
  save(id: string, settings: ConnectionSettings): void
  /** Says whether there was such a connection. */
  remove(id: string): boolean
  markOpened(id: string, at: Date): void
}

const savedRow = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.string(),
    colour: z.string(),
    host: z.string(),
    port: z.int(),
    database: z.string(),
    user: z.string(),
    ssl_mode: z.string(),
    ssl_root_cert: z.string(),
    ssl_cert: z.string(),
    ssl_key: z.string(),
    ssh: z.string(),
    password_from: z.string(),
    read_only: z.literal([0, 1]),
    ask_reasons: z.string(),
    idle_transaction_minutes: z.int(),
    last_opened_at: z.string().nullable(),
  })
  .transform(
    (row): SavedConnection => ({
      id: row.id,
      settings: connectionSettings.parse({
        name: row.name,
        kind: row.kind,
        colour: row.colour,
        host: row.host,
        port: row.port,
        database: row.database,
        user: row.user,
        sslMode: row.ssl_mode,
        sslRootCert: row.ssl_root_cert,
        sslCert: row.ssl_cert,
        sslKey: row.ssl_key,
        ssh: row.ssh,
        passwordFrom: row.password_from,
        readOnly: row.read_only === 1,
        askReasons: row.ask_reasons,
        idleTransactionMinutes: row.idle_transaction_minutes,
      }),
      lastOpenedAt: row.last_opened_at,
    }),
  )

export function createStore(cache: Cache): ConnectionStore {
  const list = cache.query('select * from connection order by name collate nocase, name, id', savedRow)
  const find = cache.query('select * from connection where id = ?', savedRow)
  const save = cache.db.prepare(`
    insert into connection (
      id, name, kind, host, port, database, user, ssl_mode, ssl_root_cert, ssl_cert, ssl_key, ssh, password_from, read_only,
      ask_reasons, idle_transaction_minutes, colour
    ) values (
      :id, :name, :kind, :host, :port, :database, :user, :sslMode, :sslRootCert, :sslCert, :sslKey, :ssh, :passwordFrom, :readOnly,
      :askReasons, :idleTransactionMinutes, :colour
    )
    on conflict (id) do update set
      name = excluded.name,
      kind = excluded.kind,
      host = excluded.host,
      port = excluded.port,
      database = excluded.database,
      user = excluded.user,
      ssl_mode = excluded.ssl_mode,
      ssl_root_cert = excluded.ssl_root_cert,
      ssl_cert = excluded.ssl_cert,
      ssl_key = excluded.ssl_key,
      ssh = excluded.ssh,
      password_from = excluded.password_from,
      read_only = excluded.read_only,
      ask_reasons = excluded.ask_reasons,
      idle_transaction_minutes = excluded.idle_transaction_minutes,
      colour = excluded.colour`)
  const remove = cache.db.prepare('delete from connection where id = ?')
  const markOpened = cache.db.prepare('update connection set last_opened_at = ? where id = ?')

  return {
    list: () => list.all(),
    find: (id) => find.get(id),
    save: (id, settings) => void save.run({ ...settings, id, readOnly: settings.readOnly ? 1 : 0 }),
    remove: (id) => remove.run(id).changes > 0,
    markOpened: (id, at) => void markOpened.run(at.toISOString(), id),
  }
}
