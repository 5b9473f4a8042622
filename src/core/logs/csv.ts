import type { Source } from './entry.ts'
import { severityNamed } from './labels.ts'
import type { Line } from './lines.ts'
import { type LogRecord, newRecord, type Part, type RecordSink } from './record.ts'

/** csvlog has 23 columns to PostgreSQL 12, 24 in 13, 26 from 14. */
const columnCounts = new Set([23, 24, 26])

/** How a record begins: its time, and then names, which are quoted. */
export const csvBeginning = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,"]{1,40},(?:"|,)/

/** A record that has more characters without an end is damaged, or too long to be kept. */
const longestRecord = 8_388_608

/**
 * Reads csvlog. A record ends with the line at which its quotes are closed. One whose columns do not add up is refused,
 * and reading goes on at the next line in it that begins like a record.
 */
export class CsvReader implements Source {
  readonly #sink: RecordSink
  #held: Line[] = []
  #heldCharacters = 0
  #isOpen = false

  constructor(sink: RecordSink) {
    this.#sink = sink
  }

  readonly line = (line: Line): void => {
    if (this.#held.length === 0 && line.text === '') return
    this.#held.push(line)
    this.#heldCharacters += line.text.length
    const odd = quotesIn(line.text) % 2 === 1 || (line.long !== null && isCutInQuotes(line))
    this.#isOpen = this.#isOpen !== odd
    if (!this.#isOpen || this.#heldCharacters > longestRecord) this.#close()
  }

  /** Where the record begins whose end has not come. */
  get begun(): { offset: number; line: number } | null {
    const [first] = this.#held
    return first === undefined ? null : { offset: first.offset, line: first.number }
  }

  endPart(): void {
    // A record ends by itself.
  }

  end(): void {
    while (this.#held.length > 0) this.#close()
  }

  #close(): void {
    const lines = this.#held
    this.#held = []
    this.#heldCharacters = 0
    this.#isOpen = false
    const [first] = lines
    if (first === undefined) return
    const text = lines.length === 1 ? wholeText(first) : lines.map(wholeText).join('\n')
    const fields = csvFields(text)
    const record = fields === null ? null : recordOf(fields, partOf(lines, first))
    if (record !== null) {
      const long = lines.find((line) => line.long !== null)?.long
      if (long != null) record.truncated = { bytes: long.bytes, sha256: long.sha256 }
      this.#sink.record(record)
      return
    }
    const next = lines.findIndex((line, index) => index > 0 && csvBeginning.test(line.text))
    const refused = next < 0 ? lines : lines.slice(0, next)
    this.#sink.refuse({
      offset: first.offset,
      line: first.number,
      reason: refusalOf(fields, refused.length),
      text: first.text.slice(0, 200),
    })
    for (const line of next < 0 ? [] : lines.slice(next)) this.line(line)
  }
}

function refusalOf(fields: readonly (string | null)[] | null, lines: number): string {
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

/** Of a line of which only the beginning and the end are kept: whether the beginning ends inside of quotes. */
function isCutInQuotes({ text }: Line): boolean {
  return quotesIn(text) % 2 === 1
}

/** The kept beginning and end of a very long line, joined where the long field was cut. */
function wholeText(line: Line): string {
  if (line.long === null) return line.text
  const open = isCutInQuotes(line)
  if (!open) return line.text
  // The cut field ends at the first quote of the end that is not doubled.
  const { tail } = line.long
  for (let at = tail.indexOf('"'); at >= 0; at = tail.indexOf('"', at + 2)) {
    if (tail.charAt(at + 1) !== '"') return line.text + tail.slice(at)
  }
  return line.text
}

/** The fields of one record: null for one that is empty. Null where the quotes do not add up. */
export function csvFields(text: string): (string | null)[] | null {
  const fields: (string | null)[] = []
  let at = 0
  for (;;) {
    if (text.charCodeAt(at) === 34) {
      let end = text.indexOf('"', at + 1)
      let doubled = false
      while (end >= 0 && text.charCodeAt(end + 1) === 34) {
        doubled = true
        end = text.indexOf('"', end + 2)
      }
      if (end < 0) return null
      const value = text.slice(at + 1, end)
      fields.push(doubled ? value.replaceAll('""', '"') : value)
      at = end + 1
      if (at < text.length && text.charCodeAt(at) !== 44) return null
    } else {
      const end = text.indexOf(',', at)
      const stop = end < 0 ? text.length : end
      fields.push(stop === at ? null : text.slice(at, stop))
      at = stop
    }
    if (at >= text.length) return fields
    at += 1
  }
}

function partOf(lines: readonly Line[], { offset, number, bytes }: Line): Part {
  const all = lines.length === 1 ? bytes : lines.reduce((sum, line) => sum + line.bytes, 0)
  return { offset, line: number, bytes: all, session: '', before: null, prefix: null }
}

function recordOf(fields: readonly (string | null)[], part: Part): LogRecord | null {
  if (!columnCounts.has(fields.length)) return null
  const severity = severityNamed(fields[11] ?? '')
  const pid = Number(fields[3])
  if (severity === null || !Number.isInteger(pid) || fields[0] == null) return null
  const record = newRecord([part], severity, fields[13] ?? '')
  const text = (index: number): string | null => fields[index] || null
  record.time = fields[0]
  record.user = text(1)
  record.database = text(2)
  record.pid = pid
  record.client = text(4)?.replace(/:\d+$/, '') ?? null
  record.session = text(5)
  record.sqlstate = fields[12] === '00000' ? null : text(12)
  record.detail = text(14)
  record.hint = text(15)
  record.query = text(16)
  record.context = text(18)
  record.statement = text(19)
  record.position = fields[20] == null ? null : Number(fields[20])
  record.location = text(21)
  record.application = text(22)
  record.backendType = text(23)
  record.queryId = fields[25] === '0' ? null : text(25)
  return record
}
