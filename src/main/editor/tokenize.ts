import { setImmediate as nextTurn } from 'node:timers/promises'
import { cutAfter, nextSemicolon } from '../../core/editor/cut.ts'
import { plainTokens } from '../../core/editor/plainTokens.ts'
import type { Span, Token } from '../../core/token.ts'
import { loadParser, scan } from './parser.ts'

/** What is read of a script, in order: tokens, and the parts that no tokenizer can read. */
export type Piece = { tokens: Token[] } | { unreadable: Span }

/** Characters that are read at once: some 15 ms of work, after which whoever else waits has a turn. */
const windowSize = 16_384

/**
 * Reads a script of any size by PostgreSQL's own tokenizer, window by window, with bounded memory and
 * without keeping the process from its other work.
 *
 * @throws the signal's reason when it aborts
 */
export async function* tokenize(sql: string, signal?: AbortSignal, size = windowSize): AsyncGenerator<Piece> {
  await loadParser()
  let from = 0
  let width = size
  while (from < sql.length) {
    signal?.throwIfAborted()
    const end = cutAfter(sql, from, width)
    const part = sql.slice(from, end)
    const tokens = plainTokens(part, from) ?? scan(part, from)
    if (tokens !== null) {
      yield { tokens }
      from = end
      width = Math.min(size, width * 2)
    } else if (width > 1) {
      // Somewhere in this window: all that stands before it shall be read.
      width = Math.max(1, Math.floor(width / 4))
      continue
    } else {
      yield unreadable(sql, from)
      from = Math.max(from + 1, nextSemicolon(sql, from))
    }
    await nextTurn()
  }
}

/** The text from here to the next semicolon, or the semicolon that stands here, before what cannot be read. */
function unreadable(sql: string, from: number): Piece {
  const end = nextSemicolon(sql, from)
  if (end > from) return { unreadable: { start: from, end } }
  return { tokens: [{ start: from, end: from + 1, kind: 'symbol', text: ';' }] }
}
