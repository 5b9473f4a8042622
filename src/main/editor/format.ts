import { setImmediate as nextTurn } from 'node:timers/promises'
import { format as arrange, type FormatOptionsWithLanguage } from 'sql-formatter'
import type { FormatAnswer, FormatEdit, Unformatted } from '../../core/editor/language.ts'
import type { Token } from '../../core/token.ts'
import { scan } from './parser.ts'
import { readScript } from './script.ts'

/** Longer statements are left alone: nobody reads them, and putting them into form takes seconds. */
const longestStatement = 60_000

const style = {
  language: 'postgresql',
  tabWidth: 2,
  keywordCase: 'preserve',
  // Parameters of ours and of PostgreSQL's: they are no operators.
  paramTypes: { named: [':'], numbered: ['$'] },
} satisfies FormatOptionsWithLanguage

/**
 * Puts each statement of a text into a readable form. What stands between statements stays as it is. A form is taken
 * only if PostgreSQL's tokenizer reads the same tokens in it, so that it means the same.
 *
 * @throws the signal's reason when it aborts
 */
export async function format(sql: string, cursor: number, signal?: AbortSignal): Promise<FormatAnswer> {
  const { statements } = await readScript(sql, signal)
  const edits: FormatEdit[] = []
  const left: Unformatted[] = []
  let formatted = 0
  for (const { start, end } of statements) {
    signal?.throwIfAborted()
    const before = sql.slice(start, end)
    const after = arranged(before)
    if (typeof after === 'string') {
      formatted += 1
      if (after !== before) edits.push({ start, end, text: after })
    } else left.push({ start, end, why: after.why })
    await nextTurn()
  }
  return { edits, formatted, left, cursor: moved(sql, cursor, edits) }
}

function arranged(statement: string): string | Pick<Unformatted, 'why'> {
  if (statement.length > longestStatement) return { why: 'long' }
  const tokens = scan(statement)
  if (tokens === null) return { why: 'unread' }
  const form = arrangedOrNull(statement)
  if (form === null) return { why: 'unread' }
  return isSame(tokens, scan(form)) ? form : { why: 'changed' }
}

function arrangedOrNull(statement: string): string | null {
  try {
    return arrange(statement, style).trim()
  } catch {
    return null // Not a statement that the formatter knows; it is left alone, and counted.
  }
}

/** The same tokens in the same order. Of a comment, the spaces may differ. */
function isSame(before: readonly Token[], after: readonly Token[] | null): boolean {
  if (after === null || before.length !== after.length) return false
  return before.every((token, index) => {
    const other = after[index]
    if (other === undefined || other.kind !== token.kind) return false
    return token.kind === 'comment' ? words(token.text) === words(other.text) : token.text === other.text
  })
}

function words(comment: string): string {
  return comment.replaceAll(/\s+/g, ' ').trim()
}

/** Where a place of the text is after the edits: before the same character, spaces not counted. */
function moved(sql: string, cursor: number, edits: readonly FormatEdit[]): number {
  let by = 0
  for (const { start, end, text } of edits) {
    if (cursor < start) break
    if (cursor <= end) {
      const written = count(sql.slice(start, cursor))
      return start + by + placeBehind(text, written)
    }
    by += text.length - (end - start)
  }
  return cursor + by
}

const count = (text: string): number => text.replaceAll(/\s/g, '').length

/** The place behind so many characters that are no spaces. */
function placeBehind(text: string, characters: number): number {
  let seen = 0
  for (let at = 0; at < text.length; at += 1) {
    if (seen === characters) return at
    if (!/\s/.test(text.charAt(at))) seen += 1
  }
  return text.length
}
