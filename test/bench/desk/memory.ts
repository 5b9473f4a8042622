import { readFile } from 'node:fs/promises'
import type { App } from './ground.ts'

/** In MB (2^20 bytes). Memory that processes share is divided among them. */
export interface Memory {
  main: number
  renderer: number
  /** What the window's own objects take of that. */
  heap: number
}

/** Gets ready to look at the memory of the program and of the process that draws its window. Linux tells it. */
export async function memoryOf({ door, page }: App): Promise<() => Promise<Memory>> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('The page has no browser.')
  const all = await browser.newBrowserCDPSession()
  const own = await page.context().newCDPSession(page)
  await own.send('Performance.enable')
  const { processInfo } = await all.send('SystemInfo.getProcessInfo')
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  return async () => {
    const sizes = await Promise.all(renderers.map(shareOf))
    const { metrics } = await own.send('Performance.getMetrics')
    return {
      main: await shareOf(door.pid),
      // Chromium keeps one more at hand, which is small.
      renderer: Math.max(...sizes),
      heap: (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 2 ** 20,
    }
  }
}

async function shareOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(text)?.[1]
  return Number(kilobytes ?? 0) / 1024
}
