import type pg from 'pg'
import { z } from 'zod'
import type { Database } from '../connections/index.ts'
import { cancelBackend } from '../postgres/cancel.ts'
import { endSession } from '../postgres/session.ts'
import { readDocument } from './document.ts'

const purpose = 'framework'

/** Runs `work` on a session of its own. When `signal` aborts, the server cancels what that session is doing. */
export async function withSession<T>(
  database: Database,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const client = await database.connect(purpose)
  // A session that is cut fails the statement that runs.
  client.on('error', () => {})
  try {
    const pid = await readDocument(client, z.int(), 'select pg_catalog.pg_backend_pid()::text as document')
    const cancel = () => {
      // Where even this fails, the work goes on to its end, which its caller is told.
      cancelBackend(() => database.connect(purpose), pid).catch(() => undefined)
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await work(client)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  } finally {
    await endSession(client)
  }
}
