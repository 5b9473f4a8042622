import type { WebSocket } from 'ws'
import { type Wire, wireEnd } from '../../core/wire.ts'

/** A browser that reads nothing for this long a backlog is gone or broken, and memory is not endless. */
const maxBacklogBytes = 512 * 1024 * 1024

/** The wire over an accepted WebSocket. */
export function socketWire(socket: WebSocket): Wire {
  const end = wireEnd({
    send: (message) => {
      if (socket.bufferedAmount > maxBacklogBytes) socket.terminate()
      else socket.send(message)
    },
    close: () => socket.close(),
  })
  socket.on('message', (data, isBinary) => {
    if (isBinary) end.wire.close()
    else end.deliver(data.toString())
  })
  socket.on('close', end.ended)
  // A broken frame or a lost connection: ws closes the socket right after, and the wire with it.
  socket.on('error', end.ended)
  return end.wire
}
