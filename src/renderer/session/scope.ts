import type { StoreApi } from 'zustand'
import type { Api } from '../../core/contract.ts'
import type { Client } from '../../core/wire.ts'
import type { SessionState } from './state.ts'

/**
 * What a store is made for, and how long it lives. When the scope ends, its signal aborts every call that was
 * made with it, and the next scope begins with new stores: nothing of one connection is left over in another.
 */
export interface Scope {
  readonly api: Client<Api>
  readonly session: SessionStore
  /** Aborts when the window, the connection or the tab goes. Give it to every call. */
  readonly signal: AbortSignal
  readonly connection: string | null
  readonly tab: string | null
}

/** The session, with the scopes of what is open in it. */
export type SessionStore = StoreApi<SessionState> & { readonly scopes: ScopeTree }

export type ScopeKind = 'window' | 'connection' | 'tab'

export type Scopes = Readonly<Record<ScopeKind, Scope>>

/** Makes the scopes as they are asked for, and ends them. */
export class ScopeTree {
  readonly #api: Client<Api>
  readonly #session: () => SessionStore
  readonly #live = new Map<string, { scope: Scope; controller: AbortController }>()

  constructor(api: Client<Api>, session: () => SessionStore) {
    this.#api = api
    this.#session = session
  }

  window(): Scope {
    return this.#at('window', null, null)
  }

  connection(connection: string | null): Scope {
    return connection === null ? this.window() : this.#at(`connection ${connection}`, connection, null)
  }

  tab(connection: string | null, tab: string): Scope {
    return this.#at(`tab ${tab}`, connection, tab)
  }

  endTab(tab: string): void {
    this.#end(`tab ${tab}`)
  }

  /** Ends the connection's scope and those of its tabs. */
  endConnection(connection: string): void {
    for (const [key, { scope }] of this.#live) {
      if (scope.connection === connection) this.#end(key)
    }
  }

  #at(key: string, connection: string | null, tab: string | null): Scope {
    const live = this.#live.get(key)
    if (live !== undefined) return live.scope
    const controller = new AbortController()
    const scope = { api: this.#api, session: this.#session(), signal: controller.signal, connection, tab }
    this.#live.set(key, { scope, controller })
    return scope
  }

  #end(key: string): void {
    this.#live.get(key)?.controller.abort()
    this.#live.delete(key)
  }
}
