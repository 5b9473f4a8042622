/** An array as PostgreSQL prints it, taken apart. Elements are as PostgreSQL prints them. */
export type ArrayValue = (string | null | ArrayValue)[]

/** More levels than PostgreSQL's six: whatever is deeper is no array of its. */
const deepest = 7

/**
 * Takes apart an array of a type whose delimiter is the comma, which is every one but `box[]`. Null for a text that
 * is none, and for one whose indexes do not begin at 1 (`[0:1]={a,b}`): what they are would be lost.
 *
 * @example parseArray('{a,"b,c",NULL}') // ['a', 'b,c', null]
 */
export function parseArray(text: string): ArrayValue | null {
  if (!text.startsWith('{')) return null
  const reader = new Reader(text)
  const value = reader.array(1)
  return value !== null && reader.at === text.length ? value : null
}

class Reader {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** From an opening brace to behind its closing one. */
  array(depth: number): ArrayValue | null {
    if (depth > deepest) return null
    const values: ArrayValue = []
    this.at += 1
    if (this.#text[this.at] === '}') {
      this.at += 1
      return values
    }
    for (;;) {
      const value = this.#element(depth)
      if (value === undefined) return null
      values.push(value)
      const next = this.#text[this.at]
      this.at += 1
      if (next === '}') return values
      if (next !== ',') return null
    }
  }

  #element(depth: number): string | null | ArrayValue | undefined {
    const first = this.#text[this.at]
    if (first === '{') return this.array(depth + 1) ?? undefined
    if (first === '"') return this.#quoted()
    const from = this.at
    while (this.at < this.#text.length && !/[,{}"\\]/.test(this.#text.charAt(this.at))) this.at += 1
    const bare = this.#text.slice(from, this.at)
    if (bare === '') return undefined
    return bare === 'NULL' ? null : bare
  }

  #quoted(): string | undefined {
    let value = ''
    this.at += 1
    let from = this.at
    for (; this.at < this.#text.length; this.at += 1) {
      const letter = this.#text[this.at]
      if (letter !== '"' && letter !== '\\') continue
      value += this.#text.slice(from, this.at)
      this.at += 1
      if (letter === '"') return value
      // The letter behind a backslash is taken as it is.
      from = this.at
    }
    return undefined
  }
}
