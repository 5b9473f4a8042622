import pg from 'pg'
import { type Model, modelShape } from '../../../src/core/erd/model.ts'
import { sqlOf } from '../../../src/core/erd/sql.ts'
import { readModel } from '../../../src/main/erd/read.ts'
import type { SharedServer } from '../../ground/server.ts'

/** Runs `work` with a session in a database; as the superuser where no role is named. */
export async function within<T>(
  server: SharedServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
  user?: string,
): Promise<T> {
  const url = new URL(server.url(database))
  if (user !== undefined) url.username = encodeURIComponent(user)
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The model, as a file that keeps it would give it back. */
export async function modelOf(server: SharedServer, database: string, user?: string): Promise<Model> {
  const model = await within(server, database, (client) => readModel(client, null), user)
  return modelShape.parse(JSON.parse(JSON.stringify(model)))
}

/** What two databases that were made by the same commands have in common: all but oids, counts and the time. */
export function plain(model: Model): unknown {
  const others = new Set(['oid', 'number', 'readAt', 'database', 'rowEstimate', 'origin'])
  return JSON.parse(JSON.stringify(model, (key, value: unknown) => (others.has(key) ? undefined : value)))
}

/** Makes a new database of the script that tells of a model, and reads that one's model. */
export async function again(server: SharedServer, model: Model): Promise<{ model: Model; sql: string }> {
  const sql = [...sqlOf(model)].join('')
  const database = await server.createDatabase()
  try {
    // A new database has one schema, which theirs may have lost.
    const hasPublic = model.schemas.some(({ name }) => name === 'public')
    await within(server, database, (client) => client.query(hasPublic ? sql : `drop schema public; ${sql}`))
    return { sql, model: await modelOf(server, database) }
  } finally {
    await server.dropDatabase(database)
  }
}
