import { expect, type Locator, type Page } from '@playwright/test'
import type { Server } from '../ground/server.ts'

// What a person does in the window, in the words of the tests.

/** Fills in the connection form by its URL, from the first screen or beside what is open. */
export async function fillInConnection(page: Page, url: string, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New connection' }).click()
  await page.getByLabel('Connection URL').fill(url)
  await page.getByLabel('Name', { exact: true }).fill(name)
}

/** Connects to a database of a test server, and waits until it is open. */
export async function connectTo(page: Page, server: Server, database: string, name: string): Promise<void> {
  await fillInConnection(page, server.url(database), name)
  await page.getByRole('button', { name: 'Save and open' }).click()
  await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
}

/** Starts the sample clinic from the first screen. */
export async function tryIt(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start the sample clinic' }).click()
  await expect(page.getByRole('heading', { name: 'Sample clinic', exact: true })).toBeVisible({ timeout: 60_000 })
}

/** Runs the action that the palette finds first for these words. */
export async function runAction(page: Page, words: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+K')
  await page.getByLabel('Search the actions').fill(words)
  await page.keyboard.press('Enter')
}

export async function newQuery(page: Page): Promise<void> {
  await page.keyboard.press('ControlOrMeta+Alt+N')
  // The editor's code is fetched when it is first needed.
  await expect(panel(page).locator('.monaco-editor .view-lines')).toBeVisible({ timeout: 45_000 })
}

/** The tab in front. */
export function panel(page: Page): Locator {
  return page.locator('[role="tabpanel"]:not([hidden])').filter({ has: page.getByRole('toolbar') })
}

/** Replaces the text of the editor in front, by pasting: typed text would be indented by the editor. */
export async function write(page: Page, sql: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate((text) => navigator.clipboard.writeText(text), sql)
  await panel(page).locator('.monaco-editor .view-lines').click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('ControlOrMeta+V')
  const [word = ''] = sql.trim().split(/\s/)
  await expect(panel(page).locator('.monaco-editor .view-lines')).toContainText(word)
}

export async function runAll(page: Page, sql?: string): Promise<void> {
  if (sql !== undefined) await write(page, sql)
  await page.keyboard.press('ControlOrMeta+Shift+Enter')
}

/** The line under the results that says how the run ended. */
export function outcome(page: Page): Locator {
  return panel(page).getByRole('status', { name: 'Outcome' })
}

export function grid(page: Page): Locator {
  return panel(page).getByRole('grid')
}

/** Cells of a row, 1 being the first one. */
export function cellsOf(page: Page, row: number): Locator {
  return grid(page)
    .locator(`tr[aria-rowindex="${row + 1}"]`)
    .getByRole('gridcell')
}

export async function openHistory(page: Page): Promise<void> {
  await page.keyboard.press('ControlOrMeta+Shift+H')
  await expect(page.getByRole('toolbar', { name: 'Search the history' })).toBeVisible()
}

/** The operations that the history lists, newest first. */
export function operations(page: Page): Locator {
  return page.getByRole('list', { name: 'Operations' }).getByRole('button')
}

export async function searchHistory(page: Page, text: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search' }).fill(text)
}
