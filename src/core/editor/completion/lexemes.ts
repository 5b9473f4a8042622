import { endOfUnit } from '../cut.ts'

/** What a piece of half-written SQL is. Unlike PostgreSQL's tokenizer, this one reads whatever is typed. */
export type LexemeKind = 'word' | 'name' | 'string' | 'body' | 'number' | 'comment' | 'symbol' | 'cursor'

/** Offsets are UTF-16 units; `end` is exclusive. */
export interface Lexeme {
  readonly kind: LexemeKind
  readonly start: number
  readonly end: number
  /** As it was written. */
  readonly text: string
  /** A word in lower case, a quoted name without its quotes, else the text. */
  readonly value: string
  /** A quote or comment that nothing closes. */
  readonly open: boolean
}

/** The lexemes of a text, comments included, spaces not. Never throws, whatever the text is. */
export function lexemesOf(sql: string): Lexeme[] {
  const found: Lexeme[] = []
  let at = 0
  while (at < sql.length) {
    const character = sql.charCodeAt(at)
    if (character <= 32 || character === 0xa0 || character === 0xfeff) {
      at += 1
      continue
    }
    const end = endOf(sql, at)
    found.push(lexeme(sql, at, end))
    at = end
  }
  return found
}

function endOf(sql: string, at: number): number {
  const character = sql.charAt(at)
  if (character === ':' && (sql.charAt(at + 1) === ':' || sql.charAt(at + 1) === '=')) return at + 2
  let end = endOfUnit(sql, at)
  if (character === "'" || character === '"') {
    // A doubled quote stands for one quote inside of the text.
    while (end > at + 1 && sql.charAt(end) === character && sql.charAt(end - 1) === character) end = endOfUnit(sql, end)
  } else if (end === at + 1 && /[bxn]/i.test(character) && sql.charAt(end) === "'") {
    end = endOfUnit(sql, end)
  }
  return end
}

function lexeme(sql: string, start: number, end: number): Lexeme {
  const text = sql.slice(start, end)
  const kind = kindOf(text)
  return { kind, start, end, text, value: readValue(kind, text), open: end === sql.length && isOpen(kind, text) }
}

function kindOf(text: string): LexemeKind {
  const first = text.charAt(0)
  if (text.startsWith('--') || text.startsWith('/*')) return 'comment'
  if (first === "'" || /^[ebxn]'/i.test(text)) return 'string'
  if (first === '"') return 'name'
  if (first === '$' && text.length > 1) return 'body'
  if (first >= '0' && first <= '9') return 'number'
  return /^[A-Za-z_\u0080-\uffff]/.test(text) ? 'word' : 'symbol'
}

function readValue(kind: LexemeKind, text: string): string {
  if (kind === 'word') return text.toLowerCase()
  if (kind !== 'name') return text
  const inside = text.length > 1 && text.endsWith('"') ? text.slice(1, -1) : text.slice(1)
  return inside.replaceAll('""', '"')
}

/** A quote or comment is open when it would take in one character more. */
function isOpen(kind: LexemeKind, text: string): boolean {
  if (kind === 'word' || kind === 'number' || kind === 'symbol' || kind === 'cursor') return false
  return endOf(`${text}\0`, 0) > text.length
}
