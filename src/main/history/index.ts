import type { Api } from '../../core/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { HistoryFilter } from '../../core/history/filter.ts'
import type { Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import type { Connections, Database } from '../connections/index.ts'
import type { Host } from '../host.ts'
import { createCare } from './care.ts'
import { createDetail } from './detail.ts'
import { createErase } from './erase.ts'
import { createExporting } from './exporting.ts'
import { endInterrupted } from './interrupted.ts'
import { createKeeper, type Keeper } from './keeper.ts'
import { createKeys } from './keys.ts'
import { createReader } from './reader.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { createRetaining } from './retaining.ts'
import { createSending } from './sending.ts'
import { createSources } from './sources.ts'
import { createStore } from './store.ts'
import { createSync } from './sync.ts'
import { createTeller } from './teller.ts'

export { addHistoryCommands } from './command.ts'
export type { Keeping, OpenRecord, Recorder, Undertaking } from './recorder.ts'

export interface History {
  service: Services<Api>['history']
  recorder: Recorder
  /** See `createKeys`. */
  operationOf: ReturnType<typeof createKeys>
  /** Tells the servers what waits, as far as that goes quickly, and ends its sessions. */
  close(): Promise<void>
}

interface Dependencies {
  cache: Cache
  connections: Pick<Connections, 'database' | 'onOpened' | 'waitingChanged'>
  saveFile: Host['saveFile']
  /** The pause after a first failure to send, in milliseconds. */
  firstPauseMs?: number
  /** Take what others did from the open connections now and then, and keep to the retention: a program that stays. */
  stays?: boolean
}

export function createHistory({
  cache,
  connections,
  saveFile,
  firstPauseMs = 1_000,
  stays = false,
}: Dependencies): History {
  const store = createStore(cache)
  const reader = createReader(cache.path)
  const teller = createTeller(() => reader.changed())
  const get = createDetail(cache)
  const care = createCare(cache)
  const operationOf = createKeys(cache)
  const sources = createSources({ cache, pull: createSync(cache, store), onTaken: teller.tell })
  const retaining = createRetaining(care, teller.tell)
  const keeper: Keeper = createKeeper({ cache, store, onWritten: () => void sending.flushAll() })
  const erase = createErase(cache, reader, keeper)
  const sending = createSending({
    connections,
    store,
    inMemory: () => keeper.memory,
    onChange: teller.tell,
    firstPauseMs,
  })

  const exportTo = createExporting({ keeper, reader, saveFile, onChange: teller.tell })

  function opened(database: Database): void {
    try {
      store.knowDatabase(database.identity, database.id)
      // Another process may have been killed since: its operations end here.
      endInterrupted(cache, store)
    } catch {
      // A cache that takes nothing just now is no reason to open no connection. The next opening does it.
    }
    sending.opened(database)
    if (stays) sources.follow(database.id, () => connections.database(database.id))
  }

  /** An open connection stands for the database that it leads to now, and for none that it has led to before. */
  function meant<Filter extends HistoryFilter>(filter: Filter): Filter {
    const { connection } = filter
    if (connection === undefined) return filter
    try {
      return { ...filter, connection: undefined, identity: connections.database(connection).identity }
    } catch {
      return filter // It is not open: all that it ever led to is meant.
    }
  }

  endInterrupted(cache, store)
  connections.onOpened(opened)
  if (stays) retaining.start()

  return {
    service: {
      search: (input, { signal }) => reader.ask('search', meant(input), signal),
      timeline: (input, { signal }) => reader.ask('timeline', meant(input), signal),
      facets: (_, { signal }) => reader.ask('facets', {}, signal),
      get: ({ id }) => get(id),
      watch: (_, { emit, signal }) => teller.watch(emit, signal),
      mark: ({ id, ...marks }) => {
        care.mark(id, marks)
        teller.tell()
        return null
      },
      export: (input, { signal, emit }) => exportTo(meant(input), signal, emit),
      erase: async ({ text, savedQueries }, { signal }) => {
        const erased = await erase(text, savedQueries, signal)
        if (erased.operations > 0) teller.tell()
        return erased
      },
      sources: () => sources.list(),
      retention: () => ({ retention: care.retention(), ...care.size() }),
      prunePlan: (retention) => care.plan(retention),
      retain: async (retention, { emit, signal }) => {
        care.setRetention(retention)
        return { deleted: await retaining.run(signal, (deleted) => emit({ deleted })) }
      },
      keeping: ({ connection, id }) => {
        const recorded = keeper.recordedOf(id)
        if (recorded !== 'waiting') return { recorded, fault: keeper.faultOf(id) }
        return { recorded, fault: store.refusalOf(id) ?? sending.fault(connections.database(connection)) }
      },
      waiting: () => ({
        count: store.countAllWaiting() + (keeper.memory?.countAllWaiting() ?? 0),
        unwritten: keeper.unwritten(),
      }),
      sync: async ({ connection }) => {
        const database = connections.database(connection)
        const before = sending.waiting(database)
        await sending.flush(database, { refused: true })
        const waiting = sending.waiting(database)
        const received = await sources.take(database)
        const refusal = sending.fault(database)
        // A framework that was removed is missed as soon as something waits for it.
        if (received === null && waiting > 0 && refusal !== null) throw new Failure(refusal)
        return { sent: Math.max(0, before - waiting), received: received ?? 0, waiting }
      },
    },
    recorder: createRecorder(keeper, sending, teller.tell),
    operationOf,
    close: async () => {
      retaining.stop()
      sources.stop()
      teller.close()
      keeper.writeAll()
      await sending.close()
      keeper.close()
      await reader.close()
    },
  }
}
