import type { Page } from '@playwright/test'
import { connectTo, newQuery } from '../../e2e/window.ts'
import { spread } from '../harness.ts'
import { type Desk, launchBrowser, type Part } from './ground.ts'

const times = 9

/** From nothing to a window that takes orders, and the script that loads for it. */
export const start: Part = async (desk) => {
  await desk.browser()
  const warm: number[] = []
  const cold: number[] = []
  for (let time = 0; time < times; time += 1) {
    const page = await desk.page()
    const began = Date.now()
    warm.push((await usableAt(desk, page)) - began)
    await page.context().close()
  }
  for (let time = 0; time < times; time += 1) {
    const began = Date.now()
    const browser = await launchBrowser()
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    cold.push((await usableAt(desk, page)) - began)
    await browser.close()
  }
  const { first, editor } = await scriptSizes(desk)
  return [
    {
      what: 'from the start of the program to a usable window, in a browser that is open',
      value: spread(warm).median,
      unit: 'ms',
      most: 2_000,
      detail: spread(warm),
    },
    {
      what: 'the same, with the start of the browser before it',
      value: spread(cold).median,
      unit: 'ms',
      detail: spread(cold),
    },
    { what: 'script of the first load, before an editor is opened', value: first, unit: 'MB', most: 1.5 },
    { what: 'script that the first editor adds', value: editor, unit: 'MB' },
  ]
}

/** Starts the program upon a new folder. When its window took orders, in milliseconds since 1970. */
async function usableAt(desk: Desk, page: Page): Promise<number> {
  await page.addInitScript(() => {
    const look = (): void => {
      const isThere = [...document.querySelectorAll('button:enabled')].some(
        ({ textContent, ariaLabel }) => textContent === 'New connection' || ariaLabel === 'New connection',
      )
      const now = (): number => performance.timeOrigin + performance.now()
      requestAnimationFrame(isThere ? () => Reflect.set(globalThis, 'usableAt', now()) : look)
    }
    look()
  })
  const door = await desk.door(await desk.folder())
  await page.goto(door.link)
  const at = await page.waitForFunction(() => Number(Reflect.get(globalThis, 'usableAt') ?? 0))
  const value = await at.jsonValue()
  await door.close()
  return value
}

/** In MB (2^20 bytes), as they are sent: nothing is compressed on the way. */
async function scriptSizes(desk: Desk): Promise<{ first: number; editor: number }> {
  const database = await desk.visits(1_000)
  const page = await desk.page()
  const bodies: Promise<Buffer>[] = []
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') bodies.push(response.body())
  })
  const size = async (): Promise<number> => {
    await page.waitForLoadState('networkidle')
    return (await Promise.all(bodies)).reduce((sum, { length }) => sum + length, 0) / 2 ** 20
  }
  const door = await desk.door(await desk.folder())
  await page.goto(door.link)
  await connectTo(page, await desk.server(), database, 'Bench')
  const first = await size()
  await newQuery(page)
  return { first, editor: (await size()) - first }
}
