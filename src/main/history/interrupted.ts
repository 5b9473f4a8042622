import type { Cache } from '../cache/open.ts'
import { type Store, unknownOutcome } from './store.ts'

/** Ends the operations of processes that are gone: nobody else will. Says how many. */
export function endInterrupted(cache: Cache, store: Store): number {
  const orphans = store.running().filter(({ instance }) => !cache.isAlive(instance))
  for (const { id } of orphans) {
    store.end(id, 'INTERRUPTED', {
      ...unknownOutcome,
      errorMessage: 'pgSteward ended while this ran. What was not committed by then, the server has rolled back.',
    })
  }
  return orphans.length
}
