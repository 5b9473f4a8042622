import { Failure } from '../fault.ts'

/** A connection string that cannot be understood. Neither message nor hint may show a part of it. */
export function invalid(message: string, hint?: string): Failure {
  return new Failure({ code: 'invalid_input', message, ...(hint !== undefined && { hint }) })
}

/** For texts in which a sign of the password was taken for one of the URL. */
export const howToEncode =
  'In a user name or password, write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25.'
