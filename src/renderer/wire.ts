import { type Bridge, type Wire, wireEnd } from '../core/wire.ts'

declare global {
  interface Window {
    /** The wire of the desktop's window, put there by its preload script; a browser has none. */
    readonly pgSteward?: Bridge
  }
}

/** The desktop's wire. Its main process knows by itself when this page goes, so there is nothing to close. */
function bridgeWire(bridge: Bridge): Wire {
  const end = wireEnd({ send: bridge.send, close: () => undefined })
  bridge.onMessage(end.deliver)
  bridge.onClose(end.ended)
  return end.wire
}

/** A WebSocket to the door that handed out this page, opened when the first message is sent. */
function socketWire(url: string): Wire {
  const waiting: string[] = []
  let socket: WebSocket | undefined
  const end = wireEnd({
    send: (message) => {
      socket ??= open()
      if (socket.readyState === WebSocket.OPEN) socket.send(message)
      else waiting.push(message)
    },
    close: () => socket?.close(),
  })

  function open(): WebSocket {
    const opened = new WebSocket(url)
    opened.addEventListener('open', () => {
      for (const message of waiting.splice(0)) opened.send(message)
    })
    opened.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') end.deliver(data)
      else end.wire.close()
    })
    // Whatever was wrong, a close follows it; browsers tell a page no more.
    opened.addEventListener('close', end.ended)
    return opened
  }

  return end.wire
}

/** The wire to the main process, by whichever door this page was opened. */
export function openWire(page: { readonly location: { readonly host: string }; readonly pgSteward?: Bridge }): Wire {
  return page.pgSteward === undefined ? socketWire(`ws://${page.location.host}/wire`) : bridgeWire(page.pgSteward)
}
