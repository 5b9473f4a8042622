import { z } from 'zod'

const name = z.string().nullable()

export const identity = z.object({
  user: name,
  database: name,
  application: name,
  client: name,
  backendType: name,
  tag: name,
})

/** What is known of a session; free text in a prefix is read by it. */
export type Identity = z.infer<typeof identity>
