import type pg from 'pg'
import type { ServerReport } from '../../core/connection.ts'
import { explainLoss } from './faults.ts'
import { introduce } from './report.ts'
import { endSession, openSession, type SessionRequest, withinLimit } from './session.ts'

export interface Introduced {
  client: pg.Client
  server: ServerReport
  identity: string
}

/**
 * Opens a session and asks the server about itself, both within the time for connecting.
 *
 * @throws Failure as `openSession` does
 */
export async function openIntroduced(request: SessionRequest): Promise<Introduced> {
  const started = performance.now()
  return await withinLimit(request, async (limit) => {
    const client = await openSession({ ...request, signal: limit })
    // A session that is cut rejects the questions below.
    const ignore = () => {}
    client.on('error', ignore)
    const cut = () => client.connection.stream.destroy(limit.reason)
    limit.addEventListener('abort', cut)
    try {
      const { server, identity } = await introduce(client, request.endpoint)
      client.off('error', ignore)
      return { client, identity, server: { ...server, connectMs: Math.round(performance.now() - started) } }
    } catch (thrown) {
      await endSession(client)
      throw explainLoss(limit.aborted ? limit.reason : thrown, request.endpoint)
    } finally {
      limit.removeEventListener('abort', cut)
    }
  })
}
