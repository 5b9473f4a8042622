/** Tells whoever watches that the history has changed, now and then rather than each time. */
export interface Teller {
  tell(): void
  watch(emit: (event: { changed: true }) => void, signal: AbortSignal): Promise<null>
  close(): void
}

const restMs = 500

/** @param onTold runs with each telling */
export function createTeller(onTold: () => void): Teller {
  const watchers = new Set<(event: { changed: true }) => void>()
  const closing = new AbortController()
  let timer: NodeJS.Timeout | undefined

  function tellNow(): void {
    timer = undefined
    onTold()
    for (const emit of watchers) emit({ changed: true })
  }

  return {
    tell: () => {
      if (closing.signal.aborted) return
      timer ??= setTimeout(tellNow, restMs)
      timer.unref()
    },
    watch: (emit, signal) =>
      new Promise((resolve) => {
        const ended = AbortSignal.any([signal, closing.signal])
        const end = (): void => {
          watchers.delete(emit)
          resolve(null)
        }
        if (ended.aborted) return end()
        ended.addEventListener('abort', end, { once: true })
        watchers.add(emit)
      }),
    close: () => {
      clearTimeout(timer)
      closing.abort()
    },
  }
}
