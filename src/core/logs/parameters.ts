/**
 * The values in `parameters: $1 = '…', $2 = NULL`: quotes in a value are doubled. Null where the text is something else.
 * A value that the server cut ends in three dots behind its quote.
 */
export function parametersIn(detail: string): (string | null)[] | null {
  const begin = /^[^$\n]{1,40}?[:：] ?(?=\$1 = )/.exec(detail)
  if (begin === null) return null
  const values: (string | null)[] = []
  let at = begin[0].length
  for (let number = 1; ; number += 1) {
    const name = `$${number} = `
    if (!detail.startsWith(name, at)) return null
    at += name.length
    if (detail.startsWith('NULL', at)) {
      values.push(null)
      at += 4
    } else {
      if (detail.charCodeAt(at) !== 39) return null
      const end = endOfQuoted(detail, at + 1)
      if (end < 0) return null
      values.push(detail.slice(at + 1, end).replaceAll("''", "'"))
      at = end + 1
      if (detail.startsWith('...', at)) at += 3
    }
    if (at === detail.length) return values
    if (!detail.startsWith(', ', at)) return null
    at += 2
  }
}

function endOfQuoted(text: string, from: number): number {
  let end = text.indexOf("'", from)
  while (end >= 0 && text.charCodeAt(end + 1) === 39) end = text.indexOf("'", end + 2)
  return end
}
