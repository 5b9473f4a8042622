/** One piece of a statement: blanks and comments, a value, a word, a quoted name, or a sign. */
const piece =
  /((?:\s|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))+)|((?:[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$))|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\3\$|$)|\$\d+|\*\*\*|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$])|0[xXoObB][\da-fA-F_]+)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|("(?:[^"]|"")*(?:"|$))|([\s\S])/y

/** Longer statements are told apart by their beginning. */
const longestNormalised = 8_192

/** Signs that stand close to what is before or behind them. */
const closeBefore = new Set([',', ')', ';', '.', ']', ':'])
const closeBehind = new Set(['(', '.', '[', ':'])

/**
 * The statement without its values, comments and line breaks: what two calls of the same query have in common. Lists of
 * values of any length are one.
 *
 * @example normalise("SELECT *  FROM t WHERE id IN (1, 2) -- x") // select * from t where id in (?)
 */
export function normalise(sql: string): string {
  const text = sql.length > longestNormalised ? sql.slice(0, longestNormalised) : sql
  const parts: string[] = []
  let at = 0
  let wantsBlank = false
  while (at < text.length) {
    piece.lastIndex = at
    const found = piece.exec(text)
    if (found === null) break
    at = piece.lastIndex
    if (found[1] !== undefined) {
      wantsBlank = true
      continue
    }
    const next = found[2] !== undefined ? '?' : (found[4]?.toLowerCase() ?? found[5] ?? found[6] ?? '')
    const before = parts.at(-1) ?? ''
    if (next === '?' && shortens(parts)) continue
    const blank =
      (wantsBlank || before === ',') && parts.length > 0 && !closeBefore.has(next) && !closeBehind.has(before)
    parts.push(blank ? ` ${next}` : next)
    wantsBlank = false
    if (next === ')') shortenRows(parts)
  }
  while (parts.at(-1) === ';') parts.pop()
  return parts.join('')
}

/** Another value of a list: the comma before it goes, and it is the one that is there. */
function shortens(parts: string[]): boolean {
  if (parts.at(-1) !== ',' || parts.at(-2)?.trim() !== '?') return false
  parts.pop()
  return true
}

/** `(?), (?)` is `(?)`. */
function shortenRows(parts: string[]): void {
  const end = parts.length
  const is = (back: number, sign: string): boolean => parts[end - back]?.trim() === sign
  const repeats = is(1, ')') && is(2, '?') && is(3, '(') && is(4, ',') && is(5, ')') && is(6, '?') && is(7, '(')
  if (repeats) parts.length = end - 4
}
