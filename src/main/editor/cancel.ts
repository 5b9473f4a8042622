import { setTimeout as sleep } from 'node:timers/promises'

/** How long a cancel is given to work before it is sent once more, in milliseconds. */
const insistAfterMs = 1_000

/**
 * Waits for `work`, and cancels it at the server when the signal aborts. A cancel that comes before the server
 * has read the statement is lost, so it is repeated until the work has ended. Comes back only when the answer to
 * the last cancel is there: it can hit nothing that is sent later.
 */
export async function cancellable<T>(
  work: Promise<T>,
  signal: AbortSignal,
  cancel: () => Promise<unknown>,
): Promise<T> {
  let hasEnded = false
  let cancelling: Promise<void> | null = null
  const ended = work.then(
    () => {},
    () => {}, // Whoever waits for the work has its error.
  )

  async function insist(): Promise<void> {
    while (!hasEnded) {
      // No second session now: the server may have one free a moment later.
      await cancel().catch(() => {})
      await Promise.race([ended, sleep(insistAfterMs, undefined, { ref: false })])
    }
  }
  const start = (): void => {
    cancelling ??= insist()
  }
  signal.addEventListener('abort', start, { once: true })
  if (signal.aborted) start()
  try {
    return await work
  } finally {
    hasEnded = true
    signal.removeEventListener('abort', start)
    await cancelling
  }
}
