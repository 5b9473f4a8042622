import { z } from 'zod'
import { call } from '../call.ts'

// How the rows of a result are put in order, and which of them are shown. Columns are named by their place, from 0:
// their names may come twice.

const column = z.int().min(0).max(10_000)
const value = z.string().max(1_000_000)

export const sortKey = z.strictObject({
  column,
  direction: z.enum(['ascending', 'descending']),
  /** PostgreSQL's own choice is last ascending, first descending. */
  nulls: z.enum(['first', 'last']),
})
export type SortKey = z.output<typeof sortKey>

/**
 * What a row has to meet. Values are of the column's type, as PostgreSQL writes them. `contains` looks at the text and
 * takes capital and small letters for the same.
 */
export const condition = z.discriminatedUnion('is', [
  z.strictObject({ column, is: z.enum(['null', 'not null']) }),
  z.strictObject({
    column,
    is: z.enum(['equal', 'not equal', 'less', 'at most', 'greater', 'at least', 'contains', 'not contains']),
    value,
  }),
  z.strictObject({ column, is: z.literal('between'), value, to: value }),
])
export type Condition = z.output<typeof condition>

export const arrangement = z.strictObject({
  /** The first one counts most. */
  sort: z.array(sortKey).max(20),
  /** A row has to meet all of them. */
  filter: z.array(condition).max(100),
})
export type Arrangement = z.output<typeof arrangement>

/** As the server sent them. */
export const asSent: Arrangement = { sort: [], filter: [] }

export function isAsSent({ sort, filter }: Arrangement): boolean {
  return sort.length === 0 && filter.length === 0
}

/** Results of more rows are arranged by the server. */
export const mostArrangedRows = 100_000

/** What became of the wish to see a result in another order. */
export type Arranged =
  /** `result` is asked for rows like any other; all of them are known. */
  | { kind: 'here'; result: string; known: number }
  /**
   * There are too many rows, or dates and intervals are in a style that the server alone can put in order: this query
   * would bring them so. `$1` … are its parameters, in this order.
   */
  | { kind: 'server'; why: 'rows' | 'style'; sql: string; params: { name: string; value: string | null }[] }

/** Where a text was found. */
export interface Match {
  row: number
  column: number
}

/** Matches that are kept; there may be more of them. */
export const mostMatches = 10_000

export interface Found {
  /** Those since the last word of it, in the order of rows and columns. */
  matches: Match[]
  /** Rows that were looked through so far. */
  rows: number
}

/** What the values of a column are like, in the rows that were read so far. */
export interface ColumnStatistics {
  rows: number
  /** The rows are all that the result has. */
  done: boolean
  nulls: number
  /** Different values, nulls apart; a lower bound where `capped`. */
  distinct: number
  /** There were too many different values to tell all of them apart: `distinct` and `top` are of the first ones. */
  capped: boolean
  min: string | null
  max: string | null
  /** Of numbers alone; null for others, and where no finite number is among them. */
  mean: string | null
  /** The most frequent values, each by its beginning where it is very long. */
  top: { value: string; count: number }[]
}

const result = z.string().max(100)

/** The calls about the order of rows and what is in them. */
export const arranging = {
  /**
   * A result in another order, or a part of its rows. Up to 100,000 rows are read and arranged on this machine, as a
   * result of its own that lives as long as the one it is made of. For more rows comes the query to run.
   *
   * Faults with `refused` where there are too many rows and the statement is not one plain query.
   */
  arrange: call(z.strictObject({ result, arrangement })).emits<{ known: number }>().returns<Arranged>(),
  /** Looks for a text in the rows that were read so far; tells of matches as they are found, up to 10,000. */
  find: call(z.strictObject({ result, text: z.string().min(1).max(10_000), matchCase: z.boolean() }))
    .emits<Found>()
    .returns<{ rows: number; capped: boolean }>(),
  /** What the values of a column are like, in the rows that were read so far. */
  statistics: call(z.strictObject({ result, column })).returns<ColumnStatistics>(),
}
