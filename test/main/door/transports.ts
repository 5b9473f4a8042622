import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { WebSocket as NodeSocket } from 'ws'
import type { Contract } from '../../../src/core/call.ts'
import { memoryWires, type Services, serve, type Wire } from '../../../src/core/wire.ts'
import { startDesktop } from '../../../src/main/door/desktop.ts'
import { startWeb } from '../../../src/main/door/loopback.ts'
import { openWire } from '../../../src/renderer/wire.ts'
import { FakeElectron } from './fakeElectron.ts'

/** A wire to services that are served at its other end. */
export interface Line {
  /** The caller's end, as the renderer gets it. */
  wire: Wire
  /** The other side goes away without a word: a closed tab, a crashed page. */
  cutByPeer(): void
  close(): Promise<void>
}

export interface Transport {
  name: string
  open<C extends Contract>(contract: C, services: Services<C>): Promise<Line>
}

/** Enters by the link, as a browser does, and gives the cookie that it would keep. */
export async function enter(link: string): Promise<string> {
  const response = await fetch(link, { redirect: 'manual' })
  const cookie = response.headers.get('set-cookie')?.split(';')[0]
  if (cookie === undefined) throw new Error(`The link was answered with ${response.status} and no cookie.`)
  return cookie
}

const inMemory: Transport = {
  name: 'a pair in memory',
  open: async (contract, services) => {
    const [near, far] = memoryWires()
    serve(far, contract, services)
    return { wire: near, cutByPeer: () => near.close(), close: async () => near.close() }
  },
}

const overWebSocket: Transport = {
  name: 'a WebSocket',
  open: async (contract, services) => {
    const rendererFolder = await mkdtemp(join(tmpdir(), 'pgsteward-door-'))
    await writeFile(join(rendererFolder, 'index.html'), '<!doctype html>')
    const web = await startWeb({ contract, services, rendererFolder })
    const cookie = await enter(web.link)
    const sockets: NodeSocket[] = []
    // What a browser adds by itself; the rest is the renderer's own code.
    vi.stubGlobal(
      'WebSocket',
      class extends NodeSocket {
        constructor(url: string) {
          super(url, { headers: { cookie, origin: web.url } })
          sockets.push(this)
        }
      },
    )
    const wire = openWire({ location: new URL(web.url) })
    return {
      wire,
      cutByPeer: () => {
        for (const socket of sockets) socket.terminate()
      },
      close: async () => {
        await web.close()
        vi.unstubAllGlobals()
        await rm(rendererFolder, { recursive: true })
      },
    }
  },
}

const overElectron: Transport = {
  name: "Electron's IPC",
  open: async (contract, services) => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'pgsteward-door-'))
    const electron = new FakeElectron()
    await startDesktop({
      electron,
      contract,
      createServices: () => ({ services, notice: null, close: async () => undefined }),
      dataFolder,
      rendererFolder: dataFolder,
      preload: 'preload.cjs',
      platform: 'linux',
    })
    const contents = electron.window.webContents
    const wire = openWire({ location: new URL('app://pgsteward/'), pgSteward: await electron.runPreload() })
    return {
      wire,
      cutByPeer: () => {
        contents.renderer.emit('wire-closed') // A page that has gone hears nothing; this stands for its end.
        contents.emit('render-process-gone', {}, { reason: 'clean-exit' })
      },
      close: async () => {
        contents.emit('destroyed')
        await rm(dataFolder, { recursive: true })
      },
    }
  },
}

export const transports: Transport[] = [inMemory, overWebSocket, overElectron]
