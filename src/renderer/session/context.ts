import { createContext, useContext } from 'react'
import { type StoreApi, useStore } from 'zustand'
import type { Scope, ScopeKind, Scopes, SessionStore } from './scope.ts'
import type { SessionState } from './state.ts'
import type { Tab } from './targets.ts'

export const SessionContext = createContext<SessionStore | null>(null)

/** The tab that a view stands in; null in the shell. */
export const TabContext = createContext<{ tab: Tab; active: boolean; scopes: Scopes } | null>(null)

/** The session store itself, for what is done rather than shown. */
export function useSessionStore(): SessionStore {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('useSession needs a SessionContext above it.')
  return session
}

/** @example const open = useSession((session) => session.open) */
export function useSession<T>(select: (state: SessionState) => T): T {
  return useStore(useSessionStore(), select)
}

/** Whether the chosen connection is open, so that a view about it has something to show. */
export function useConnected(): boolean {
  return useSession(({ current, connections }) => connections.has(current ?? ''))
}

/** Whether this view's tab is in front. Always true in the shell. */
export function useActive(): boolean {
  return useContext(TabContext)?.active ?? true
}

/**
 * Turns the maker of a slice's store into the hook that its views use. There is one store a scope: it is made when
 * first used and forgotten with its scope.
 *
 * @example export const useFramework = sliceHook('connection', createFrameworkStore)
 */
export function sliceHook<S>(kind: ScopeKind, create: (scope: Scope) => StoreApi<S>) {
  const stores = new WeakMap<Scope, StoreApi<S>>()

  function storeOf(scope: Scope): StoreApi<S> {
    const store = stores.get(scope) ?? create(scope)
    stores.set(scope, store)
    return store
  }

  function useSlice<T>(select: (state: S) => T): T {
    const session = useSessionStore()
    const scopes = useContext(TabContext)?.scopes
    if (scopes === undefined && kind === 'tab') throw new Error('This store lives in a tab, and there is none here.')
    const connection = useStore(session, ({ current }) => current)
    const inShell = kind === 'connection' ? session.scopes.connection(connection) : session.scopes.window()
    return useStore(storeOf(scopes?.[kind] ?? inShell), select)
  }

  return Object.assign(useSlice, { storeOf })
}
