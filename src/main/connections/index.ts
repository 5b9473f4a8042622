import { createHash, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Connection, ConnectionSettings, OpenConnection, TrackingState } from '../../core/connection.ts'
import type { ConnectionEvent } from '../../core/connections/contract.ts'
import type { Api } from '../../core/contract.ts'
import { Failure, type Fault } from '../../core/fault.ts'
import type { Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import type { Host } from '../host.ts'
import { openIntroduced } from '../postgres/control.ts'
import type { Password } from '../postgres/endpoint.ts'
import { endSession } from '../postgres/session.ts'
import type { Database } from './database.ts'
import { findConnections } from './found.ts'
import { OpenedDatabase } from './opened.ts'
import { findPassword } from './password.ts'
import { passwordProgram } from './passwordPrograms.ts'
import { createStore, type SavedConnection } from './store.ts'

export type { Database } from './database.ts'
export { demandReasonsFor } from './reasons.ts'

export interface Connections {
  service: Services<Api>['connections']
  /** @throws Failure `not_found` when no such connection is open */
  database(id: string): Database
  /** Tells of each database that is opened, and again each time that a lost one is back. */
  onOpened(listener: (database: Database) => void): void
  /** How many records of operations wait to be told to the server of this connection. */
  waitingChanged(id: string, waiting: number): void
  /** Ends every session, quickly, whatever the servers do. */
  close(): Promise<void>
}

interface Dependencies {
  host: Pick<Host, 'secrets' | 'dataFolder'>
  cache: Cache
  trackingState(database: Database): Promise<TrackingState>
}

type Input<Name extends keyof Services<Api>['connections']> = Parameters<Services<Api>['connections'][Name]>[0]

/** What is to be opened: `saved` is undefined for settings that were given whole. */
interface Target {
  id: string
  settings: ConnectionSettings
  saved: SavedConnection | undefined
}

export function createConnections({ host, cache, trackingState }: Dependencies): Connections {
  const { secrets } = host
  const store = createStore(cache)
  const open = new Map<string, OpenedDatabase>()
  const opening = new Map<string, Promise<void>>()
  const waiting = new Map<string, number>()
  const openedListeners: ((database: Database) => void)[] = []
  const watchers = new Set<(event: ConnectionEvent) => void>()
  const closing = new AbortController()

  function tell(id: string, state: ConnectionEvent['state'], problem?: Fault): void {
    const event = {
      connection: id,
      state,
      waiting: waiting.get(id) ?? 0,
      ...(problem === undefined ? {} : { problem }),
    }
    for (const emit of watchers) emit(event)
  }

  function present({ id, settings, lastOpenedAt }: SavedConnection): Connection {
    return { ...settings, id, hasPassword: secrets.read(id) !== null, lastOpenedAt }
  }

  function saved(id: string): SavedConnection {
    const found = store.find(id)
    if (found === undefined) throw new Failure({ code: 'not_found', message: 'There is no such connection.' })
    return found
  }

  /** A kept password is for the server and the user that it was given for, and goes to no other. */
  function passwordFor(
    settings: ConnectionSettings,
    given: string | null | undefined,
    kept: SavedConnection | undefined,
  ): Password {
    const { passwordFrom } = settings
    // One that was typed just now is what a person means, whatever the rule.
    if (passwordFrom !== '' && !given) {
      const origin = `the one that ${passwordFrom.replace(':', ' ')} made`
      return { text: null, origin, make: passwordProgram(settings, host.dataFolder) }
    }
    const usable = kept !== undefined && isSameLogin(kept.settings, settings)
    return findPassword(settings, { given, kept: usable ? secrets.read(kept.id) : null, keptIn: secrets.kind })
  }

  async function save({ id, settings, password }: Input<'save'>): Promise<Connection> {
    const before = id === undefined ? undefined : saved(id)
    const saving = id ?? randomUUID()
    store.save(saving, settings)
    if (password) secrets.keep(saving, password)
    else if (password === '' || (before && !isSameLogin(before.settings, settings))) secrets.forget(saving)

    const opened = open.get(saving)
    if (opened !== undefined) {
      if (isSameTarget(opened.settings, settings)) opened.takeOver(settings)
      else await close(saving)
    }
    return present(saved(saving))
  }

  async function test({ id, settings, password }: Input<'test'>, signal: AbortSignal) {
    const { client, server } = await openIntroduced({
      endpoint: settings,
      password: passwordFor(settings, password, id === undefined ? undefined : saved(id)),
      applicationName: 'pgSteward - test',
      signal: AbortSignal.any([signal, closing.signal]),
    })
    client.on('error', () => {}) // The server has said what it was asked; how the session ends is all one.
    await endSession(client)
    return server
  }

  function targetOf(input: Input<'open'>): Target {
    if (!('id' in input)) return { id: idOf(input.settings), settings: input.settings, saved: undefined }
    const opened = open.get(input.id)
    const known = store.find(input.id)
    // One that was opened by its settings alone is known while it is open.
    if (known === undefined && opened !== undefined)
      return { id: input.id, settings: opened.settings, saved: undefined }
    const target = saved(input.id)
    return { id: target.id, settings: target.settings, saved: target }
  }

  async function openTarget(input: Input<'open'>, signal: AbortSignal): Promise<OpenConnection> {
    const { id } = targetOf(input)
    // One at a time for each connection: whoever comes second finds it open, or tries in turn.
    while (opening.has(id)) await opening.get(id)
    signal.throwIfAborted()
    if (closing.signal.aborted) throw new Failure({ code: 'unavailable', message: 'pgSteward is ending.' })
    const turn = Promise.withResolvers<void>()
    opening.set(id, turn.promise)
    try {
      const target = targetOf(input)
      const wasOpen = open.has(id)
      const database = await openOnce(target, input.password, signal)
      return await report(target, database).catch(async (thrown: unknown) => {
        if (!wasOpen) await close(id)
        throw thrown
      })
    } finally {
      opening.delete(id)
      turn.resolve()
    }
  }

  async function openOnce(target: Target, given: string | null | undefined, signal: AbortSignal) {
    const { id, settings } = target
    const existing = open.get(id)
    if (existing !== undefined && isSameTarget(existing.settings, settings)) {
      // One that is not saved is told of its name and kind by its opening alone.
      existing.takeOver(settings)
      await existing.reconnect()
      return existing
    }
    // The same address in another way, such as read-only: never the session of the old way.
    if (existing !== undefined) await close(id)
    const database = await OpenedDatabase.open({
      id,
      settings,
      password: passwordFor(settings, given, target.saved),
      signal: AbortSignal.any([signal, closing.signal]),
      onState: (state, problem) => {
        tell(id, state, problem)
        if (state === 'open') announce(database)
      },
    })
    open.set(id, database)
    if (target.saved !== undefined) {
      if (given) secrets.keep(id, given)
      store.markOpened(id, new Date())
    }
    tell(id, 'open')
    announce(database)
    return database
  }

  function announce(database: Database): void {
    for (const listener of openedListeners) listener(database)
  }

  async function report(target: Target, database: OpenedDatabase): Promise<OpenConnection> {
    const connection = target.saved
      ? present(saved(target.id))
      : { ...database.settings, id: target.id, hasPassword: false, lastOpenedAt: null }
    return { connection, server: database.server, tracking: await trackingState(database) }
  }

  async function close(id: string): Promise<void> {
    const database = open.get(id)
    open.delete(id)
    await database?.close()
  }

  async function remove(id: string): Promise<void> {
    if (!store.remove(id)) throw new Failure({ code: 'not_found', message: 'There is no such connection.' })
    secrets.forget(id)
    await close(id)
  }

  function watch(emit: (event: ConnectionEvent) => void, signal: AbortSignal): Promise<null> {
    return new Promise((resolve) => {
      const end = () => {
        watchers.delete(emit)
        resolve(null)
      }
      const ended = AbortSignal.any([signal, closing.signal])
      if (ended.aborted) return end()
      ended.addEventListener('abort', end, { once: true })
      watchers.add(emit)
      for (const { id, state } of open.values()) emit({ connection: id, state, waiting: waiting.get(id) ?? 0 })
    })
  }

  return {
    service: {
      list: () => ({ connections: store.list().map(present), passwordsKept: secrets.kind, notice: cache.notice }),
      found: () => findConnections(host.dataFolder),
      save,
      remove: ({ id }) => remove(id).then(() => null),
      test: (input, { signal }) => test(input, signal),
      open: (input, { signal }) => openTarget(input, signal),
      close: ({ id }) => close(id).then(() => null),
      watch: (_, { emit, signal }) => watch(emit, signal),
    },
    database: (id) => {
      const database = open.get(id)
      if (database === undefined) throw new Failure({ code: 'not_found', message: 'The connection is not open.' })
      return database
    },
    onOpened: (listener) => void openedListeners.push(listener),
    waitingChanged: (id, count) => {
      waiting.set(id, count)
      tell(id, open.get(id)?.state ?? 'closed')
    },
    close: async () => {
      closing.abort(new Failure({ code: 'unavailable', message: 'pgSteward is ending.' }))
      await Promise.all([...open.keys()].map(close))
    },
  }
}

/** The same server and user: what a password belongs to. */
function isSameLogin(a: ConnectionSettings, b: ConnectionSettings): boolean {
  return a.host === b.host && a.port === b.port && a.user === b.user && a.ssh === b.ssh
}

/** The same in all but what people call it and how careful they are with it. */
function isSameTarget(a: ConnectionSettings, b: ConnectionSettings): boolean {
  const { name, kind, colour, askReasons, idleTransactionMinutes } = b
  return isDeepStrictEqual({ ...a, name, kind, colour, askReasons, idleTransactionMinutes }, b)
}

/** The id of a connection that is not saved: the same for the same user, address and database. */
function idOf({ user, host, port, database, ssh }: ConnectionSettings): string {
  const address = JSON.stringify([user, host, port, database, ...(ssh === '' ? [] : [ssh])])
  return `url:${createHash('sha256').update(address).digest('hex').slice(0, 32)}`
}
