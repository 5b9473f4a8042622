import { join } from 'node:path'
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, safeStorage, screen, session, shell } from 'electron'
import { contract } from '../core/contract.ts'
import { defaultDataFolder } from './dataFolder.ts'
import { startDesktop } from './door/desktop.ts'
import { createServices } from './services.ts'

// Not awaited at the top level: Electron is ready only after its entry has been read to the end.
void startDesktop({
  electron: { app, BrowserWindow, dialog, ipcMain, Menu, protocol, safeStorage, screen, session, shell },
  contract,
  createServices,
  dataFolder: defaultDataFolder(),
  rendererFolder: join(import.meta.dirname, '../renderer'),
  preload: join(import.meta.dirname, '../preload/index.cjs'),
  developmentUrl: process.env['ELECTRON_RENDERER_URL'],
  platform: process.platform,
})
