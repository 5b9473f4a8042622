import { createContext, useContext, useEffect, useId } from 'react'
import { createStore, type StoreApi } from 'zustand'
import { useActive } from './context.ts'

/** What an action is called and which keys run it: readable also while it cannot be run. */
export interface ActionLabel {
  /** `editor.run` */
  readonly id: string
  readonly title: string
  /** The heading that it stands under: `Editor`. */
  readonly group: string
  /** As `mod+Enter`; `mod` is Cmd on a Mac and Ctrl elsewhere. */
  readonly shortcut?: string
  /** More words to find it by. */
  readonly keywords?: readonly string[]
}

/** Something that a person can do: shown in the palette and in the list of keys, and run by its shortcut. */
export interface Action extends ActionLabel {
  /** Shown, but not to be run now. */
  readonly disabled?: boolean
  run(): void
}

export interface ActionsState {
  readonly byOwner: ReadonlyMap<string, readonly Action[]>
  register(owner: string, actions: readonly Action[]): void
  unregister(owner: string): void
}

export type ActionsStore = StoreApi<ActionsState>

export function createActions(): ActionsStore {
  return createStore<ActionsState>()((set, get) => ({
    byOwner: new Map(),
    register: (owner, actions) => set({ byOwner: new Map(get().byOwner).set(owner, actions) }),
    unregister: (owner) => {
      const byOwner = new Map(get().byOwner)
      byOwner.delete(owner)
      set({ byOwner })
    },
  }))
}

/** Every action that can be seen now; of two with one id, the later one. */
export function allActions({ byOwner }: Pick<ActionsState, 'byOwner'>): Action[] {
  const byId = new Map<string, Action>()
  for (const actions of byOwner.values()) for (const action of actions) byId.set(action.id, action)
  return [...byId.values()]
}

export const ActionsContext = createContext<ActionsStore | null>(null)

export function useActionsStore(): ActionsStore {
  const store = useContext(ActionsContext)
  if (store === null) throw new Error('Actions need an ActionsContext above them.')
  return store
}

/**
 * Offers actions in the palette, and runs them by their shortcuts, for as long as the view is in front.
 * Memoise the list: it is registered again whenever it changes.
 */
export function useActions(actions: readonly Action[]): void {
  const store = useActionsStore()
  const owner = useId()
  const active = useActive()
  useEffect(() => {
    if (!active) return
    store.getState().register(owner, actions)
    return () => store.getState().unregister(owner)
  }, [store, owner, actions, active])
}
