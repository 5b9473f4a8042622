import { setImmediate as nextTurn } from 'node:timers/promises'
import { Failure } from '../../../core/fault.ts'

/** How long the main process works on one thing before others have their turn, in milliseconds. */
const turnMs = 12

/**
 * To be awaited between the steps of long work: lets others have their turn when it is time, and ends the work when
 * nobody wants it any more.
 */
export function breath(signal: AbortSignal): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < turnMs) return
    await nextTurn()
    since = performance.now()
    if (signal.aborted) throw new Failure({ code: 'cancelled', message: 'Cancelled.' })
  }
}
