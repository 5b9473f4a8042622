import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import type { Fault } from '../fault.ts'
import type { Candidate } from './completion/candidate.ts'
import type { Description } from './completion/describe.ts'
import type { SignatureHelp } from './completion/signature.ts'

/** How what is told of the database was come by. */
export interface KnownFrom {
  /** False for the copy that this machine kept. */
  live: boolean
  /** ISO 8601, UTC. */
  readAt: string
  /** Why it is the copy, where the server was asked. */
  problem: Fault | null
}

export interface CompletionAnswer {
  /** At most 200, the best first. */
  items: readonly Candidate[]
  /** What is replaced, in UTF-16 units of the `sql` that was given. */
  from: number
  to: number
  /** Null where nothing is known of the database: what is offered then is the language alone. */
  source: KnownFrom | null
}

export interface HoverAnswer {
  /** Null where the name means nothing that is known. */
  found: Description | null
  source: KnownFrom | null
}

/** A part of the text that was put into another form. Offsets are those of the text that was given. */
export interface FormatEdit {
  start: number
  end: number
  text: string
}

/** A statement that was left as it is. */
export interface Unformatted {
  start: number
  end: number
  /** `unread`: not understood; `changed`: it would not have stayed the same statement; `long`: beyond the limit. */
  why: 'unread' | 'changed' | 'long'
}

export interface FormatAnswer {
  edits: FormatEdit[]
  /** Statements that are in form already, or were put into it. */
  formatted: number
  left: Unformatted[]
  /** Where the cursor is in the text with its edits. */
  cursor: number
}

/** What is sent of a text around the cursor, in UTF-16 units. */
export const mostContext = 200_000
export const mostFormatted = 2_000_000

const place = z.strictObject({
  connection: connectionId,
  sql: z.string().max(mostContext),
  /** In UTF-16 units. */
  offset: z.int().min(0),
})

export const language = {
  /** What can be written at a place. Asks the server nothing while the catalog is known. */
  complete: call(place).returns<CompletionAnswer>(),
  /** What the name at a place means. */
  hover: call(place).returns<HoverAnswer>(),
  /** The signatures of the call that the place is in; null outside of any. */
  signature: call(place).returns<SignatureHelp | null>(),
  /**
   * Puts statements into a readable form that PostgreSQL's tokenizer reads as the same tokens. What it cannot do
   * that with is left as it is.
   */
  format: call(
    z.strictObject({
      sql: z.string().max(mostFormatted),
      /** In UTF-16 units. */
      cursor: z.int().min(0).default(0),
    }),
  ).returns<FormatAnswer>(),
}
