import type { Fault } from '../../core/fault.ts'
import type { Connections, Database } from '../connections/index.ts'
import { Outbox } from './outbox.ts'
import type { Sender } from './recorder.ts'
import type { Login, Store } from './store.ts'

interface Dependencies {
  connections: Pick<Connections, 'database' | 'waitingChanged'>
  /** The cache's records. */
  store: Store
  /** Those that the cache would not take; null while there are none. */
  inMemory(): Store | null
  onChange(): void
  firstPauseMs: number
}

/** How long closing may take, in milliseconds; what is not sent by then waits in the cache. */
const closingMs = 2_000

/** Tells each database what each role did there, over whatever connection leads to it now. */
export function createSending({ connections, store, inMemory, onChange, firstPauseMs }: Dependencies) {
  const outboxes = new Map<Store, Map<string, Outbox>>()
  /** The connections of this process by which each role was reached in each database. */
  const reachedBy = new Map<string, Set<string>>()

  /** The first connection of this role to this database that is still open. */
  function reach(key: string): Database | null {
    for (const id of reachedBy.get(key) ?? []) {
      try {
        const database = connections.database(id)
        if (keyOf(loginOf(database)) === key) return database
      } catch {
        // It has been closed, or leads to another database now; the next one may do.
      }
    }
    return null
  }

  function waitingOf(login: Login): number {
    return store.countWaiting(login) + (inMemory()?.countWaiting(login) ?? 0)
  }

  function tell(login: Login): void {
    onChange()
    const waiting = waitingOf(login)
    for (const id of reachedBy.get(keyOf(login)) ?? []) connections.waitingChanged(id, waiting)
  }

  function outboxOf(database: Database, from: Store): Outbox {
    const login = loginOf(database)
    const key = keyOf(login)
    const ids = reachedBy.get(key) ?? new Set()
    reachedBy.set(key, ids.add(database.id))
    const ofStore = outboxes.get(from) ?? new Map<string, Outbox>()
    outboxes.set(from, ofStore)
    const known = ofStore.get(key)
    if (known !== undefined) return known
    const outbox = new Outbox({
      store: from,
      login,
      database: () => reach(key),
      onChange: () => tell(login),
      firstPauseMs,
    })
    ofStore.set(key, outbox)
    return outbox
  }

  const all = (): Outbox[] => [...outboxes.values()].flatMap((ofStore) => [...ofStore.values()])

  async function flush(database: Database, options: { refused?: boolean } = {}): Promise<void> {
    const memory = inMemory()
    await Promise.all([
      outboxOf(database, store).flush(options),
      ...(memory === null ? [] : [outboxOf(database, memory).flush(options)]),
    ])
  }

  return {
    flush,
    /** Sends what waits, to whatever can be reached. */
    flushAll: async (): Promise<void> => void (await Promise.all(all().map((outbox) => outbox.flush()))),
    fault: (database: Database): Fault | null => outboxOf(database, store).fault,
    waiting: (database: Database): number => waitingOf(loginOf(database)),
    /** A connection has been opened: what waits for its database is sent. */
    opened: (database: Database): void => {
      outboxOf(database, store)
      tell(loginOf(database))
      if (waitingOf(loginOf(database)) > 0) void flush(database, { refused: true })
    },
    /** Sends what can be sent quickly, and ends its sessions. */
    close: async (): Promise<void> => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closingMs)
      })
      await Promise.race([Promise.all(all().map((outbox) => outbox.flush())), late])
      clearTimeout(timer)
      await Promise.all(all().map((outbox) => outbox.close()))
    },
  } satisfies Sender & Record<string, unknown>
}

function loginOf(database: Database): Login {
  return { identity: database.identity, user: database.server.user }
}

function keyOf({ identity, user }: Login): string {
  return JSON.stringify([identity, user])
}
