import { z } from 'zod'
import { asksReasons, type ConnectionSettings } from './connection.ts'

/** The most characters that a ticket and a justification may have. */
export const longestReasons = { ticket: 200, justification: 10_000 } as const

/** Why something is done, where that is said: recorded with the operation. */
export const reasonsShape = {
  ticket: z.string().trim().max(longestReasons.ticket).optional(),
  justification: z.string().trim().max(longestReasons.justification).optional(),
}
export type GivenReasons = z.output<z.ZodObject<typeof reasonsShape>>

/** Whether the connection demands a ticket and a justification, and one of them is not given. */
export function lacksReasons(
  settings: Pick<ConnectionSettings, 'kind' | 'askReasons'>,
  { ticket = '', justification = '' }: GivenReasons,
): boolean {
  return asksReasons(settings) === 'require' && (ticket.trim() === '' || justification.trim() === '')
}
