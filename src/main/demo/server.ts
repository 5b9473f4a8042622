import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import { lockExclusively, makePrivateFile } from '../cache/instance.ts'
import { clustersElsewhere, reachableData, unprivilegedAccount } from '../postgres/account.ts'
import { type EmbeddedServer, startEmbedded } from '../postgres/embedded.ts'
import type { Endpoint } from '../postgres/endpoint.ts'
import { endSession, openSession } from '../postgres/session.ts'

/** Where the demo's server is and how to enter it. */
export interface Address {
  readonly port: number
  readonly password: string
}

/** The demo's server, ours or that of another process of pgSteward that shares the folder. */
export interface DemoServer {
  readonly address: Address
  isAlive(): Promise<boolean>
  /** Stops it if this process started it. */
  close(): Promise<void>
}

export interface ServerRequest {
  /** Holds the cluster and this file's two files; made when it is not there. */
  folder: string
  signal: AbortSignal
  /** Makes a server that was just started ready for all who share it. */
  prepare(address: Address): Promise<void>
  /** Told once, where another process is just starting the server. */
  onWait(): void
}

const pauseMs = 200
/** How long a server may need to stop whose process was killed. */
const patienceMs = 30_000

/**
 * `server.json`: the port, which stays the same from run to run, and while the server runs its password,
 * new at each start. Only this account can read it; it guards a port on loopback alone.
 */
const addressFile = z.object({ port: z.int().min(1).max(65_535), password: z.string().nullable() })

export async function openServer(request: ServerRequest): Promise<DemoServer> {
  const { folder, signal } = request
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  for (let isTold = false; ; await delay(pauseMs, undefined, { signal })) {
    const release = takeLock(join(folder, 'owner.db'))
    if (release !== null) return await own(request, release)
    const address = await readAddress(folder)
    if (address !== null && (await answers(address))) {
      return { address, isAlive: () => answers(address), close: async () => {} }
    }
    if (!isTold) request.onWait()
    isTold = true
  }
}

export function endpointOf({ port }: Address, database: string): Endpoint {
  return {
    host: '127.0.0.1',
    port,
    database,
    user: 'postgres',
    ...{ sslMode: 'disable', sslRootCert: '', sslCert: '', sslKey: '', ssh: '', readOnly: false },
  }
}

/**
 * A lock that the system lets go of when the process ends, however it ends: who has it owns the server.
 *
 * @returns how to let go of it; null where another process has it
 */
function takeLock(path: string): (() => void) | null {
  try {
    const lock = lockExclusively(path, 0)
    return () => lock.close()
  } catch (thrown) {
    if (thrown instanceof SQLite.SqliteError && thrown.code.startsWith('SQLITE_BUSY')) return null
    throw thrown
  }
}

async function own({ folder, signal, prepare }: ServerRequest, release: () => void): Promise<DemoServer> {
  let server: EmbeddedServer | undefined
  try {
    await noteOwner(folder)
    await removeOrphans()
    server = await start(folder, signal)
    const address = { port: server.port, password: server.password }
    await writeAddress(folder, { ...address, password: null })
    signal.throwIfAborted()
    await prepare(address)
    signal.throwIfAborted()
    await writeAddress(folder, address)
    const running = server
    return {
      address,
      isAlive: () => answers(address),
      close: async () => {
        await writeAddress(folder, { ...address, password: null })
        await running.stop()
        release()
      },
    }
  } catch (thrown) {
    await server?.stop()
    release()
    throw thrown
  }
}

/** Starts at the port of the last time, so that the connection is the same one to whoever remembers it. */
async function start(folder: string, signal: AbortSignal): Promise<EmbeddedServer> {
  const dataFolder = join(folder, 'data')
  const settings = { cluster_name: 'pgSteward demo', max_connections: '50' }
  let port = (await readFile(join(folder, 'server.json'), 'utf8').then(parseAddress, missing))?.port
  for (const deadline = performance.now() + patienceMs; ; await delay(pauseMs, undefined, { signal })) {
    signal.throwIfAborted()
    try {
      return await startEmbedded({ dataFolder, settings, ...(port === undefined ? {} : { port }) })
    } catch (thrown) {
      const code = thrown instanceof Failure ? thrown.fault.code : ''
      // Its process was killed a moment ago, for the lock is ours: it is about to stop.
      const isStopping = code === 'refused' && performance.now() < deadline
      // Somebody else may have the old port by now. Without one, a free one is found.
      const isTaken = code === 'unavailable' && port !== undefined
      if (!isStopping && !isTaken) throw thrown
      if (isTaken) port = undefined
    }
  }
}

const noteSuffix = '.belongs-to'

/**
 * As root the cluster lies at a place that the server's account can reach, far from the folder that it belongs to.
 * A note beside it says which, from before it is made: whoever is killed in the middle leaves no nameless one.
 */
async function noteOwner(folder: string): Promise<void> {
  const cluster = await reachableData(await unprivilegedAccount(), join(folder, 'data'))
  if (dirname(cluster) !== clustersElsewhere) return
  await mkdir(clustersElsewhere, { recursive: true })
  await writeFile(cluster + noteSuffix, resolve(folder), { mode: 0o600 })
}

/** Removes the clusters elsewhere whose folder is gone: nobody will ask for them again. */
export async function removeOrphans(): Promise<void> {
  // They are root's, and so are the notes.
  if ((await unprivilegedAccount()) === null) return
  const names = (await readdir(clustersElsewhere).catch(missing)) ?? []
  for (const note of names.filter((name) => name.endsWith(noteSuffix))) {
    const cluster = note.slice(0, -noteSuffix.length)
    // Null where another process was quicker.
    const owner = await readFile(join(clustersElsewhere, note), 'utf8').catch(missing)
    if (owner === null || existsSync(owner)) continue
    if (existsSync(join(clustersElsewhere, cluster, 'postmaster.pid'))) continue
    // With what a killed initdb left beside it, and the note at the end.
    const remains = names.filter((name) => name.startsWith(`${cluster}.`) && name !== note)
    for (const name of [cluster, ...remains, note]) {
      await rm(join(clustersElsewhere, name), { recursive: true, force: true, maxRetries: 3 })
    }
  }
}

async function readAddress(folder: string): Promise<Address | null> {
  const found = await readFile(join(folder, 'server.json'), 'utf8').then(parseAddress, missing)
  return found === null || found.password === null ? null : { port: found.port, password: found.password }
}

function parseAddress(text: string): z.output<typeof addressFile> | null {
  try {
    return addressFile.parse(JSON.parse(text))
  } catch {
    return null // Cut short by a crash: whoever owns the server writes it anew.
  }
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

async function writeAddress(folder: string, address: z.output<typeof addressFile>): Promise<void> {
  const path = join(folder, 'server.json')
  makePrivateFile(path)
  await writeFile(path, JSON.stringify(address), { mode: 0o600 })
}

async function answers(address: Address): Promise<boolean> {
  try {
    const password = { text: address.password, origin: 'the demo' }
    const applicationName = 'pgSteward - demo'
    const client = await openSession({ endpoint: endpointOf(address, 'postgres'), password, applicationName })
    client.on('error', () => {}) // It has answered; how the session ends is all one.
    await endSession(client)
    return true
  } catch (thrown) {
    // A Failure says that this is not, or no longer, our server.
    if (thrown instanceof Failure) return false
    throw thrown
  }
}
