import type { Row } from '../../core/editor/contract.ts'

/** What one page of a result holds at most, in UTF-16 units, beyond its first row: it has to pass through one message. */
export const pageCharacters = 16_000_000

/** In UTF-16 units. */
export function charactersOf(row: Row): number {
  let sum = 0
  for (const cell of row) sum += cell?.length ?? 0
  return sum
}
