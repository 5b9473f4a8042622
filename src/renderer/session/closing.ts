import type { SessionStore } from './scope.ts'

/** Asks before a tab closes that holds something which would be lost with it. */
export function requestClose(session: SessionStore, tab: string): void {
  const holds = session.getState().held.get(tab)
  if (holds !== undefined) session.setState({ closing: { tab, holds } })
  else session.getState().closeTab(tab)
}

/** Has the browser ask before the page goes, while a tab holds something. */
export function askBeforeLeaving(session: SessionStore): void {
  window.addEventListener('beforeunload', (event) => {
    if (session.getState().held.size > 0) event.preventDefault()
  })
}
