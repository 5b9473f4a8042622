import type { Span } from '../token.ts'

/**
 * The statement that a DBA means by "this one": the one that the cursor is in or at the edge of; behind a semicolon,
 * the one before it on the same line; between two, the next one; behind all, the last. Offsets are UTF-16 units.
 */
export function statementAt<S extends Span>(statements: readonly S[], sql: string, cursor: number): S | undefined {
  const at = firstEndingAt(statements, cursor)
  const next = statements[at]
  if (next !== undefined && next.start <= cursor) return next
  const before = statements[at - 1]
  if (before === undefined) return next
  const onItsLine = !sql.slice(before.end, cursor).includes('\n')
  return onItsLine || next === undefined ? before : next
}

/** The index of the first statement that ends at the cursor or after it: scripts have thousands, so by halves. */
function firstEndingAt(statements: readonly Span[], cursor: number): number {
  let low = 0
  let high = statements.length
  while (low < high) {
    const middle = (low + high) >> 1
    const statement = statements[middle]
    if (statement !== undefined && statement.end < cursor) low = middle + 1
    else high = middle
  }
  return low
}
