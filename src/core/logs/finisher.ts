import type { LogEvent } from './event.ts'
import type { ParserOptions } from './options.ts'
import { own } from './own.ts'
import type { LogRecord } from './record.ts'
import type { ParserSummary } from './state.ts'
import { type Tag, tagOf } from './tag.ts'
import { type Clock, createClock } from './time.ts'

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
export class Finisher {
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
