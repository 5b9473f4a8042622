/** A JSON document taken apart, with numbers as they are written and members in their order, also those that repeat. */
export type JsonValue =
  | { readonly kind: 'object'; readonly members: readonly { readonly name: string; readonly value: JsonValue }[] }
  | { readonly kind: 'array'; readonly items: readonly JsonValue[] }
  | { readonly kind: 'string'; readonly text: string }
  /** A number, `true`, `false` or `null`, as it is written. */
  | { readonly kind: 'number' | 'word'; readonly text: string }

/** Deeper documents are left as text. */
const deepest = 200

/**
 * Reads a document without losing anything: JavaScript's own reader would round numbers, and keep one of two members
 * with one name. Null where the text is no JSON.
 */
export function parseJson(text: string): JsonValue | null {
  const reader = new Reader(text)
  try {
    const value = reader.value(0)
    reader.skip()
    return reader.at === text.length ? value : null
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null
    throw thrown
  }
}

class Reader {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  skip(): void {
    this.#match(/[ \t\r\n]*/y)
  }

  value(depth: number): JsonValue {
    if (depth > deepest) throw new SyntaxError('too deep')
    this.skip()
    switch (this.#text[this.at]) {
      case '{':
        return { kind: 'object', members: this.#list('}', () => this.#member(depth)) }
      case '[':
        return { kind: 'array', items: this.#list(']', () => this.value(depth + 1)) }
      case '"':
        return { kind: 'string', text: this.#string() }
    }
    const word = this.#match(/true|false|null/y)
    if (word !== null) return { kind: 'word', text: word }
    const number = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    if (number === null) throw new SyntaxError('no value')
    return { kind: 'number', text: number }
  }

  #member(depth: number): { name: string; value: JsonValue } {
    this.skip()
    const name = this.#string()
    this.skip()
    if (this.#match(/:/y) === null) throw new SyntaxError('no colon')
    return { name, value: this.value(depth + 1) }
  }

  #list<T>(end: string, read: () => T): T[] {
    const items: T[] = []
    this.at += 1
    this.skip()
    if (this.#text[this.at] === end) {
      this.at += 1
      return items
    }
    for (;;) {
      items.push(read())
      this.skip()
      const next = this.#text[this.at]
      this.at += 1
      if (next === end) return items
      if (next !== ',') throw new SyntaxError('no comma')
    }
  }

  #string(): string {
    const end = this.#endOfString()
    const text: unknown = JSON.parse(this.#text.slice(this.at, end))
    if (typeof text !== 'string') throw new SyntaxError('no string')
    this.at = end
    return text
  }

  /** Without a regular expression, which runs out of room in a text of some millions. */
  #endOfString(): number {
    if (this.#text[this.at] !== '"') throw new SyntaxError('no string')
    for (let from = this.at + 1; ; ) {
      const quote = this.#text.indexOf('"', from)
      if (quote === -1) throw new SyntaxError('no end')
      let escapes = 0
      while (this.#text[quote - 1 - escapes] === '\\') escapes += 1
      // The backslashes before it escape each other, and the last of an odd number escapes the quote.
      if (escapes % 2 === 0) return quote + 1
      from = quote + 1
    }
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)?.[0] ?? null
    this.at += found?.length ?? 0
    return found
  }
}
