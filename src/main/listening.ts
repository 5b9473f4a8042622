/** Keeps a listener among others until the signal aborts; a call that tells of what happens lasts so long. */
export function listen<T>(listeners: Set<T>, listener: T, ended: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (ended.aborted) return resolve(null)
    const end = (): void => {
      listeners.delete(listener)
      resolve(null)
    }
    ended.addEventListener('abort', end, { once: true })
    listeners.add(listener)
  })
}
