import { setTimeout as sleep } from 'node:timers/promises'
import type { CDPSession, Page } from '@playwright/test'
import { z } from 'zod'
import { historyFilter } from '../../../src/core/history/filter.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { createReader } from '../../../src/main/history/reader.ts'
import { operations } from '../../e2e/window.ts'
import { spread } from '../harness.ts'
import { fillHistory } from './fillHistory.ts'
import type { Part } from './ground.ts'

/** Typed key by key: frequent words and rare ones, parts of words, several words, none that there is. */
const typed = ['vacuum billing', 'OPS-1234', 'create index concurrently visit_id', 'deadlock', 'zzz', 'refresh_order']

/** A search over a million operations at each key, as the window asks and as the list shows it. */
export const typing: Part = async (desk) => {
  const count = desk.upTo(1_000_000)
  const folder = await desk.folder()
  const cache = openCache(folder)
  fillHistory(cache, count)
  await untilIndexed(cache.path)
  cache.close()

  const { page } = await desk.app(folder)
  await page.keyboard.press('ControlOrMeta+Shift+H')
  await operations(page).first().waitFor()
  const field = page.getByRole('searchbox', { name: 'Search' })
  // The first question loads what the later ones find loaded.
  await keyed(page, 'v')
  const watch = await watchSearches(page)
  const answers: number[] = []
  const drawn: number[] = []
  const slowest: { text: string; ms: number }[] = []
  for (const text of typed) {
    await field.fill('')
    await page.waitForTimeout(500)
    for (const [index, key] of Array.from(text).entries()) {
      watch.begin()
      drawn.push(await keyed(page, key))
      const ms = await watch.firstAnswer()
      answers.push(ms)
      slowest.push({ text: text.slice(0, index + 1), ms })
    }
  }
  const inOrder = answers.toSorted((one, other) => one - other)
  const share95 = inOrder[Math.floor(inOrder.length * 0.95)] ?? Number.NaN
  return [
    {
      what: `search over ${count.toLocaleString('en')} operations at a key, asked to answered`,
      value: spread(answers).median,
      unit: 'ms',
      most: 50,
      detail: { ...spread(answers), keys: answers.length },
    },
    {
      what: 'the same, the slowest key of twenty',
      value: share95,
      unit: 'ms',
      most: 50,
      detail: slowest.toSorted((one, other) => other.ms - one.ms).slice(0, 5),
    },
    {
      what: 'from the key to the last change of the list on screen, the pause that waits for a next key included',
      value: spread(drawn).median,
      unit: 'ms',
      detail: spread(drawn),
    },
  ]
}

/** The program would do it in the background, while one types. */
async function untilIndexed(path: string): Promise<void> {
  const reader = createReader(path)
  reader.changed()
  const anything = historyFilter.parse({})
  while ((await reader.ask('search', { ...anything, limit: 1 })).unindexed > 0) await sleep(1_000)
  await reader.close()
}

/** Presses a key in the field. Milliseconds to the last change of the list that is followed by half a second of rest. */
async function keyed(page: Page, key: string): Promise<number> {
  const handle = await page.evaluateHandle(() => {
    const measured = new Promise<number>((resolve) => {
      addEventListener(
        'keydown',
        (event) => {
          let last = 0
          let rest: ReturnType<typeof setTimeout> | undefined
          const list = document.querySelector('[role=tabpanel]:not([hidden])') ?? document.body
          const settle = (): void => {
            clearTimeout(rest)
            rest = setTimeout(() => {
              observer.disconnect()
              resolve(last)
            }, 500)
          }
          const observer = new MutationObserver(() => {
            requestAnimationFrame(() => {
              last = performance.now() - event.timeStamp
            })
            settle()
          })
          observer.observe(list, { subtree: true, childList: true, characterData: true })
          settle()
        },
        { capture: true, once: true },
      )
    })
    return { measured }
  })
  await page.getByRole('searchbox', { name: 'Search' }).press(key === ' ' ? 'Space' : key)
  return await handle.evaluate(({ measured }) => measured)
}

const called = z.object({ kind: z.literal('call'), id: z.int(), name: z.literal('history.search') })
const answered = z.object({
  kind: z.literal('ok'),
  id: z.int(),
  output: z.object({ entries: z.array(z.unknown()), next: z.int().nullable() }),
})

/** Listens to the wire: what is asked, and when it is answered. */
async function watchSearches(page: Page): Promise<{ begin(): void; firstAnswer(): Promise<number> }> {
  const session: CDPSession = await page.context().newCDPSession(page)
  const asked = new Map<number, number>()
  let first: number | null = null
  let taken: number | null = null
  session.on('Network.webSocketFrameSent', ({ timestamp, response }) => {
    const call = called.safeParse(parsed(response.payloadData))
    if (!call.success) return
    asked.set(call.data.id, timestamp)
    first ??= timestamp
  })
  session.on('Network.webSocketFrameReceived', ({ timestamp, response }) => {
    const answer = answered.safeParse(parsed(response.payloadData))
    if (!answer.success || !asked.has(answer.data.id) || first === null || taken !== null) return
    // A page may end empty for want of time: then the window asks on, and a person waits on.
    if (answer.data.output.entries.length > 0 || answer.data.output.next === null) taken = (timestamp - first) * 1_000
  })
  await session.send('Network.enable')
  return {
    begin: () => {
      first = null
      taken = null
      asked.clear()
    },
    firstAnswer: async () => {
      while (taken === null) await sleep(50)
      return taken
    },
  }
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return null // No message of ours.
  }
}
