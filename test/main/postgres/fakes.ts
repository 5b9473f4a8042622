import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Something that listens on this machine. */
export interface Listener {
  port: number
  /** How many have connected so far. */
  connections(): number
  stop(): Promise<void>
}

/** Listens at a free port and lets `behave` do with each socket what it likes. */
export async function listen(behave: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {}) // The other end is cut on purpose.
    behave(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: portOf(server.address()),
    connections: () => connections,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('It listens at no port.')
  return address.port
}

/** A port at which nothing listens. */
export async function unusedPort(): Promise<number> {
  const listener = await listen(() => {})
  await listener.stop()
  return listener.port
}

/** A line to a real server that can be cut and frozen. */
export interface Relay extends Listener {
  cut(): void
  /** From now on nothing passes, and nobody is told. */
  freeze(): void
}

/** Passes on, both ways, what it gets for the server that `target` names at the moment. */
export async function startRelay(target: () => { host: string; port: number }): Promise<Relay> {
  const pairs = new Set<[Socket, Socket]>()
  let frozen = false
  const listener = await listen((near) => {
    if (frozen) return
    const far = connect(target().port, target().host)
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    far.on('error', () => near.destroy())
    near.on('close', () => {
      pairs.delete(pair)
      far.destroy()
    })
    near.pipe(far).pipe(near)
  })
  return {
    ...listener,
    cut: () => {
      for (const [near] of pairs) near.destroy()
    },
    freeze: () => {
      frozen = true
      for (const [near, far] of pairs) {
        near.unpipe(far)
        far.unpipe(near)
        // Nothing is read any more, not even the end.
        near.pause()
        far.pause()
      }
    },
  }
}

/**
 * A server of some version, as far as a client sees it while it enters: no SSL, no password, its version,
 * ready. To each question it gives `answer`, or none.
 */
export function startServerOfVersion(version: string, answer?: Buffer): Promise<Listener> {
  return listen((socket) => {
    let entered = false
    socket.on('data', (bytes) => {
      const asksForSsl = bytes.length === 8 && bytes.readInt32BE(4) === 80877103
      if (asksForSsl) socket.write('N')
      else if (entered && answer) socket.write(answer)
      else if (!entered) {
        entered = true
        socket.write(Buffer.concat([message('R', int32(0)), parameter('server_version', version), ready]))
      }
    })
  })
}

function parameter(name: string, value: string): Buffer {
  return message('S', Buffer.from(`${name}\0${value}\0`))
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const ready = message('Z', Buffer.from('I'))

/** The answer to an empty question, which nobody asked. */
export const emptyAnswer = Buffer.concat([message('I', Buffer.alloc(0)), ready])
