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
