import type { LogEvent } from '../../core/logs/event.ts'
import { CopyBytes } from './copyBytes.ts'
import { RowMemory } from './rowMemory.ts'

/** The columns of `imported_event` in the order of a row. */
export const eventColumns = [
  'logged_at',
  'byte_offset',
  'line',
  'duration_ms',
  'parse_ms',
  'bind_ms',
  'fingerprint',
  'kind',
  'severity',
  'class',
  'protocol',
  'sqlstate',
  'tag',
  'file_id',
  'session',
  'pid',
  'user_name',
  'database_name',
  'application_name',
  'client',
  'backend_type',
  'query_id',
  'statement',
  'parameters',
  'message',
  'detail',
  'rows',
  'position',
  'prepared',
  'truncated_bytes',
  'truncated_sha256',
  'hint',
  'context',
  'query',
  'location',
  'plan',
] as const

/** The columns from `message` on, where an event has none of them, as nearly all. */
const noneOfTheRest = new TextEncoder().encode(Array.from({ length: 12 }, () => '\\N').join('\t'))

/** Sessions whose columns are known as they are written. */
const mostSessions = 1_000
const longestRemembered = 1_000

/** What is the same in all rows of a session, mostly. */
type Identity = Pick<LogEvent, 'pid' | 'user' | 'database' | 'application' | 'client' | 'backend_type'>

/** Makes events of a log rows of COPY’s text format. */
export class CopyRows {
  readonly #file: number
  readonly #ascii: boolean
  /** To write the columns of a session in. */
  readonly #memory = new RowMemory()
  readonly #sessions = new Map<string | null, Identity & { columns: Uint8Array }>()

  /** @param ascii the database has no other characters */
  constructor(file: number, ascii: boolean) {
    this.#file = file
    this.#ascii = ascii
  }

  /** @param moment as `momentOf` has it */
  write(to: CopyBytes, event: LogEvent, moment: string | null, fingerprint: string | null): void {
    to.text(moment ?? '-infinity')
    to.tab()
    to.whole(event.byte_offset)
    to.tab()
    to.whole(event.line)
    to.tab()
    to.text(number(event.duration_ms))
    to.tab()
    to.text(number(event.parse_ms))
    to.tab()
    to.text(number(event.bind_ms))
    to.tab()
    to.text(fingerprint)
    to.tab()
    to.text(event.kind)
    to.tab()
    to.text(event.severity)
    to.tab()
    to.text(event.class)
    to.tab()
    to.text(event.protocol)
    to.tab()
    to.text(event.sqlstate)
    to.tab()
    to.text(event.tag)
    to.tab()
    to.bytes(this.#identity(event))
    to.tab()
    to.text(queryId(event.query_id))
    to.tab()
    to.text(event.statement)
    to.tab()
    to.texts(event.parameters)
    to.tab()
    writeRest(to, event)
    to.endRow()
  }

  #identity(event: LogEvent): Uint8Array {
    const { session, pid, user, database, application, client, backend_type } = event
    const known = this.#sessions.get(session)
    if (
      known !== undefined &&
      known.pid === pid &&
      known.user === user &&
      known.database === database &&
      known.application === application &&
      known.client === client &&
      known.backend_type === backend_type
    ) {
      return known.columns
    }
    const made = new CopyBytes(this.#memory, this.#ascii)
    made.whole(this.#file)
    for (const value of [session, integer(pid), user, database, application, client, backend_type]) {
      made.tab()
      made.text(value)
    }
    const pieces = made.take()
    const columns = Buffer.concat(pieces)
    this.#memory.give(pieces.map(({ buffer }) => buffer))
    if (columns.length > longestRemembered) return columns
    if (this.#sessions.size >= mostSessions) this.#sessions.clear()
    this.#sessions.set(session, { pid, user, database, application, client, backend_type, columns })
    return columns
  }
}

function writeRest(to: CopyBytes, event: LogEvent): void {
  const { message, detail, rows, position, name, truncated, hint, context, query, location, plan } = event
  const hasNone =
    message === null &&
    detail === null &&
    rows === null &&
    position === null &&
    name === null &&
    truncated === null &&
    hint === null &&
    context === null &&
    query === null &&
    location === null &&
    plan === null
  if (hasNone) {
    to.bytes(noneOfTheRest)
    return
  }
  to.text(message)
  for (const value of [
    detail,
    integer(rows),
    integer(position),
    name,
    number(truncated?.bytes ?? null),
    truncated?.sha256 ?? null,
    hint,
    context,
    query,
    location,
    plan,
  ]) {
    to.tab()
    to.text(value)
  }
}

/** The time where it is one that a table can hold: a damaged log has any. */
export function momentOf(time: string | null): string | null {
  return time !== null && /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(time) ? time : null
}

function number(value: number | null): string | null {
  return value === null || !Number.isFinite(value) ? null : String(value)
}

const largestInteger = 2_147_483_647

function integer(value: number | null): string | null {
  return value === null || !Number.isInteger(value) || Math.abs(value) > largestInteger ? null : String(value)
}

function queryId(value: string | null): string | null {
  if (value === null || !/^-?\d{1,20}$/.test(value)) return null
  return BigInt.asIntN(64, BigInt(value)) === BigInt(value) ? value : null
}
