import { type Entry, Gathering, type Source } from './entry.ts'
import { hasMark } from './labels.ts'
import type { Hasher, Line } from './lines.ts'
import { Pending } from './pending.ts'
import type { Place, RecordSink } from './record.ts'

/** What stands before the server's own text in a line of a syslog daemon, or of Heroku. */
export interface SyslogHeader {
  /** As a prefix would have it; null where the day has no year that can be known. */
  time: string | null
  program: string
  pid: number
  text: string
}

/** `Nov 21 10:00:00 host postgres[7]: `, with the priority before it where a daemon was told to write it. */
const bsd = /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (?:\S+ )?([^\s[\]:]{1,64})\[(\d{1,9})\]: /

const isoTime = '(\\d{4}-\\d\\d-\\d\\d)T(\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?)\\d*(Z|[+-]\\d\\d:?\\d\\d)'

/** The same with a time of ISO 8601. */
const iso = new RegExp(`^(?:<\\d{1,3}>)?${isoTime} (?:\\S+ )?([^\\s[\\]:]{1,64})\\[(\\d{1,9})\\]: `)

/** RFC 5424; what is structured is passed over. */
const rfc5424 = new RegExp(
  `^(?:\\d{1,6} )?<\\d{1,3}>1 ${isoTime} \\S+ (\\S{1,64}) (\\d{1,9}) \\S+ (?:-|(?:\\[[^\\]]*\\])+) (?:\ufeff)?`,
)

/** What journalctl says between the lines of the journal. */
const ofJournal = /^-- (?:Journal begins at|Logs begin at|Boot|Reboot|No entries) ?.*--$/

/** `heroku logs`, and what a drain of Heroku's gets; the colour is the database's name. */
const heroku = new RegExp(`^${isoTime} (app)\\[postgres\\.(\\d{1,9})\\]: \\[\\w+\\] `)
const drain = new RegExp(`^(?:\\d{1,6} )?<\\d{1,3}>1 ${isoTime} \\S+ (app) postgres\\.(\\d{1,9}) - \\[\\w+\\] `)
/** Of Heroku's own programs, and of applications. */
const herokuOther = new RegExp(
  `^${isoTime} (?:app|heroku)\\[|^(?:\\d{1,6} )?<\\d{1,3}>1 ${isoTime} \\S+ (?:app|heroku) `,
)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** What a daemon makes of control characters: their number in three octal digits. */
const escaped = /#(0[0-3][0-7])/g

/** @param writtenBy ISO: days without a year are the last such ones before it; null where nobody knows */
export function readSyslog(line: string, writtenBy: string | null): SyslogHeader | 'other' | null {
  const short = bsd.exec(line)
  if (short !== null) {
    const [whole, month = '', day = '', clock = '', program = '', pid] = short
    const date = dated(months.indexOf(month) + 1, Number(day), writtenBy)
    // A zone is not written; `local` is none that could be guessed.
    const time = date === null ? null : `${date} ${clock} local`
    return { time, program, pid: Number(pid), text: line.slice(whole.length) }
  }
  return readDated(iso, line) ?? readDated(rfc5424, line) ?? (ofJournal.test(line) ? 'other' : null)
}

/** Lines of other programs, which stand in a log of Heroku's too, are `other`; null is no line of such a log. */
export function readHeroku(line: string): SyslogHeader | 'other' | null {
  return readDated(heroku, line) ?? readDated(drain, line) ?? (herokuOther.test(line) ? 'other' : null)
}

function readDated(pattern: RegExp, line: string): SyslogHeader | null {
  const found = pattern.exec(line)
  if (found === null) return null
  const [whole, date = '', clock = '', zone = '', program = '', pid] = found
  const offset = zone === 'Z' ? 'UTC' : zone
  return { time: `${date} ${clock} ${offset}`, program, pid: Number(pid), text: line.slice(whole.length) }
}

/** The last such day before the log was written; a clock may be a little ahead. */
function dated(month: number, day: number, writtenBy: string | null): string | null {
  if (month === 0 || writtenBy === null) return null
  const last = new Date(Date.parse(writtenBy) + 86_400_000).toISOString().slice(0, 10)
  const rest = `-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  const year = Number(last.slice(0, 4))
  return `${year}${rest}` <= last ? `${year}${rest}` : `${year - 1}${rest}`
}

/** The number of a message, and of its piece: `[5-2] `; a message that was not cut has `[5] `, or nothing. */
const numbered = /^\[(\d{1,12})(?:-(\d{1,9}))?\] ?/

interface Open {
  readonly gathering: Gathering
  readonly sequence: string | null
  piece: number
}

/** Processes whose last message may still go on. */
const mostOpen = 1024

/**
 * Puts together what went through syslog: the server cuts a message at its line ends and behind 900 bytes, and the
 * lines of other processes and other programs stand between the pieces.
 */
export class SyslogLines implements Source {
  readonly begun = null
  readonly #read: (line: string) => SyslogHeader | 'other' | null
  readonly #begins: (text: string) => boolean
  readonly #use: (entry: Entry) => void
  readonly #sink: RecordSink
  readonly #newHasher: () => Hasher
  readonly #open = new Pending<Open>()

  /** @param begins whether a text begins as the server's own lines do, with their prefix */
  constructor(
    read: (line: string) => SyslogHeader | 'other' | null,
    begins: (text: string) => boolean,
    use: (entry: Entry) => void,
    sink: RecordSink,
    newHasher: () => Hasher,
  ) {
    this.#read = read
    this.#begins = begins
    this.#use = use
    this.#sink = sink
    this.#newHasher = newHasher
  }

  readonly line = (line: Line): void => {
    if (line.text === '') return
    const header = this.#read(line.text)
    if (header === 'other') {
      this.#sink.other()
      return
    }
    if (header === null) {
      const { offset, number, text } = line
      const reason = 'It does not begin as a line of this log does.'
      this.#sink.refuse({ offset, line: number, reason, text: text.slice(0, 200) })
      return
    }
    this.#piece(header, line)
  }

  get gathering(): { keys: string[]; places: Place[] } {
    const keys = this.#open.keys()
    const places = keys.flatMap((key) => this.#open.get(key)?.gathering.entry.places ?? [])
    return { keys, places }
  }

  endPart(): void {
    // A line is a part of its own.
  }

  restore(keys: readonly string[]): void {
    for (const key of this.#open.keys()) if (!keys.includes(key)) this.#finish(key)
  }

  end(): void {
    this.restore([])
  }

  #piece({ time, program, pid, text: raw }: SyslogHeader, line: Line): void {
    const key = `${program}[${pid}]`
    const numbers = numbered.exec(raw)
    const text = raw
      .slice(numbers?.[0].length ?? 0)
      .replace(escaped, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    const open = this.#open.get(key)
    const isNext = open !== null && continues(numbers, text, open)
    if (isNext && (text.startsWith('\t') || !this.#begins(text))) {
      open.gathering.add(text.startsWith('\t') ? `\n${text.slice(1)}` : text, line)
      open.gathering.entry.places.push({ offset: line.offset, line: line.number, bytes: line.bytes })
      open.piece += 1
      return
    }
    this.#finish(key)
    if (!isNext && !/postgres|pgsql/i.test(program) && program !== 'app' && !hasMark(text)) {
      this.#sink.other()
      return
    }
    // Where line feeds were escaped rather than cut at, a message is whole.
    const end = text.indexOf('\n')
    const gathering = new Gathering(end < 0 ? text : text.slice(0, end), line, { time, pid }, this.#newHasher)
    if (end >= 0) gathering.add(text.slice(end).replaceAll('\n\t', '\n'), line)
    this.#sink.begins(line.offset)
    // DETAIL and the like are pieces of the same message.
    this.#open.put(key, { gathering, sequence: numbers?.[1] ?? null, piece: isNext ? open.piece + 1 : 1 })
    if (this.#open.size > mostOpen) this.#finish(this.#open.oldest ?? '')
  }

  #finish(key: string): void {
    const open = this.#open.take(key)
    if (open !== null) this.#use(open.gathering.finished())
  }
}

/** Is it the next piece of what is open? */
function continues(numbers: RegExpExecArray | null, text: string, { sequence, piece }: Open): boolean {
  if (numbers === null) return false
  const [, first, second] = numbers
  if (second !== undefined) return first === sequence && Number(second) === piece + 1
  // Without numbers of messages (`syslog_sequence_numbers = off`) a piece has its own alone, and begins with a blank.
  return Number(first) === piece + 1 && /^\s/.test(text)
}
