import { useId, useLayoutEffect } from 'react'

/** Those that are open now, by their ids. One that fades away is on the screen, and not among them. */
const open = new Set<string>()

/** What had the keys before the dialog that was opened last. */
let latestBefore: Element | null = null

/**
 * Keys belong to a dialog for as long as it is open, and at once to what had them before when it closes. Neither waits
 * for the end of a fade: keys that come meanwhile would be lost.
 */
export function useOpenDialog(opened: boolean): void {
  const id = useId()
  // Before the next key can come, which an effect after painting is not.
  useLayoutEffect(() => {
    if (!opened) return
    const focused = document.activeElement
    // One dialog may follow the other: what the first one has will be gone.
    const before = focused?.closest('[inert]') ? latestBefore : focused
    latestBefore = before
    open.add(id)
    return () => {
      open.delete(id)
      // React, which is at its changes just now, puts the focus back where it found it.
      queueMicrotask(() => {
        if (before instanceof HTMLElement && isLeftBehind(document.activeElement)) before.focus({ preventScroll: true })
      })
    }
  }, [id, opened])
}

/** Whether the focus is where a dialog left it, rather than where somebody has put it since. */
function isLeftBehind(focused: Element | null): boolean {
  return focused === null || focused === document.body || focused.closest('[inert]') !== null
}

export function isDialogOpen(): boolean {
  return open.size > 0
}
