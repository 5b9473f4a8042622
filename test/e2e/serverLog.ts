import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import pg from 'pg'
import { type Server, startServer } from '../ground/server.ts'
import { workload } from '../main/logs/workload.ts'
import { test as base } from './door.ts'
import { connectTo } from './window.ts'

export { expect } from './door.ts'

/** A prefix that no library of prefixes knows: somebody has to say it. */
export const prefix = '%c|%p|%m|%u|%d|%a|%h '

interface Logging {
  /** What the server wrote, of people at work. */
  log: string
}

/** Tests beside a server that logs all that it does. */
export const test = base.extend<{ database: string }, { server: Server & Logging }>({
  server: [
    async ({ browserName: _ }, use) => {
      const server = await startServer({
        settings: {
          logging_collector: 'on',
          log_directory: 'log',
          log_filename: 'server.log',
          log_line_prefix: prefix,
          log_statement: 'all',
          log_min_duration_statement: '0',
          log_connections: 'on',
          log_checkpoints: 'on',
          log_lock_waits: 'on',
          log_temp_files: '0',
          deadlock_timeout: '50ms',
          shared_preload_libraries: 'auto_explain',
        },
      })
      await workload(server.url())
      const log = await readFile(join(server.dataFolder, 'log', 'server.log'), 'utf8')
      await use(Object.assign(server, { log }))
      await server.stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  database: async ({ server }, use) => {
    const name = await server.createDatabase()
    await use(name)
    await server.dropDatabase(name)
  },
})

/** Connects to a database of the server, and installs the framework in it. */
export async function connectTracked(page: Page, server: Server, database: string): Promise<void> {
  await connectTo(page, server, database, 'Ward')
  await page.keyboard.press('ControlOrMeta+Alt+F')
  await page.getByRole('button', { name: /^Install version/ }).click()
  await page.getByText('Installed, up to date').waitFor({ timeout: 60_000 })
}

/** A file to drop: its text stands in it once, or as often as is said. */
export interface DroppedFile {
  readonly name: string
  readonly text: string
  readonly times?: number
}

/** Drops files on the window, as a person does. */
export async function drop(page: Page, files: readonly DroppedFile[]): Promise<void> {
  const dataTransfer = await page.evaluateHandle((given) => {
    const data = new DataTransfer()
    for (const { name, text, times = 1 } of given) {
      data.items.add(
        new File(
          Array.from({ length: times }, () => text),
          name,
        ),
      )
    }
    return data
  }, files)
  await page.dispatchEvent('main', 'dragenter', { dataTransfer })
  await page.getByText('Drop PostgreSQL server logs here').waitFor()
  await page.dispatchEvent('main', 'dragover', { dataTransfer })
  await page.dispatchEvent('main', 'drop', { dataTransfer })
}

/** Somebody else at the server, who can keep imports from committing anything. */
export interface Gate {
  /** Comes back once nothing is committed any more: an import waits from there on. */
  shut(): Promise<void>
  open(): Promise<void>
  /** Bytes of logs that are committed. */
  committed(): Promise<number>
}

export async function withGate(url: string, work: (gate: Gate) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // The server may be restarted meanwhile.
  await client.connect()
  try {
    await work({
      shut: async () => void (await client.query('begin; lock table script_tracking.imported_batch in share mode')),
      open: async () => void (await client.query('rollback')),
      committed: async () => {
        const { rows } = await client.query(
          'select coalesce(max(to_offset), 0) as bytes from script_tracking.imported_batch',
        )
        return Number(rows[0]?.bytes)
      },
    })
  } finally {
    await client.end().catch(() => {})
  }
}

/** Drops what lies at these paths, folders too, as the system's own drag and drop does. */
export async function dropPaths(page: Page, paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [...paths], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 640, y: 400, data })
  }
  await session.detach()
}
