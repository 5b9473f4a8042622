/** What a line of a password file is matched with. `host` is `localhost` for a socket in the usual folder. */
export interface PassfileKey {
  host: string
  port: number
  database: string
  user: string
}

/**
 * Finds the password in the text of a `.pgpass`: `host:port:database:user:password` lines, `*` for any,
 * `\:` and `\\` for the characters themselves. The first line that fits counts, as in libpq.
 */
export function findInPassfile(text: string, key: PassfileKey): string | null {
  const wanted = [key.host, String(key.port), key.database, key.user]
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const fields = splitLine(line)
    const password = fields[4]
    if (password === undefined || password === '') continue
    if (wanted.every((value, index) => fields[index] === '*' || unescaped(fields[index]) === value)) {
      return unescaped(password)
    }
  }
  return null
}

/** Splits at the colons that no backslash precedes, at the first four of them: a password may hold more. */
function splitLine(line: string): string[] {
  const fields: string[] = []
  let start = 0
  for (let at = 0; at < line.length && fields.length < 4; at += 1) {
    if (line[at] === '\\') at += 1
    else if (line[at] === ':') {
      fields.push(line.slice(start, at))
      start = at + 1
    }
  }
  fields.push(line.slice(start))
  return fields
}

function unescaped(field = ''): string {
  return field.replaceAll(/\\(.)/g, '$1')
}
