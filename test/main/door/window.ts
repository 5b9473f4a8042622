import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type Api, contract } from '../../../src/core/contract.ts'
import { type Client, connect, wireEnd } from '../../../src/core/wire.ts'
import { enter } from './transports.ts'

/** A window of a door that runs somewhere: its end of the wire, and nothing to look at. */
export interface Window {
  readonly api: Client<Api>
  readonly socket: WebSocket
}

/** Opens a wire by a link that was printed, or by the cookie of somebody who has entered. */
export async function openWindow(link: string, cookie?: string): Promise<Window> {
  const { origin, host } = new URL(link)
  const socket = new WebSocket(`ws://${host}/wire`, { headers: { cookie: cookie ?? (await enter(link)), origin } })
  await once(socket, 'open')
  const end = wireEnd({ send: (message) => socket.send(message), close: () => socket.close() })
  socket.on('message', (data) => end.deliver(data.toString()))
  socket.on('close', end.ended)
  // What breaks the line closes it, and the calls on it say so.
  socket.on('error', () => {})
  return { api: connect(end.wire, contract), socket }
}
