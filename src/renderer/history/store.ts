import { createStore, type StoreApi } from 'zustand'
import type { ExecutionStatus } from '../../core/execution.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import type { HistoryDetail, HistoryEntry } from '../../core/history/contract.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

export interface Filters {
  readonly text: string
  readonly statuses: readonly ExecutionStatus[]
  readonly types: readonly string[]
  /** Only what the window's current connection did. */
  readonly currentOnly: boolean
}

/** What came of telling the servers and asking them. */
export interface SyncReport {
  readonly sent: number
  readonly received: number
  readonly waiting: number
  /** Connections that could not be synchronised, by name. */
  readonly failed: readonly { readonly connection: string; readonly fault: Fault }[]
}

export interface HistoryState {
  readonly filters: Filters
  readonly entries: readonly HistoryEntry[]
  /** There are older ones. */
  readonly more: boolean
  readonly loading: boolean
  /** The first answer has come. */
  readonly loaded: boolean
  readonly fault: Fault | null
  readonly selected: string | null
  readonly detail: HistoryDetail | null
  readonly detailFault: Fault | null
  readonly syncing: boolean
  readonly synced: SyncReport | null
  /** Records that wait to be told to their server. */
  readonly waiting: number

  filter(change: Partial<Filters>): Promise<void>
  /** Reads the first pages again, as many entries as there are now. */
  refresh(): Promise<void>
  loadMore(): Promise<void>
  select(id: string | null): Promise<void>
  /** Sends what waits and takes what is new, over every connection that is open. */
  sync(): Promise<void>
}

const pageSize = 100
const mostAtOnce = 1000

export function createHistoryStore({ api, signal, session }: Scope): StoreApi<HistoryState> {
  let searching: AbortController | null = null
  let reading: AbortController | null = null

  return createStore<HistoryState>()((set, get) => {
    const query = (limit: number) => {
      const { text, statuses, types, currentOnly } = get().filters
      const { current } = session.getState()
      return {
        text,
        statuses: [...statuses],
        types: [...types],
        limit,
        ...(currentOnly && current !== null ? { connection: current } : {}),
      }
    }

    /** Searches from the start. A search that is still under way is about an older question: it is cancelled. */
    async function search(limit: number): Promise<void> {
      searching?.abort()
      const own = new AbortController()
      searching = own
      set({ loading: true })
      try {
        const found = await api.history.search(query(limit), { signal: AbortSignal.any([signal, own.signal]) })
        if (searching === own) set({ ...found, loaded: true, fault: null })
      } catch (thrown) {
        if (searching === own && !signal.aborted) set({ fault: toFault(thrown) })
      } finally {
        if (searching === own) set({ loading: false })
      }
    }

    async function countWaiting(): Promise<void> {
      const { count } = await api.history.waiting({}, { signal })
      set({ waiting: count })
    }

    return {
      filters: { text: '', statuses: [], types: [], currentOnly: false },
      entries: [],
      more: false,
      loading: false,
      loaded: false,
      fault: null,
      selected: null,
      detail: null,
      detailFault: null,
      syncing: false,
      synced: null,
      waiting: 0,

      filter: async (change) => {
        set({ filters: { ...get().filters, ...change } })
        await search(pageSize)
      },

      refresh: async () => {
        await search(Math.min(mostAtOnce, Math.max(pageSize, get().entries.length)))
        const { selected } = get()
        if (selected !== null) await get().select(selected)
      },

      loadMore: async () => {
        const { entries, more, loading } = get()
        const last = entries.at(-1)
        if (!more || loading || last === undefined) return
        const question = searching
        set({ loading: true })
        try {
          const after = { startedAt: last.startedAt, id: last.id }
          const found = await api.history.search({ ...query(pageSize), after }, { signal })
          // Another question was asked since: this page continues an older answer.
          if (searching === question) set({ entries: entries.concat(found.entries), more: found.more, fault: null })
        } catch (thrown) {
          if (searching === question && !signal.aborted) set({ fault: toFault(thrown), more: false })
        } finally {
          if (searching === question) set({ loading: false })
        }
      },

      select: async (id) => {
        reading?.abort()
        const own = new AbortController()
        reading = own
        // A detail that is read again stays in sight until its successor is there.
        set({ selected: id, detail: get().detail?.id === id ? get().detail : null, detailFault: null })
        if (id === null) return
        try {
          const detail = await api.history.get({ id }, { signal: AbortSignal.any([signal, own.signal]) })
          if (reading === own) set({ detail })
        } catch (thrown) {
          if (reading === own && !signal.aborted) set({ detail: null, detailFault: toFault(thrown) })
        }
      },

      sync: async () => {
        if (get().syncing) return
        set({ syncing: true })
        const live = [...session.getState().connections.values()].filter(({ state }) => state === 'open')
        const totals = { sent: 0, received: 0 }
        const failed: { connection: string; fault: Fault }[] = []
        try {
          for (const { connection } of live) {
            try {
              const { sent, received } = await api.history.sync({ connection: connection.id }, { signal })
              totals.sent += sent
              totals.received += received
            } catch (thrown) {
              failed.push({ connection: connection.name, fault: toFault(thrown) })
            }
          }
          await countWaiting()
          set({ synced: { ...totals, waiting: get().waiting, failed } })
        } catch (thrown) {
          if (!signal.aborted) set({ fault: toFault(thrown) })
        } finally {
          set({ syncing: false })
        }
        if (totals.sent + totals.received > 0) await get().refresh()
      },
    }
  })
}

/** One for the window: the history is of all databases, with or without a connection. */
export const useHistory = sliceHook('window', createHistoryStore)
