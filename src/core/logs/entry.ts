import type { Hasher, Line } from './lines.ts'
import type { Refusal, Truncated } from './record.ts'

/** What of one entry is kept, in characters; the whole length is told. */
export const longestEntry = 1_048_576

/** A line of a stderr log, with those that continue it. */
export interface Entry {
  /** The line, which begins with the prefix. */
  head: string
  /** What follows it, with the line feed before it; empty where nothing does. */
  rest: string
  /** Of its first byte. */
  offset: number
  /** Of its first line, from 1. */
  line: number
  bytes: number
  truncated: Truncated | null
}

const encoder = new TextEncoder()

/** Puts the lines of a stderr log together: a continuation begins with a tab. */
export class Continuations {
  readonly #use: (entry: Entry) => void
  readonly #refuse: (refusal: Refusal) => void
  readonly #newHasher: () => Hasher
  #entry: Entry | null = null
  /** Of an entry that is longer than what is kept of it. */
  #hasher: Hasher | null = null

  constructor(use: (entry: Entry) => void, refuse: (refusal: Refusal) => void, newHasher: () => Hasher) {
    this.#use = use
    this.#refuse = refuse
    this.#newHasher = newHasher
  }

  readonly line = (line: Line): void => {
    if (line.text.charCodeAt(0) === 9 && this.#entry !== null) {
      this.#extend(this.#entry, line)
      return
    }
    this.end()
    const { text, offset, number, bytes, long } = line
    const truncated = long === null ? null : { bytes: long.bytes, sha256: long.sha256 }
    this.#entry = { head: text, rest: '', offset, line: number, bytes, truncated }
  }

  /** Where the entry begins whose lines are still coming. */
  get begun(): { offset: number; line: number } | null {
    return this.#entry
  }

  /** Nothing continues the last entry. */
  end(): void {
    const entry = this.#entry
    if (entry === null) return
    this.#entry = null
    if (entry.truncated !== null && this.#hasher !== null) entry.truncated.sha256 = this.#hasher.digest()
    this.#hasher = null
    if (entry.head.charCodeAt(0) === 9) this.#lose(entry)
    else this.#use(entry)
  }

  /** The log may begin in the middle of a message. */
  #lose({ offset, line, head }: Entry): void {
    const reason = 'It continues a message that is not in this log.'
    this.#refuse({ offset, line, reason, text: head.slice(1, 200) })
  }

  #extend(entry: Entry, line: Line): void {
    entry.bytes += line.bytes
    const text = line.text.slice(1)
    if (entry.truncated === null) {
      const length = entry.head.length + entry.rest.length
      if (line.long === null && length + text.length < longestEntry) {
        entry.rest += `\n${text}`
        return
      }
      const kept = encoder.encode(entry.head + entry.rest)
      this.#hasher = this.#newHasher()
      this.#hasher.update(kept)
      entry.truncated = { bytes: kept.length, sha256: '' }
      entry.rest += `\n${text.slice(0, longestEntry - length)}`
    } else if (this.#hasher === null) {
      this.#hasher = this.#newHasher()
      this.#hasher.update(encoder.encode(entry.truncated.sha256))
    }
    // Of a line that is itself too long, its hash stands for it.
    const more = encoder.encode(`\n${line.long?.sha256 ?? text}`)
    this.#hasher?.update(more)
    entry.truncated.bytes += line.long === null ? more.length : line.long.bytes
  }
}
