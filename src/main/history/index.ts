import type { Api } from '../../core/contract.ts'
import type { Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import type { Connections, Database } from '../connections/index.ts'
import { createCare } from './care.ts'
import { createDetail } from './detail.ts'
import { createErase } from './erase.ts'
import { endInterrupted } from './interrupted.ts'
import { Outbox } from './outbox.ts'
import { createReader } from './reader.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { createRetaining } from './retaining.ts'
import { createSources } from './sources.ts'
import { createStore, type Login } from './store.ts'
import { createSync } from './sync.ts'
import { createTeller } from './teller.ts'

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
  /** Take what others did from the open connections now and then, and keep to the retention: a program that stays. */
  stays?: boolean
}

/** How long closing may take, in milliseconds; what is not sent by then waits in the cache. */
const closingMs = 2_000

export function createHistory({ cache, connections, firstPauseMs = 1_000, stays = false }: Dependencies): History {
  const store = createStore(cache)
  const reader = createReader(cache.path)
  const teller = createTeller(() => reader.changed())
  const get = createDetail(cache)
  const care = createCare(cache)
  const erase = createErase(cache, reader)
  const sources = createSources({ cache, pull: createSync(cache, store), onTaken: teller.tell })
  const retaining = createRetaining(care, teller.tell)
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
    teller.tell()
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
    if (store.countWaiting(loginOf(database)) > 0) void outbox.flush({ refused: true })
    if (stays) sources.follow(database.id, () => connections.database(database.id))
  })
  if (stays) retaining.start()

  return {
    service: {
      search: (input, { signal }) => reader.ask('search', input, signal),
      timeline: (input, { signal }) => reader.ask('timeline', input, signal),
      facets: (_, { signal }) => reader.ask('facets', {}, signal),
      get: ({ id }) => get(id),
      watch: (_, { emit, signal }) => teller.watch(emit, signal),
      mark: ({ id, ...marks }) => {
        care.mark(id, marks)
        teller.tell()
        return null
      },
      erase: async ({ text }, { signal }) => {
        const operations = await erase(text, signal)
        if (operations > 0) teller.tell()
        return { operations }
      },
      sources: () => sources.list(),
      retention: () => ({ retention: care.retention(), ...care.size() }),
      prunePlan: (retention) => care.plan(retention),
      retain: async (retention, { emit, signal }) => {
        care.setRetention(retention)
        return { deleted: await retaining.run(signal, (deleted) => emit({ deleted })) }
      },
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
        await outboxOf(database).flush({ refused: true })
        const waiting = store.countWaiting(login)
        return { sent: Math.max(0, before - waiting), received: await sources.take(database), waiting }
      },
    },
    recorder: createRecorder(store, outboxOf, teller.tell),
    close: async () => {
      retaining.stop()
      sources.stop()
      teller.close()
      const all = [...outboxes.values()]
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closingMs)
      })
      await Promise.race([Promise.all(all.map((outbox) => outbox.flush())), late])
      clearTimeout(timer)
      await Promise.all(all.map((outbox) => outbox.close()))
      await reader.close()
    },
  }
}

function loginOf(database: Database): Login {
  return { identity: database.identity, user: database.server.user }
}

function keyOf({ identity, user }: Login): string {
  return JSON.stringify([identity, user])
}
