import type { LogEvent } from './event.ts'
import type { ParserOptions } from './options.ts'
import { own } from './own.ts'
import { maskPlan } from './plans.ts'
import { PreparedSecrets } from './prepared.ts'
import type { LogRecord } from './record.ts'
import { Remembered } from './remembered.ts'
import {
  boundIn,
  literalsIn,
  lookedFor,
  maskAudit,
  maskFrames,
  maskPrepared,
  withoutArguments,
  withoutBound,
  withoutCopied,
  withoutKey,
  withoutRow,
  withoutSetting,
  withoutTexts,
} from './said.ts'
import type { ParserSummary } from './state.ts'
import { type Tag, tagOf } from './tag.ts'
import { type Clock, createClock } from './time.ts'

const namesSecret =
  /pass_?(?:w|phrase|code)|\bpwd|_pwd\b|secret|token|credential|(?:api|access|private|encryption)_?key|crypt|hmac|digest/i

const prepares = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*prepare\b/i

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

/** What is done to each event before it leaves: its time, its tag, its secrets. */
export class Finisher {
  readonly #options: ParserOptions
  readonly #unknownZones = new Set<string>()
  readonly #clock: Clock
  readonly #prepared = new PreparedSecrets()
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
    // An event may leave before the one that began before it: what is prepared is known from its beginning.
    if (statement !== null && prepares.test(statement) && namesSecret.test(statement)) this.#prepared.note(statement)
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

  /** The names of prepared statements about secrets: a state keeps them. */
  get prepared(): string[] {
    return this.#prepared.names()
  }

  restore({ events, kinds, redacted, unknownZones, first, last }: ParserSummary, prepared: readonly string[]): void {
    this.#prepared.restore(prepared)
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
    // What stood before it may be lost, and with it the names of its texts. Where SQL may begin in it nobody knows.
    const sql = text.search(/\b(?:create|alter)\s/i)
    const head = sql < 0 ? '' : text.slice(0, sql)
    const { redact, redactText } = this.#options
    const masked = redactText((head && redact(head).text) + redact(text.slice(head.length)).text)
    return withoutTexts(masked)
  }

  #statement(event: LogEvent): Masked {
    if (event.statement === null) return noSecrets
    const { tag, class: kind, text, secrets, isAboutSecrets: isNamed } = this.#read(event.statement)
    event.tag = tag
    event.class = kind
    // What was prepared stands beside the EXECUTE, or was prepared before.
    const isTold = event.detail !== null && namesSecret.test(event.detail) && /\bexecute\b/i.test(text)
    const fills = isTold || this.#prepared.isExecutedIn(text)
    if (isTold && event.detail !== null) this.#prepared.note(event.detail)
    event.statement = fills ? withoutArguments(text) : text
    const isAboutSecrets = isNamed || fills
    // Which of the values is the secret, a statement does not say.
    const masksValues = event.parameters !== null && isAboutSecrets
    if (secrets.length > 0 || masksValues || fills) this.#redacted += 1
    if (!isAboutSecrets) return secrets.length === 0 ? noSecrets : { secrets, isAboutSecrets }
    const values = [event.context, event.plan].flatMap((said) => (said === null ? [] : boundIn(said)))
    const given = fills ? literalsIn(text) : []
    const repeated = lookedFor([...secrets, ...given, ...(event.parameters ?? []), ...values])
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

  /** What is said about a statement may repeat its secrets. */
  #texts(event: LogEvent, masked: Masked): void {
    if (saidFields.some((field) => event[field] !== null)) this.#maskIn(event, masked)
    if (event.detail !== null && event.kind === 'error') {
      const { detail } = event
      event.detail = masked.isAboutSecrets ? withoutRow(detail) : withoutKey(detail, isNamed)
    }
    // A client may have called itself by its whole connection string.
    if (event.application !== null && event.application !== this.#application) {
      const clean = this.#options.redactText(event.application)
      if (clean === event.application) this.#application = own(clean)
      event.application = clean
    }
    if (event.parameters !== null && !masked.isAboutSecrets) {
      event.parameters = event.parameters.map((value) => (value === null ? null : this.#options.redactText(value)))
    }
  }

  #maskIn(event: LogEvent, { secrets: known, isAboutSecrets }: Masked): void {
    const secrets = [...known]
    const { redact, redactText } = this.#options
    const asSql = (sql: string): string => {
      const { text, secrets: found } = redact(sql)
      secrets.push(...found)
      return text
    }
    // These hold SQL among other things.
    if (event.query !== null) event.query = asSql(event.query)
    if (event.plan !== null) event.plan = maskPlan(event.plan, asSql)
    if (event.context !== null) event.context = maskFrames(event.context, asSql)
    if (event.detail !== null) event.detail = maskPrepared(event.detail, asSql)
    if (event.message !== null) event.message = maskAudit(event.message, asSql, isNamed)
    for (const field of saidFields) {
      const text = event[field]
      if (text === null) continue
      let clean = text
      if (isAboutSecrets && (field === 'context' || field === 'plan')) clean = withoutBound(clean)
      if (field === 'context') clean = withoutCopied(clean, (column) => isAboutSecrets || isNamed(column))
      if (field === 'message') clean = withoutSetting(clean, isNamed)
      clean = redactText(clean)
      for (const secret of secrets) clean = clean.replaceAll(secret, '***')
      event[field] = clean
    }
  }
}

function isNamed(text: string): boolean {
  return namesSecret.test(text)
}

const saidFields = ['message', 'detail', 'hint', 'context', 'query', 'plan'] as const
