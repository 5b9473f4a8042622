import type { Care } from './care.ts'

const firstMs = 5 * 60_000
const againMs = 6 * 3_600_000

/** Keeps to the retention: now when asked, and every few hours. */
export function createRetaining(care: Care, onDeleted: () => void) {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined

  async function run(signal: AbortSignal, onProgress: (deleted: number) => void): Promise<number> {
    const deleted = await care.prune(AbortSignal.any([signal, stopping.signal]), onProgress)
    if (deleted > 0) onDeleted()
    return deleted
  }

  function later(ms: number): void {
    timer = setTimeout(async () => {
      // A locked or a full disk: the next time may do, and what was to go is still there.
      await run(stopping.signal, () => {}).catch(() => 0)
      if (!stopping.signal.aborted) later(againMs)
    }, ms)
    timer.unref()
  }

  return {
    run,
    start: (): void => later(firstMs),
    stop: (): void => {
      stopping.abort()
      clearTimeout(timer)
    },
  }
}
