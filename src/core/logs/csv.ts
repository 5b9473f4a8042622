import { FieldPlaces, LongFields } from './csvFields.ts'
import { type CsvEnding, type CsvSession, column, columnCounts, type Fields, whoIn } from './csvSessions.ts'
import { longestEntry, type Source } from './entry.ts'
import { severityNamed } from './labels.ts'
import type { Hasher, Line } from './lines.ts'
import { own } from './own.ts'
import { type LogRecord, newRecord, type Part, type RecordSink, type Truncated } from './record.ts'

/** How a record begins: its time, and then names, which are quoted. */
export const csvBeginning = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,"]{1,40},(?:"|,)/

/**
 * Reads csvlog. A record ends with the line at which its quotes are closed. One whose columns do not add up is refused,
 * and reading goes on at the next line in it that begins like a record. Of one that is too long the beginning of each
 * field is kept, with the record's length and hash.
 */
export class CsvReader implements Source {
  readonly #sink: RecordSink
  readonly #newHasher: () => Hasher
  readonly #places = new FieldPlaces()
  #held: Line[] = []
  #heldCharacters = 0
  #isOpen = false
  #long: LongRecord | null = null

  constructor(sink: RecordSink, newHasher: () => Hasher) {
    this.#sink = sink
    this.#newHasher = newHasher
  }

  readonly line = (line: Line): void => {
    if (this.#long !== null) {
      this.#goOn(this.#long, line)
      return
    }
    if (this.#held.length === 0) {
      if (line.text === '' || (line.long === null && this.#alone(line))) return
    }
    this.#held.push(line)
    this.#heldCharacters += line.text.length
    if (line.long !== null || this.#heldCharacters > longestEntry) {
      this.#becomeLong()
      return
    }
    if (quotesIn(line.text) % 2 === 1) this.#isOpen = !this.#isOpen
    if (!this.#isOpen) this.#close(this.#fields())
  }

  /** Nearly every record is one line, and nothing is strange about it. */
  #alone(line: Line): boolean {
    const { text, ascii, asciiAt } = line
    if (text.length > longestEntry || this.#places.read(text, ascii, asciiAt) !== 'whole') return false
    const record = recordOf(this.#places, partOf(line, line.bytes), this.#places)
    if (record !== null) this.#sink.record(record)
    return record !== null
  }

  /** Where the record begins whose end has not come. */
  get begun(): { offset: number; line: number } | null {
    const first = this.#long?.first ?? this.#held[0]
    return first === undefined ? null : { offset: first.offset, line: first.number }
  }

  endPart(): void {
    // A record ends by itself.
  }

  end(): void {
    if (this.#long !== null) {
      const { first, lines } = this.#long
      this.#long = null
      this.#refuse(first, refusalOf(null, lines))
    }
    while (this.#held.length > 0) this.#close(this.#fields())
  }

  /** What is held is read now; from here on it is not held any more. */
  #becomeLong(): void {
    const [first] = this.#held
    if (first === undefined) return
    const long = new LongRecord(first, this.#newHasher())
    for (const line of this.#held) {
      const read = long.add(line)
      if (read === 'open') continue
      if (read === 'damaged') this.#close(null)
      else {
        // A record that had ended before would not be held.
        this.#take()
        this.#endLong(long)
      }
      return
    }
    this.#take()
    this.#long = long
  }

  #goOn(long: LongRecord, line: Line): void {
    const read = long.add(line)
    if (read === 'open') return
    this.#long = null
    if (read === 'ended') {
      this.#endLong(long)
      return
    }
    // A quote that is never closed comes to light at the next record.
    const isNext = csvBeginning.test(line.text)
    this.#refuse(long.first, refusalOf(null, long.lines - (isNext ? 1 : 0)))
    if (isNext) this.line(line)
  }

  #endLong(long: LongRecord): void {
    const record = recordOf(long.fields, partOf(long.first, long.bytes))
    if (record === null) this.#refuse(long.first, refusalOf(long.fields, long.lines))
    else {
      record.truncated = long.truncated
      this.#sink.record(record)
    }
  }

  /** @param fields of what is held; null where its quotes do not add up */
  #close(fields: FieldPlaces | null): void {
    const lines = this.#take()
    const [first] = lines
    if (first === undefined) return
    const bytes = lines.length === 1 ? first.bytes : lines.reduce((sum, line) => sum + line.bytes, 0)
    const record = fields === null ? null : recordOf(fields, partOf(first, bytes), fields)
    if (record !== null) {
      this.#sink.record(record)
      return
    }
    const next = lines.findIndex((line, index) => index > 0 && csvBeginning.test(line.text))
    this.#refuse(first, refusalOf(fields, next < 0 ? lines.length : next))
    for (const line of next < 0 ? [] : lines.slice(next)) this.line(line)
  }

  /** Of what is held; null where its quotes do not add up. */
  #fields(): FieldPlaces | null {
    const [only] = this.#held
    const isOne = this.#held.length === 1 && only !== undefined
    const text = isOne ? only.text : this.#held.map((line) => line.text).join('\n')
    return this.#places.read(text) === 'damaged' ? null : this.#places
  }

  #take(): Line[] {
    const lines = this.#held
    this.#held = []
    this.#heldCharacters = 0
    this.#isOpen = false
    return lines
  }

  #refuse({ offset, number, text }: Line, reason: string): void {
    this.#sink.refuse({ offset, line: number, reason, text: text.slice(0, 200) })
  }
}

interface Alike {
  readonly session: CsvSession | null
  readonly ending: CsvEnding | null
}

const encoder = new TextEncoder()

/** A record that is too long to be held: what is kept of its fields, and its length and hash. */
class LongRecord {
  readonly first: Line
  readonly #fields = new LongFields()
  readonly #hasher: Hasher
  #measured = 0
  /** What is not hashed yet: of short lines many at once, which is faster. */
  #waiting = ''
  lines = 0
  bytes = 0

  constructor(first: Line, hasher: Hasher) {
    this.first = { ...first, text: own(first.text.slice(0, 200)) }
    this.#hasher = hasher
  }

  add({ text, bytes, long }: Line): 'open' | 'ended' | 'damaged' {
    if (this.lines > 0) this.#measure('\n')
    this.lines += 1
    this.bytes += bytes
    this.#measure(long?.sha256 ?? text)
    // Of a line that is itself too long, its hash stands for it.
    if (long !== null) this.#measured += long.bytes - long.sha256.length
    return this.#fields.line(text, long?.tail ?? null)
  }

  get fields(): Fields {
    return this.#fields.fields
  }

  /** Null where all of it was kept. */
  get truncated(): Truncated | null {
    this.#hash()
    return this.#fields.isCut ? { bytes: this.#measured, sha256: this.#hasher.digest() } : null
  }

  #measure(text: string): void {
    this.#waiting += text
    if (this.#waiting.length > 65_536) this.#hash()
  }

  #hash(): void {
    const bytes = encoder.encode(this.#waiting)
    this.#waiting = ''
    this.#hasher.update(bytes)
    this.#measured += bytes.length
  }
}

function refusalOf(fields: Fields | null, lines: number): string {
  const extent = lines === 1 ? '' : ` (${lines} lines)`
  if (fields === null) return `Its quotes do not add up${extent}.`
  if (columnCounts.has(fields.length))
    return `It is no record of csvlog: its time, process id or severity cannot be read${extent}.`
  return `It has ${fields.length} columns; csvlog has 23, 24 or 26${extent}.`
}

function quotesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1
  return count
}

function partOf({ offset, number }: Line, bytes: number): Part {
  return { offset, line: number, bytes, session: '', before: null, prefix: null }
}

/** @param alike what is known of the record, as it is in others of its session */
function recordOf(fields: Fields, part: Part, alike: Alike = { session: null, ending: null }): LogRecord | null {
  if (!columnCounts.has(fields.length)) return null
  const severity = severityNamed(fields.at(column.severity) ?? '')
  const who = alike.session ?? whoIn(fields)
  const time = fields.at(column.time)
  if (severity === null || !Number.isInteger(who.pid) || time == null) return null
  const record = newRecord([part], severity, fields.at(column.message) ?? '')
  record.time = time
  record.user = who.user
  record.database = who.database
  record.pid = who.pid
  record.client = who.client
  record.session = who.session
  record.sqlstate = stateIn(fields.at(column.sqlstate))
  record.detail = fields.at(column.detail) || null
  if (alike.ending === null) readEnding(record, fields)
  else {
    record.application = alike.ending.application
    record.backendType = alike.ending.backendType
  }
  const queryId = fields.at(column.queryId) || null
  record.queryId = queryId === '0' ? null : queryId
  return record
}

function readEnding(record: LogRecord, fields: Fields): void {
  const position = fields.at(column.position)
  record.hint = fields.at(column.hint) || null
  record.query = fields.at(column.query) || null
  record.context = fields.at(column.context) || null
  record.statement = fields.at(column.statement) || null
  record.position = position == null ? null : Number(position)
  record.location = fields.at(column.location) || null
  record.application = fields.at(column.application) || null
  record.backendType = fields.at(column.backendType) || null
}

function stateIn(field: string | null | undefined): string | null {
  return field === '00000' ? null : field || null
}
