import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test as base, expect, type Page } from '@playwright/test'

const root = join(import.meta.dirname, '..', '..')

/** A browser door of the built program, with a data folder of its own. */
export interface Door {
  /** Lets a browser in. */
  readonly link: string
  readonly dataFolder: string
  /** Ends it, as Ctrl+C in its terminal does. */
  close(): Promise<void>
  /** Kills it, as a crash does: with no time for a last word. */
  kill(): Promise<void>
}

export { expect }

/**
 * Tests of the browser door: `door` runs as long as the test, and `app` is a page that has gone in. Whatever
 * the page says to the console as an error (a refused script among it) fails the test.
 */
export const test = base.extend<{ door: Door; app: Page }>({
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

/** Starts a door; on a folder that is given, what it kept there is there again. */
export async function openDoor(dataFolder?: string): Promise<Door> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'pgsteward-')))
  const program = join(root, 'out', 'main', 'web.js')
  if (!existsSync(program)) throw new Error('The program is not built: npm run build.')
  const args = [program, '--no-open', '--until-input-ends', '--data-folder', folder]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const link = await linkOf(child)
  return {
    link,
    dataFolder: folder,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGINT')
      await once(child, 'exit')
    },
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function linkOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The door was started without its output.')
  for await (const line of createInterface(child.stdout)) {
    const link = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(line)?.[0]
    if (link === undefined) continue
    child.stdout.resume()
    return link
  }
  throw new Error('The door ended before it was open; its reason is above.')
}
