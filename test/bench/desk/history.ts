/**
 * What a search of the history costs as it is typed, letter by letter, over a million operations: the list and the
 * timeline are asked for at once, as the view does, and the key is answered when both are there.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { historyFilter } from '../../../src/core/history/filter.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { createReader } from '../../../src/main/history/reader.ts'
import { fillHistory } from './fillHistory.ts'

/** Frequent, rare, none, several words, an identifier. */
const typed = ['prescription', 'archive.device_2019_7', 'zzzzzz', 'deadlock visit', 'update people', 'ops-1234']

/** The budget for a key, in milliseconds. */
export const keyBudgetMs = 50

export async function measureHistory(operations: number): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-bench-'))
  const cache = openCache(folder)
  const reader = createReader(cache.path)
  try {
    fillHistory(cache, operations)
    const since = performance.now()
    const used = process.cpuUsage()
    await reader.ask('index', {})
    const indexSeconds = (performance.now() - since) / 1000
    // On a busy machine the clock tells of the others, too.
    const { user, system } = process.cpuUsage(used)
    const indexCpuSeconds = (user + system) / 1e6
    const keys: { typed: string; cpuMs: number; ms: number; search: number; timeline: number; found: number }[] = []
    for (const word of ['', ...typed]) {
      for (let length = 1; length <= word.length; length += 1) {
        const filter = historyFilter.parse({ text: word.slice(0, length) })
        const began = performance.now()
        const usedBefore = process.cpuUsage()
        const took = async <T>(asked: Promise<T>) => ({ answer: await asked, ms: performance.now() - began })
        const [search, timeline] = await Promise.all([
          took(reader.ask('search', { ...filter, limit: 100 })),
          took(reader.ask('timeline', { ...filter, most: 120 })),
        ])
        const spent = process.cpuUsage(usedBefore)
        keys.push({
          typed: filter.text,
          cpuMs: (spent.user + spent.system) / 1000,
          ms: Math.max(search.ms, timeline.ms),
          search: search.ms,
          timeline: timeline.ms,
          found: timeline.answer.total,
        })
      }
    }
    const times = keys.map(({ ms }) => ms).sort((a, b) => a - b)
    const cpu = keys.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b)
    const at = (share: number, of = times): number => of[Math.min(of.length - 1, Math.floor(of.length * share))] ?? 0
    return {
      operations,
      indexSeconds,
      indexCpuSeconds,
      cacheBytes: (await stat(cache.path)).size,
      keyMs: { median: at(0.5), p95: at(0.95), worst: at(1), budget: keyBudgetMs },
      keyCpuMs: { median: at(0.5, cpu), p95: at(0.95, cpu), worst: at(1, cpu) },
      slowest: keys.sort((a, b) => b.ms - a.ms).slice(0, 8),
    }
  } finally {
    await reader.close()
    cache.close()
    await rm(folder, { recursive: true, force: true })
  }
}
