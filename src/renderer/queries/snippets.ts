import { createStore, type StoreApi } from 'zustand'
import { type Fault, toFault } from '../../core/fault.ts'
import type { Snippet } from '../../core/queries/contract.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

export interface SnippetsState {
  /** The dialog is open. */
  readonly shown: boolean
  /** Null until they were read. */
  readonly own: readonly Snippet[] | null
  readonly builtIn: readonly Snippet[]
  /** What is being made, or changed: then under the name that it has by now. */
  readonly editing: { readonly name: string | null; readonly start: Snippet } | null
  readonly fault: Fault | null
  /** What was removed last, until something else is. */
  readonly removed: Snippet | null

  show(shown: boolean): void
  /** Begins a new one, as a copy where one is given. */
  make(copyOf?: Snippet): void
  change(snippet: Snippet): void
  /** Keeps what is being edited. */
  save(snippet: Snippet): Promise<void>
  cancel(): void
  remove(snippet: Snippet): Promise<void>
  undo(): Promise<void>
}

const blank: Snippet = { name: '', title: '', body: '' }

export function createSnippetsStore({ api, signal }: Scope): StoreApi<SnippetsState> {
  return createStore<SnippetsState>()((set, get) => {
    async function attempt(work: () => Promise<unknown>): Promise<boolean> {
      set({ fault: null })
      try {
        await work()
        const { own, builtIn } = await api.queries.snippets({}, { signal })
        set({ own, builtIn })
        return true
      } catch (thrown) {
        if (!signal.aborted) set({ fault: toFault(thrown) })
        return false
      }
    }

    return {
      shown: false,
      own: null,
      builtIn: [],
      editing: null,
      fault: null,
      removed: null,

      show: (shown) => {
        set({ shown, editing: null, fault: null, removed: null })
        if (shown) void attempt(async () => undefined)
      },
      make: (copyOf = blank) => set({ editing: { name: null, start: copyOf }, fault: null }),
      change: (snippet) => set({ editing: { name: snippet.name, start: snippet }, fault: null }),
      save: async (snippet) => {
        const before = get().editing?.name ?? null
        const taken = get().own?.some(({ name }) => name === snippet.name && name !== before) === true
        if (taken) {
          set({
            fault: {
              code: 'refused',
              message: `You have a snippet of the name ${snippet.name} already.`,
              hint: 'Choose another name, or change that one.',
            },
          })
          return
        }
        const done = await attempt(async () => {
          await api.queries.saveSnippet(snippet, { signal })
          // The new one is there before the old name goes.
          if (before !== null && before !== snippet.name) await api.queries.removeSnippet({ name: before }, { signal })
        })
        if (done) set({ editing: null, removed: null })
      },
      cancel: () => set({ editing: null, fault: null }),
      remove: async (snippet) => {
        const done = await attempt(() => api.queries.removeSnippet({ name: snippet.name }, { signal }))
        if (done) set({ removed: snippet })
      },
      undo: async () => {
        const { removed } = get()
        if (removed === null) return
        const done = await attempt(() => api.queries.saveSnippet(removed, { signal }))
        if (done) set({ removed: null })
      },
    }
  })
}

/** One for the window: snippets belong to no connection. */
export const useSnippets = sliceHook('window', createSnippetsStore)
