import { z } from 'zod'
import { connectionId } from '../connection.ts'
import { executionStatuses } from '../execution.ts'

/** What of the history is meant. Everything, where nothing is said. */
export const filterShape = {
  /** Words or parts of words: all of them occur in the SQL, name, error, ticket, justification, note or objects. */
  text: z.string().max(1000).default(''),
  /** A connection's id. */
  connection: connectionId.optional(),
  /** A database's identity, as `facets` tells it: also of one that no connection leads to any more. */
  identity: z.string().max(500).optional(),
  users: z.array(z.string().max(200)).max(50).default([]),
  statuses: z.array(z.enum(executionStatuses)).max(5).default([]),
  types: z.array(z.string().max(50)).max(20).default([]),
  /** An object that was created, changed or dropped, as the server names it. */
  object: z.string().max(500).optional(),
  tag: z.string().max(100).optional(),
  keptOnly: z.boolean().default(false),
  /** Began at this time or later; ISO 8601. */
  from: z.iso.datetime({ offset: true }).optional(),
  /** Began before this time. */
  to: z.iso.datetime({ offset: true }).optional(),
  /** Took so many milliseconds or longer. */
  minDurationMs: z.number().min(0).optional(),
  maxDurationMs: z.number().min(0).optional(),
}

export const historyFilter = z.strictObject(filterShape)
export type HistoryFilter = z.output<typeof historyFilter>
