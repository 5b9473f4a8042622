import { createStore, type StoreApi } from 'zustand'
import type { CatalogStanding, DefinedKind } from '../../core/catalog/contract.ts'
import type { TreeRow } from '../../core/catalog/tree.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

export interface CatalogState {
  /** Rows that are at hand, by their index in the whole tree. Others are asked for when they come into sight. */
  readonly rows: ReadonlyMap<number, TreeRow>
  /** Null until the first answer. */
  readonly total: number | null
  readonly standing: CatalogStanding | null
  readonly fault: Fault | null
  /** Why an object's definition, or a new reading, is not to be had. */
  readonly refusal: Fault | null
  readonly search: string
  readonly expanded: ReadonlySet<string>
  /** The row that keys go to. */
  readonly active: number
  readonly reading: boolean

  /** Follows the catalog for as long as the connection is there. */
  begin(): void
  /** These rows are in sight. */
  look(first: number, last: number): void
  toggle(row: TreeRow): void
  find(search: string): void
  activate(index: number): void
  /** Reads the catalog anew. */
  refresh(): Promise<void>
  /** Opens what would make the object again in a tab. */
  define(row: TreeRow, kind: DefinedKind): Promise<void>
  dismiss(): void
}

/** Rows of one call. */
const pageRows = 100
/** Pages that are held; what is far away is asked for again. */
const mostPages = 20

export function createCatalogStore({ api, session, signal, connection }: Scope): StoreApi<CatalogState> {
  let begun = false
  /** Counts the views of the tree: what was asked of an earlier one is not drawn. */
  let generation = 0
  let asking = new AbortController()
  /** Pages of this generation that were asked for, the latest last. */
  let pages: number[] = []
  let sight = { first: 0, last: 40 }

  return createStore<CatalogState>()((set, get) => {
    /** The first answer of a generation replaces all rows, so that nothing flickers meanwhile. */
    async function ask(page: number): Promise<void> {
      if (connection === null) return
      const mine = generation
      const { expanded, search } = get()
      const from = page * pageRows
      try {
        const { rows, total, ...standing } = await api.catalog.tree(
          { connection, expanded: [...expanded], search, from, count: pageRows },
          { signal: AbortSignal.any([signal, asking.signal]) },
        )
        if (mine !== generation) return
        const isFirst = drawn !== mine
        drawn = mine
        const next = new Map(isFirst ? [] : get().rows)
        for (const index of next.keys()) if (!pages.includes(Math.floor(index / pageRows))) next.delete(index)
        for (const [at, row] of rows.entries()) next.set(from + at, row)
        const active = Math.max(0, Math.min(get().active, total - 1))
        set({ rows: next, total, standing, fault: null, active, reading: false })
      } catch (thrown) {
        if (mine !== generation || signal.aborted) return
        set({ fault: toFault(thrown), reading: false })
      }
    }
    let drawn = -1

    function look(): void {
      const first = Math.floor(sight.first / pageRows)
      const last = Math.floor(sight.last / pageRows)
      for (let page = first; page <= last; page += 1) {
        if (pages.includes(page)) continue
        pages = [...pages, page].slice(-mostPages)
        void ask(page)
      }
    }

    function renew(): void {
      generation += 1
      asking.abort()
      asking = new AbortController()
      pages = []
      look()
    }

    return {
      rows: new Map(),
      total: null,
      standing: null,
      fault: null,
      refusal: null,
      search: '',
      expanded: new Set(),
      active: 0,
      reading: false,

      begin: () => {
        if (begun || connection === null) return
        begun = true
        set({ reading: true })
        look()
        // It ends with the connection; until then it says nothing of failures that asking would not say.
        api.catalog.watch({ connection }, { signal, onEvent: renew }).catch(() => undefined)
      },

      look: (first, last) => {
        sight = { first, last }
        if (begun) look()
      },

      toggle: ({ id, expanded: open }) => {
        const expanded = new Set(get().expanded)
        if (open) expanded.delete(id)
        else expanded.add(id)
        set({ expanded })
        renew()
      },

      find: (search) => {
        sight = { first: 0, last: 40 }
        set({ search, active: 0 })
        renew()
      },

      activate: (active) => set({ active }),

      refresh: async () => {
        if (connection === null) return
        set({ reading: true, refusal: null })
        try {
          await api.catalog.refresh({ connection }, { signal })
          renew()
        } catch (thrown) {
          if (!signal.aborted) set({ reading: false, refusal: toFault(thrown) })
        }
      },

      define: async ({ oid, name }, kind) => {
        if (connection === null || oid === null) return
        set({ refusal: null })
        try {
          const { sql } = await api.catalog.definition({ connection, kind, oid }, { signal })
          session.getState().open({ view: 'editor', sql, name })
        } catch (thrown) {
          if (!signal.aborted) set({ refusal: toFault(thrown) })
        }
      },

      dismiss: () => set({ refusal: null }),
    }
  })
}

export const useCatalog = sliceHook('connection', createCatalogStore)
