import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { connectionSettings, type OpenConnection } from '../../core/connection.ts'
import type { Api } from '../../core/contract.ts'
import type { DemoEvent } from '../../core/demo/contract.ts'
import { Failure } from '../../core/fault.ts'
import { quoteName } from '../../core/quote.ts'
import type { Context, Services } from '../../core/wire.ts'
import type { Connections } from '../connections/index.ts'
import type { Host } from '../host.ts'
import { endSession, openSession } from '../postgres/session.ts'
import { type LoadOptions, loadSample } from './load.ts'
import { type Address, type DemoServer, endpointOf, openServer } from './server.ts'

export { addDemoCommands } from './command.ts'
export { type LoadOptions, loadSample } from './load.ts'

export interface Demo {
  service: Services<Api>['demo']
  /** Stops the server, if this process started it. */
  close(): Promise<void>
}

interface Dependencies {
  host: Pick<Host, 'dataFolder'>
  connections: Connections
  /** Installs the tracking framework or brings it up to date; nothing where it is. */
  installFramework(client: pg.Client): Promise<unknown>
  /** How large the sample is; tests take a small one. */
  sample?: Pick<LoadOptions, 'scale' | 'seed'>
}

type Emit = (event: DemoEvent) => void

/** A start that is under way, and who waits for it. */
interface Start {
  readonly done: Promise<DemoServer>
  readonly waiting: Set<{ emit: Emit }>
  readonly controller: AbortController
}

const database = 'clinic'
/** It takes its name only when it is whole: that name alone tells that nothing is missing. */
const unfinished = 'clinic_unfinished'

/** The embedded server with the sample database and the framework, one for all who ask. */
export function createDemo({ host, connections, installFramework, sample }: Dependencies): Demo {
  const folder = join(host.dataFolder, 'demo')
  const closing = new AbortController()
  let server: DemoServer | null = null
  let starting: Start | null = null
  /** The connection to the server that runs; its id, once it was opened. */
  let opened: string | null = null

  async function prepare(address: Address, tell: Emit, signal: AbortSignal): Promise<void> {
    const { isThere } = await within(address, 'postgres', signal, (client) => present(client))
    if (!isThere) {
      const onProgress = ({ step, share }: DemoEvent) => tell({ step, share: 0.15 + share * 0.7 })
      await within(address, unfinished, signal, (client) => loadSample(client, { ...sample, onProgress, signal }))
      await within(address, 'postgres', signal, (client) =>
        client.query(`alter database ${quoteName(unfinished)} rename to ${quoteName(database)}`),
      )
    }
    tell({ step: 'Installing the tracking framework', share: 0.88 })
    await within(address, database, signal, (client) => installFramework(client))
  }

  async function launch(signal: AbortSignal, tell: Emit): Promise<DemoServer> {
    if (server !== null) {
      if (await server.isAlive()) return server
      await server.close()
      server = null
    }
    // A connection to the server of before knows a password that is no longer the right one.
    const stale = opened
    opened = null
    if (stale !== null) await connections.service.close({ id: stale }, quietly(signal))
    tell({ step: 'Starting PostgreSQL 18', share: 0 })
    server = await openServer({
      folder,
      signal,
      prepare: (address) => prepare(address, tell, signal),
      onWait: () => tell({ step: 'Waiting for another pgSteward that is starting it', share: 0.05 }),
    })
    return server
  }

  function begin(): Start {
    const controller = new AbortController()
    const waiting: Start['waiting'] = new Set()
    const signal = AbortSignal.any([controller.signal, closing.signal])
    const tell: Emit = (event) => {
      for (const { emit } of waiting) emit(event)
    }
    // Not before whoever begins it is among those who are told.
    const done = Promise.resolve()
      .then(() => launch(signal, tell))
      .finally(() => {
        starting = null
      })
    return { done, waiting, controller }
  }

  /** Joins the start that is under way, or begins one. It is aborted when all who wait for it are gone. */
  async function attend(signal: AbortSignal, emit: Emit): Promise<DemoServer> {
    // One that is being aborted cleans up first; its failure is told to those who aborted it.
    while (starting?.controller.signal.aborted) await starting.done.catch(() => undefined)
    signal.throwIfAborted()
    if (closing.signal.aborted) throw ending()
    starting ??= begin()
    const { done, waiting, controller } = starting
    const me = { emit }
    waiting.add(me)
    return await new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(me)
        if (waiting.size > 0) reject(signal.reason)
        else controller.abort(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      done.then(resolve, reject).finally(() => {
        signal.removeEventListener('abort', leave)
        waiting.delete(me)
      })
    })
  }

  async function start({ signal, emit, peer }: Context<DemoEvent>): Promise<OpenConnection> {
    const { address } = await attend(signal, emit)
    emit({ step: 'Connecting', share: 0.97 })
    const settings = connectionSettings.parse({
      ...endpointOf(address, database),
      name: 'Sample clinic',
      kind: 'development',
    })
    const context = { ...quietly(signal), peer }
    const open = await connections.service.open({ settings, password: address.password }, context)
    opened = open.connection.id
    emit({ step: 'Ready', share: 1 })
    return open
  }

  return {
    service: { start: (_, context) => start(context) },
    close: async () => {
      closing.abort(ending())
      // Why it failed is told to those who wait for it.
      await starting?.done.catch(() => undefined)
      await server?.close()
      server = null
    },
  }
}

function ending(): Failure {
  return new Failure({ code: 'unavailable', message: 'pgSteward is ending.' })
}

/** The context of a call that we make ourselves. */
function quietly(signal: AbortSignal): Context {
  return { signal, peer: { id: 0, onClose: () => {} }, emit: () => {} }
}

const found = z.object({ is_there: z.literal(['t', 'f']) })

/** Looks for the database; where it is not, makes the one to fill, without what a killed start left. */
async function present(client: pg.Client): Promise<{ isThere: boolean }> {
  const { rows } = await client.query(
    'select exists (select from pg_catalog.pg_database where datname = $1) as is_there',
    [database],
  )
  const isThere = found.parse(rows[0]).is_there === 't'
  if (!isThere) {
    await client.query(`drop database if exists ${quoteName(unfinished)} with (force)`)
    await client.query(`create database ${quoteName(unfinished)} template template0`)
  }
  return { isThere }
}

async function within<T>(
  address: Address,
  name: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await openSession({
    endpoint: endpointOf(address, name),
    password: { text: address.password, origin: 'the demo' },
    applicationName: 'pgSteward - demo',
    signal,
  })
  // A session that is cut fails the statement that runs.
  client.on('error', () => {})
  try {
    return await work(client)
  } finally {
    await endSession(client)
  }
}
