import { own, ownOrNull } from './own.ts'

/** csvlog has 23 columns to PostgreSQL 12, 24 in 13, 26 from 14. */
export const columnCounts: ReadonlySet<number> = new Set([23, 24, 26])

/** Where the columns of csvlog stand, from 0. */
export const column = {
  time: 0,
  user: 1,
  database: 2,
  pid: 3,
  client: 4,
  session: 5,
  line: 6,
  severity: 11,
  sqlstate: 12,
  message: 13,
  detail: 14,
  hint: 15,
  query: 16,
  context: 18,
  statement: 19,
  position: 20,
  location: 21,
  application: 22,
  backendType: 23,
  queryId: 25,
} as const

/** The fields of one record, in order; null for one that is empty. */
export interface Fields {
  readonly length: number
  at(index: number): string | null | undefined
}

/** What records say of who logged them. */
export interface Who {
  readonly user: string | null
  readonly database: string | null
  readonly pid: number
  readonly client: string | null
  readonly session: string | null
}

/** What most records of a session end with, behind their details: nothing but how the client called itself, and what it is. */
export interface CsvEnding {
  /** From the hint to the id of the query, or to the end where there is none. */
  readonly text: string
  readonly columns: number
  readonly application: string | null
  readonly backendType: string | null
}

/** Longer texts are not compared. */
const longestAlike = 400

/** What the records of one session have in common. */
export class CsvSession implements Who {
  /** From the comma behind the time to the one behind the session. */
  readonly text: string
  readonly user: string | null
  readonly database: string | null
  readonly pid: number
  readonly client: string | null
  readonly session: string | null
  ending: CsvEnding | null = null

  constructor(fields: Fields, text: string) {
    const { user, database, pid, client, session } = whoIn(fields)
    this.text = own(text)
    this.user = ownOrNull(user)
    this.database = ownOrNull(database)
    this.pid = pid
    this.client = ownOrNull(client)
    this.session = ownOrNull(session)
  }

  /** @param text what one of its records ends with */
  learn(fields: Fields, text: string): void {
    if (text.length > longestAlike) return
    for (let index: number = column.hint; index < column.application; index += 1) if (fields.at(index) !== null) return
    this.ending = {
      text: own(text),
      columns: fields.length,
      application: ownOrNull(fields.at(column.application) || null),
      backendType: ownOrNull(fields.at(column.backendType) || null),
    }
  }
}

/** So many sessions are known at a time, a power of two; each has the place that its process has. */
const places = 1_024

/** The sessions whose records came lately. */
export class CsvSessions {
  readonly #sessions = new Array<CsvSession | null>(places).fill(null)

  at(pid: number): CsvSession | null {
    return this.#sessions[pid % places] ?? null
  }

  /** @param text what one of its records says of it; null where that is too long */
  learn(pid: number, fields: Fields, text: string): CsvSession | null {
    if (text.length > longestAlike) return null
    const session = new CsvSession(fields, text)
    this.#sessions[pid % places] = session
    return session
  }
}

export function whoIn(fields: Fields): Who {
  return {
    user: fields.at(column.user) || null,
    database: fields.at(column.database) || null,
    pid: Number(fields.at(column.pid)),
    client: withoutPort(fields.at(column.client) || null),
    session: fields.at(column.session) || null,
  }
}

/** `127.0.0.1:53810` */
function withoutPort(client: string | null): string | null {
  const colon = client === null ? -1 : client.lastIndexOf(':')
  return client !== null && colon >= 0 && /^\d+$/.test(client.slice(colon + 1)) ? client.slice(0, colon) : client
}
