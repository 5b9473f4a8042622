import type { RunOutcome } from '../../core/editor/contract.ts'
import type { OpenOperation } from './operations.ts'
import type { Session } from './session.ts'

/** How far a script of several statements had come when it failed. */
interface Reached {
  /** Of the statements, those that went well. */
  completed: number
  statements: number
  operation: OpenOperation
  session: Session
}

/** The server's words, and for a script also how far it came, and what became of it. */
export function withHowFar(message: string, failure: RunOutcome['failure'], reached: Reached): string {
  const { statements, session } = reached
  if (failure === null || statements === 1) return message
  const number = (value: number): string => value.toLocaleString('en')
  const verb = session.lost === null ? 'failed' : 'was interrupted'
  return `${message} (statement ${number(failure.statement + 1)} of ${number(statements)} ${verb}; ${fateOf(reached)})`
}

function fateOf({ completed, operation, session }: Reached): string {
  const { committed, rolledBack, record } = operation
  const before = completed.toLocaleString('en')
  if (session.log.holds(record.operation)) return `the ${before} before it are in a transaction that is still open`
  if (completed === 0) return 'none was run before it'
  if (session.undecided) return `whether the ${before} before it were committed, the server alone knows`
  if (rolledBack === 0) return `the ${before} before it are committed`
  if (committed === 0) return `the ${before} before it are rolled back`
  return `of the ${before} before it, ${committed.toLocaleString('en')} are committed and ${rolledBack.toLocaleString('en')} rolled back`
}
