import { setTimeout as sleep } from 'node:timers/promises'
import { cellsOf, grid, newQuery, panel, runAll } from '../../e2e/window.ts'
import { spread } from '../harness.ts'
import type { Part } from './ground.ts'
import { type Memory, memoryOf } from './memory.ts'

const sampleMs = 500

/** Memory while one goes to the end of a large table, and then through it. */
export const scroll: Part = async (desk) => {
  const rows = desk.upTo(10_000_000)
  const app = await desk.appAt(await desk.visits(rows))
  const { page } = app
  const look = await memoryOf(app)
  await newQuery(page)
  await runAll(page, 'select * from visit')
  await cellsOf(page, 1).first().click()
  const before = await look()

  const began = performance.now()
  const reading: Memory[] = []
  await page.keyboard.press('ControlOrMeta+End')
  const all = panel(page).getByText(`${rows.toLocaleString('en')} rows, all of them`)
  while ((await all.count()) === 0) {
    reading.push(await look())
    await sleep(sampleMs)
  }
  const seconds = (performance.now() - began) / 1_000
  await cellsOf(page, rows).first().waitFor()

  const scrolling: Memory[] = []
  // Found once: to look for it by its role, Playwright goes through the whole page, and leaves as much garbage in it.
  const scroller = await grid(page).locator('xpath=..').elementHandle()
  if (scroller === null) throw new Error('The grid is in nothing that scrolls.')
  for (let step = 0; step <= 200; step += 1) {
    await scroller.evaluate((element, share) => {
      element.scrollTop = (element.scrollHeight - element.clientHeight) * share
    }, step / 200)
    await page.mouse.wheel(0, 2_000)
    await sleep(50)
    if (step % 10 === 0) scrolling.push(await look())
  }
  const every = [...reading, ...scrolling]
  const total = ({ main, renderer }: Memory): number => main + renderer
  const fifth = (number: number): number => {
    const size = reading.length / 5
    const part = reading.slice(Math.floor(size * number), Math.max(Math.ceil(size * (number + 1)), 1))
    return spread(part.map(total)).median
  }
  return [
    {
      what: 'memory of main and renderer together, at most, from the first row to the last and back',
      value: Math.max(...every.map(total)),
      unit: 'MB',
      most: 500,
      detail: { before, reading: thinned(reading), scrolling: thinned(scrolling) },
    },
    {
      what: 'memory in the last fifth of the reading, of that in the second',
      value: fifth(4) / fifth(1),
      unit: 'ratio',
      most: 1.1,
    },
    { what: 'reading to the end', value: seconds, unit: 's', detail: { rowsPerSecond: Math.round(rows / seconds) } },
  ]
}

/** Twenty of them, first and last included. */
function thinned(samples: readonly Memory[]): Memory[] {
  const step = Math.max(1, (samples.length - 1) / 19)
  const places = new Set(Array.from({ length: 20 }, (_, index) => Math.round(index * step)))
  return samples.filter((_, index) => places.has(index))
}
