import { type CsvEnding, type CsvSession, CsvSessions, column, columnCounts, type Fields } from './csvSessions.ts'
import { type Stretch, Stretches } from './csvStretches.ts'
import { longestEntry } from './entry.ts'

const quote = 34
const comma = 44
const minus = 45
const zero = 48
const nine = 57

/** csvlog has no more columns than these. */
const mostFields = 26

/** How a text reads as one record. */
export type Reading = 'whole' | 'damaged' | 'strange'

/** For records that do not stand in bytes of ASCII; grows with them. */
let signs: Uint8Array = new Uint8Array(65_536)
const encoder = new TextEncoder()
/** In place of all that is not ASCII: nothing that ends a field. */
const otherSign = 128

/** The characters of a text, one byte each: to look at a byte takes a fraction of what it takes to look at a character. */
function signsOf(text: string): { signs: Uint8Array; isAscii: boolean } {
  const { length } = text
  if (signs.length < length) signs = new Uint8Array(length * 2)
  const { read, written } = encoder.encodeInto(text, signs)
  if (read === length && written === length) return { signs, isAscii: true }
  for (let at = 0; at < length; at += 1) signs[at] = Math.min(text.charCodeAt(at), otherSign)
  return { signs, isAscii: false }
}

/** Longer fields are rare. */
const written = new Uint8Array(65_536)
const decoder = new TextDecoder()

/** Where the fields of a record stand in its text: they are cut from it when they are asked for. */
export class FieldPlaces implements Fields {
  readonly #sessions = new CsvSessions()
  readonly #stretches = new Stretches()
  /** What stands in the message from its first doubled quote on, where that is known. */
  #stretch: Stretch | null = null
  #stretchAt = 0
  #text = ''
  /** Its characters, one byte each, from `#from` on. */
  #signs: Uint8Array = signs
  #from = 0
  #isAscii = true
  /** Where each begins and ends; the end of one with doubled quotes in it is negative. */
  #places: number[] = []
  /** Where the next one begins. */
  #at = 0
  #isStrange = false
  length = 0
  /** Whose record it is, where its session has had one that said so in the same words: these are its fields 1 to 5. */
  session: CsvSession | null = null
  /** What its session's records end with, where this one does so too: these are its fields 15 to 24. */
  ending: CsvEnding | null = null

  /**
   * @returns `damaged` where the quotes do not add up; `strange` where one stands in a field that has none around it, so
   * that they may add up all the same
   * @param ascii bytes in which it stands as it is, from `asciiAt` on; they are looked at until the next one is read
   */
  read(text: string, ascii: Uint8Array | null = null, asciiAt = 0): Reading {
    this.#text = text
    if (ascii === null) {
      const made = signsOf(text)
      this.#signs = made.signs
      this.#from = 0
      this.#isAscii = made.isAscii
    } else {
      this.#signs = ascii
      this.#from = asciiAt
      this.#isAscii = true
    }
    this.#at = 0
    this.#isStrange = false
    this.#stretch = null
    this.length = 0
    this.session = null
    this.ending = null
    return this.#readTo(column.client) ?? this.#readAlike() ?? this.#readTo(Number.POSITIVE_INFINITY) ?? 'damaged'
  }

  at(index: number): string | null | undefined {
    if (index >= this.length) return undefined
    const begin = this.#places[index * 2] ?? -1
    const end = this.#places[index * 2 + 1] ?? 0
    if (begin < 0) return null
    if (end >= 0) return this.#text.slice(begin, end)
    const stretch = index === column.message ? this.#stretch : null
    if (stretch === null) return this.#withoutDoubling(begin, -end)
    const rest = this.#stretchAt + stretch.raw.length
    return this.#text.slice(begin, this.#stretchAt) + stretch.text + this.#withoutDoubling(rest, -end)
  }

  /** Goes on behind the first fields: what the session's records have in common is compared, and not read again. */
  #readAlike(): Reading | null {
    const text = this.#text
    const timeEnd = this.#places[1] ?? 0
    // The time has no quotes around it.
    const pid = this.#places[0] === 0 ? this.#pid() : -1
    if (pid < 0) return null
    const known = this.#sessions.at(pid)
    const knownEnd = timeEnd + (known?.text.length ?? 0)
    // To cut and compare is faster than `startsWith`, which goes by characters.
    if (known !== null && text.slice(timeEnd, knownEnd) === known.text) {
      this.session = known
      this.length = column.line
      this.#at = knownEnd
    }
    let reading = this.#readTo(column.line)
    if (reading !== null) return reading
    const sessionEnd = this.#at
    reading = this.#readTo(column.hint)
    if (reading !== null) return reading
    if (this.session !== null && this.#endsAs(this.session.ending)) return this.#whole()
    const endingAt = this.#at
    reading = this.#readTo(column.queryId)
    const endingEnd = reading === null ? this.#at : text.length
    reading ??= this.#readTo(Number.POSITIVE_INFINITY)
    if (reading === 'whole' && columnCounts.has(this.length)) {
      const session = this.session ?? this.#sessions.learn(pid, this, text.slice(timeEnd, sessionEnd))
      session?.learn(this, text.slice(endingAt, endingEnd))
    }
    return reading
  }

  /** -1 where it is no number. */
  #pid(): number {
    const begin = this.#places[column.pid * 2] ?? -1
    const end = this.#places[column.pid * 2 + 1] ?? -1
    if (begin < 0 || end - begin > 10) return -1
    let pid = 0
    for (let at = begin; at < end; at += 1) {
      const code = this.#signs[this.#from + at] ?? 0
      if (code < zero || code > nine) return -1
      pid = pid * 10 + code - zero
    }
    return pid
  }

  /** Whether the rest is what the session's records end with, but for the id of the query. */
  #endsAs(ending: CsvEnding | null): boolean {
    const text = this.#text
    if (ending === null) return false
    const end = this.#at + ending.text.length
    if (text.slice(this.#at, end) !== ending.text) return false
    if (ending.columns <= column.queryId) {
      if (end !== text.length) return false
    } else {
      for (let at = end; at < text.length; at += 1) {
        const code = this.#signs[this.#from + at] ?? 0
        if (code !== minus && (code < zero || code > nine)) return false
      }
      this.#places[column.queryId * 2] = end === text.length ? -1 : end
      this.#places[column.queryId * 2 + 1] = text.length
    }
    this.ending = ending
    this.length = ending.columns
    return true
  }

  /** Doubled quotes stand for one each. What a mapper of objects writes is full of them: to join so many pieces takes long. */
  #withoutDoubling(begin: number, end: number): string {
    const text = this.#text.slice(begin, end)
    if (!this.#isAscii || text.length > written.length) return text.replaceAll('""', '"')
    if (!text.includes('"')) return text
    const signs = this.#signs
    const last = this.#from + end
    let length = 0
    for (let at = this.#from + begin; at < last; at += 1) {
      const sign = signs[at] ?? 0
      written[length] = sign
      length += 1
      if (sign === quote) at += 1
    }
    return decoder.decode(written.subarray(0, length))
  }

  #whole(): Reading {
    return this.#isStrange ? 'strange' : 'whole'
  }

  /** Reads on until there are so many fields; null where the record goes on behind them. */
  #readTo(fields: number): Reading | null {
    const text = this.#text
    const places = this.#places
    const signs = this.#signs
    const from = this.#from
    const { length } = text
    let count = this.length
    let at = this.#at
    while (count < fields) {
      const first = at < length ? signs[from + at] : undefined
      if (first === quote) {
        let end = text.indexOf('"', at + 1)
        let isDoubled = false
        const pairAt = end >= 0 && text.charCodeAt(end + 1) === quote ? end : -1
        const stretch = pairAt >= 0 && count === column.message ? this.#stretches.find(text, pairAt) : null
        if (stretch !== null) {
          this.#stretch = stretch
          this.#stretchAt = pairAt
          isDoubled = true
          end = text.indexOf('"', pairAt + stretch.raw.length)
        }
        while (end >= 0 && text.charCodeAt(end + 1) === quote) {
          isDoubled = true
          end = text.indexOf('"', end + 2)
        }
        if (end < 0) return 'damaged'
        if (pairAt >= 0 && stretch === null && count === column.message) this.#stretches.learn(text, pairAt, end)
        places[count * 2] = at + 1
        places[count * 2 + 1] = isDoubled ? -end : end
        at = end + 1
        if (at < length && text.charCodeAt(at) !== comma) return 'damaged'
      } else {
        const begin = at
        for (let code = first; at < length && code !== comma; code = signs[from + at]) {
          if (code === quote) this.#isStrange = true
          at += 1
        }
        places[count * 2] = begin === at ? -1 : begin
        places[count * 2 + 1] = at
      }
      count += 1
      if (at >= length) {
        this.length = count
        return this.#whole()
      }
      at += 1
    }
    this.length = count
    this.#at = at
    return null
  }
}

/**
 * The fields of a record that is too long to be held whole. It comes line by line; of each field its first characters
 * are kept.
 */
export class LongFields {
  readonly #fields: (string | null)[] = []
  #kept: string[] = []
  #keptCharacters = 0
  #isInQuotes = false
  /** A field was kept in part, or a line of it came in part. */
  isCut = false

  /**
   * @param tail how the line ends, where `text` is but its beginning
   * @returns whether the record goes on, has ended, or is damaged: its quotes do not add up
   */
  line(text: string, tail: string | null): 'open' | 'ended' | 'damaged' {
    let rest = text
    if (tail !== null) {
      this.isCut = true
      // Outside of quotes nothing is that long.
      if (!this.#read(text) || !this.#isInQuotes) return 'damaged'
      rest = behindTheCut(tail)
    }
    if (!this.#read(rest)) return 'damaged'
    if (!this.#isInQuotes) return 'ended'
    this.#keep('\n')
    return 'open'
  }

  get fields(): readonly (string | null)[] {
    return this.#fields
  }

  /** False where the line is none that a record could have. */
  #read(text: string): boolean {
    let at = 0
    for (;;) {
      if (this.#isInQuotes) {
        const end = text.indexOf('"', at)
        this.#keep(text.slice(at, end < 0 ? text.length : end))
        if (end < 0) return true
        at = end + 1
        if (text.charCodeAt(at) === quote) {
          this.#keep('"')
          at += 1
          continue
        }
        this.#isInQuotes = false
        this.#fields.push(this.#kept.join(''))
        this.#kept = []
        this.#keptCharacters = 0
      } else if (text.charCodeAt(at) === quote) {
        this.#isInQuotes = true
        at += 1
        continue
      } else {
        const end = text.indexOf(',', at)
        const stop = end < 0 ? text.length : end
        this.#fields.push(stop === at ? null : text.slice(at, stop))
        at = stop
      }
      if (at >= text.length) return true
      if (text.charCodeAt(at) !== comma || this.#fields.length > mostFields) return false
      at += 1
    }
  }

  #keep(text: string): void {
    const room = longestEntry - this.#keptCharacters
    if (text.length > room) this.isCut = true
    if (room <= 0) return
    const kept = text.slice(0, room)
    this.#kept.push(kept)
    this.#keptCharacters += kept.length
  }
}

/** What follows the part of a line that was left out: from the quote on that ends its field, where one does. */
function behindTheCut(tail: string): string {
  // A quote that was one of a pair may stand first.
  for (let at = tail.indexOf('"', 1); at >= 0; at = tail.indexOf('"', at + 1)) {
    const isDoubled = tail.charCodeAt(at + 1) === quote
    if (!isDoubled) return tail.slice(at)
    at += 1
  }
  return ''
}
