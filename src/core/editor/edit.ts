import { z } from 'zod'
import type { Fault } from '../fault.ts'
import type { Cell, Row } from './cell.ts'
import type { Recorded } from './recorded.ts'

/** A column of a result, as far as its values can be changed. */
export interface EditableColumn {
  /** Its name in the table, which the query may have given another one. */
  name: string
  /** Why it cannot be changed; null where it can. */
  locked: string | null
  hasDefault: boolean
  notNull: boolean
}

/** What of a result can be changed. */
export interface Editable {
  schema: string
  table: string
  /** Places of the columns in the result that tell its rows apart. */
  key: number[]
  /** One for each column of the result; null for what is no column of the table. */
  columns: (EditableColumn | null)[]
  mayInsert: boolean
  mayDelete: boolean
}

/** `default` lets the table say. */
const newValue = z.union([z.strictObject({ text: z.string().nullable() }), z.literal('default')])
export type NewValue = z.output<typeof newValue>

const set = z
  .array(z.strictObject({ column: z.int().min(0), to: newValue }))
  .max(1_600)
  .refine((cells) => new Set(cells.map(({ column }) => column)).size === cells.length, 'A column is set once.')
const row = z.int().min(0)
/** The row as it is to be found, in place of what the result shows: after a conflict, what it has become. */
const seen = z.array(z.string().nullable()).max(1_600).optional()

/** A change that is wanted and not made yet. Rows and columns are places in the result, from 0. */
export const change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('update'), row, set: set.min(1), seen }),
  z.strictObject({ kind: z.literal('insert'), set }),
  z.strictObject({ kind: z.literal('delete'), row, seen }),
])
export type Change = z.output<typeof change>

export const changes = z
  .array(change)
  .min(1)
  .max(10_000)
  .refine((all) => {
    const rows = all.flatMap((each) => (each.kind === 'insert' ? [] : [each.row]))
    return new Set(rows).size === rows.length
  }, 'A row is changed or deleted once.')

/** A change as it is sent: values are parameters. */
export interface EditStatement {
  sql: string
  values: Cell[]
}

/** A row that is not as it was read. */
export interface Conflict {
  /** Which of the changes. */
  change: number
  /** As the result shows it. */
  mine: Row
  /** As it is now; null where it is gone. */
  theirs: Row | null
}

export interface EditOutcome {
  operation: string
  /** Made, all of them, or none. */
  made: boolean
  /** The rows as they are now, by change; null for one that was deleted. */
  rows: (Row | null)[]
  conflicts: Conflict[]
  /**
   * Why a change could not be made, and at which column where the server names one. `change` is null where all were
   * made, and their commit failed: by a constraint that is checked there.
   */
  failure: { fault: Fault; change: number | null; column: number | null } | null
  recorded: Recorded
  recordingFault: Fault | null
}
