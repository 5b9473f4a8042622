import type pg from 'pg'
import { z } from 'zod'
import { endSession } from './session.ts'

const answer = z.object({ cancelled: z.literal(['t', 'f']) })

/**
 * Cancels what the backend `pid` is running, over a second session that `connect` opens.
 *
 * @returns false where there is no such backend any more
 */
export async function cancelBackend(connect: () => Promise<pg.Client>, pid: number): Promise<boolean> {
  const client = await connect()
  // A session that is cut rejects the query below.
  client.on('error', () => {})
  try {
    const { rows } = await client.query('select pg_catalog.pg_cancel_backend($1) as cancelled', [pid])
    return answer.parse(rows[0]).cancelled === 't'
  } finally {
    await endSession(client)
  }
}
