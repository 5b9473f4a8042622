import pg from 'pg'
import { quoteName } from '../../src/core/quote.ts'
import { installFramework } from '../../src/main/framework/install.ts'
import type { SharedServer } from '../ground/server.ts'

/** A database of a test file's own, and the sessions and roles that it makes; `close` ends and drops them all. */
export class TestDatabase {
  readonly server: SharedServer
  readonly name: string
  readonly #sessions: pg.Client[] = []
  readonly #roles: string[] = []

  private constructor(server: SharedServer, name: string) {
    this.server = server
    this.name = name
  }

  static async create(server: SharedServer, name?: string): Promise<TestDatabase> {
    return new TestDatabase(server, await server.createDatabase(name))
  }

  /** One that is there; `close` drops it all the same. */
  static open(server: SharedServer, name: string): TestDatabase {
    return new TestDatabase(server, name)
  }

  /** With the framework in it, installed by the superuser. */
  static async tracked(server: SharedServer): Promise<TestDatabase> {
    const database = await TestDatabase.create(server)
    await installFramework(await database.session())
    return database
  }

  /** A session that is ended with the test file; as the superuser where no role is named. */
  async session(user?: string, config: pg.ClientConfig = {}): Promise<pg.Client> {
    const url = new URL(this.server.url(this.name))
    if (user !== undefined) url.username = encodeURIComponent(user)
    const client = new pg.Client({ connectionString: url.href, ...config })
    client.on('error', () => {}) // Whoever waits for an answer is told by its rejection.
    await client.connect()
    this.#sessions.push(client)
    return client
  }

  /** A login role with the superuser's password and a name that no other test has. */
  async role(hint: string, attributes = ''): Promise<string> {
    const name = `${hint}_${this.name}`.slice(0, 63)
    const admin = await this.session()
    await admin.query(`create role ${quoteName(name)} login password '${this.server.password}' ${attributes}`)
    this.#roles.push(name)
    return name
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((client) => client.end()))
    await this.server.dropDatabase(this.name)
    const admin = new pg.Client({ connectionString: this.server.url() })
    await admin.connect()
    for (const name of this.#roles) await admin.query(`drop role if exists ${quoteName(name)}`)
    await admin.end()
  }
}

/** Rows of one query. */
export async function rowsOf(client: pg.Client, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  return (await client.query<Record<string, unknown>>(sql, values)).rows
}

/** The one value of a query of one row and one column. */
export async function onlyValue(client: pg.Client, sql: string, values?: unknown[]): Promise<unknown> {
  const [row, ...more] = await rowsOf(client, sql, values)
  if (row === undefined || more.length > 0) throw new Error(`One row was expected of: ${sql}`)
  return Object.values(row)[0]
}

/** What PostgreSQL said when it refused a statement; an error where it did not refuse. */
export async function refusalOf(client: pg.Client, sql: string, values?: unknown[]): Promise<pg.DatabaseError> {
  try {
    await client.query(sql, values)
  } catch (thrown) {
    if (thrown instanceof pg.DatabaseError) return thrown
    throw thrown
  }
  throw new Error(`This was not refused: ${sql}`)
}

/** The warnings that a session is given while `work` runs. */
export async function warningsDuring(client: pg.Client, work: () => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = []
  const listen = (notice: { severity?: string | undefined; message?: string | undefined }) => {
    if (notice.severity === 'WARNING') warnings.push(notice.message ?? '')
  }
  client.on('notice', listen)
  try {
    await work()
  } finally {
    client.off('notice', listen)
  }
  return warnings
}
