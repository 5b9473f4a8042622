import type { Cache } from '../cache/open.ts'
import { type Store, unknownOutcome } from './store.ts'

/** A server carries out to its end, commit included, what it was sent; only then it notices that nobody listens. */
const fate =
  'pgSteward ended while this ran. What was committed by then stays, and an open transaction was rolled back. ' +
  'A statement that the server was carrying out at that moment may have been finished and committed: the server alone knows.'

/** Ends the operations of processes that are gone: nobody else will. Says how many. */
export function endInterrupted(cache: Cache, store: Store): number {
  const orphans = store.running().filter(({ instance }) => !cache.isAlive(instance))
  for (const { id } of orphans) {
    store.end(id, 'INTERRUPTED', { ...unknownOutcome, errorMessage: fate })
  }
  return orphans.length
}
