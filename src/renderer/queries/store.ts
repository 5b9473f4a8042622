import { createStore, type StoreApi } from 'zustand'
import { type Fault, toFault } from '../../core/fault.ts'
import type { SavedQuery } from '../../core/queries/contract.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

/** What was removed last, until something else is. */
export interface Removed {
  readonly ids: readonly string[]
  readonly folders: readonly string[]
  readonly what: string
}

export interface QueriesState {
  /** Null until they were read. */
  readonly queries: readonly SavedQuery[] | null
  readonly folders: readonly string[]
  readonly search: string
  readonly fault: Fault | null
  readonly removed: Removed | null
  /** The list stands open. */
  readonly shown: boolean

  show(shown: boolean): void
  /** Reads them, and again at each change, for as long as the window lives. */
  follow(): void
  find(search: string): Promise<void>
  /** Opens one in a tab of the current connection, or shows the tab that has it. */
  open(query: SavedQuery): Promise<void>
  move(query: SavedQuery, folder: string, name: string): Promise<boolean>
  remove(query: SavedQuery): Promise<void>
  removeFolder(path: string): Promise<void>
  moveFolder(from: string, to: string): Promise<boolean>
  undo(): Promise<void>
  dismiss(): void
}

export function createQueriesStore({ api, signal, session }: Scope): StoreApi<QueriesState> {
  let following = false
  let asked = 0

  return createStore<QueriesState>()((set, get) => {
    async function read(): Promise<void> {
      asked += 1
      const mine = asked
      try {
        const { queries, folders } = await api.queries.list({ search: get().search }, { signal })
        if (mine === asked) set({ queries, folders })
      } catch (thrown) {
        if (mine === asked && !signal.aborted) set({ fault: toFault(thrown) })
      }
    }

    /** False where it failed; `fault` says why. */
    async function attempt(work: () => Promise<unknown>): Promise<boolean> {
      set({ fault: null })
      try {
        await work()
        return true
      } catch (thrown) {
        if (!signal.aborted) set({ fault: toFault(thrown) })
        return false
      }
    }

    return {
      queries: null,
      folders: [],
      search: '',
      fault: null,
      removed: null,
      shown: false,

      show: (shown) => {
        set({ shown })
        if (shown) get().follow()
      },
      follow: () => {
        if (following) return
        following = true
        void read()
        void attempt(() => api.queries.watch({}, { signal, onEvent: () => void read() }))
      },
      find: async (search) => {
        set({ search })
        await read()
      },
      open: async ({ id, name }) => {
        await attempt(async () => {
          const { tabs, current, activate } = session.getState()
          const shown = tabs.find(
            ({ target, connection }) => target.view === 'editor' && target.saved === id && connection === current,
          )
          // What is being changed there is not to be found twice.
          if (shown !== undefined) return activate(shown.id)
          const { sql } = await api.queries.get({ id }, { signal })
          session.getState().open({ view: 'editor', sql, name, saved: id })
        })
      },
      move: ({ id }, folder, name) => attempt(() => api.queries.move({ id, folder, name }, { signal })),
      remove: async ({ id, name }) => {
        const done = await attempt(() => api.queries.remove({ ids: [id] }, { signal }))
        if (done) set({ removed: { ids: [id], folders: [], what: name } })
      },
      removeFolder: async (path) => {
        await attempt(async () => {
          const { ids, folders } = await api.queries.removeFolder({ path }, { signal })
          set({ removed: { ids, folders, what: path } })
        })
      },
      moveFolder: (from, to) => attempt(() => api.queries.moveFolder({ from, to }, { signal })),
      undo: async () => {
        const { removed } = get()
        if (removed === null) return
        set({ removed: null })
        const { ids, folders } = removed
        await attempt(() => api.queries.restore({ ids: [...ids], folders: [...folders] }, { signal }))
      },
      dismiss: () => set({ fault: null, removed: null }),
    }
  })
}

/** One for the window: saved queries belong to no connection. */
export const useQueries = sliceHook('window', createQueriesStore)
