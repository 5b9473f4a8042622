import { Failure } from '../../core/fault.ts'
import { type GivenReasons, lacksReasons } from '../../core/reasons.ts'
import type { Database } from './database.ts'

/**
 * Stops what is to be done without a ticket and a justification where the connection demands both.
 *
 * @param what `runs`, `exports`, `changes`, `imports`
 * @throws Failure `reasons_required`
 */
export function demandReasonsFor(what: string, { settings }: Database, given: GivenReasons): void {
  if (!lacksReasons(settings, given)) return
  throw new Failure({
    code: 'reasons_required',
    message: `The connection ${settings.name} ${what} nothing without a ticket and a justification. Nothing was done.`,
    hint: 'Give both. They are recorded with the operation.',
  })
}
