import { invalid } from './invalid.ts'

/**
 * Takes `host=localhost dbname='my clinic'` apart into libpq's keywords: spaces around `=` are allowed,
 * values with spaces stand in single quotes, and a backslash keeps the next character as it is.
 *
 * @throws Failure `invalid_input`
 */
export function readDsn(dsn: string): Map<string, string> {
  const found = new Map<string, string>()
  const rest = new Reader(dsn)
  rest.skipSpace()
  while (!rest.done) {
    const keyword = rest.take(/[^\s=]*/y)
    rest.skipSpace()
    if (keyword === '' || rest.take(/=/y) === '') {
      throw invalid(
        'This is no connection string.',
        'Write postgresql://user@host:port/database, or host=… port=… dbname=… user=…',
      )
    }
    rest.skipSpace()
    const value = rest.take(/'(?:[^'\\]|\\.)*'/sy)
    // Not in whole quotes: up to the next space.
    const bare = value === '' ? rest.take(/(?:[^\s\\]|\\.)*/sy) : value.slice(1, -1)
    if (value === '' && bare.startsWith("'")) throw invalid('A quote in the connection string is not closed.')
    found.set(keyword, bare.replaceAll(/\\(.)/gs, '$1'))
    rest.skipSpace()
  }
  if (found.size === 0) throw invalid('There is no connection string.')
  return found
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get done(): boolean {
    return this.#at >= this.#text.length
  }

  /** Takes what the sticky pattern matches here; nothing if it does not. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const matched = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += matched.length
    return matched
  }

  skipSpace(): void {
    this.take(/\s*/y)
  }
}
