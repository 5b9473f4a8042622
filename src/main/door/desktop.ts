import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Contract } from '../../core/call.ts'
import { Failure } from '../../core/fault.ts'
import { type Services, serve } from '../../core/wire.ts'
import type { Host, SaveRequest, SaveTarget } from '../host.ts'
import { type SavedFiles, savedFiles } from '../savedFile.ts'
import { answerApp, appScheme, appUrl, isWithin } from './appProtocol.ts'
import type { DesktopElectron, DesktopWindow } from './desktopCalls.ts'
import { acceptIpcWires } from './ipcWire.ts'
import { desktopSecrets } from './keychain.ts'
import { menuFor } from './menu.ts'
import { createUploads } from './uploads.ts'
import { externalLink, guardContents, guardPermissions, pageSettings } from './windowGuard.ts'
import { readWindowState, writeWindowState } from './windowState.ts'

export interface DesktopOptions<C extends Contract> {
  electron: DesktopElectron
  contract: C
  /** `notice` is what the person has to know of the start, or null. */
  createServices(host: Host): { services: Services<C>; notice: string | null; close(): Promise<void> }
  dataFolder: string
  /** The built window. */
  rendererFolder: string
  /** The built preload script. */
  preload: string
  /** Where a development server hands out the window instead; not heeded by a packaged program. */
  developmentUrl?: string | undefined
  platform: NodeJS.Platform
}

/**
 * Opens the desktop's door: one window over the services, until it is closed. Call it before Electron is ready.
 * A second start shows the window of the first and ends.
 */
export async function startDesktop<C extends Contract>(options: DesktopOptions<C>): Promise<void> {
  const { app, protocol } = options.electron
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 })
  app.setPath('userData', join(options.dataFolder, 'window'))
  app.enableSandbox()
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  try {
    await app.whenReady()
    await openDoor(options)
  } catch (error) {
    options.electron.dialog.showErrorBox(
      'pgSteward could not start',
      error instanceof Error ? error.message : String(error),
    )
    app.exit(1)
  }
}

async function openDoor<C extends Contract>(options: DesktopOptions<C>): Promise<void> {
  const { electron, dataFolder, platform } = options
  const { app, Menu, protocol, safeStorage, session } = electron
  const startUrl = (app.isPackaged ? undefined : options.developmentUrl) ?? appUrl
  const isOurPage = (url: string): boolean => isWithin(startUrl, url)

  const files = savedFiles(dataFolder)
  const uploads = createUploads()
  const main = options.createServices({
    door: 'desktop',
    secrets: desktopSecrets(safeStorage, dataFolder, platform),
    dataFolder,
    // Called by the window, which stands by then.
    saveFile: (request) => askWhere(electron, window, files, request),
    receiveFile: uploads.receiveFile,
    pickFiles: async (title) => {
      const options = { title, properties: ['openFile' as const, 'multiSelections' as const] }
      const { canceled, filePaths } = await electron.dialog.showOpenDialog(window, options)
      return canceled ? null : filePaths
    },
  })
  closeWithApp(options, main)

  guardPermissions(session.defaultSession)
  app.on('web-contents-created', (_event, contents) =>
    guardContents(contents, isOurPage, (url) => offerLink(electron, window, url)),
  )
  protocol.handle(appScheme, (request) => answerApp(options.rendererFolder, request, uploads))
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuFor(platform, app.isPackaged)))

  const window = createWindow(options)
  acceptIpcWires({
    ipcMain: electron.ipcMain,
    contents: window.webContents,
    isOurPage,
    accept: (wire) => serve(wire, options.contract, main.services),
  })
  offerReload(electron, window)
  askBeforeUnload(electron, window)
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore()
    window.focus()
  })
  await window.loadURL(startUrl)
  if (main.notice !== null) {
    await electron.dialog.showMessageBox(window, {
      type: 'warning',
      message: 'pgSteward has started, but not as it ended.',
      detail: main.notice,
      buttons: ['Go on'],
      cancelId: 0,
    })
  }
}

function createWindow<C extends Contract>({ electron, dataFolder, preload }: DesktopOptions<C>): DesktopWindow {
  const screens = electron.screen.getAllDisplays().map(({ workArea }) => workArea)
  const { maximized, ...bounds } = readWindowState(dataFolder, screens) ?? {
    maximized: false,
    width: 1280,
    height: 800,
  }
  const window = new electron.BrowserWindow({
    title: 'pgSteward',
    minWidth: 800,
    minHeight: 500,
    show: false, // until there is something to see
    ...bounds,
    webPreferences: pageSettings(preload, electron.app.isPackaged),
  })
  window.once('ready-to-show', () => {
    if (maximized) window.maximize()
    window.show()
  })
  window.on('close', () =>
    writeWindowState(dataFolder, { ...window.getNormalBounds(), maximized: window.isMaximized() }),
  )
  return window
}

/** Ends the services before the process: what is under way at a server is cancelled, what was recorded is written. */
function closeWithApp<C extends Contract>(
  { electron: { app, dialog } }: DesktopOptions<C>,
  main: { close(): Promise<void> },
): void {
  let state: 'open' | 'closing' | 'closed' = 'open'
  app.on('window-all-closed', () => app.quit())
  app.on('will-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    main.close().then(
      () => {
        state = 'closed'
        app.quit()
      },
      (error: unknown) => {
        dialog.showErrorBox('pgSteward did not end cleanly', error instanceof Error ? error.message : String(error))
        app.exit(1)
      },
    )
  })
}

/** A page that has crashed has lost its own state only: the records are with the main process. */
function offerReload({ app, dialog }: DesktopElectron, window: DesktopWindow): void {
  window.webContents.on('render-process-gone', async (_event, { reason }) => {
    if (reason === 'clean-exit') return
    const { response } = await dialog.showMessageBox(window, {
      type: 'error',
      message: 'The window of pgSteward has crashed.',
      detail: `The system says: ${reason}. What was recorded is safe. What was typed and not run is lost.`,
      buttons: ['Open it again', 'Quit'],
      cancelId: 1,
    })
    if (response === 0) window.webContents.reload()
    else app.quit()
  })
}

/**
 * Asks before the page goes while a tab of it holds something that would be lost, such as an open transaction. A browser asks by itself; in Electron the
 * window would just stay, and quitting would seem to do nothing.
 */
function askBeforeUnload({ dialog }: DesktopElectron, window: DesktopWindow): void {
  window.webContents.on('will-prevent-unload', (event) => {
    // The event cannot wait: whether the page goes is decided when this returns.
    const pressed = dialog.showMessageBoxSync(window, {
      type: 'warning',
      message: 'Something in this window is not finished.',
      detail:
        'A tab holds an open transaction, or changes in a grid that were not applied. If the window goes, the server rolls the transaction back and the changes are lost. The tabs with a dot hold something.',
      buttons: ['Stay', 'Leave, and lose it'],
      defaultId: 0,
      cancelId: 0,
    })
    if (pressed === 1) event.preventDefault()
  })
}

/** The window may ask for a file to be saved; where, the person alone says. */
async function askWhere(
  { dialog }: DesktopElectron,
  window: DesktopWindow,
  files: SavedFiles,
  { fileName, kind, path }: SaveRequest,
): Promise<SaveTarget | null> {
  if (path !== undefined) {
    throw new Failure({ code: 'refused', message: 'Where a file is saved is for the dialog to ask.' })
  }
  const filters = [{ name: kind.name, extensions: [kind.extension] }]
  const { canceled, filePath } = await dialog.showSaveDialog(window, { defaultPath: fileName, filters })
  return canceled || filePath === '' ? null : files.at(filePath)
}

/** The one gate for links that lead out: https alone, and only when the person agrees to this address. */
async function offerLink({ dialog, shell }: DesktopElectron, window: DesktopWindow, url: string): Promise<void> {
  const link = externalLink(url)
  if (link === null) {
    process.emitWarning('A link that does not lead to an https address was refused.')
    return
  }
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: 'Open this page in your browser?',
    detail: link,
    buttons: ['Open', 'Cancel'],
    cancelId: 1,
  })
  if (response !== 0) return
  try {
    await shell.openExternal(link)
  } catch (error) {
    dialog.showErrorBox('The browser could not be opened', error instanceof Error ? error.message : String(error))
  }
}
