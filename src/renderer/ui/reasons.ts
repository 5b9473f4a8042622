import type { GivenReasons } from '../../core/reasons.ts'

/** Why something is done, as it stands in the fields that ask for it. */
export interface Reasons {
  readonly ticket: string
  readonly justification: string
}

export const noReasons: Reasons = { ticket: '', justification: '' }

/** What a call takes of them: what was said. */
export function saidReasons({ ticket, justification }: Reasons): GivenReasons {
  return {
    ...(ticket.trim() === '' ? {} : { ticket: ticket.trim() }),
    ...(justification.trim() === '' ? {} : { justification: justification.trim() }),
  }
}
