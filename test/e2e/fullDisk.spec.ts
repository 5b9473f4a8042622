import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { openDoor } from './door.ts'
import { test as base, expect } from './ground.ts'
import { cellsOf, connectTo, newQuery, openHistory, operations, outcome, panel, runAll } from './window.ts'

// A disk that fills while a result is exported.

/** To mount a small file system takes root, and Linux. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0
const run = promisify(execFile)

/** `makeDisk` makes a disk of so many MB, and tells where it is. */
const test = base.extend<{ makeDisk: (megabytes: number) => Promise<string> }>({
  makeDisk: async ({ browserName: _ }, use) => {
    const disks: string[] = []
    await use(async (megabytes) => {
      const disk = await mkdtemp(join(tmpdir(), 'pgsteward-disk-'))
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk])
      disks.push(disk)
      return disk
    })
    for (const disk of disks) {
      await run('umount', [disk])
      await rm(disk, { recursive: true })
    }
  },
})

test.describe.configure({ timeout: 240_000 })
test.skip(!mayMount, 'To mount a small file system takes root, and Linux.')

const many = 'select n, repeat(md5(n::text), 20) as text from (select generate_series(1, 20000000) n) s'

/** Exports the result in front as CSV. */
async function startExport(page: Page, rows?: 'As shown') {
  await page.keyboard.press('ControlOrMeta+Shift+E')
  const dialog = page.getByRole('dialog', { name: 'Export the result' })
  if (rows !== undefined) {
    await dialog.getByRole('combobox', { name: 'Rows' }).click()
    await page.getByRole('option', { name: rows }).click()
  }
  const downloading = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export' }).click()
  return await downloading
}

/** What was begun before goes on: another result is exported whole. */
async function expectToGoOn(page: Page): Promise<void> {
  await runAll(page, 'select 6 * 7 as answer')
  await expect(cellsOf(page, 1)).toHaveText(['42'])
  const download = await startExport(page)
  expect(await readFile(await download.path(), 'utf8')).toBe('answer\n42\n')
  await openHistory(page)
  const exports = operations(page).filter({ hasText: 'Export as CSV' })
  await expect(exports).toHaveCount(2)
  await expect(exports.nth(0)).toContainText('Completed')
}

test('the disk of the browser fills: the export says so and leaves no file under its name, and the window goes on', async ({
  playwright,
  launchOptions,
  door,
  server,
  database,
  makeDisk,
}) => {
  const disk = await makeDisk(4)
  const browser = await playwright.chromium.launch({ ...launchOptions, downloadsPath: disk })
  try {
    const page = await browser.newPage()
    await page.goto(door.link)
    await connectTo(page, server, database, 'Full')
    await newQuery(page)
    await runAll(page, many)
    await expect(outcome(page)).toContainText('More rows at the server')
    const download = await startExport(page)
    const alert = panel(page).getByRole('alert')
    await expect(alert).toContainText('The browser has stopped the download before its end', { timeout: 60_000 })
    await expect(alert).toContainText('is its disk full?')
    expect(await download.failure()).not.toBeNull()
    // What the browser got stands under no name but that of a download which was not finished.
    const unfinished = await readdir(disk)
    expect(unfinished.filter((name) => !name.endsWith('.crdownload'))).toEqual([])
    for (const name of unfinished) await rm(join(disk, name))
    await expectToGoOn(page)
    await expect(operations(page).filter({ hasText: 'Export as CSV' }).nth(1)).toContainText('Failed')
  } finally {
    await browser.close()
  }
})

test('the disk of the program fills: the export says so and leaves no file, and the window goes on', async ({
  page,
  server,
  database,
  makeDisk,
}) => {
  // 256 MB of it stay free for others.
  const door = await openDoor(await makeDisk(280))
  try {
    await page.goto(door.link)
    await connectTo(page, server, database, 'Full')
    await newQuery(page)
    await runAll(page, many)
    await expect(outcome(page)).toContainText('More rows at the server')
    // As shown: the rows are kept, to be looked at afterwards.
    const download = await startExport(page, 'As shown')
    const alert = panel(page).getByRole('alert')
    await expect(alert.first()).toContainText('The disk has no room for more rows of this result', { timeout: 60_000 })
    await expect(alert.first()).toContainText('Make room on the disk that holds the data folder')
    expect(await download.failure()).not.toBeNull()
    // What was read of it can still be looked at.
    await expect(cellsOf(page, 1).first()).toHaveText('1')
    await expectToGoOn(page)
    await expect(operations(page).filter({ hasText: 'Export as CSV' }).nth(1)).toContainText('Failed')
  } finally {
    await door.close()
  }
})
