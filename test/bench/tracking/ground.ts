import pg from 'pg'
import { quoteName } from '../../../src/core/quote.ts'
import { type Major, type Server, startServer } from '../../ground/server.ts'
import { TestDatabase } from '../../sql/tracked.ts'
import type { Figure } from '../figure.ts'
import { fill } from './million.ts'

export type { Figure } from '../figure.ts'

/** One area of the budgets, on one server. */
export type Part = (ground: Ground) => Promise<Figure[]>

/**
 * A server that keeps its word to disk, and databases in it. Each part makes its own, but for the one that holds a
 * million operations: that takes a while, so it is filled once and copied for whoever writes to it.
 */
export class Ground {
  readonly major: Major
  readonly server: Server
  readonly #databases: TestDatabase[] = []
  #million: Promise<TestDatabase> | null = null

  private constructor(major: Major, server: Server) {
    this.major = major
    this.server = server
  }

  static async start(major: Major): Promise<Ground> {
    const settings = { shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '1h' }
    return new Ground(major, await startServer({ major, durable: true, settings }))
  }

  async stop(): Promise<void> {
    // Each of them ends its sessions; the databases go with the server.
    await Promise.all(this.#databases.map((database) => database.close()))
    await this.server.stop()
  }

  /** Two databases of one server that differ by the framework alone. */
  async pair(): Promise<{ tracked: TestDatabase; untracked: TestDatabase }> {
    return { tracked: await this.tracked(), untracked: await this.#own(TestDatabase.create(this.server)) }
  }

  async tracked(): Promise<TestDatabase> {
    return await this.#own(TestDatabase.tracked(this.server))
  }

  /** A million operations of a year: two thirds automatic DDL, a third calls. To read; whoever writes takes `copyOfMillion`. */
  async million(): Promise<TestDatabase> {
    this.#million ??= this.#filled()
    return await this.#million
  }

  async copyOfMillion(): Promise<TestDatabase> {
    const { name } = await this.million()
    const admin = new pg.Client({ connectionString: this.server.url() })
    await admin.connect()
    // No session may be in a database that is being copied: whoever reads it opens a new one.
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    await admin.end()
    return await this.#own(
      this.server.createDatabase(undefined, name).then((copy) => TestDatabase.open(this.server, copy)),
    )
  }

  async #filled(): Promise<TestDatabase> {
    const database = await this.tracked()
    const client = await database.session()
    await fill(client, { operations: 1_000_000 })
    await client.query(`vacuum analyze`)
    return database
  }

  async #own(made: Promise<TestDatabase>): Promise<TestDatabase> {
    const database = await made
    this.#databases.push(database)
    return database
  }
}

/** MB of a relation with its partitions, indexes and TOAST. */
export async function sizeOf(client: pg.Client, relation: string): Promise<{ heap: number; indexes: number }> {
  const { rows } = await client.query<{ heap: number; indexes: number }>(
    `select sum(pg_table_size(t.relid)) / 2^20 as heap, sum(pg_indexes_size(t.relid)) / 2^20 as indexes
     from pg_partition_tree($1::regclass) t where t.isleaf`,
    [`script_tracking.${quoteName(relation)}`],
  )
  const [size] = rows
  if (size === undefined) throw new Error(`${relation} has no size.`)
  return size
}
