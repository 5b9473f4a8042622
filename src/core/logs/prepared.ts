/** What may stand between two words. */
const gap = '(?:\\s|--[^\\n]*\\n|/\\*[\\s\\S]*?\\*/)+'
const name = '("(?:[^"]|"")+"|[\\p{L}_][\\p{L}\\d_$]*)'
const prepare = new RegExp(`\\bprepare${gap}${name}`, 'iu')
const execute = new RegExp(`\\bexecute${gap}${name}`, 'iu')

/** So many names are remembered. */
const mostNames = 1_000

/**
 * The names under which statements about secrets were prepared, in whatever session: where an EXECUTE tells no more than the
 * name, as in an error's STATEMENT or with log_error_verbosity = terse, its arguments are secrets all the same.
 */
export class PreparedSecrets {
  readonly #names = new Set<string>()

  /** @param statement one about secrets, or what stands in DETAIL of one */
  note(statement: string): void {
    const found = nameIn(prepare, statement)
    if (found === null) return
    this.#names.add(found)
    const [oldest] = this.#names
    if (this.#names.size > mostNames && oldest !== undefined) this.#names.delete(oldest)
  }

  isExecutedIn(statement: string): boolean {
    if (this.#names.size === 0) return false
    const found = nameIn(execute, statement)
    return found !== null && this.#names.has(found)
  }

  names(): string[] {
    return [...this.#names]
  }

  restore(names: readonly string[]): void {
    for (const each of names) this.#names.add(each)
  }
}

function nameIn(pattern: RegExp, statement: string): string | null {
  const found = pattern.exec(statement)?.[1]
  if (found === undefined) return null
  return found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found.toLowerCase()
}
