import type { Database } from 'better-sqlite3'
import { z } from 'zod'

/** A prepared statement that reads. A file on disk is not trusted to hold what its tables promise. */
export interface Query<Row> {
  all(...values: Bound[]): Row[]
  get(...values: Bound[]): Row | undefined
}

/** What SQLite can be given as a parameter; an object binds by name. */
export type Bound = string | number | bigint | null | Uint8Array | Readonly<Record<string, unknown>>

export function prepareQuery<Row extends z.ZodType>(db: Database, sql: string, row: Row): Query<z.output<Row>> {
  const statement = db.prepare(sql)
  const rows = z.array(row)
  return {
    all: (...values) => rows.parse(statement.all(...values)),
    get: (...values) => row.optional().parse(statement.get(...values)),
  }
}
