import type { Catalog } from '../../core/catalog/catalog.ts'
import type { CatalogStanding, TreeWindow } from '../../core/catalog/contract.ts'
import { Tree } from '../../core/catalog/tree.ts'
import type { Api } from '../../core/contract.ts'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import type { Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import type { Connections, Database } from '../connections/index.ts'
import { listen } from '../listening.ts'
import { endSession } from '../postgres/session.ts'
import { createCopies } from './copy.ts'
import { definitionOf } from './definition.ts'
import { readCatalog } from './read.ts'

export interface CatalogAnswer {
  readonly catalog: Catalog
  /** Read from the server since the connection was opened; false for the copy that this machine kept. */
  readonly live: boolean
  /** Why the copy is given, where the server was asked and did not answer. */
  readonly problem: Fault | null
}

/** What the databases of the connections hold. */
export interface Catalogs {
  service: Services<Api>['catalog']
  /**
   * From memory, or from the server; from the copy in the cache where the server cannot be asked. What is older than
   * a few minutes is given as it is, and read again meanwhile.
   *
   * @throws Failure `unavailable` where the server cannot be asked and there is no copy
   */
  get(connection: string, signal: AbortSignal): Promise<CatalogAnswer>
  /** Objects have been made, changed or dropped: what is known is read again before it is given the next time. */
  changed(connection: string): void
  close(): Promise<void>
}

interface Dependencies {
  connections: Pick<Connections, 'database' | 'onOpened'>
  cache: Cache
  /** What others change is seen after this time, in milliseconds. */
  freshMs?: number
}

/** A server that does not answer is not asked again before this time, in milliseconds: nobody waits for it twice. */
const retryMs = 10_000

/** Catalogs that are held in memory; the others are in the cache. */
const mostHeld = 4

interface Held {
  catalog: Catalog
  live: boolean
  /** By `performance.now()`. */
  at: number
  tree: Tree | null
}

/** What is known of one connection's database. */
class Entry {
  held: Held | null = null
  /** Something has changed since the reading that is under way, or the last one, began. */
  stale = true
  reading: Promise<Held> | null = null
  problem: Fault | null = null
  /** When the server did not answer last, by `performance.now()`. */
  failedAt = Number.NEGATIVE_INFINITY
  readonly watchers = new Set<(event: { readAt: string }) => void>()
}

export function createCatalogs({ connections, cache, freshMs = 300_000 }: Dependencies): Catalogs {
  const copies = createCopies(cache)
  const entries = new Map<string, Entry>()
  const closing = new AbortController()
  const writing = new Set<Promise<void>>()

  connections.onOpened(({ id }) => {
    const entry = entries.get(id)
    if (entry === undefined) return
    entry.stale = true
    entry.failedAt = Number.NEGATIVE_INFINITY
    refreshForWatchers(id, entry)
  })

  /** The entry, as the one that was used last; of too many, the first ones are let go. */
  function entryOf(connection: string): Entry {
    const entry = entries.get(connection) ?? new Entry()
    entries.delete(connection)
    entries.set(connection, entry)
    for (const [id, { watchers, reading }] of entries) {
      if (entries.size <= mostHeld) break
      if (watchers.size === 0 && reading === null) entries.delete(id)
    }
    return entry
  }

  function databaseOf(connection: string): Database | null {
    try {
      return connections.database(connection)
    } catch (thrown) {
      if (thrown instanceof Failure && thrown.fault.code === 'not_found') return null
      throw thrown
    }
  }

  /** One reading at a time: whoever asks meanwhile gets the same. */
  function read(database: Database, entry: Entry): Promise<Held> {
    entry.reading ??= readFrom(database, entry).finally(() => {
      entry.reading = null
    })
    return entry.reading
  }

  async function readFrom(database: Database, entry: Entry): Promise<Held> {
    entry.stale = false
    try {
      const client = await database.connect('catalog')
      try {
        const catalog = await readCatalog(client)
        const held = { catalog, live: true, at: performance.now(), tree: null }
        entry.held = held
        entry.problem = null
        keep(database.id, catalog)
        for (const tell of entry.watchers) tell({ readAt: catalog.readAt })
        return held
      } finally {
        await endSession(client)
      }
    } catch (thrown) {
      entry.stale = true
      throw thrown
    }
  }

  /** The copy is for another day: nobody waits for it, and nobody is worse off today without it. */
  function keep(connection: string, catalog: Catalog): void {
    const done = copies.keep(connection, catalog).catch(() => undefined)
    writing.add(done)
    void done.finally(() => writing.delete(done))
  }

  /** The views that show a catalog are told of the new one; a reading that fails is told to whoever asks next. */
  function refreshForWatchers(connection: string, entry: Entry): void {
    const database = entry.watchers.size === 0 ? null : databaseOf(connection)
    if (database !== null) read(database, entry).catch(() => undefined)
  }

  async function find(connection: string, entry: Entry): Promise<Held> {
    const database = databaseOf(connection)
    const held = entry.held
    if (database === null) {
      if (held === null) return await kept(connection, entry, null)
      held.live = false
      return held
    }
    if (held !== null && performance.now() - entry.failedAt < retryMs) return held
    if (held?.live && !entry.stale) {
      if (performance.now() - held.at > freshMs) read(database, entry).catch(() => undefined)
      return held
    }
    try {
      // A reading that began before the last change may not have seen it.
      if (entry.reading !== null && entry.stale) await entry.reading.catch(() => undefined)
      return await read(database, entry)
    } catch (thrown) {
      entry.problem = toFault(thrown)
      entry.failedAt = performance.now()
      if (entry.held !== null) {
        entry.held.live = false
        return entry.held
      }
      return await kept(connection, entry, thrown)
    }
  }

  async function kept(connection: string, entry: Entry, cause: unknown): Promise<Held> {
    const catalog = await copies.read(connection)
    if (catalog === undefined) throw cause ?? notKept()
    entry.held = { catalog, live: false, at: performance.now(), tree: null }
    return entry.held
  }

  async function held(connection: string, signal: AbortSignal): Promise<{ held: Held; entry: Entry }> {
    signal.throwIfAborted()
    if (closing.signal.aborted) throw new Failure({ code: 'unavailable', message: 'pgSteward is ending.' })
    const entry = entryOf(connection)
    // The reading goes on when one of those who wait for it goes away: the next one will want it.
    const found = await Promise.race([find(connection, entry), aborted(signal)])
    return { held: found, entry }
  }

  function standing({ catalog, live }: Held, entry: Entry): CatalogStanding {
    return { live, readAt: catalog.readAt, notes: catalog.notes, problem: live ? null : entry.problem }
  }

  function watch(connection: string, emit: (event: { readAt: string }) => void, signal: AbortSignal): Promise<null> {
    return listen(entryOf(connection).watchers, emit, AbortSignal.any([signal, closing.signal]))
  }

  function changed(connection: string): void {
    const entry = entries.get(connection)
    if (entry === undefined) return
    entry.stale = true
    refreshForWatchers(connection, entry)
  }

  return {
    service: {
      tree: async ({ connection, expanded, search, from, count }, { signal }): Promise<TreeWindow> => {
        const { held: found, entry } = await held(connection, signal)
        found.tree ??= new Tree(found.catalog)
        const part = found.tree.window({ expanded: new Set(expanded), search }, from, count)
        return { ...part, ...standing(found, entry) }
      },
      definition: async ({ connection, kind, oid }, { signal }) => ({
        sql: await definitionOf(connections.database(connection), kind, oid, signal),
      }),
      refresh: async ({ connection }, { signal }) => {
        Object.assign(entryOf(connection), { stale: true, failedAt: Number.NEGATIVE_INFINITY })
        const { held: found, entry } = await held(connection, signal)
        return standing(found, entry)
      },
      watch: ({ connection }, { emit, signal }) => watch(connection, emit, signal),
    },
    get: async (connection, signal) => {
      const { held: found, entry } = await held(connection, signal)
      return { catalog: found.catalog, live: found.live, problem: found.live ? null : entry.problem }
    },
    changed,
    close: async () => {
      closing.abort()
      await Promise.all(writing)
    },
  }
}

function notKept(): Failure {
  return new Failure({
    code: 'unavailable',
    message: 'The connection is closed, and this machine has kept nothing of what its database holds.',
    hint: 'Connect once: what is read then is kept.',
  })
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
