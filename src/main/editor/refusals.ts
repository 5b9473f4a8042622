import { Failure, type Fault } from '../../core/fault.ts'
import { differsByBackslash, liftsReadOnly, passesReadOnly } from './parser.ts'
import type { Session } from './session.ts'

/**
 * Before a statement is sent.
 *
 * @throws Failure `refused` for what the server would read otherwise than this program did, or what a read-only
 *   connection would let through
 */
export function checkSafe({ escapesInTexts, database }: Session, text: string): void {
  if (escapesInTexts && differsByBackslash(text)) throw misread()
  if (database.settings.readOnly && (liftsReadOnly(text) || passesReadOnly(text))) throw staysReadOnly(text)
}

/** A connection that is marked read-only is so for its scripts too: they cannot say otherwise. */
function staysReadOnly(text: string): Failure {
  return new Failure({
    code: 'refused',
    message: passesReadOnly(text)
      ? 'This connection is read-only, and this statement writes even in a read-only transaction.'
      : 'This connection is read-only, and a script cannot change that.',
    hint: 'Whoever may change this database opens it by a connection that is not marked read-only.',
  })
}

/** What was read as a text before the run was checked could be SQL to the server, and the other way round. */
function misread(): Failure {
  return new Failure({
    code: 'refused',
    message:
      'In this session standard_conforming_strings is off, so that a backslash in a text means something else to the server than to pgSteward. The statement was not sent.',
    hint: "Write such a text as E'…', which means the same everywhere, or set standard_conforming_strings = on first.",
  })
}

/** Of a run that was cancelled between two statements. */
export function cancelledBefore(index: number): Fault {
  return {
    code: 'cancelled',
    sqlstate: '57014',
    message: `Cancelled before statement ${(index + 1).toLocaleString('en')} was sent.`,
  }
}
