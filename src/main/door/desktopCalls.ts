/**
 * The calls of Electron that the desktop's door makes, and no more. `electron.ts` hands over the real ones, which
 * the compiler holds against this; the tests hand over a fake that need not invent the rest.
 */
export interface DesktopElectron {
  readonly app: DesktopApp
  readonly BrowserWindow: new (options: WindowOptions) => DesktopWindow
  readonly ipcMain: DesktopIpc
  readonly protocol: DesktopProtocol
  readonly session: { readonly defaultSession: DesktopSession }
  readonly shell: { openExternal(url: string): Promise<void> }
  readonly dialog: DesktopDialog
  readonly safeStorage: SafeStorage
  readonly screen: { getAllDisplays(): { workArea: Bounds }[] }
  readonly Menu: { buildFromTemplate(template: MenuEntry[]): object; setApplicationMenu(menu: object | null): void }
}

export interface Preventable {
  preventDefault(): void
}

export interface DesktopApp {
  readonly isPackaged: boolean
  setPath(name: 'userData', folder: string): void
  enableSandbox(): void
  requestSingleInstanceLock(): boolean
  whenReady(): Promise<void>
  quit(): void
  exit(code: number): void
  on(event: 'second-instance', listener: () => void): unknown
  on(event: 'window-all-closed', listener: () => void): unknown
  on(event: 'will-quit', listener: (event: Preventable) => void): unknown
  on(event: 'web-contents-created', listener: (event: Preventable, contents: DesktopContents) => void): unknown
}

export interface Bounds {
  x: number
  y: number
  width: number
  height: number
}

/** Electron's own defaults are as safe for most of these; they are named so that no upgrade can change them. */
export interface WindowOptions extends Partial<Bounds> {
  title: string
  minWidth: number
  minHeight: number
  show: boolean
  webPreferences: {
    preload: string
    contextIsolation: boolean
    sandbox: boolean
    nodeIntegration: boolean
    nodeIntegrationInWorker: boolean
    nodeIntegrationInSubFrames: boolean
    webSecurity: boolean
    allowRunningInsecureContent: boolean
    webviewTag: boolean
    navigateOnDragDrop: boolean
    devTools: boolean
  }
}

export interface DesktopWindow {
  readonly webContents: DesktopContents
  loadURL(url: string): Promise<void>
  show(): void
  focus(): void
  restore(): void
  maximize(): void
  isMinimized(): boolean
  isMaximized(): boolean
  getNormalBounds(): Bounds
  on(event: 'close', listener: () => void): unknown
  once(event: 'ready-to-show', listener: () => void): unknown
}

export interface NavigationAttempt extends Preventable {
  readonly url: string
}

/** A document in a window, or whatever else asks to become one. */
export interface DesktopContents {
  isDestroyed(): boolean
  send(channel: string, message?: string): void
  reload(): void
  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void
  on(event: 'will-frame-navigate', listener: (attempt: NavigationAttempt) => void): unknown
  on(event: 'will-redirect', listener: (attempt: NavigationAttempt) => void): unknown
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown
  /** The page asks not to go: preventing this event lets it go all the same. */
  on(event: 'will-prevent-unload', listener: (event: Preventable) => void): unknown
  on(event: 'did-navigate', listener: () => void): unknown
  on(event: 'render-process-gone', listener: (event: unknown, details: { reason: string }) => void): unknown
  on(event: 'destroyed', listener: () => void): unknown
}

export interface IpcEvent {
  readonly sender: DesktopContents
  /** Null once the frame has gone. */
  readonly senderFrame: { readonly url: string; readonly parent: object | null } | null
}

export interface DesktopIpc {
  on(channel: string, listener: (event: IpcEvent, message: unknown) => void): unknown
}

/** A request of the window's own protocol. */
export interface AppRequest {
  url: string
  method: string
  body?: AsyncIterable<Uint8Array> | null
}

export interface DesktopProtocol {
  /** Before the app is ready, and once. */
  registerSchemesAsPrivileged(
    schemes: {
      scheme: string
      privileges: { standard: boolean; secure: boolean; supportFetchAPI: boolean; codeCache: boolean }
    }[],
  ): void
  handle(scheme: string, handler: (request: AppRequest) => Promise<Response>): void
}

export interface DesktopSession {
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: string, answer: (granted: boolean) => void) => void,
  ): void
  setPermissionCheckHandler(handler: (contents: unknown, permission: string) => boolean): void
  setDevicePermissionHandler(handler: () => boolean): void
}

export interface MessageBox {
  type: 'question' | 'warning' | 'error'
  message: string
  detail: string
  buttons: string[]
  /** The button that Enter presses; the first one where none is named. */
  defaultId?: number
  /** What closing the box counts as. */
  cancelId: number
}

export interface DesktopDialog {
  /** The index of the button that was pressed. */
  showMessageBox(window: Pick<DesktopWindow, 'focus'>, options: MessageBox): Promise<{ response: number }>
  /** The same, with everything waiting for the answer. */
  showMessageBoxSync(window: Pick<DesktopWindow, 'focus'>, options: MessageBox): number
  showErrorBox(title: string, content: string): void
  showSaveDialog(
    window: Pick<DesktopWindow, 'focus'>,
    options: { defaultPath: string; filters: { name: string; extensions: string[] }[] },
  ): Promise<{ canceled: boolean; filePath: string }>
  showOpenDialog(
    window: Pick<DesktopWindow, 'focus'>,
    options: { title: string; properties: ('openFile' | 'multiSelections')[] },
  ): Promise<{ canceled: boolean; filePaths: string[] }>
}

export interface SafeStorage {
  /** Only after the app is ready. */
  isEncryptionAvailable(): boolean
  /** On Linux alone. */
  getSelectedStorageBackend(): string
  encryptString(text: string): Buffer
  decryptString(encrypted: Buffer): string
}

type MenuRole =
  | 'about'
  | 'services'
  | 'hide'
  | 'hideOthers'
  | 'unhide'
  | 'quit'
  | 'undo'
  | 'redo'
  | 'cut'
  | 'copy'
  | 'paste'
  | 'selectAll'
  | 'reload'
  | 'toggleDevTools'
  | 'resetZoom'
  | 'zoomIn'
  | 'zoomOut'
  | 'togglefullscreen'
  | 'minimize'
  | 'zoom'

export interface MenuEntry {
  label?: string
  role?: MenuRole
  type?: 'separator'
  submenu?: MenuEntry[]
}
