import { z } from 'zod'

/** A session, or the connection that all share. */
export interface Queryable {
  query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

const documentRow = z.object({ document: z.string() })

/**
 * Runs a query of one row and one column, `document`, that is JSON as text: so it means the same on every
 * session, whatever types that one parses.
 */
export async function readDocument<T>(on: Queryable, shape: z.ZodType<T>, sql: string, values?: unknown[]): Promise<T> {
  const { rows } = await on.query(sql, values)
  return shape.parse(JSON.parse(documentRow.parse(rows[0]).document))
}
