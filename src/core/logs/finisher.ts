import type { LogEvent } from './event.ts'
import type { ParserOptions } from './options.ts'
import { own } from './own.ts'
import type { LogRecord } from './record.ts'
import { Remembered } from './remembered.ts'
import { boundIn, lookedFor, withoutArguments, withoutBound, withoutKey, withoutRow } from './said.ts'
import type { ParserSummary } from './state.ts'
import { type Tag, tagOf } from './tag.ts'
import { type Clock, createClock } from './time.ts'

const namesSecret =
  /pass_?(?:w|phrase|code)|\bpwd|_pwd\b|secret|token|credential|(?:api|access|private|encryption)_?key|crypt|hmac|digest/i

/** What was found in a statement, to be masked in what is said about it. */
interface Masked {
  secrets: readonly string[]
  isAboutSecrets: boolean
}

const noSecrets: Masked = { secrets: [], isAboutSecrets: false }

interface ReadStatement extends Tag {
  text: string
  secrets: readonly string[]
  isAboutSecrets: boolean
}

/** A text without any of these holds nothing that could be found to be a secret. */
const secretHint = /pass|pwd|secret|token|credential|key|:\/\//i

/**
 * A frame of CONTEXT: one that has a quoted name within its line, or one whose end is a quoted statement, of which these are
 * the label and the statement. The quotation marks are those of the server's language.
 */
const frame =
  /^[^"„“”«»\n]*["„“”«»][^"„“”«»\n]*["„“”«»][^"„“”«»\n]+$|^([^"„“”«»\n]*["„“”«»])([\s\S]+?)(?=["„“”«»](?:\n|$))/gm

/** What is done to each event before it leaves: its time, its tag, its secrets. */
export class Finisher {
  readonly #options: ParserOptions
  readonly #unknownZones = new Set<string>()
  readonly #clock: Clock
  readonly #remembered = new Remembered<ReadStatement>()
  /** What a client called itself last, where that holds no secret. */
  #application = ''
  #kinds: Partial<Record<LogEvent['kind'], number>> = {}
  #events = 0
  #redacted = 0
  #first: string | null = null
  #last: string | null = null

  constructor(options: ParserOptions) {
    this.#options = options
    this.#clock = createClock(options.timeZone, this.#unknownZones)
  }

  begin(record: LogRecord, kind: LogEvent['kind'], statement: string | null): LogEvent {
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
      statement,
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

  /** A line that could not be read may be SQL, or hold it. */
  refused(text: string): string {
    return secretHint.test(text) ? this.#options.redactText(this.#options.redact(text).text) : text
  }

  #statement(event: LogEvent): Masked {
    if (event.statement === null) return noSecrets
    const { tag, class: kind, text, secrets, isAboutSecrets: isNamed } = this.#read(event.statement)
    event.tag = tag
    event.class = kind
    // What was prepared stands beside the EXECUTE.
    const fills = event.detail !== null && namesSecret.test(event.detail) && /\bexecute\b/i.test(text)
    event.statement = fills ? withoutArguments(text) : text
    const isAboutSecrets = isNamed || fills
    // Which of the values is the secret, a statement does not say.
    const masksValues = event.parameters !== null && isAboutSecrets
    if (secrets.length > 0 || masksValues || fills) this.#redacted += 1
    if (!isAboutSecrets) return secrets.length === 0 ? noSecrets : { secrets, isAboutSecrets }
    const values = [event.context, event.plan].flatMap((said) => (said === null ? [] : boundIn(said)))
    const repeated = lookedFor([...secrets, ...(event.parameters ?? []), ...values])
    event.parameters = event.parameters?.map((value) => (value === null ? null : '***')) ?? null
    return { secrets: repeated, isAboutSecrets }
  }

  #read(cut: string): ReadStatement {
    const known = this.#remembered.get(cut)
    if (known !== undefined) return known
    const isKept = this.#remembered.comesAgain(cut)
    const statement = isKept ? own(cut) : cut
    const { text, secrets } = this.#options.redact(statement)
    const { tag, class: kind } = tagOf(statement)
    const read: ReadStatement = { tag, class: kind, text, secrets, isAboutSecrets: namesSecret.test(text) }
    if (isKept) this.#remembered.set(statement, read)
    return read
  }

  #redactText(text: string): string {
    return secretHint.test(text) ? this.#options.redactText(text) : text
  }

  /** Frames of CONTEXT that are SQL: in it, a secret may stand under no name, as in the rows of an insert. */
  #redactFrames(context: string): string {
    if (!secretHint.test(context)) return context
    // Behind the last end of a frame, each line that could begin one would be read to the end of all, in vain.
    const end = lastEnd(context)
    const frames = context
      .slice(0, end)
      .replace(frame, (whole, label?: string, sql?: string) =>
        label === undefined || sql === undefined ? whole : label + this.#options.redact(sql).text,
      )
    return frames + context.slice(end)
  }

  /** What is said about a statement may repeat its secrets. */
  #texts(event: LogEvent, masked: Masked): void {
    if (masked.secrets.length > 0 || masked.isAboutSecrets || saysSecret(event)) this.#maskIn(event, masked)
    if (event.detail !== null && event.kind === 'error') {
      const { detail } = event
      event.detail = masked.isAboutSecrets
        ? withoutRow(detail)
        : withoutKey(detail, (columns) => namesSecret.test(columns))
    }
    // A client may have called itself by its whole connection string.
    if (event.application !== null && event.application !== this.#application) {
      const clean = this.#redactText(event.application)
      if (clean === event.application) this.#application = own(clean)
      event.application = clean
    }
    if (event.parameters?.some((value) => value !== null && secretHint.test(value)) === true) {
      event.parameters = event.parameters.map((value) => (value === null ? null : this.#redactText(value)))
    }
  }

  #maskIn(event: LogEvent, { secrets: known, isAboutSecrets }: Masked): void {
    const secrets = [...known]
    // These two are SQL, or begin with it.
    for (const field of ['query', 'plan'] as const) {
      const text = event[field]
      if (text === null || !secretHint.test(text)) continue
      const redacted = this.#options.redact(text)
      event[field] = redacted.text
      secrets.push(...redacted.secrets)
    }
    for (const field of ['message', 'detail', 'hint', 'context', 'query', 'plan'] as const) {
      const text = event[field]
      if (text === null) continue
      let clean = this.#redactText(field === 'context' ? this.#redactFrames(text) : text)
      if (isAboutSecrets && (field === 'context' || field === 'plan')) clean = withoutBound(clean)
      for (const secret of secrets) clean = clean.replaceAll(secret, '***')
      event[field] = clean
    }
  }
}

/** Behind the last quotation mark that ends its line; 0 where none does. */
function lastEnd(context: string): number {
  for (let end = context.length; end > 0; end = context.lastIndexOf('\n', end - 1)) {
    if (/["„“”«»]/.test(context.charAt(end - 1))) return end
  }
  return 0
}

/** Could anything that is said about a statement be a secret? */
function saysSecret({ message, detail, hint, context, query, plan }: LogEvent): boolean {
  return hintsAt(message) || hintsAt(detail) || hintsAt(hint) || hintsAt(context) || hintsAt(query) || hintsAt(plan)
}

function hintsAt(text: string | null): boolean {
  return text !== null && secretHint.test(text)
}
