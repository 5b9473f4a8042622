import { createStore, type StoreApi } from 'zustand'
import { type Fault, toFault } from '../../../core/fault.ts'
import type { SavedQuery } from '../../../core/queries/contract.ts'
import { sliceHook } from '../../session/context.ts'
import type { Scope } from '../../session/scope.ts'

/** The saved query that a tab shows, with the text that was saved. */
export interface SavedText extends SavedQuery {
  readonly sql: string
}

export interface SavedState {
  /** Null where the tab's text was never saved. */
  readonly saved: SavedText | null
  /** The text differs from what was saved. */
  readonly changed: boolean
  /** A text that waits for its name. */
  readonly naming: string | null
  readonly fault: Fault | null

  /** Finds what the tab shows, when it was opened from a saved query. */
  begin(): Promise<void>
  follow(sql: string): void
  /** Saves over what is there; asks for a name where nothing is. */
  save(sql: string): Promise<void>
  /** Asks for a name, under which a new query is saved. */
  saveAs(sql: string): void
  saveUnder(name: string, folder: string): Promise<void>
  dismiss(): void
}

export function createSavedStore({ api, signal, session, tab }: Scope): StoreApi<SavedState> {
  let latest: string | null = null

  return createStore<SavedState>()((set, get) => {
    const target = () => {
      const mine = session.getState().tabs.find(({ id }) => id === tab)
      return mine?.target.view === 'editor' ? { id: mine.id, target: mine.target } : null
    }

    function show(): void {
      const { saved } = get()
      const mine = target()
      if (saved === null || mine === null) return
      const changed = latest !== null && latest !== saved.sql
      if (changed !== get().changed) set({ changed })
      session.getState().retitle(mine.id, changed ? `${saved.name} •` : saved.name)
    }

    async function keep(
      sql: string,
      to: { id?: string; version?: number; folder: string; name: string },
    ): Promise<void> {
      set({ fault: null })
      try {
        const saved = await api.queries.save({ ...to, sql }, { signal })
        set({ saved: { ...saved, sql }, naming: null })
        const mine = target()
        if (mine !== null) session.getState().keep(mine.id, { ...mine.target, name: saved.name, saved: saved.id })
        show()
      } catch (thrown) {
        if (!signal.aborted) set({ fault: toFault(thrown) })
      }
    }

    return {
      saved: null,
      changed: false,
      naming: null,
      fault: null,

      begin: async () => {
        const id = target()?.target.saved
        if (id === undefined || get().saved !== null) return
        try {
          set({ saved: await api.queries.get({ id }, { signal }) })
          show()
        } catch (thrown) {
          if (!signal.aborted) set({ fault: toFault(thrown) })
        }
      },
      follow: (sql) => {
        latest = sql
        show()
      },
      save: async (sql) => {
        latest = sql
        const { saved } = get()
        if (saved === null) get().saveAs(sql)
        else await keep(sql, { id: saved.id, version: saved.version, folder: saved.folder, name: saved.name })
      },
      saveAs: (sql) => set({ naming: sql, fault: null }),
      saveUnder: async (name, folder) => {
        const { naming } = get()
        if (naming !== null) await keep(naming, { name, folder })
      },
      dismiss: () => set({ naming: null, fault: null }),
    }
  })
}

/** Each tab has its own. */
export const useSaved = sliceHook('tab', createSavedStore)
