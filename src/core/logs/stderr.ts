import type { Entry, Header } from './entry.ts'
import type { Identity } from './identity.ts'
import { own, ownOrNull } from './own.ts'
import { Pending } from './pending.ts'
import type { Prefix } from './prefix.ts'
import { Prefixes } from './prefixes.ts'
import { type LogRecord, newRecord, type Part, type Place, type RecordSink } from './record.ts'
import type { ParserState } from './state.ts'
import type { PrefixFields } from './steps.ts'
import { type Label, wordings } from './wording.ts'

/** Sessions whose last message may still get further lines. */
const mostPending = 4096
/** All their texts together. */
const mostPendingCharacters = 16_777_216

const noPrefix = 'It does not begin with the prefix of this log.'

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

/** Entries in a row that the prefix does not explain, until another one is looked for. */
const mostStrange = 16

/**
 * Makes records of the entries of a stderr log. DETAIL and the like repeat the prefix and belong to the last message
 * of their session, whatever other sessions said in between. Where the prefix changes, by a reload of the server's
 * settings or before they are read, the new one is looked for among those in use.
 */
export class StderrReader {
  readonly #prefixes = new Prefixes()
  readonly #sink: RecordSink
  /** Whether entries come in the order of the log, so that those without a prefix can wait for what follows them. */
  readonly #isOrdered: boolean
  #prefix: Prefix
  /** Messages whose further lines may still come, by session. */
  readonly #pending = new Pending<LogRecord>()
  #pendingCharacters = 0
  readonly #identities = new Map<string, Identity>()
  /** Entries in a row without the prefix. */
  #strange: Entry[] = []
  /** While a state is being restored: how the part at an offset was read. */
  #recalled: ReadonlyMap<number, Part> | null = null

  constructor(prefix: string, sink: RecordSink, isOrdered: boolean) {
    this.#prefix = this.#prefixes.compile(prefix)
    this.#sink = sink
    this.#isOrdered = isOrdered
  }

  readonly entry = (entry: Entry): void => {
    const recalled = this.#recalled?.get(entry.places[0].offset)
    if (recalled !== undefined) {
      const { before, prefix } = recalled
      if (!this.#read(entry, this.#prefixes.compile(prefix ?? ''), () => before)) this.#refuse(entry, noPrefix)
      return
    }
    if (this.#read(entry, this.#prefix, this.#identityOf)) return
    if (entry.head === '' && entry.rest === '') {
      this.#sink.isNone(entry.places[0].offset)
      return
    }
    this.#strange.push(entry)
    if (!this.#isOrdered || this.#strange.length >= mostStrange) this.#readStrange()
  }

  /** Whether a text begins with the prefix and a severity or a label. */
  readonly begins = (text: string): boolean => this.#prefix.match(text, this.#identityOf, null) !== null

  /** Where the first entry begins that waits for others to tell its prefix. */
  get begun(): Place | null {
    return this.#strange[0]?.places[0] ?? null
  }

  end(): void {
    this.#readStrange()
    for (const key of this.#pending.keys()) this.#finish(key)
  }

  /** What is known of the sessions, and whose last message may still get further lines. */
  state(): Pick<ParserState, 'prefixes' | 'identities' | 'pending' | 'parts'> {
    return {
      prefixes: this.#prefixes.state(this.#prefix),
      identities: [...this.#identities],
      pending: this.#pending.keys(),
      parts: this.#pending.keys().flatMap((key) => this.#pending.get(key)?.parts ?? []),
    }
  }

  /** Before the parts of a state are read again: each is read by its prefix, and by what was known of its session then. */
  recall(parts: readonly Part[]): void {
    this.#recalled = new Map(parts.map((part) => [part.offset, part]))
  }

  /** After the parts of a state have been read again. */
  restore({ prefixes, identities, pending }: ParserState): void {
    this.#recalled = null
    if (prefixes !== null) this.#prefix = this.#prefixes.restore(prefixes)
    this.#identities.clear()
    for (const [key, each] of identities) this.#identities.set(key, each)
    const stillPending = new Set(pending)
    for (const key of this.#pending.keys()) if (!stillPending.has(key)) this.#finish(key)
  }

  /** False where the entry does not begin with the prefix. */
  #read(entry: Entry, prefix: Prefix, identityOf: (session: string) => Identity | null): boolean {
    const { header, places } = entry
    const session = header?.session ?? (header?.pid == null ? null : String(header.pid))
    let match = prefix.match(entry.head, identityOf, session)
    if (match !== null && this.#strange.length > 0) {
      // What they tell of their sessions comes first.
      this.#readStrange()
      match = prefix.match(entry.head, identityOf, session)
    }
    if (match === null) return false
    const { fields, mark, ambiguous, end } = match
    const key = fields.session ?? (fields.pid === null ? (session ?? '') : String(fields.pid))
    const message = entry.rest === '' ? entry.head.slice(end) : entry.head.slice(end) + entry.rest
    const before = identityOf(key)
    const parts = partsOf(places, key, before, prefix.source)
    if (mark.label !== null) {
      this.#label(key, mark.label, message, parts, entry)
      return true
    }
    const record = newRecord(parts, mark.severity, message)
    fill(record, fields)
    if (header !== null) fillFromHeader(record, header)
    record.truncated = entry.truncated
    // Only the server itself tells of connections, and says so as LOG.
    this.#learn(key, fields, ambiguous, record.severity === 'LOG' ? message : '', before)
    this.#finish(key)
    this.#sink.begins(record.offset)
    this.#pending.put(key, record)
    this.#pendingCharacters += charactersOf(record)
    if (this.#pending.size > mostPending || this.#pendingCharacters > mostPendingCharacters) this.#finishOldest()
    return true
  }

  /** Reads what does not begin with the prefix by another one that explains it, and stays with that where it lasts. */
  #readStrange(): void {
    const entries = this.#strange
    if (entries.length === 0) return
    this.#strange = []
    const other = this.#prefixes.findFor(entries.map(({ head }) => head))
    if (other !== null && entries.length >= mostStrange) this.#prefix = other
    for (const entry of entries) {
      if (other === null || !this.#read(entry, other, this.#identityOf)) this.#refuse(entry, noPrefix)
    }
  }

  readonly #identityOf = (session: string): Identity | null => this.#identities.get(session) ?? null

  #refuse({ places: [{ offset, line }], head }: Entry, reason: string): void {
    this.#sink.isNone(offset)
    this.#sink.refuse({ offset, line, reason, text: head.slice(0, 200) })
  }

  #label(key: string, label: Label, text: string, parts: readonly Part[], entry: Entry): void {
    const record = this.#pending.get(key)
    if (record === null) {
      this.#refuse(entry, 'It belongs to a message that is not in this log.')
      return
    }
    this.#sink.isNone(entry.places[0].offset)
    this.#pendingCharacters += text.length - (record[label]?.length ?? 0)
    record[label] = text
    record.parts.push(...parts)
    record.truncated ??= entry.truncated
  }

  #learn(key: string, fields: PrefixFields, ambiguous: boolean, message: string, known: Identity | null): void {
    if (key === '') return
    // Nearly all: nothing but statements, and nothing new.
    const isPlain = !message.startsWith('connection ') && !message.startsWith('disconnection: ')
    if (isPlain && known !== null && (ambiguous || isSame(known, fields))) return
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
        : {
            user: ownOrNull(user),
            database: ownOrNull(database),
            application: ownOrNull(application),
            client: ownOrNull(client),
            backendType: ownOrNull(backendType),
            tag: null,
          }
    const authorized = message.startsWith('connection authorized: ') ? authorization.exec(message) : null
    const named =
      authorized === null ? learnt : { ...learnt, application: ownOrNull(authorized[1] ?? null) ?? learnt.application }
    if (named === before) return
    this.#identities.set(before === null ? own(key) : key, named)
    if (this.#identities.size > mostPending) this.#identities.delete(this.#identities.keys().next().value ?? '')
  }

  #finish(key: string): void {
    const record = this.#pending.take(key)
    if (record === null) return
    this.#pendingCharacters -= charactersOf(record)
    this.#sink.record(finished(record))
  }

  #finishOldest(): void {
    for (const key of this.#pending.keys()) {
      if (this.#pending.size <= mostPending / 2 && this.#pendingCharacters <= mostPendingCharacters / 2) return
      this.#finish(key)
    }
  }
}

function partsOf(places: Entry['places'], session: string, before: Identity | null, prefix: string): [Part, ...Part[]] {
  const part = ({ offset, line, bytes }: Place): Part => ({ offset, line, bytes, session, before, prefix })
  if (places.length === 1) return [part(places[0])]
  const [first, ...others] = places
  return [part(first), ...others.map(part)]
}

function charactersOf({ message, detail, hint, context, query, statement, location, backtrace }: LogRecord): number {
  return (
    message.length +
    lengthOf(detail) +
    lengthOf(hint) +
    lengthOf(context) +
    lengthOf(query) +
    lengthOf(statement) +
    lengthOf(location) +
    lengthOf(backtrace)
  )
}

function lengthOf(text: string | null): number {
  return text === null ? 0 : text.length
}

/** What a wrapper says, where the prefix does not. */
function fillFromHeader(record: LogRecord, header: Header): void {
  record.time ??= header.time ?? null
  record.pid ??= header.pid ?? null
  record.session ??= header.session ?? null
  record.sqlstate ??= header.sqlstate ?? null
  record.detail ??= header.detail ?? null
  record.hint ??= header.hint ?? null
  record.context ??= header.context ?? null
  record.statement ??= header.statement ?? null
  record.backendType ??= header.backendType ?? null
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
  // All of these begin with a bracket.
  return name === null || (name.charCodeAt(0) === 91 && unknownNames.has(name)) ? null : name
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
