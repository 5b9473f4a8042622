import { type Lexeme, lexemesOf } from './lexemes.ts'
import { type Item, treeOf } from './tree.ts'

/** A place in a text, with the statement around it. All offsets are UTF-16 units of the text that was given. */
export interface Cursor {
  /** The statement, with a lexeme of kind `cursor` in place of the name at the cursor and of its qualifiers. */
  readonly items: readonly Item[]
  /** The name at the cursor, up to the cursor, without its quote. */
  readonly prefix: string
  /** Where that name begins, with its quote. */
  readonly from: number
  /** Where it ends; behind the cursor when the cursor stands in the middle of it. */
  readonly to: number
  /** The names and dots before it: `a.b.` is `['a', 'b']`. */
  readonly qualifier: readonly string[]
  /** The name is begun with a quote. */
  readonly quoted: boolean
  /** The cursor stands in a string; `prefix` is what stands before it there. */
  readonly literal: boolean
  /** The cursor stands in a number, or at its end: no name is begun there. */
  readonly number: boolean
  /** A parenthesis follows. */
  readonly called: boolean
}

/** Bodies in bodies are followed this deep. */
const deepestBody = 4

/** What stands at `offset`. Null in a comment. */
export function cursorAt(sql: string, offset: number, base = 0, depth = 0): Cursor | null {
  const lexemes = lexemesOf(sql)
  const at = lexemes.findIndex(({ end, open }) => end > offset || (end === offset && open) || end === offset)
  const touched = touchedAt(lexemes, at, offset)
  if (touched?.kind === 'comment') return null
  if (touched?.kind === 'body') return inBody(sql, touched, offset, base, depth)

  const code = lexemes.filter(({ kind }) => kind !== 'comment')
  const isName = touched?.kind === 'word' || touched?.kind === 'name'
  const literal = touched?.kind === 'string'
  const from = touched?.start ?? offset
  const to = touched?.end ?? offset
  const { before, qualifier } = splitQualifier(code.filter(({ end }) => end <= (touched?.start ?? offset)))
  const after = code.filter(({ start }) => start >= to)
  const mark: Lexeme = { kind: 'cursor', start: from, end: to, text: '', value: '', open: false }
  const inside = touched === null ? '' : sql.slice(touched.start, offset)
  return {
    items: treeOf([...statementBefore(sql, before), mark, ...statementAfter(sql, after, to)]),
    prefix: isName || literal ? withoutQuote(inside) : '',
    from: base + from,
    to: base + (isName || (literal && touched.open === false) ? to : offset),
    qualifier: literal ? [] : qualifier,
    quoted: touched?.kind === 'name',
    literal,
    number: touched?.kind === 'number',
    called: /^\s*\(/.test(sql.slice(to, to + 20)),
  }
}

/** The lexeme that the cursor is in or at the end of, where that makes a difference. */
function touchedAt(lexemes: readonly Lexeme[], at: number, offset: number): Lexeme | null {
  const lexeme = lexemes[at]
  if (lexeme === undefined || lexeme.start >= offset) return null
  if (lexeme.kind === 'symbol') return null
  if (lexeme.end > offset) return lexeme
  if (lexeme.kind === 'word' || lexeme.kind === 'name' || lexeme.kind === 'number') return lexeme
  // Behind the end of a comment, a string or a body, one is out of it; behind a line comment only on the next line.
  const isLineComment = lexeme.kind === 'comment' && lexeme.text.startsWith('--')
  return lexeme.open || isLineComment ? lexeme : null
}

/** In a text between dollars stands code more often than not. */
function inBody(sql: string, body: Lexeme, offset: number, base: number, depth: number): Cursor | null {
  const tag = /^\$[^$]*\$/.exec(body.text)?.[0] ?? ''
  const start = body.start + tag.length
  const end = !body.open && body.text.endsWith(tag) ? body.end - tag.length : body.end
  if (offset < start || offset > end || depth >= deepestBody) return null
  return cursorAt(sql.slice(start, end), offset - start, base + start, depth + 1)
}

function splitQualifier(lexemes: readonly Lexeme[]): { before: readonly Lexeme[]; qualifier: string[] } {
  const qualifier: string[] = []
  let end = lexemes.length
  while (lexemes[end - 1]?.text === '.') {
    const name = lexemes[end - 2]
    if (name === undefined || (name.kind !== 'word' && name.kind !== 'name')) break
    qualifier.unshift(name.value)
    end -= 2
  }
  return { before: lexemes.slice(0, end), qualifier }
}

function withoutQuote(text: string): string {
  if (text.startsWith('"')) return text.slice(1).replace(/"$/, '').replaceAll('""', '"')
  return text.replace(/^[ebxn]?'/i, '')
}

/** Words that begin a statement, and are not to be found at the beginning of a line for another reason. */
const beginnings = new Set(
  'select insert update delete merge with create alter drop truncate grant revoke comment vacuum analyze explain begin commit rollback'.split(
    ' ',
  ),
)

/** Words after which a statement goes on, whatever stands between. */
const goesOn = new Set(
  'union intersect except all as distinct into by and or on in not exists then else loop begin for explain analyze verbose'.split(
    ' ',
  ),
)

/** The lexemes of the statement before the cursor. An empty line before a statement ends one that lacks its semicolon. */
function statementBefore(sql: string, lexemes: readonly Lexeme[]): readonly Lexeme[] {
  const semicolon = lexemes.findLastIndex(({ text }) => text === ';')
  const mine = lexemes.slice(semicolon + 1)
  const begins = mine.findLastIndex((lexeme, index) => {
    const before = mine[index - 1]
    return before !== undefined && beginsAfterGap(sql, before, lexeme)
  })
  return begins <= 0 ? mine : mine.slice(begins)
}

function statementAfter(sql: string, lexemes: readonly Lexeme[], from: number): readonly Lexeme[] {
  const semicolon = lexemes.findIndex(({ text }) => text === ';')
  const mine = semicolon === -1 ? lexemes : lexemes.slice(0, semicolon)
  const gap = mine.findIndex((lexeme, index) => {
    const before = mine[index - 1]
    if (before !== undefined) return beginsAfterGap(sql, before, lexeme)
    return beginnings.has(lexeme.value) && isGap(sql.slice(from, lexeme.start))
  })
  return gap === -1 ? mine : mine.slice(0, gap)
}

function beginsAfterGap(sql: string, before: Lexeme, lexeme: Lexeme): boolean {
  if (lexeme.kind !== 'word' || !beginnings.has(lexeme.value)) return false
  if (goesOn.has(before.value) || before.text === '(' || before.text === ')' || before.text === ',') return false
  return isGap(sql.slice(before.end, lexeme.start))
}

const isGap = (text: string): boolean => /\n[ \t\r]*\n/.test(text)
