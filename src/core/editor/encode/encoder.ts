import type { Column, Row } from '../contract.ts'

/**
 * Writes rows as text of one format, piece by piece, so that a result of any size passes through. Call `head` once,
 * `rows` for one part after the other, `tail` once; the pieces in this order are the whole text.
 */
export interface Encoder {
  head(): string
  rows(rows: readonly Row[]): string
  tail(): string
}

/** The whole of a few rows as one text. */
export function encodeAll(encoder: Encoder, rows: readonly Row[]): string {
  return encoder.head() + encoder.rows(rows) + encoder.tail()
}

/** Names that differ, for formats in which columns are told apart by name: `a`, `a_2`. */
export function distinctNames(columns: readonly Pick<Column, 'name'>[]): string[] {
  const given = new Set(columns.map(({ name }) => name))
  const taken = new Set<string>()
  return columns.map(({ name }) => {
    let own = name
    // A name that a later column has by itself is left to it.
    for (let next = 2; taken.has(own) || (own !== name && given.has(own)); next += 1) own = `${name}_${next}`
    taken.add(own)
    return own
  })
}
