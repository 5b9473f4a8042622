/**
 * Where a text of SQL can be cut without harm. PostgreSQL's own tokenizer decides what the tokens are; it
 * reads one window at a time, and these functions choose windows that end outside quotes and comments.
 */

/** The first place at or after `from + size` that is outside of every quote and comment. `from` is such a place. */
export function cutAfter(sql: string, from: number, size: number): number {
  const target = from + size
  let at = from
  while (at < sql.length) {
    if (at >= target && isSpace(sql.charCodeAt(at))) return at
    at = endOfUnit(sql, at)
  }
  return sql.length
}

/** Where the first semicolon outside of quotes and comments is, or the end of the text. */
export function nextSemicolon(sql: string, from: number): number {
  let at = from
  while (at < sql.length && sql.charCodeAt(at) !== code.semicolon) at = endOfUnit(sql, at)
  return Math.min(at, sql.length)
}

const code = {
  newline: 10,
  doubleQuote: 34,
  dollar: 36,
  quote: 39,
  star: 42,
  dash: 45,
  slash: 47,
  semicolon: 59,
  backslash: 92,
}

function isSpace(character: number): boolean {
  return character === 32 || (character >= 9 && character <= 13)
}

function isDigit(character: number): boolean {
  return character >= 48 && character <= 57
}

function isWordPart(character: number): boolean {
  return (
    (character >= 97 && character <= 122) ||
    (character >= 65 && character <= 90) ||
    isDigit(character) ||
    character === 95 ||
    character >= 128
  )
}

/** The end of what begins at `at`: a quoted text, a comment, a word, or one character. `at` is outside of quotes. */
export function endOfUnit(sql: string, at: number): number {
  const character = sql.charCodeAt(at)
  const next = sql.charCodeAt(at + 1)
  if (character === code.quote) return endOfQuoted(sql, at, false)
  if (character === code.doubleQuote) return endOfQuoted(sql, at, false)
  if (character === code.dollar) return endOfDollarQuoted(sql, at)
  if (character === code.dash && next === code.dash) return endOfLine(sql, at)
  if (character === code.slash && next === code.star) return endOfBlockComment(sql, at)
  if (!isWordPart(character)) return at + 1

  let end = at + 1
  if (isDigit(character)) {
    // Of a number a dollar is no part, but the start of a quote.
    while (isDigit(sql.charCodeAt(end))) end += 1
    return end
  }
  while (isWordPart(sql.charCodeAt(end)) || sql.charCodeAt(end) === code.dollar) end += 1
  const escapes = end === at + 1 && (character === 69 || character === 101)
  return escapes && sql.charCodeAt(end) === code.quote ? endOfQuoted(sql, end, true) : end
}

/** A doubled quote reads as the end of one quoted text and the start of another, which comes to the same. */
function endOfQuoted(sql: string, at: number, escapes: boolean): number {
  const quote = sql.charAt(at)
  if (!escapes) return afterOrEnd(sql, sql.indexOf(quote, at + 1), 1)
  for (let i = at + 1; i < sql.length; i += 1) {
    const character = sql.charCodeAt(i)
    if (character === code.backslash) i += 1
    else if (character === code.quote) {
      if (sql.charCodeAt(i + 1) === code.quote) i += 1
      else {
        const goesOn = nextPart(sql, i + 1)
        if (goesOn === null) return i + 1
        i = goesOn
      }
    }
  }
  return sql.length
}

const partBehind = /(?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y

/** The quote that a text goes on with behind a line end, as one text: there a backslash escapes as it did before. */
function nextPart(sql: string, at: number): number | null {
  partBehind.lastIndex = at
  const between = partBehind.exec(sql)?.[0]
  return between !== undefined && /[\n\r]/.test(between) ? at + between.length - 1 : null
}

/** Where a comment ends: before the line's end, which a carriage return is too. */
function endOfLine(sql: string, at: number): number {
  lineEnd.lastIndex = at
  return lineEnd.exec(sql)?.index ?? sql.length
}

const lineEnd = /[\n\r]/g

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y

function endOfDollarQuoted(sql: string, at: number): number {
  dollarTag.lastIndex = at
  const tag = dollarTag.exec(sql)?.[0]
  if (tag === undefined) return at + 1
  return afterOrEnd(sql, sql.indexOf(tag, at + tag.length), tag.length)
}

function endOfBlockComment(sql: string, at: number): number {
  const edge = /\/\*|\*\//g
  edge.lastIndex = at
  let depth = 0
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  return sql.length
}

function afterOrEnd(sql: string, found: number, width: number): number {
  return found === -1 ? sql.length : found + width
}
