/**
 * The one way in which a name enters SQL. Always quotes, so that no list of keywords has to be kept.
 * Values never come this way: they are parameters.
 *
 * @example quoteName('care', 'visit') // "care"."visit"
 * @throws RangeError for an empty name or one with NUL, which PostgreSQL cannot hold
 */
export function quoteName(...parts: [string, ...string[]]): string {
  return parts.map(quotePart).join('.')
}

function quotePart(part: string): string {
  if (part === '') throw new RangeError('A name in SQL cannot be empty.')
  if (part.includes('\0')) throw new RangeError('A name in SQL cannot hold a NUL character.')
  return `"${part.replaceAll('"', '""')}"`
}

/**
 * A value as SQL that a person reads and may keep: `insert` statements that are copied, a query that is shown before
 * it is run. Right whatever `standard_conforming_strings` says. What the app itself sends has its values as parameters.
 *
 * @example quoteValue("O'Hara") // 'O''Hara'
 * @throws RangeError for a text with NUL, which PostgreSQL cannot hold
 */
export function quoteValue(value: string): string {
  if (value.includes('\0')) throw new RangeError('A text in SQL cannot hold a NUL character.')
  const quoted = `'${value.replaceAll("'", "''")}'`
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
