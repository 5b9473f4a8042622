import { z } from 'zod'

/** Why something is done, where that is said: recorded with the operation. */
export const reasonsShape = {
  ticket: z.string().trim().max(200).optional(),
  justification: z.string().trim().max(10_000).optional(),
}
export type GivenReasons = z.output<z.ZodObject<typeof reasonsShape>>
