import { contextBridge, ipcRenderer } from 'electron'
import type { Bridge } from '../core/wire.ts'

// A line of text to the main process and nothing else: no channel of Electron, and no event of it, gets to the page.
const bridge: Bridge = {
  send: (message) => ipcRenderer.send('wire', String(message)),
  onMessage: (listener) => void ipcRenderer.on('wire', (_event, message: unknown) => listener(String(message))),
  onClose: (listener) => void ipcRenderer.on('wire-closed', () => listener()),
}
contextBridge.exposeInMainWorld('pgSteward', bridge)
