import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { Desk } from '../desk/ground.ts'
import type { Figure } from '../figure.ts'
import { spread } from '../harness.ts'
import type { Corpus } from './corpus.ts'
import { trackedDatabase } from './import.ts'

/** How often somebody does something meanwhile, in milliseconds. */
const restMs = 400
const longestImportMs = 1_800_000

/** How long the window is looked at before. */
const beforeMs = 10_000

/** In milliseconds. `at` counts from the opening of the window. */
const watched = z.object({
  frames: z.array(z.object({ at: z.number(), gap: z.number() })),
  answers: z.array(z.number()),
})
type Watched = z.infer<typeof watched>

/** A log of so many bytes, imported by the window, in which somebody goes on working. */
export async function windowFigures(corpus: Corpus, folder: string, bytes: number): Promise<Figure[]> {
  const file = join(folder, 'large.log')
  let size = 0
  for (let time = 0; size < bytes; time += 1) {
    await pipeline(createReadStream(corpus.stderr), createWriteStream(file, { flags: time === 0 ? 'w' : 'a' }))
    size = (await stat(file)).size
  }
  const desk = await Desk.open(undefined)
  try {
    const { page } = await desk.appAt(await trackedDatabase(await desk.server()))
    await page.keyboard.press('ControlOrMeta+Alt+Shift+B')
    await page.getByLabel('Log files').setInputFiles(file)
    await page.getByRole('list', { name: 'Logs' }).getByRole('button').first().waitFor()
    const began = performance.now()
    await watch(page)
    await work(page, async () => performance.now() - began > beforeMs)
    const before = await take(page)
    const clicked = performance.now()
    await page.getByRole('button', { name: 'Import 1 log' }).click({ timeout: 60_000 })
    const summary = page.getByRole('region', { name: 'Summary' })
    await work(page, async () => {
      if (performance.now() - clicked > longestImportMs) throw new Error('The import has not ended.')
      return (await summary.count()) > 0
    })
    const seconds = (performance.now() - clicked) / 1_000
    const meanwhile = await take(page)
    const said = await summary.textContent()
    if (said?.includes('operations and events imported') !== true) throw new Error(`It ended otherwise: ${said}`)
    return [
      { what: 'window: size of the log', value: size / 2 ** 20, unit: 'MB' },
      { what: 'window: imported in', value: seconds, unit: 's' },
      ...figuresOf('while it is imported', meanwhile, 100),
      // What the machine does to a window that has nothing to do.
      ...figuresOf('before', before),
    ]
  } finally {
    await desk.close()
    await rm(file)
  }
}

/** The palette comes and goes: a key, a list, a field that takes the focus. */
async function work(page: Page, isOver: () => Promise<boolean>): Promise<void> {
  for (let key = 'ControlOrMeta+K'; !(await isOver()); key = key === 'Escape' ? 'ControlOrMeta+K' : 'Escape') {
    await page.keyboard.press(key)
    await sleep(restMs)
  }
  await page.keyboard.press('Escape')
}

function figuresOf(when: string, { frames, answers }: Watched, most?: number): Figure[] {
  const gaps = frames.map(({ gap }) => gap)
  const budget = most === undefined ? {} : { most }
  return [
    {
      what: `window: longest time between two frames ${when}`,
      value: Math.max(...gaps),
      unit: 'ms',
      ...budget,
      detail: { frames: gaps.length, long: frames.filter(({ gap }) => gap > 50) },
    },
    {
      what: `window: longest time from a key to the frame that answers it ${when}`,
      value: Math.max(0, ...answers),
      unit: 'ms',
      ...budget,
      detail: { slow: answers.length, ...(answers.length === 0 ? {} : spread(answers)) },
    },
  ]
}

/** What was noted since the last time. */
async function take(page: Page): Promise<Watched> {
  const taken: unknown = await page.evaluate(() => {
    const all: unknown = Reflect.get(globalThis, 'watched')
    const copy: unknown = structuredClone(all)
    if (all instanceof Object) for (const list of Object.values(all)) if (Array.isArray(list)) list.length = 0
    return copy
  })
  return watched.parse(taken)
}

/** Notes the times between frames, and those from an input to the frame behind it, as far as they are 16 ms or more. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const noted: { frames: { at: number; gap: number }[]; answers: number[] } = { frames: [], answers: [] }
    Reflect.set(globalThis, 'watched', noted)
    let last = performance.now()
    const look = (now: number): void => {
      noted.frames.push({ at: now, gap: now - last })
      last = now
      requestAnimationFrame(look)
    }
    requestAnimationFrame((now) => {
      last = now
      requestAnimationFrame(look)
    })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) noted.answers.push(duration)
    }).observe(Object.assign({ type: 'event' }, { durationThreshold: 16 }))
  })
}
