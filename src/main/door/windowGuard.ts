import type { DesktopContents, DesktopSession, WindowOptions } from './desktopCalls.ts'

/** What the page may do by itself: nothing that is not in the contract. */
export function pageSettings(preload: string, isPackaged: boolean): WindowOptions['webPreferences'] {
  return {
    preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    devTools: !isPackaged,
  }
}

/** Keeps `contents` on our page. What would lead elsewhere goes to `offerLink`, the one gate for links. */
export function guardContents(
  contents: DesktopContents,
  isOurPage: (url: string) => boolean,
  offerLink: (url: string) => void,
): void {
  const stay = (attempt: { url: string; preventDefault(): void }): void => {
    if (isOurPage(attempt.url)) return
    attempt.preventDefault()
    offerLink(attempt.url)
  }
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    offerLink(url)
    return { action: 'deny' }
  })
}

/** Writing text to the clipboard is what the results grid needs. Everything else is refused. */
export function guardPermissions(session: DesktopSession): void {
  const allowed = (permission: string): boolean => permission === 'clipboard-sanitized-write'
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(allowed(permission)))
  session.setPermissionCheckHandler((_contents, permission) => allowed(permission))
  session.setDevicePermissionHandler(() => false)
}

/** The address that a person may be asked about, or null for one that no link of ours has. */
export function externalLink(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { protocol, username, password, href } = new URL(url)
  return protocol === 'https:' && username === '' && password === '' ? href : null
}
