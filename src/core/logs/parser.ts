import { CsvReader } from './csv.ts'
import type { LogEvent } from './event.ts'
import { JsonReader } from './json.ts'
import { type Hasher, Lines } from './lines.ts'
import { Order, type Slot } from './order.ts'
import { Pairing } from './pairing.ts'
import { compilePrefix } from './prefix.ts'
import type { LogRecord, RecordSink, Refusal } from './record.ts'
import { StderrReader } from './stderr.ts'
import { type Tag, tagOf } from './tag.ts'
import { type Clock, createClock } from './time.ts'

export type LogFormat = 'stderr' | 'csv' | 'json'

export interface ParserOptions {
  format: LogFormat
  /** `log_line_prefix`, of stderr alone. */
  prefix: string
  /** An IANA name or an offset, where the log's own abbreviations do not tell; null to go by them. */
  timeZone: string | null
  /** Masks the secrets in a statement, and says what they were: they may stand in what is said about it. */
  redact: (sql: string) => { text: string; secrets: readonly string[] }
  /** Masks what looks like a secret in a text that is no SQL. */
  redactText: (text: string) => string
  newHasher: () => Hasher
}

export interface ParserSummary {
  bytes: number
  /** Messages that were read. */
  records: number
  events: number
  kinds: Partial<Record<LogEvent['kind'], number>>
  /** Messages that became a part of an operation that another one began. */
  merged: number
  redacted: number
  refused: number
  /** Abbreviations of zones that do not say which one they mean: their times are missing. */
  unknownZones: string[]
  first: string | null
  last: string | null
}

/** Bytes in, events out: the log of one server, in pieces of any size. */
export class LogParser {
  readonly #lines: Lines
  readonly #reader: StderrReader | CsvReader | JsonReader
  readonly #pairing: Pairing
  readonly #order: Order
  readonly #finish: Finisher
  readonly #counts = { bytes: 0, records: 0, refused: 0 }

  constructor(options: ParserOptions, use: (event: LogEvent) => void, refuse: (refusal: Refusal) => void) {
    this.#finish = new Finisher(options)
    this.#order = new Order((event) => use(this.#finish.event(event)))
    this.#pairing = new Pairing((record, kind) => this.#finish.begin(record, kind))
    // The place is taken where the message stands, though it may be read whole only later.
    const places = new Map<number, Slot>()
    const sink: RecordSink = {
      begins: (offset) => void places.set(offset, this.#order.slot()),
      record: (record) => {
        this.#counts.records += 1
        const slot = places.get(record.offset) ?? this.#order.slot()
        places.delete(record.offset)
        this.#pairing.record(record, slot)
      },
      refuse: (refusal) => {
        this.#counts.refused += 1
        refuse({ ...refusal, text: options.redactText(refusal.text) })
      },
    }
    this.#reader = readerOf(options, sink)
    this.#lines = new Lines(this.#reader.line, options.newHasher)
  }

  push(chunk: Uint8Array): void {
    this.#counts.bytes += chunk.length
    this.#lines.push(chunk)
  }

  /** The log ends here: what is still open is an event as it stands. */
  end(): ParserSummary {
    this.#lines.end()
    this.#reader.end()
    this.#pairing.end()
    return this.summary()
  }

  summary(): ParserSummary {
    return { ...this.#counts, merged: this.#pairing.merged, ...this.#finish.summary() }
  }
}

function readerOf(
  { format, prefix, newHasher }: ParserOptions,
  sink: RecordSink,
): StderrReader | CsvReader | JsonReader {
  switch (format) {
    case 'stderr':
      return new StderrReader(compilePrefix(prefix), sink, newHasher)
    case 'csv':
      return new CsvReader(sink)
    case 'json':
      return new JsonReader(sink)
  }
}

const namesSecret =
  /pass_?(?:w|phrase|code)|\bpwd|_pwd\b|secret|token|credential|(?:api|access|private|encryption)_?key|crypt|hmac|digest/i

/** Statements that were read lately: a busy log repeats itself. */
const mostRemembered = 2_000
const longestRemembered = 10_000

/** What is done to each event before it leaves: its time, its tag, its secrets. */
class Finisher {
  readonly #options: ParserOptions
  readonly #clock: Clock
  readonly #remembered = new Map<string, Tag & { text: string; secrets: readonly string[] }>()
  readonly #kinds: Partial<Record<LogEvent['kind'], number>> = {}
  #events = 0
  #redacted = 0
  #first: string | null = null
  #last: string | null = null

  constructor(options: ParserOptions) {
    this.#options = options
    this.#clock = createClock(options.timeZone)
  }

  begin(record: LogRecord, kind: LogEvent['kind']): LogEvent {
    return {
      kind,
      time: record.time === null ? null : this.#clock.read(record.time),
      session: record.session ?? (record.pid === null ? null : String(record.pid)),
      pid: record.pid,
      user: record.user,
      database: record.database,
      application: record.application,
      client: record.client,
      severity: record.severity,
      sqlstate: record.sqlstate,
      message: record.message,
      statement: record.statement,
      protocol: null,
      name: null,
      parameters: null,
      duration_ms: null,
      parse_ms: null,
      bind_ms: null,
      detail: record.detail,
      hint: record.hint,
      context: record.context,
      query: record.query,
      location: record.location,
      position: record.position,
      rows: null,
      tag: null,
      class: null,
      plan: null,
      backend_type: record.backendType,
      query_id: record.queryId,
      truncated: record.truncated,
      byte_offset: record.offset,
      line: record.line,
    }
  }

  event(event: LogEvent): LogEvent {
    this.#events += 1
    this.#kinds[event.kind] = (this.#kinds[event.kind] ?? 0) + 1
    if (event.time !== null) {
      this.#first ??= event.time
      this.#last = event.time
    }
    const secrets = this.#statement(event)
    this.#texts(event, secrets)
    return event
  }

  summary(): Pick<ParserSummary, 'events' | 'kinds' | 'redacted' | 'unknownZones' | 'first' | 'last'> {
    return {
      events: this.#events,
      kinds: { ...this.#kinds },
      redacted: this.#redacted,
      unknownZones: [...this.#clock.unknownZones],
      first: this.#first,
      last: this.#last,
    }
  }

  #statement(event: LogEvent): readonly string[] {
    if (event.statement === null) return []
    const { tag, class: kind, text, secrets } = this.#read(event.statement)
    event.statement = text
    event.tag = tag
    event.class = kind
    // Which of the values is the secret, a statement does not say.
    const masksValues = event.parameters !== null && namesSecret.test(text)
    if (masksValues) event.parameters = event.parameters?.map((value) => (value === null ? null : '***')) ?? null
    if (secrets.length > 0 || masksValues) this.#redacted += 1
    return secrets
  }

  #read(statement: string): Tag & { text: string; secrets: readonly string[] } {
    const known = this.#remembered.get(statement)
    if (known !== undefined) return known
    const read = { ...tagOf(statement), ...this.#options.redact(statement) }
    if (statement.length <= longestRemembered) {
      if (this.#remembered.size >= mostRemembered) this.#remembered.clear()
      this.#remembered.set(statement, read)
    }
    return read
  }

  /** What is said about a statement may repeat its secrets. */
  #texts(event: LogEvent, secrets: readonly string[]): void {
    for (const field of ['message', 'detail', 'hint', 'context', 'query', 'plan'] as const) {
      const text = event[field]
      if (text === null) continue
      let clean = this.#options.redactText(text)
      for (const secret of secrets) clean = clean.replaceAll(secret, '***')
      event[field] = clean
    }
    if (event.parameters !== null) {
      event.parameters = event.parameters.map((value) => (value === null ? null : this.#options.redactText(value)))
    }
  }
}
