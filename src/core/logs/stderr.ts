import type { Hasher, Line } from './lines.ts'
import type { Identity, Prefix, PrefixFields } from './prefix.ts'
import { type LogRecord, newRecord, type RecordSink } from './record.ts'
import { type Label, wordings } from './wording.ts'

/** What of one field is kept, in characters; the whole length is told. */
export const longestField = 1_048_576

/** Sessions whose last message may still get further lines. */
const mostPending = 4096

/** A message whose further lines may still come, with its further lines' last field. */
interface Pending {
  readonly record: LogRecord
  readonly key: string
  field: Label | 'message'
  /** Of a field that is longer than what is kept of it. */
  hasher: Hasher | null
}

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
 * Puts the lines of a stderr log together. A continuation begins with a tab; DETAIL and the like repeat the prefix
 * and belong to the last message of their session, whatever other sessions said in between.
 */
export class StderrReader {
  readonly #prefix: Prefix
  readonly #sink: RecordSink
  readonly #newHasher: () => Hasher
  readonly #pending = new Map<string, Pending>()
  readonly #identities = new Map<string, Identity>()
  #last: Pending | null = null
  /** A line that was refused goes on in the lines that begin with a tab. */
  #isRefusing = false

  constructor(prefix: Prefix, sink: RecordSink, newHasher: () => Hasher) {
    this.#prefix = prefix
    this.#sink = sink
    this.#newHasher = newHasher
  }

  readonly line = (line: Line): void => {
    const { text } = line
    if (text.charCodeAt(0) === 9) {
      if (this.#last !== null && !this.#isRefusing) this.#extend(this.#last, `\n${text.slice(1)}`, line)
      return
    }
    const match = this.#prefix.match(text, this.#identityOf)
    if (match === null) {
      this.#isRefusing = text !== ''
      if (text !== '')
        this.#sink.refuse({
          ...place(line),
          reason: 'It does not begin with the prefix of this log.',
          text: text.slice(0, 200),
        })
      return
    }
    this.#isRefusing = false
    const { fields, mark, ambiguous } = match
    const key = fields.session ?? (fields.pid === null ? '' : String(fields.pid))
    const rest = text.slice(mark.end)
    if (mark.label !== null) {
      this.#label(key, mark.label, rest, line)
      return
    }
    const record = newRecord(line.offset, line.number, mark.severity, rest)
    fill(record, fields)
    if (line.long !== null) record.truncated = { bytes: line.long.bytes, sha256: line.long.sha256 }
    this.#learn(key, fields, ambiguous, rest)
    this.#finish(key)
    this.#sink.begins(line.offset)
    this.#last = { record, key, field: 'message', hasher: null }
    this.#pending.set(key, this.#last)
    if (this.#pending.size > mostPending) this.#finishOldest()
  }

  end(): void {
    for (const key of [...this.#pending.keys()]) this.#finish(key)
  }

  readonly #identityOf = (session: string): Identity | null => this.#identities.get(session) ?? null

  #label(key: string, label: Label, rest: string, line: Line): void {
    const pending = this.#pending.get(key)
    if (pending === undefined) {
      this.#isRefusing = true
      this.#sink.refuse({
        ...place(line),
        reason: 'It belongs to a message that is not in this log.',
        text: line.text.slice(0, 200),
      })
      return
    }
    pending.field = label
    pending.record[label] = rest
    this.#last = pending
    if (line.long !== null) pending.record.truncated = { bytes: line.long.bytes, sha256: line.long.sha256 }
  }

  #learn(key: string, fields: PrefixFields, ambiguous: boolean, message: string): void {
    if (key === '') return
    if (message.startsWith('disconnection: ')) {
      this.#identities.delete(key)
      return
    }
    // A process id is used again; a host that differs is another session's.
    const before = message.startsWith('connection received: ') ? undefined : this.#identities.get(key)
    const { user, database, application, client, backendType } = fields
    const learnt =
      ambiguous && before !== undefined ? before : { user, database, application, client, backendType, tag: null }
    const authorized =
      /^connection authorized: user=([\s\S]*?) database=([\s\S]*?)(?: application_name=([\s\S]*?))?(?: SSL enabled \(.*\))?$/.exec(
        message,
      )
    this.#identities.set(
      key,
      authorized === null ? learnt : { ...learnt, application: authorized[3] ?? learnt.application },
    )
    if (this.#identities.size > mostPending) this.#identities.delete(this.#identities.keys().next().value ?? '')
  }

  /** Adds a line to the field that the line before belongs to; of what is too long, length and hash. */
  #extend(pending: Pending, text: string, line: Line): void {
    const { record, field } = pending
    const before = record[field] ?? ''
    if (before.length + text.length <= longestField && record.truncated === null) {
      record[field] = before + text
      return
    }
    if (record.truncated === null) {
      const kept = encoder.encode(before)
      pending.hasher = this.#newHasher()
      pending.hasher.update(kept)
      record.truncated = { bytes: kept.length, sha256: '' }
    }
    const more = encoder.encode(text)
    pending.hasher?.update(more)
    record.truncated.bytes += line.long?.bytes ?? more.length
  }

  #finish(key: string): void {
    const pending = this.#pending.get(key)
    if (pending === undefined) return
    this.#pending.delete(key)
    const { record, hasher } = pending
    if (record.truncated !== null && hasher !== null) record.truncated.sha256 = hasher.digest()
    this.#sink.record(finished(pending.record))
  }

  #finishOldest(): void {
    for (const key of this.#pending.keys()) {
      if (this.#pending.size <= mostPending / 2) return
      this.#finish(key)
    }
  }
}

function place(line: Line): { offset: number; line: number } {
  return { offset: line.offset, line: line.number }
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

const encoder = new TextEncoder()

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
