import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut at the worst of moments. */
export interface Proxy {
  host: string
  port: number
  /** How often an answer was withheld. */
  cuts: number
  /**
   * From now on: a session that sends `text` gets no answer to it. The server has done the work by then. The session
   * is cut, or left waiting until `pass`.
   */
  withhold(text: string, how: 'cut' | 'leave'): void
  /** From now on everything goes through, also what was withheld of sessions that wait for it. */
  pass(): void
  /** Refuses new sessions, and cuts those that stand. */
  close(): Promise<void>
}

export async function startProxy(target: { host: string; port: number }): Promise<Proxy> {
  let watched: { text: string; how: 'cut' | 'leave' } | null = null
  const sockets = new Set<Socket>()
  const releases = new Set<() => void>()
  const deliveries: (() => void)[] = []
  const server = createServer((near) => {
    const far = connect(target.port, target.host)
    let withholding: 'cut' | 'leave' | null = null
    releases.add(() => {
      withholding = null
    })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}) // Cut on purpose.
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (data) => {
      if (watched !== null && data.includes(watched.text)) withholding = watched.how
      far.write(data)
    })
    far.on('data', (data) => {
      if (withholding === null) {
        near.write(data)
        return
      }
      // The answer is here, so the server has committed.
      proxy.cuts += 1
      if (withholding === 'cut') near.destroy()
      else deliveries.push(() => near.write(data))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy listens at a port.')
  const proxy: Proxy = {
    host: '127.0.0.1',
    port: address.port,
    cuts: 0,
    withhold: (text, how) => {
      watched = { text, how }
    },
    pass: () => {
      watched = null
      for (const release of releases) release()
      for (const deliver of deliveries.splice(0)) deliver()
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return proxy
}
