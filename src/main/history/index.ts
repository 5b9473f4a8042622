import type { Api } from '../../core/contract.ts'
import type { Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import type { Connections, Database } from '../connections/index.ts'
import { endInterrupted } from './interrupted.ts'
import { Outbox } from './outbox.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { createSearch } from './search.ts'
import { createStore, type Login } from './store.ts'
import { createSync } from './sync.ts'

export { addHistoryCommands } from './command.ts'
export type { Keeping, OpenRecord, Recorder, Undertaking } from './recorder.ts'

export interface History {
  service: Services<Api>['history']
  recorder: Recorder
  /** Tells the servers what waits, as far as that goes quickly, and ends its sessions. */
  close(): Promise<void>
}

interface Dependencies {
  cache: Cache
  connections: Pick<Connections, 'database' | 'onOpened' | 'waitingChanged'>
  /** The pause after a first failure to send, in milliseconds. */
  firstPauseMs?: number
}

/** How long closing may take, in milliseconds; what is not sent by then waits in the cache. */
const closingMs = 2_000

export function createHistory({ cache, connections, firstPauseMs = 1_000 }: Dependencies): History {
  const store = createStore(cache)
  const { search, get } = createSearch(cache)
  const pull = createSync(cache, store)
  const outboxes = new Map<string, Outbox>()
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

  function tellWaiting(login: Login): void {
    const waiting = store.countWaiting(login)
    for (const id of reachedBy.get(keyOf(login)) ?? []) connections.waitingChanged(id, waiting)
  }

  function outboxOf(database: Database): Outbox {
    const login = loginOf(database)
    const key = keyOf(login)
    const ids = reachedBy.get(key) ?? new Set()
    reachedBy.set(key, ids.add(database.id))
    let outbox = outboxes.get(key)
    if (outbox === undefined) {
      const onChange = (): void => tellWaiting(login)
      outbox = new Outbox({ store, login, database: () => reach(key), onChange, firstPauseMs })
      outboxes.set(key, outbox)
    }
    return outbox
  }

  endInterrupted(cache, store)
  connections.onOpened((database) => {
    store.knowDatabase(database.identity, database.id)
    // Another process may have been killed since: its operations end here.
    endInterrupted(cache, store)
    const outbox = outboxOf(database)
    tellWaiting(loginOf(database))
    if (store.countWaiting(loginOf(database)) > 0) void outbox.flush()
  })

  return {
    service: {
      search: (input) => search(input),
      get: ({ id }) => get(id),
      keeping: ({ connection, id }) => {
        const recorded = store.recordedOf(id)
        if (recorded !== 'waiting') return { recorded, fault: null }
        return { recorded, fault: store.refusalOf(id) ?? outboxOf(connections.database(connection)).fault }
      },
      waiting: () => ({ count: store.countAllWaiting() }),
      sync: async ({ connection }) => {
        const database = connections.database(connection)
        const login = loginOf(database)
        const before = store.countWaiting(login)
        await outboxOf(database).flush()
        const waiting = store.countWaiting(login)
        return { sent: Math.max(0, before - waiting), received: await pull(database), waiting }
      },
    },
    recorder: createRecorder(store, outboxOf),
    close: async () => {
      const all = [...outboxes.values()]
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closingMs)
      })
      await Promise.race([Promise.all(all.map((outbox) => outbox.flush())), late])
      clearTimeout(timer)
      await Promise.all(all.map((outbox) => outbox.close()))
    },
  }
}

function loginOf(database: Database): Login {
  return { identity: database.identity, user: database.server.user }
}

function keyOf({ identity, user }: Login): string {
  return JSON.stringify([identity, user])
}
