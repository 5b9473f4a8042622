import { type Wire, type WireEnd, wireEnd } from '../../core/wire.ts'
import type { DesktopContents, DesktopIpc } from './desktopCalls.ts'

export interface IpcOptions {
  ipcMain: DesktopIpc
  contents: DesktopContents
  isOurPage(url: string): boolean
  /** Given the wire of each document that speaks: a reload ends one wire and begins the next. */
  accept(wire: Wire): void
}

/** Makes wires of the text messages that the page in `contents` sends over its preload script. */
export function acceptIpcWires({ ipcMain, contents, isOurPage, accept }: IpcOptions): void {
  let current: WireEnd | undefined

  ipcMain.on('wire', ({ sender, senderFrame }, message) => {
    // Only the window's own document: no frame inside it, and no page that it might have been led to.
    const isOurs = sender === contents && senderFrame?.parent === null && isOurPage(senderFrame.url)
    if (!isOurs || typeof message !== 'string') {
      process.emitWarning(`A message from ${senderFrame?.url ?? 'a frame that has gone'} was refused.`)
      return
    }
    if (current === undefined) {
      current = endAt(contents)
      accept(current.wire)
    }
    current.deliver(message)
  })

  const endWithDocument = (): void => {
    current?.ended()
    current = undefined
  }
  contents.on('did-navigate', endWithDocument)
  contents.on('render-process-gone', endWithDocument)
  contents.on('destroyed', endWithDocument)
}

function endAt(contents: DesktopContents): WireEnd {
  const send = (channel: string, message?: string): void => {
    if (!contents.isDestroyed()) contents.send(channel, message)
  }
  return wireEnd({ send: (message) => send('wire', message), close: () => send('wire-closed') })
}
