import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { DemoEvent } from '../../core/demo/contract.ts'
import { copyText, defaultSample, makeSample, type Sample } from '../../core/demo/sample.ts'
import type { Table } from '../../core/demo/table.ts'
import { quoteName } from '../../core/quote.ts'

const files = import.meta.glob<string>('./sql/*.sql', { query: '?raw', import: 'default', eager: true })

export interface LoadOptions {
  /** 1 by default: 2,000 people and 10,000 visits, in a few seconds. */
  scale?: number
  seed?: number
  onProgress?: (event: DemoEvent) => void
  /** Stops between two statements, and in the middle of a table's rows. Nothing stays then. */
  signal?: AbortSignal
}

/**
 * Makes the sample database: four schemas (people, care, shop, auth), all in one transaction. The client
 * is connected to a database that has none of them, with the right to create schemas; it may be used
 * again afterwards, also after a failure.
 *
 * @returns what was loaded, with the exact count of every planted flaw
 * @throws RangeError for a scale or seed out of range, AbortError, and what PostgreSQL says
 */
export async function loadSample(client: pg.ClientBase, options: LoadOptions = {}): Promise<Sample> {
  const { scale = defaultSample.scale, seed = defaultSample.seed, onProgress, signal } = options
  const sample = makeSample({ scale, seed })
  const rows = sample.tables.reduce((sum, table) => sum + table.expected, 0)
  let loaded = 0
  const tell = (step: string, share: number) => {
    onProgress?.({ step, share })
    signal?.throwIfAborted()
  }
  signal?.throwIfAborted()

  await client.query('begin')
  try {
    tell('Making the tables', 0)
    await runFile(client, '01_people')
    await runFile(client, '02_care')
    await runFile(client, '03_shop')
    await runFile(client, '04_auth')
    for (const table of sample.tables) {
      const step = `Filling ${table.schema}.${table.name}`
      await copy(client, table, (count) => {
        loaded += count
        // Two thirds of the time goes into the rows, the rest into keys and indexes.
        tell(step, 0.02 + 0.65 * Math.min(1, loaded / rows))
      })
    }
    tell('Making the functions', 0.67)
    await runFile(client, '05_login')
    await runFile(client, '06_routines')
    tell('Checking keys and building indexes', 0.7)
    await runFile(client, '07_keys')
    tell('Making the views', 0.92)
    await runFile(client, '08_views')
    tell('Counting for the planner', 0.95)
    await client.query('analyze')
    tell('Keeping it', 0.99)
    await client.query('commit')
  } catch (error) {
    // Where the connection is lost the server rolls back by itself; the first error is the one to tell.
    await client.query('rollback').catch(() => undefined)
    // What was stopped fails as such, not as the COPY that was cut short.
    signal?.throwIfAborted()
    throw error
  }
  onProgress?.({ step: 'The sample is there', share: 1 })
  return sample
}

async function runFile(client: pg.ClientBase, name: string): Promise<void> {
  const sql = files[`./sql/${name}.sql`]
  if (sql === undefined) throw new Error(`The program was built without ${name}.sql.`)
  await client.query(sql)
}

/** What `onRows` throws ends the COPY. */
async function copy(client: pg.ClientBase, table: Table, onRows: (count: number) => void): Promise<void> {
  const columns = table.columns.map((column) => quoteName(column)).join(', ')
  const target = client.query(copyFrom(`copy ${quoteName(table.schema, table.name)} (${columns}) from stdin`))
  const pieces = function* () {
    for (const { text, rows } of copyText(table)) {
      yield text
      onRows(rows)
    }
  }
  await pipeline(Readable.from(pieces()), target)
}
