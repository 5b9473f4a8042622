import type { GivenReasons } from '../reasons.ts'
import { redactText } from './redact.ts'

export interface RecordedReasons {
  ticket: string | null
  justification: string | null
}

/** Reasons as they are recorded: with what looks like a secret masked; null where nothing was said. */
export function recordedReasons({ ticket = '', justification = '' }: GivenReasons): RecordedReasons {
  return { ticket: redactText(ticket.trim()) || null, justification: redactText(justification.trim()) || null }
}
