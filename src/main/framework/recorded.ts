import type { ExecutionStatus } from '../../core/execution.ts'
import { toFault } from '../../core/fault.ts'
import type { GivenReasons } from '../../core/reasons.ts'
import type { Database } from '../connections/index.ts'
import type { OpenRecord, Recorder } from '../history/index.ts'
import type { Deed } from './deeds.ts'

type Outcome = NonNullable<Parameters<OpenRecord['finish']>[1]>

/** In which database something is done, why, and what stops it. */
export interface Occasion {
  recorder: Recorder
  database: Database
  reasons: GivenReasons
  signal: AbortSignal
}

/** The SQLSTATE of what somebody cancelled. */
const queryCanceled = '57014'

/**
 * Does `work` as an operation of this machine's history. The server is told nothing: an installation begins before it
 * could be, a removal ends after it could be, and a record behind each seal would leave something to seal for ever.
 *
 * @param outcomeOf what came of it, where it did not throw; `COMPLETED` where that says nothing else
 */
export async function recorded<T>(
  { recorder, database, reasons, signal }: Occasion,
  deed: Deed,
  work: () => Promise<T>,
  outcomeOf: (done: T) => Partial<Outcome> & { status?: ExecutionStatus } = () => ({}),
): Promise<T> {
  const record = await recorder.begin(database, {
    ...deed,
    reasons,
    onlyHere: true,
  })
  const began = performance.now()
  try {
    const done = await work()
    const { status = 'COMPLETED', ...outcome } = outcomeOf(done)
    record.finish(status, { durationMs: performance.now() - began, ...outcome })
    return done
  } catch (thrown) {
    const { message, sqlstate } = toFault(thrown)
    record.finish('FAILED', {
      durationMs: performance.now() - began,
      errorMessage: message,
      errorCode: signal.aborted ? queryCanceled : (sqlstate ?? null),
    })
    throw thrown
  }
}
