import { createStore, type StoreApi } from 'zustand'
import { type Fault, toFault } from '../../core/fault.ts'
import type {
  Facets,
  HistoryDetail,
  HistoryEntry,
  HistorySource,
  SearchPage,
  Timeline,
  Unwritten,
} from '../../core/history/contract.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'
import { type CareState, careState } from './caring.ts'
import { type ExportState, exportState } from './exporting.ts'
import { type Filters, noFilters, queryOf } from './filters.ts'

/** What came of telling the servers and asking them. */
export interface SyncReport {
  readonly sent: number
  readonly received: number
  readonly waiting: number
  /** Connections that could not be synchronised, by name. */
  readonly failed: readonly { readonly connection: string; readonly fault: Fault }[]
}

/** Two operations beside each other, the older one first. */
export interface Comparison {
  readonly older: HistoryDetail
  readonly newer: HistoryDetail
}

export interface HistoryState extends ExportState, CareState {
  readonly filters: Filters
  readonly entries: readonly HistoryEntry[]
  /** Where to go on; null when there are no older ones. */
  readonly next: number | null
  /** Until when it was looked back, while older ones may be found; null otherwise. */
  readonly reached: string | null
  /** Operations that words and filters do not find yet. */
  readonly unindexed: number
  readonly loading: boolean
  /** The first answer has come. */
  readonly loaded: boolean
  readonly fault: Fault | null
  /** The same operations over time; null before the first answer. */
  readonly timeline: Timeline | null
  readonly facets: Facets | null
  readonly sources: readonly HistorySource[]
  readonly selected: string | null
  readonly detail: HistoryDetail | null
  readonly detailFault: Fault | null
  /** The one that the next choice is compared with. */
  readonly pinned: HistoryEntry | null
  readonly comparison: Comparison | null
  readonly syncing: boolean
  readonly synced: SyncReport | null
  /** Records that wait to be told to their server. */
  readonly waiting: number
  /** What is in the memory of the program alone; null where all is written. */
  readonly unwritten: Unwritten | null

  filter(change: Partial<Filters>): Promise<void>
  /** Reads the first pages again, as many entries as there are now. */
  refresh(): Promise<void>
  loadMore(): Promise<void>
  select(id: string | null): Promise<void>
  /** What can be filtered by, and where the history comes from. */
  survey(): Promise<void>
  mark(id: string, change: { kept?: boolean; tags?: string[]; note?: string }): Promise<void>
  pin(entry: HistoryEntry | null): void
  /** Reads the pinned one and this one, to be shown beside each other. */
  compare(id: string): Promise<void>
  endComparison(): void
  /** Sends what waits and takes what is new, over every connection that is open. */
  sync(): Promise<void>
  /** Reads again whenever something changes, until the signal aborts. */
  follow(until: AbortSignal): Promise<void>
}

/** More than a screen full: what is answered at each key is read, sent and drawn in no time. */
const firstSize = 30
/** What is read without scrolling. */
const pageSize = 60
/** What is read further as one scrolls. */
const furtherSize = 100
const mostAtOnce = 1000
/** While operations are being indexed, they are counted once more after so long. */
const indexingRestMs = 1_000

export function createHistoryStore(scope: Scope): StoreApi<HistoryState> {
  const { api, signal, session } = scope
  let searching: AbortController | null = null
  let reading: AbortController | null = null

  return createStore<HistoryState>()((set, get, store) => {
    const query = () => queryOf(get().filters, session.getState().current)

    /**
     * Searches from the start, for `first` entries and then for the others up to `limit`. A search that is still under
     * way is about an older question: it is cancelled.
     */
    async function search(limit: number, first = limit): Promise<void> {
      searching?.abort()
      const own = new AbortController()
      searching = own
      const options = { signal: AbortSignal.any([signal, own.signal]) }
      set({ loading: true })
      try {
        const asked = query()
        const page = await api.history.search({ ...asked, limit: first }, options)
        if (searching !== own) return
        set({ ...taken(page), entries: page.entries, loaded: true, fault: null })
        void count(own, options)
        await goOn(own, limit)
      } catch (thrown) {
        if (searching === own && !signal.aborted) set({ fault: toFault(thrown) })
      } finally {
        if (searching === own) set({ loading: false })
      }
    }

    const taken = ({ next, reached, unindexed }: SearchPage) => ({ next, reached, unindexed })

    /** Looks further back while a page is not full: each answer comes soon, whether it found something or not. */
    async function goOn(own: AbortController | null, wanted: number): Promise<void> {
      const target = Math.max(wanted, 1)
      while (searching === own && get().next !== null && get().entries.length < target) {
        const before = get().next ?? undefined
        const found = await api.history.search(
          { ...query(), limit: Math.min(mostAtOnce, target - get().entries.length), before },
          { signal: AbortSignal.any([signal, ...(own === null ? [] : [own.signal])]) },
        )
        // Another question was asked since: this page continues an older answer.
        if (searching !== own) return
        set({ ...taken(found), entries: get().entries.concat(found.entries), fault: null })
      }
    }

    /** Counts after the list: it may take longer, and stays as it was until then. */
    async function count(own: AbortController, options: { signal: AbortSignal }): Promise<void> {
      try {
        const timeline = await api.history.timeline(query(), options)
        if (searching !== own) return
        set({ timeline, unindexed: timeline.unindexed })
        // The index is still being made: the counts grow.
        if (timeline.unindexed > 0) countAgain(own, options)
      } catch (thrown) {
        if (searching === own && !signal.aborted) set({ timeline: null, fault: toFault(thrown) })
      }
    }

    function countAgain(own: AbortController, options: { signal: AbortSignal }): void {
      const timer = setTimeout(() => {
        if (searching === own) void count(own, options)
      }, indexingRestMs)
      options.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
    }

    async function countWaiting(): Promise<void> {
      const { count: waiting, unwritten } = await api.history.waiting({}, { signal })
      set({ waiting, unwritten })
    }

    return {
      ...exportState(scope, store),
      filters: noFilters,
      entries: [],
      next: null,
      reached: null,
      unindexed: 0,
      loading: false,
      loaded: false,
      fault: null,
      timeline: null,
      facets: null,
      sources: [],
      selected: null,
      detail: null,
      detailFault: null,
      pinned: null,
      comparison: null,
      syncing: false,
      synced: null,
      waiting: 0,
      unwritten: null,

      filter: async (change) => {
        set({ filters: { ...get().filters, ...change } })
        await search(pageSize, firstSize)
      },

      refresh: async () => {
        await search(Math.min(mostAtOnce, Math.max(pageSize, get().entries.length)))
        const { selected } = get()
        if (selected !== null) await get().select(selected)
      },

      loadMore: async () => {
        const { entries, next, loading } = get()
        if (next === null || loading) return
        const question = searching
        set({ loading: true })
        try {
          await goOn(question, entries.length + furtherSize)
        } catch (thrown) {
          if (searching === question && !signal.aborted) set({ fault: toFault(thrown), next: null })
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

      survey: async () => {
        try {
          const [facets, sources] = await Promise.all([
            api.history.facets({}, { signal }),
            api.history.sources({}, { signal }),
          ])
          set({ facets, sources })
        } catch (thrown) {
          if (!signal.aborted) set({ fault: toFault(thrown) })
        }
      },

      mark: async (id, change) => {
        try {
          await api.history.mark({ id, ...change }, { signal })
        } catch (thrown) {
          if (!signal.aborted) set({ detailFault: toFault(thrown) })
          return
        }
        const { kept, tags } = change
        const shown = { ...(kept === undefined ? {} : { kept }), ...(tags === undefined ? {} : { tags }) }
        set({ entries: get().entries.map((entry) => (entry.id === id ? { ...entry, ...shown } : entry)) })
        if (get().selected === id) await get().select(id)
        if (tags !== undefined) await get().survey()
      },

      pin: (entry) => set({ pinned: entry, comparison: null }),

      compare: async (id) => {
        const { pinned } = get()
        if (pinned === null || pinned.id === id) return
        try {
          const two = await Promise.all([pinned.id, id].map((each) => api.history.get({ id: each }, { signal })))
          const [older, newer] = two.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
          if (older !== undefined && newer !== undefined) set({ comparison: { older, newer } })
        } catch (thrown) {
          if (!signal.aborted) set({ detailFault: toFault(thrown) })
        }
      },

      endComparison: () => set({ comparison: null, pinned: null }),

      ...careState(scope, store),

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

      follow: async (until) => {
        const changed = (): void => {
          // Who has scrolled far down is not thrown about; what is new waits at the top for the next search.
          if (get().entries.length <= mostAtOnce && !get().loading) void get().refresh()
        }
        try {
          await api.history.watch({}, { signal: AbortSignal.any([signal, until]), onEvent: changed })
        } catch (thrown) {
          if (!signal.aborted && !until.aborted) set({ fault: toFault(thrown) })
        }
      },
    }
  })
}

/** One for the window: the history is of all databases, with or without a connection. */
export const useHistory = sliceHook('window', createHistoryStore)
