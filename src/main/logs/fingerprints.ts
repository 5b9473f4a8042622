import { createHash } from 'node:crypto'
import { normalise } from '../../core/logs/normalise.ts'
import { asAscii } from './ascii.ts'

/**
 * So many characters of statements have a fingerprint that is known. A log whose statements never come again fills this over
 * and over: what is forgotten soon costs no more than any other text of the log, what is kept for long is swept up late.
 */
const mostRemembered = 200_000
const longestRemembered = 4_000
const mostSent = 200_000

/** Where none of these is in a statement, its plain values are told without reading it word by word. */
const unusual = /[$\\]|--|\/\*|[\w&]'|''|[^\t\n\r -~]/

/** And its quoted names, if it has any, have nothing in them that could be taken for a value. */
const plainNames = /^(?:[^"']|'[^']*'|"[A-Za-z_]\w*")*$/

/** Numbers and texts, in such a statement. What else is a value stays, and tells two statements apart that are one. */
const plainValue = /'[^']*'|(?<![\w.])\d+(?![\w.])/g

/** Numbers statements by what they are without their values. */
export class Fingerprints {
  readonly #ascii: (text: string) => string
  /** By the statement, or by what it is without its plain values, which has the same fingerprint. */
  readonly #remembered = new Map<string, string>()
  #characters = 0
  readonly #sent = new Set<string>()
  #fresh = new Map<string, string>()

  constructor(ascii: boolean) {
    this.#ascii = ascii ? asAscii : (text) => text
  }

  /** The first eight bytes of the SHA-256 of the statement without its values. */
  of(statement: string | null): string | null {
    if (statement === null) return null
    if (statement.length > longestRemembered) return this.#make(statement)
    const known = this.#remembered.get(statement)
    if (known !== undefined) return known
    const key = isPlain(statement) ? statement.replace(plainValue, '?') : statement
    const same = key === statement ? undefined : this.#remembered.get(key)
    if (same !== undefined) return same
    const fingerprint = this.#make(statement)
    this.#characters += key.length
    if (this.#characters > mostRemembered) {
      this.#remembered.clear()
      this.#characters = key.length
    }
    this.#remembered.set(key, fingerprint)
    return fingerprint
  }

  /** Those that were not taken before. */
  take(): { fingerprint: string; statement: string }[] {
    const taken = Array.from(this.#fresh, ([fingerprint, statement]) => ({
      fingerprint,
      statement,
    }))
    this.#fresh = new Map()
    return taken
  }

  #make(statement: string): string {
    // JSON logs may hold NUL, which no text of PostgreSQL can.
    const normal = this.#ascii(normalise(statement).replaceAll('\0', ''))
    const fingerprint = createHash('sha256').update(normal).digest().readBigInt64BE(0).toString()
    if (!this.#sent.has(fingerprint)) {
      if (this.#sent.size >= mostSent) this.#sent.clear()
      this.#sent.add(fingerprint)
      this.#fresh.set(fingerprint, normal)
    }
    return fingerprint
  }
}

function isPlain(statement: string): boolean {
  return !unusual.test(statement) && (!statement.includes('"') || plainNames.test(statement))
}
