import type { Entry } from './entry.ts'
import type { Identity } from './identity.ts'
import type { Prefix, PrefixFields } from './prefix.ts'
import { type LogRecord, newRecord, type Part, type RecordSink } from './record.ts'
import { type Label, wordings } from './wording.ts'

/** Sessions whose last message may still get further lines. */
const mostPending = 4096

/** What the server writes where it does not know a name yet, language by language. */
const unknownNames = new Set([
  '[unknown]',
  '[unbekannt]',
  '[desconocido]',
  '[inconnu]',
  '[sconosciuto]',
  '[不明]',
  '[უცნობი]',
  '[알수없음]',
  '[н/д]',
  '[okänd]',
  '[未知]',
])

/**
 * Makes records of the entries of a stderr log. DETAIL and the like repeat the prefix and belong to the last message
 * of their session, whatever other sessions said in between.
 */
export class StderrReader {
  readonly #prefix: Prefix
  readonly #sink: RecordSink
  /** Messages whose further lines may still come, by session. */
  readonly #pending = new Map<string, LogRecord>()
  readonly #identities = new Map<string, Identity>()
  /** While a state is being restored: what was known of the session of the entry at an offset. */
  #recalled: ReadonlyMap<number, Identity | null> | null = null

  constructor(prefix: Prefix, sink: RecordSink) {
    this.#prefix = prefix
    this.#sink = sink
  }

  readonly entry = (entry: Entry): void => {
    const before = this.#recalled?.get(entry.offset)
    const identityOf = before === undefined ? this.#identityOf : () => before
    const match = this.#prefix.match(entry.head, identityOf)
    if (match === null) {
      if (entry.head !== '' || entry.rest !== '') this.#refuse(entry, 'It does not begin with the prefix of this log.')
      return
    }
    const { fields, mark, ambiguous } = match
    const key = fields.session ?? (fields.pid === null ? '' : String(fields.pid))
    const message = entry.head.slice(mark.end) + entry.rest
    const { offset, line, bytes } = entry
    const part: Part = { offset, line, bytes, session: key, before: identityOf(key) }
    if (mark.label !== null) {
      this.#label(key, mark.label, message, part, entry)
      return
    }
    const record = newRecord(part, mark.severity, message)
    fill(record, fields)
    record.truncated = entry.truncated
    this.#learn(key, fields, ambiguous, message, part.before)
    this.#finish(key)
    this.#sink.begins(offset)
    this.#pending.set(key, record)
    if (this.#pending.size > mostPending) this.#finishOldest()
  }

  end(): void {
    for (const key of [...this.#pending.keys()]) this.#finish(key)
  }

  /** What is known of the sessions, and whose last message may still get further lines. */
  state(): { identities: [string, Identity][]; pending: string[]; parts: Part[] } {
    const parts = [...this.#pending.values()].flatMap((record) => record.parts)
    return { identities: [...this.#identities], pending: [...this.#pending.keys()], parts }
  }

  /** Before the parts of a state are read again: each is read by what was known of its session then. */
  recall(parts: readonly Part[]): void {
    this.#recalled = new Map(parts.map(({ offset, before }) => [offset, before]))
  }

  /** After the parts of a state have been read again. */
  restore({ identities, pending }: { identities: readonly [string, Identity][]; pending: readonly string[] }): void {
    this.#recalled = null
    this.#identities.clear()
    for (const [key, each] of identities) this.#identities.set(key, each)
    for (const key of [...this.#pending.keys()]) if (!pending.includes(key)) this.#finish(key)
  }

  readonly #identityOf = (session: string): Identity | null => this.#identities.get(session) ?? null

  #refuse({ offset, line, head }: Entry, reason: string): void {
    this.#sink.refuse({ offset, line, reason, text: head.slice(0, 200) })
  }

  #label(key: string, label: Label, text: string, part: Part, entry: Entry): void {
    const record = this.#pending.get(key)
    if (record === undefined) {
      this.#refuse(entry, 'It belongs to a message that is not in this log.')
      return
    }
    record[label] = text
    record.parts.push(part)
    record.truncated ??= entry.truncated
  }

  #learn(key: string, fields: PrefixFields, ambiguous: boolean, message: string, known: Identity | null): void {
    if (key === '') return
    if (message.startsWith('disconnection: ')) {
      this.#identities.delete(key)
      return
    }
    // A process id is used again; a host that differs is another session's.
    const before = message.startsWith('connection received: ') ? null : known
    const { user, database, application, client, backendType } = fields
    const learnt =
      before !== null && (ambiguous || isSame(before, fields))
        ? before
        : { user, database, application, client, backendType, tag: null }
    const authorized = message.startsWith('connection authorized: ') ? authorization.exec(message) : null
    const named = authorized === null ? learnt : { ...learnt, application: authorized[1] ?? learnt.application }
    if (named === before) return
    this.#identities.set(key, named)
    if (this.#identities.size > mostPending) this.#identities.delete(this.#identities.keys().next().value ?? '')
  }

  #finish(key: string): void {
    const record = this.#pending.get(key)
    if (record === undefined) return
    this.#pending.delete(key)
    this.#sink.record(finished(record))
  }

  #finishOldest(): void {
    for (const key of this.#pending.keys()) {
      if (this.#pending.size <= mostPending / 2) return
      this.#finish(key)
    }
  }
}

const authorization =
  /^connection authorized: user=[\s\S]*? database=[\s\S]*?(?: application_name=([\s\S]*?))?(?: SSL enabled \(.*\))?$/

function isSame(known: Identity, fields: PrefixFields): boolean {
  return (
    known.user === fields.user &&
    known.database === fields.database &&
    known.application === fields.application &&
    known.client === fields.client &&
    known.backendType === fields.backendType
  )
}

function fill(record: LogRecord, fields: PrefixFields): void {
  record.time = fields.time
  record.pid = fields.pid
  record.session = fields.session
  record.user = known(fields.user)
  record.database = known(fields.database)
  record.application = known(fields.application)
  record.client = fields.client
  record.sqlstate = fields.sqlstate === '00000' ? null : fields.sqlstate
  record.backendType = fields.backendType
  record.queryId = fields.queryId === '0' ? null : fields.queryId
}

function known(name: string | null): string | null {
  return name === null || unknownNames.has(name) ? null : name
}

const positions = Object.values(wordings).map(
  ({ atCharacter }) => new RegExp(`${atCharacter.replace(/[()]/g, '\\$&').replace('%d', '(\\d+)')}$`),
)

/** What the message holds beside its text, where the format has no other place for it. */
function finished(record: LogRecord): LogRecord {
  const { message, location } = record
  // log_error_verbosity = verbose says both.
  if (location !== null && /^[0-9A-Z]{5}: /.test(message)) {
    const state = message.slice(0, 5)
    if (state !== '00000') record.sqlstate = state
    record.message = message.slice(7)
  }
  if (record.statement !== null || record.query !== null) {
    for (const position of positions) {
      const found = position.exec(record.message)
      if (found === null) continue
      record.position = Number(found[1])
      record.message = record.message.slice(0, found.index)
      break
    }
  }
  return record
}
