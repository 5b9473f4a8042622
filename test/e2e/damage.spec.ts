import { readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { z } from 'zod'
import { openDoor } from './door.ts'
import { expect, test } from './ground.ts'
import { connectTo, newQuery, openHistory, operations, outcome, runAll } from './window.ts'

const rootRow = z.object({ root: z.int() })

/** Overwrites the page in which a table begins; the program may have the file open. */
async function spoil(path: string, table: string): Promise<void> {
  const db = new SQLite(path, { readonly: true })
  const { root } = rootRow.parse(db.prepare('select rootpage as root from sqlite_schema where name = ?').get(table))
  db.close()
  const file = await open(path, 'r+')
  await file.write(Buffer.alloc(4096, 0xa5), 0, 4096, (root - 1) * 4096)
  await file.close()
}

test('a cache that is damaged while one works is said, put aside at the next start, and what can be read is there', async ({
  page,
  door,
  server,
  database,
}) => {
  test.setTimeout(180_000)
  await page.goto(door.link)
  await connectTo(page, server, database, 'Ward')
  await newQuery(page)
  await runAll(page, "select 'before the damage'")
  await expect(outcome(page)).toContainText('Completed')
  await door.close()
  const cache = join(door.dataFolder, 'cache.db')

  // The thread that searches finds it; the run beside it is not disturbed.
  const second = await openDoor(door.dataFolder)
  try {
    await page.goto(second.link)
    await expect(page.getByRole('button', { name: /^Ward/ }).first()).toBeVisible()
    await spoil(cache, 'operation_facet')
    await spoil(cache, 'operation_change')
    await openHistory(page)
    await page.getByRole('searchbox', { name: 'Search' }).fill('before')
    const alert = page.getByRole('alert').filter({ hasText: 'The history could not be read' })
    await expect(alert).toContainText('keeps its history, connections and saved queries is damaged')
    await expect(alert).toContainText('start it again')
  } finally {
    await second.close()
  }

  const third = await openDoor(door.dataFolder)
  try {
    await page.goto(third.link)
    const notice = page.getByRole('alert').filter({ hasText: 'a new one was begun' })
    await expect(notice).toContainText('cache.db.corrupt-')
    await expect(notice).toContainText('1 connection')
    await expect(page.getByRole('button', { name: /^Ward/ }).first()).toBeVisible()
    await openHistory(page)
    await page.getByRole('searchbox', { name: 'Search' }).fill('before')
    await expect(operations(page)).toHaveCount(1)
    expect(readdirSync(door.dataFolder).filter((name) => /^cache\.db\.corrupt-[-\dTZ]+$/.test(name))).toHaveLength(1)
  } finally {
    await third.close()
  }
})
