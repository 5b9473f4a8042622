import { Again } from './again.ts'
import { CsvReader } from './csv.ts'
import { Continuations, type Source } from './entry.ts'
import type { LogEvent } from './event.ts'
import { JsonReader } from './json.ts'
import { type Hasher, Lines } from './lines.ts'
import { Order, type Slot } from './order.ts'
import { own } from './own.ts'
import { Pairing } from './pairing.ts'
import type { LogRecord, Part, RecordSink, Refusal } from './record.ts'
import type { LogFormat, ParserState, ParserSummary } from './state.ts'
import { StderrReader } from './stderr.ts'
import { readHeroku, readSyslog, SyslogLines } from './syslog.ts'
import { type Tag, tagOf } from './tag.ts'
import { type Clock, createClock } from './time.ts'
import { WrappedLines } from './wrapped.ts'

export interface ParserOptions {
  format: LogFormat
  /** `log_line_prefix`, of formats that have one. */
  prefix: string
  /** An IANA name or an offset, where the log's own abbreviations do not tell; null to go by them. */
  timeZone: string | null
  /** When the log was last written, ISO 8601: syslog’s days have no year. Null where nobody knows. */
  writtenBy?: string | null
  /** Masks the secrets in a statement, and says what they were: they may stand in what is said about it. */
  redact: (sql: string) => { text: string; secrets: readonly string[] }
  /** Masks what looks like a secret in a text that is no SQL. */
  redactText: (text: string) => string
  newHasher: () => Hasher
  /** Events in the order of the log; otherwise as they end, which is what `state` is for. */
  inOrder: boolean
}

/** Bytes in, events out: the log of one server, in pieces of any size. */
export class LogParser {
  readonly #options: ParserOptions
  readonly #lines: Lines
  readonly #source: Source
  /** Of formats that have a prefix. */
  readonly #stderr: StderrReader | null
  readonly #pairing: Pairing
  readonly #finish: Finisher
  #counts = { bytes: 0, records: 0, refused: 0, others: 0 }
  #again: Again | null

  /** @param state where another parser of the same options stopped: bytes are expected from its `from` on */
  constructor(
    options: ParserOptions,
    use: (event: LogEvent) => void,
    refuse: (refusal: Refusal) => void,
    state: ParserState | null = null,
  ) {
    this.#options = options
    this.#finish = new Finisher(options)
    this.#again = state === null ? null : new Again(state)
    const finished = (event: LogEvent): void => {
      // What is read again has been told, but for what is still open.
      if (this.#again === null) use(this.#finish.event(event))
    }
    const order = options.inOrder ? new Order(finished) : null
    const unordered: Slot = { fill: finished, drop: () => undefined }
    this.#pairing = new Pairing((record, kind) => this.#finish.begin(record, kind))
    // The place is taken where the message stands, though it may be read whole only later.
    const places = new Map<number, Slot>()
    const sink: RecordSink = {
      begins: (offset) => {
        if (order !== null && !places.has(offset)) places.set(offset, order.slot())
      },
      isNone: (offset) => {
        places.get(offset)?.drop()
        places.delete(offset)
      },
      record: (record) => {
        this.#counts.records += 1
        const slot = places.get(record.offset) ?? order?.slot() ?? unordered
        places.delete(record.offset)
        this.#pairing.record(record, slot)
      },
      refuse: (refusal) => {
        this.#counts.refused += 1
        if (this.#again === null) refuse({ ...refusal, text: options.redactText(refusal.text) })
      },
      other: () => {
        this.#counts.others += 1
      },
    }
    const { source, stderr } = sourceOf(options, sink)
    this.#source = source
    this.#stderr = stderr
    this.#lines = new Lines(source.line, options.newHasher)
    if (state !== null) {
      this.#pairing.restore(state.sessions)
      this.#stderr?.recall(state.parts)
      this.#goOn()
    }
  }

  push(chunk: Uint8Array): void {
    const more = this.#again === null ? chunk : this.#readAgain(this.#again, chunk)
    this.#counts.bytes += more.length
    this.#lines.push(more)
  }

  /** The log ends here: what is still open is an event as it stands. Nothing can follow. */
  end(): ParserSummary {
    if (this.#again !== null) throw new Error('The log ends before the byte at which its reading had stopped.')
    this.#lines.end()
    this.#source.end()
    this.#stderr?.end()
    this.#pairing.end()
    return this.summary()
  }

  summary(): ParserSummary {
    return { ...this.#counts, merged: this.#pairing.merged, ...this.#finish.summary() }
  }

  /**
   * How far the log has been read: a parser that is made with it tells what this one has not told, and no more.
   * Events in the order of the log are held back, and cannot be gone on with.
   */
  state(): ParserState {
    if (this.#options.inOrder) throw new Error('A parser that puts events in order has no state to go on from.')
    if (this.#again !== null) return this.#again.state
    const { format, prefix, timeZone, writtenBy = null } = this.#options
    const read = this.#stderr?.begun ?? this.#source.begun ?? this.#lines.place
    const { sessions, parts: open } = this.#pairing.state()
    const stderr = this.#stderr?.state() ?? { prefixes: null, identities: [], pending: [], parts: [] }
    const { keys, places } = this.#source.gathering ?? { keys: [], places: [] }
    const gathering = places.map((place): Part => ({ ...place, session: '', before: null, prefix: null }))
    const parts = [...open, ...stderr.parts, ...gathering].sort((one, other) => one.offset - other.offset)
    return {
      version: 1,
      format,
      prefix,
      timeZone,
      writtenBy,
      from: parts[0]?.offset ?? read.offset,
      read: read.offset,
      line: read.line,
      parts,
      prefixes: stderr.prefixes,
      identities: stderr.identities,
      pending: stderr.pending,
      gathering: keys,
      sessions,
      summary: { ...this.summary(), bytes: read.offset },
    }
  }

  /** Reads again what was open, and says what of the chunk is new. */
  #readAgain(again: Again, chunk: Uint8Array): Uint8Array {
    let rest = chunk
    while (rest.length > 0) {
      const { part, piece, left, isBegun, isEnded } = again.next(rest)
      rest = left
      if (part === null) break
      if (isBegun) this.#lines.goTo(part.offset, part.line)
      this.#lines.push(piece)
      if (isEnded) this.#source.endPart()
    }
    this.#goOn()
    return rest
  }

  /** Where all that was open has been read again, the log goes on. */
  #goOn(): void {
    if (this.#again?.isDone !== true) return
    const { state } = this.#again
    this.#source.restore?.(state.gathering)
    this.#stderr?.restore(state)
    this.#pairing.restore(state.sessions)
    this.#lines.goTo(state.read, state.line)
    const { bytes, records, refused, others, merged } = state.summary
    this.#counts = { bytes, records, refused, others }
    this.#pairing.merged = merged
    this.#finish.restore(state.summary)
    this.#again = null
  }
}

function sourceOf(
  { format, prefix, writtenBy = null, newHasher }: ParserOptions,
  sink: RecordSink,
): { source: Source; stderr: StderrReader | null } {
  if (format === 'csv') return { source: new CsvReader(sink), stderr: null }
  if (format === 'json' || format === 'cloudnativepg') return { source: new JsonReader(format, sink), stderr: null }
  const stderr = new StderrReader(prefix, sink, format !== 'syslog' && format !== 'heroku')
  const { entry } = stderr
  switch (format) {
    case 'stderr':
      return { source: new Continuations(entry, sink, newHasher), stderr }
    case 'syslog':
      return {
        source: new SyslogLines((line) => readSyslog(line, writtenBy), stderr.begins, entry, sink, newHasher),
        stderr,
      }
    case 'heroku':
      return { source: new SyslogLines(readHeroku, stderr.begins, entry, sink, newHasher), stderr }
    default:
      return { source: new WrappedLines(format, entry, sink, newHasher), stderr }
  }
}

const namesSecret =
  /pass_?(?:w|phrase|code)|\bpwd|_pwd\b|secret|token|credential|(?:api|access|private|encryption)_?key|crypt|hmac|digest/i

/** Statements that were read lately: a busy log repeats itself. */
const mostRemembered = 2_000
const longestRemembered = 10_000

interface ReadStatement extends Tag {
  text: string
  secrets: readonly string[]
  isAboutSecrets: boolean
}

/** A text without any of these holds nothing that could be found to be a secret. */
const secretHint = /pass|pwd|secret|token|credential|key|:\/\//i

/** What is done to each event before it leaves: its time, its tag, its secrets. */
class Finisher {
  readonly #options: ParserOptions
  readonly #unknownZones = new Set<string>()
  readonly #clock: Clock
  readonly #remembered = new Map<string, ReadStatement>()
  #kinds: Partial<Record<LogEvent['kind'], number>> = {}
  #events = 0
  #redacted = 0
  #first: string | null = null
  #last: string | null = null

  constructor(options: ParserOptions) {
    this.#options = options
    this.#clock = createClock(options.timeZone, this.#unknownZones)
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

  restore({ events, kinds, redacted, unknownZones, first, last }: ParserSummary): void {
    this.#events = events
    this.#kinds = { ...kinds }
    this.#redacted = redacted
    for (const zone of unknownZones) this.#unknownZones.add(zone)
    this.#first = first
    this.#last = last
  }

  summary(): Pick<ParserSummary, 'events' | 'kinds' | 'redacted' | 'unknownZones' | 'first' | 'last'> {
    return {
      events: this.#events,
      kinds: { ...this.#kinds },
      redacted: this.#redacted,
      unknownZones: [...this.#unknownZones],
      first: this.#first,
      last: this.#last,
    }
  }

  #statement(event: LogEvent): readonly string[] {
    if (event.statement === null) return []
    const { tag, class: kind, text, secrets, isAboutSecrets } = this.#read(event.statement)
    event.statement = text
    event.tag = tag
    event.class = kind
    // Which of the values is the secret, a statement does not say.
    const masksValues = event.parameters !== null && isAboutSecrets
    if (masksValues) event.parameters = event.parameters?.map((value) => (value === null ? null : '***')) ?? null
    if (secrets.length > 0 || masksValues) this.#redacted += 1
    return secrets
  }

  #read(cut: string): ReadStatement {
    const known = this.#remembered.get(cut)
    if (known !== undefined) return known
    const statement = cut.length <= longestRemembered ? own(cut) : cut
    const { text, secrets } = this.#options.redact(statement)
    const read = { ...tagOf(statement), text, secrets, isAboutSecrets: namesSecret.test(text) }
    if (statement.length <= longestRemembered) {
      if (this.#remembered.size >= mostRemembered) this.#remembered.clear()
      this.#remembered.set(statement, read)
    }
    return read
  }

  #redactText(text: string): string {
    return secretHint.test(text) ? this.#options.redactText(text) : text
  }

  /** What is said about a statement may repeat its secrets. */
  #texts(event: LogEvent, secrets: readonly string[]): void {
    for (const field of ['message', 'detail', 'hint', 'context', 'query', 'plan'] as const) {
      const text = event[field]
      if (text === null) continue
      let clean = this.#redactText(text)
      for (const secret of secrets) clean = clean.replaceAll(secret, '***')
      event[field] = clean
    }
    if (event.parameters !== null) {
      event.parameters = event.parameters.map((value) => (value === null ? null : this.#redactText(value)))
    }
  }
}
