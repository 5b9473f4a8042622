import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from '@playwright/test'
import pg from 'pg'
import { chromiumFlags, findChromium } from '../../../scripts/chromium.js'
import { connectTo } from '../../e2e/window.ts'
import { type DoorProcess, startDoor } from '../../ground/door.ts'
import { type Server, startServer } from '../../ground/server.ts'
import type { Figure } from '../figure.ts'

/** One area of the budgets. */
export type Part = (desk: Desk) => Promise<Figure[]>

const program = join(import.meta.dirname, '../../../out/main/web.js')

/** The program with a window of it. */
export interface App {
  readonly door: DoorProcess
  readonly page: Page
}

/** A server that keeps its word to disk, a browser, and programs and folders that end with it. */
export class Desk {
  readonly #count: number | undefined
  readonly #ends: (() => Promise<unknown>)[] = []
  #browser: Promise<Browser> | null = null
  #server: Promise<Server> | null = null

  static async open(count: number | undefined): Promise<Desk> {
    return new Desk(count)
  }

  private constructor(count: number | undefined) {
    this.#count = count
  }

  /** So many of something, or fewer in a trial. */
  upTo(count: number): number {
    return Math.min(count, this.#count ?? count)
  }

  async browser(): Promise<Browser> {
    this.#browser ??= this.#own(launchBrowser(), (browser) => browser.close())
    return await this.#browser
  }

  async server(): Promise<Server> {
    const settings = { shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '1h' }
    this.#server ??= this.#own(startServer({ durable: true, settings }), (server) => server.stop())
    return await this.#server
  }

  /** The table of visits, in a database of its own. */
  async visits(rows: number): Promise<string> {
    const server = await this.server()
    const database = await server.createDatabase()
    const client = new pg.Client({ connectionString: server.url(database) })
    await client.connect()
    await client.query(
      `create table visit as select n as id, n % 100000 as patient, 'ward ' || n % 40 as ward,
         timestamptz '2020-01-01' + n * interval '17 seconds' as started_at, (n * 37 % 100000) / 100.0 as amount,
         md5(n::text) as note
       from generate_series(1, $1::int) n`,
      [rows],
    )
    await client.query('vacuum analyze visit')
    await client.query('checkpoint')
    await client.end()
    return database
  }

  async folder(): Promise<string> {
    return await this.#own(mkdtemp(join(tmpdir(), 'pgsteward-bench-')), (folder) =>
      rm(folder, { recursive: true, force: true }),
    )
  }

  async door(dataFolder: string): Promise<DoorProcess> {
    return await this.#own(startDoor(program, dataFolder), (door) => door.close())
  }

  /** An empty page in a profile of its own. */
  async page(): Promise<Page> {
    const context = await (await this.browser()).newContext({ viewport: { width: 1440, height: 900 } })
    return await context.newPage()
  }

  /** The program, open in a window, on a folder that is given or on one of its own. */
  async app(dataFolder?: string): Promise<App> {
    const door = await this.door(dataFolder ?? (await this.folder()))
    const page = await this.page()
    await page.goto(door.link)
    // Before that, no key is heard.
    await page.getByRole('button', { name: 'New connection' }).first().waitFor()
    return { door, page }
  }

  async appAt(database: string): Promise<App> {
    const app = await this.app()
    await connectTo(app.page, await this.server(), database, 'Bench')
    return app
  }

  async close(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end()
  }

  async #own<T>(made: Promise<T>, end: (what: T) => Promise<unknown>): Promise<T> {
    const what = await made
    this.#ends.push(() => end(what))
    return what
  }
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  return await chromium.launch({ args: chromiumFlags, ...(executablePath === null ? {} : { executablePath }) })
}
