import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import { type DoorProcess, startDoor } from '../ground/door.ts'

const root = join(import.meta.dirname, '..', '..')

export { expect }

/**
 * Tests of the browser door: `door` runs as long as the test, and `app` is a page that has gone in. Whatever
 * the page says to the console as an error (a refused script among it) fails the test.
 */
export const test = base.extend<{ door: DoorProcess; app: Page }>({
  door: async ({ browserName: _ }, use) => {
    const door = await openDoor()
    await use(door)
    await door.close()
    await rm(door.dataFolder, { recursive: true, force: true })
  },
  app: async ({ page, door }, use) => {
    const errors: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(door.link)
    await use(page)
    expect(errors).toEqual([])
  },
})

/** Starts a door of the built program; on a folder that is given, what it kept there is there again. */
export async function openDoor(
  dataFolder?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<DoorProcess> {
  const program = join(root, 'out', 'main', 'web.js')
  if (!existsSync(program)) throw new Error('The program is not built: npm run build.')
  return await startDoor(program, dataFolder ?? (await mkdtemp(join(tmpdir(), 'pgsteward-'))), environment)
}
