import type { Hasher, Line } from './lines.ts'
import type { LogRecord, Place, RecordSink, Truncated } from './record.ts'

/** What of one entry is kept, in characters; the whole length is told. */
export const longestEntry = 1_048_576

/** What a server logs at once behind its prefix: a line, with those that continue it. */
export interface Entry {
  /** The line, which begins with the prefix. */
  head: string
  /** What follows it, with the line feed before it; empty where nothing does. */
  rest: string
  readonly places: [Place, ...Place[]]
  truncated: Truncated | null
  /** What stands beside it in the log of whoever took it from the server. */
  readonly header: Header | null
}

/** Of a wrapper; what the server's own prefix says wins. */
export type Header = Partial<
  Pick<LogRecord, 'time' | 'pid' | 'session' | 'sqlstate' | 'detail' | 'hint' | 'context' | 'statement' | 'backendType'>
>

/** Makes entries or records of the lines of one format. */
export interface Source {
  readonly line: (line: Line) => void
  /** Where that begins whose end has not come: reading goes on from there. */
  readonly begun: { offset: number; line: number } | null
  /** What is still gathered between the lines of others; a state keeps it. */
  readonly gathering?: { keys: string[]; places: Place[] }
  /** A part of a state has been read again whole. */
  endPart(): void
  /** All parts of a state have been read again: only these were being gathered. */
  restore?(keys: readonly string[]): void
  /** What has come is all there is of it. */
  end(): void
}

const encoder = new TextEncoder()

/** An entry whose lines are still coming. Of one that is too long it keeps the beginning, the length and the hash. */
export class Gathering {
  readonly entry: Entry
  readonly #newHasher: () => Hasher
  #hasher: Hasher | null = null

  constructor(head: string, line: Line, header: Header | null, newHasher: () => Hasher) {
    const { offset, number, bytes, long } = line
    this.#newHasher = newHasher
    this.entry = {
      head,
      rest: '',
      places: [{ offset, line: number, bytes }],
      truncated: long === null ? null : { bytes: long.bytes, sha256: long.sha256 },
      header,
    }
  }

  /** @param text what the line adds, with a line feed before it where it is a line of the entry's too */
  add(text: string, { long }: Line): void {
    const { entry } = this
    if (entry.truncated === null) {
      const length = entry.head.length + entry.rest.length
      if (long === null && length + text.length <= longestEntry) {
        entry.rest += text
        return
      }
      const kept = encoder.encode(entry.head + entry.rest)
      this.#hasher = this.#newHasher()
      this.#hasher.update(kept)
      entry.truncated = { bytes: kept.length, sha256: '' }
      entry.rest += text.slice(0, longestEntry - length)
    } else if (this.#hasher === null) {
      this.#hasher = this.#newHasher()
      this.#hasher.update(encoder.encode(entry.truncated.sha256))
    }
    // Of a line that is itself too long, its hash stands for it.
    const more = encoder.encode(long?.sha256 ?? text)
    this.#hasher?.update(more)
    entry.truncated.bytes += long === null ? more.length : long.bytes
  }

  finished(): Entry {
    if (this.entry.truncated !== null && this.#hasher !== null) this.entry.truncated.sha256 = this.#hasher.digest()
    this.#hasher = null
    return this.entry
  }
}

/** Puts the lines of a stderr log together: a continuation begins with a tab. */
export class Continuations implements Source {
  readonly #use: (entry: Entry) => void
  readonly #sink: RecordSink
  readonly #newHasher: () => Hasher
  /** A line that nothing continues so far, as nearly all. */
  #line: Line | null = null
  #gathering: Gathering | null = null

  constructor(use: (entry: Entry) => void, sink: RecordSink, newHasher: () => Hasher) {
    this.#use = use
    this.#sink = sink
    this.#newHasher = newHasher
  }

  readonly line = (line: Line): void => {
    if (line.text.charCodeAt(0) === 9 && this.begun !== null) {
      this.#continue(line)
      return
    }
    this.end()
    this.#line = line
  }

  get begun(): { offset: number; line: number } | null {
    if (this.#line !== null) return { offset: this.#line.offset, line: this.#line.number }
    return this.#gathering?.entry.places[0] ?? null
  }

  endPart(): void {
    this.end()
  }

  end(): void {
    if (this.#line !== null) {
      const { text: head, offset, number: line, bytes, long } = this.#line
      const truncated = long === null ? null : { bytes: long.bytes, sha256: long.sha256 }
      this.#line = null
      this.#hand({ head, rest: '', places: [{ offset, line, bytes }], truncated, header: null })
    } else if (this.#gathering !== null) {
      const entry = this.#gathering.finished()
      this.#gathering = null
      this.#hand(entry)
    }
  }

  #continue(line: Line): void {
    if (this.#line !== null) {
      this.#gathering = new Gathering(this.#line.text, this.#line, null, this.#newHasher)
      this.#line = null
    }
    if (this.#gathering === null) return
    this.#gathering.add(`\n${line.text.slice(1)}`, line)
    this.#gathering.entry.places[0].bytes += line.bytes
  }

  #hand(entry: Entry): void {
    if (entry.head.charCodeAt(0) !== 9) {
      this.#use(entry)
      return
    }
    // The log may begin in the middle of a message.
    const [{ offset, line }] = entry.places
    const reason = 'It continues a message that is not in this log.'
    this.#sink.refuse({ offset, line, reason, text: entry.head.slice(1, 200) })
  }
}
