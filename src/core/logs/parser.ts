import { Again } from './again.ts'
import { CsvReader } from './csv.ts'
import { Continuations, type Source } from './entry.ts'
import type { LogEvent } from './event.ts'
import { Finisher } from './finisher.ts'
import { JsonReader } from './json.ts'
import { Lines } from './lines.ts'
import type { ParserOptions } from './options.ts'
import { Order, type Slot } from './order.ts'
import { Pairing } from './pairing.ts'
import type { Part, RecordSink, Refusal } from './record.ts'
import type { ParserState, ParserSummary } from './state.ts'
import { StderrReader } from './stderr.ts'
import { readHeroku, readSyslog, SyslogLines } from './syslog.ts'
import { WrappedLines } from './wrapped.ts'

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
    this.#pairing = new Pairing((record, kind, statement) => this.#finish.begin(record, kind, statement))
    const sink: RecordSink = {
      // The place is taken where the message stands, though it may be read whole only later.
      begins: (offset) => void order?.slot(offset),
      isNone: (offset) => order?.drop(offset),
      record: (record) => {
        this.#counts.records += 1
        this.#pairing.record(record, order?.slot(record.offset) ?? unordered)
      },
      refuse: (refusal) => {
        this.#counts.refused += 1
        if (this.#again === null) refuse({ ...refusal, text: this.#finish.refused(refusal.text) })
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
      this.#pairing.recall(state.sessions)
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
      prepared: this.#finish.prepared,
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
    this.#pairing.restore()
    this.#lines.goTo(state.read, state.line)
    const { bytes, records, refused, others, merged } = state.summary
    this.#counts = { bytes, records, refused, others }
    this.#pairing.merged = merged
    this.#finish.restore(state.summary, state.prepared)
    this.#again = null
  }
}

function sourceOf(
  { format, prefix, writtenBy = null, newHasher }: ParserOptions,
  sink: RecordSink,
): { source: Source; stderr: StderrReader | null } {
  if (format === 'csv') return { source: new CsvReader(sink, newHasher), stderr: null }
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
