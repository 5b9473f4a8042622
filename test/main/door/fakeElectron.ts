import { EventEmitter } from 'node:events'
import { vi } from 'vitest'
import type { Bridge } from '../../../src/core/wire.ts'
import type {
  Bounds,
  DesktopContents,
  DesktopElectron,
  DesktopWindow,
  MenuEntry,
  WindowOptions,
} from '../../../src/main/door/desktopCalls.ts'

type OpenHandler = (details: { url: string }) => { action: 'deny' }
type PermissionRequestHandler = (contents: unknown, permission: string, answer: (granted: boolean) => void) => void
type ProtocolHandler = (request: { url: string; method: string }) => Promise<Response>

/** What a person would see of a message box, and the button they press. */
interface Question {
  message: string
  detail: string
  buttons: string[]
  defaultId?: number
  cancelId: number
}

class FakeContents extends EventEmitter implements DesktopContents {
  url = 'about:blank'
  destroyed = false
  reloads = 0
  openHandler: OpenHandler | undefined
  /** The page's side of the line. */
  readonly renderer = new EventEmitter()

  isDestroyed(): boolean {
    return this.destroyed
  }

  send(channel: string, message?: string): void {
    const copy = structuredClone(message)
    setImmediate(() => this.renderer.emit(channel, { sender: 'electron' }, copy))
  }

  reload(): void {
    this.reloads += 1
    this.navigate(this.url)
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler
  }

  /** A new document takes the place of the old one, whose listeners go with it. */
  navigate(url: string): void {
    this.url = url
    this.renderer.removeAllListeners()
    this.emit('did-navigate')
  }

  /** Whether the page goes although it asked to stay. */
  unload(): boolean {
    let prevented = false
    this.emit('will-prevent-unload', { preventDefault: () => (prevented = true) })
    return prevented
  }

  /** Whether an attempt of the page to go to `url` was stopped. */
  attempt(event: 'will-frame-navigate' | 'will-redirect' | 'will-attach-webview', url: string): boolean {
    let prevented = false
    this.emit(event, { url, preventDefault: () => (prevented = true) })
    return prevented
  }
}

class FakeWindow extends EventEmitter implements DesktopWindow {
  readonly webContents = new FakeContents()
  readonly options: WindowOptions
  bounds: Bounds
  shown = false
  focused = 0
  minimized = false
  maximized = false

  constructor(options: WindowOptions) {
    super()
    this.options = options
    this.bounds = { x: 0, y: 0, width: 0, height: 0, ...options }
  }

  async loadURL(url: string): Promise<void> {
    this.webContents.navigate(url)
    this.emit('ready-to-show')
  }

  show(): void {
    this.shown = true
  }
  focus(): void {
    this.focused += 1
  }
  restore(): void {
    this.minimized = false
  }
  maximize(): void {
    this.maximized = true
  }
  isMinimized(): boolean {
    return this.minimized
  }
  isMaximized(): boolean {
    return this.maximized
  }
  getNormalBounds(): Bounds {
    const { x, y, width, height } = this.bounds
    return { x, y, width, height }
  }
}

class FakeApp extends EventEmitter {
  isPackaged = true
  /** Another process has the lock. */
  isSecond = false
  sandboxed = false
  quits = 0
  readonly exitCodes: number[] = []
  readonly paths = new Map<string, string>()

  setPath(name: string, folder: string): void {
    this.paths.set(name, folder)
  }
  enableSandbox(): void {
    this.sandboxed = true
  }
  requestSingleInstanceLock(): boolean {
    return !this.isSecond
  }
  async whenReady(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }
  exit(code: number): void {
    this.exitCodes.push(code)
  }
  /** As Electron does it: asks, and ends unless somebody needs time first. */
  quit(): void {
    let prevented = false
    this.emit('will-quit', { preventDefault: () => (prevented = true) })
    if (!prevented) this.quits += 1
  }
}

/**
 * Electron as far as the door uses it: events in Electron's order, and messages that are cloned and come later.
 * Whatever a test wants to know of what was asked stands in its fields.
 */
export class FakeElectron implements DesktopElectron {
  readonly app = new FakeApp()
  readonly ipcMain = new EventEmitter()
  readonly windows: FakeWindow[] = []
  readonly schemes: unknown[] = []
  readonly handlers = new Map<string, ProtocolHandler>()
  readonly opened: string[] = []
  readonly questions: Question[] = []
  readonly errors: string[] = []
  readonly screens: Bounds[] = [{ x: 0, y: 0, width: 1920, height: 1080 }]
  menu: MenuEntry[] = []
  /** The button that is pressed in the next message box. */
  press = 0
  readonly saves: { defaultPath: string; filters: { name: string; extensions: string[] }[] }[] = []
  /** The path that the person chooses for a file; null cancels. */
  saveTo: string | null = null
  /** What is chosen in a dialog that opens files; null where it is closed. */
  picks: string[] | null = null
  keychain: 'gnome_libsecret' | 'basic_text' | 'absent' = 'gnome_libsecret'
  permissionRequest: PermissionRequestHandler | undefined
  permissionCheck: ((contents: unknown, permission: string) => boolean) | undefined
  devicePermission: (() => boolean) | undefined

  readonly BrowserWindow: DesktopElectron['BrowserWindow']

  constructor() {
    const { app, windows } = this
    this.BrowserWindow = class extends FakeWindow {
      constructor(options: WindowOptions) {
        super(options)
        windows.push(this)
        app.emit('web-contents-created', {}, this.webContents)
      }
    }
  }

  readonly protocol = {
    registerSchemesAsPrivileged: (schemes: object[]): void => {
      this.schemes.push(...schemes)
    },
    handle: (scheme: string, handler: ProtocolHandler): void => {
      this.handlers.set(scheme, handler)
    },
  }

  readonly session = {
    defaultSession: {
      setPermissionRequestHandler: (handler: PermissionRequestHandler): void => {
        this.permissionRequest = handler
      },
      setPermissionCheckHandler: (handler: (contents: unknown, permission: string) => boolean): void => {
        this.permissionCheck = handler
      },
      setDevicePermissionHandler: (handler: () => boolean): void => {
        this.devicePermission = handler
      },
    },
  }

  readonly shell = {
    openExternal: async (url: string): Promise<void> => {
      this.opened.push(url)
    },
  }

  readonly dialog = {
    showMessageBoxSync: (_window: object, question: Question): number => {
      this.questions.push(question)
      return this.press
    },
    showMessageBox: async (_window: object, question: Question): Promise<{ response: number }> => {
      this.questions.push(question)
      return { response: this.press }
    },
    showErrorBox: (_title: string, content: string): void => {
      this.errors.push(content)
    },
    showSaveDialog: async (
      _window: object,
      asked: { defaultPath: string; filters: { name: string; extensions: string[] }[] },
    ): Promise<{ canceled: boolean; filePath: string }> => {
      this.saves.push(asked)
      return { canceled: this.saveTo === null, filePath: this.saveTo ?? '' }
    },
    showOpenDialog: async (): Promise<{ canceled: boolean; filePaths: string[] }> => ({
      canceled: this.picks === null,
      filePaths: this.picks ?? [],
    }),
  }

  readonly safeStorage = {
    isEncryptionAvailable: (): boolean => this.keychain !== 'absent',
    getSelectedStorageBackend: (): string => this.keychain,
    encryptString: (text: string): Buffer => Buffer.from(Buffer.from(text, 'utf8').map((byte) => byte ^ 0x5a)),
    decryptString: (encrypted: Buffer): string => Buffer.from(encrypted.map((byte) => byte ^ 0x5a)).toString('utf8'),
  }

  readonly screen = {
    getAllDisplays: (): { workArea: Bounds }[] => this.screens.map((workArea) => ({ workArea })),
  }

  readonly Menu = {
    buildFromTemplate: (template: MenuEntry[]): object => template,
    setApplicationMenu: (menu: object | null): void => {
      this.menu = Array.isArray(menu) ? menu : []
    },
  }

  get window(): FakeWindow {
    const [window] = this.windows
    if (window === undefined) throw new Error('No window was opened.')
    return window
  }

  /** A message to the main process as from a frame at `url`, which is the page's own unless `parent` is given. */
  sendAs(
    frame: { url: string; parent: object | null } | null,
    message: unknown,
    sender = this.window.webContents,
  ): void {
    const copy = structuredClone(message)
    setImmediate(() => this.ipcMain.emit('wire', { sender, senderFrame: frame }, copy))
  }

  /** Runs the preload script in the window's present document and gives what its page sees. */
  async runPreload(): Promise<Bridge> {
    const contents = this.window.webContents
    const exposed = new Map<string, Bridge>()
    vi.resetModules()
    vi.doMock('electron', () => ({
      contextBridge: { exposeInMainWorld: (name: string, bridge: Bridge) => void exposed.set(name, bridge) },
      ipcRenderer: {
        send: (channel: string, message: unknown) => {
          const copy = structuredClone(message)
          const senderFrame = { url: contents.url, parent: null }
          setImmediate(() => this.ipcMain.emit(channel, { sender: contents, senderFrame }, copy))
        },
        on: (channel: string, listener: (event: unknown, message: unknown) => void) =>
          contents.renderer.on(channel, listener),
      },
    }))
    await import('../../../src/preload/index.ts')
    vi.doUnmock('electron')
    const bridge = exposed.get('pgSteward')
    if (bridge === undefined) throw new Error('The preload script exposed nothing.')
    return bridge
  }
}
