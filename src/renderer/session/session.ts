import { createStore } from 'zustand'
import type { ConnectionEvent } from '../../core/connections/contract.ts'
import type { Api } from '../../core/contract.ts'
import { toFault } from '../../core/fault.ts'
import type { Client } from '../../core/wire.ts'
import { mostClosed } from '../../core/workspace/contract.ts'
import { ScopeTree, type SessionStore } from './scope.ts'
import { isVisible, type LiveConnection, type SessionState, visibleTabs } from './state.ts'
import { type Tab, traits } from './targets.ts'

/** The one store that all views share: which connections are open, which tabs, and what is in front. */
export function createSession(api: Client<Api>): SessionStore {
  let counter = 0
  /** Tab ids, the latest shown last: where to go when a tab closes or the connection changes. */
  let shown: string[] = []
  /** Behind which tab a closed one stood, by its id; null: it was the first. */
  const stood = new Map<string, string | null>()

  const scopes = new ScopeTree(api, () => session)

  const store = createStore<SessionState>()((set, get) => {
    const show = (tab: string): void => {
      shown = [...shown.filter((id) => id !== tab), tab]
      set({ active: tab })
    }

    /** Shows what was in front last among the tabs that can be seen. */
    const showLast = (): void => {
      const visible = visibleTabs(get())
      const last = shown.findLast((id) => visible.some((tab) => tab.id === id)) ?? visible.at(-1)?.id
      if (last === undefined) set({ active: null })
      else show(last)
    }

    const change = (connection: string, part: Partial<LiveConnection>): void => {
      const live = get().connections.get(connection)
      if (live !== undefined) set({ connections: new Map(get().connections).set(connection, { ...live, ...part }) })
    }

    const drop = (connection: string): void => {
      const connections = new Map(get().connections)
      connections.delete(connection)
      scopes.endConnection(connection)
      set({ connections })
    }

    return {
      connections: new Map(),
      current: null,
      tabs: [],
      active: null,
      held: new Map(),
      closing: null,
      closed: [],
      unkept: null,
      severed: null,

      open: (target) => {
        const { scope, key } = traits[target.view]
        const connection = scope === 'window' ? null : get().current
        const wanted = key(target)
        const same = (tab: Tab): boolean =>
          tab.view === target.view && tab.connection === connection && key(tab.target) === wanted
        const existing = wanted === null ? undefined : get().tabs.find(same)
        if (existing !== undefined) {
          get().keep(existing.id, target)
          show(existing.id)
          return
        }
        counter += 1
        const tab: Tab = { id: `tab-${counter}`, view: target.view, target, connection, title: null }
        set({ tabs: [...get().tabs, tab] })
        show(tab.id)
      },
      activate: (tab) => {
        if (get().tabs.some(({ id }) => id === tab)) show(tab)
      },
      closeTab: (tab) => {
        const at = get().tabs.findIndex(({ id }) => id === tab)
        const leaving = get().tabs[at]
        if (leaving !== undefined) stood.set(tab, get().tabs[at - 1]?.id ?? null)
        // The tab leaves, and stands among the closed ones, before its views go: what they still have to say is kept.
        set({
          tabs: get().tabs.filter(({ id }) => id !== tab),
          closed: [...get().closed, ...(leaving === undefined ? [] : [leaving])].slice(-mostClosed),
        })
        scopes.endTab(tab)
        shown = shown.filter((id) => id !== tab)
        get().hold(tab, null)
        set({ closing: null })
        if (get().active === tab) showLast()
      },
      keepTab: () => set({ closing: null }),
      hold: (tab, what) => {
        const { held } = get()
        const now = held.get(tab) ?? null
        if (now?.what === what?.what) return
        const next = new Map(held)
        if (what === null) next.delete(tab)
        else next.set(tab, what)
        set({ held: next })
      },
      reopenTab: () => {
        const { closed, current, tabs } = get()
        const last = closed.findLast((tab) => isVisible(tab, current))
        if (last === undefined) return
        set({ closed: closed.filter((tab) => tab !== last) })
        const key = traits[last.view].key(last.target)
        // Its like may have been opened meanwhile.
        if (key !== null && tabs.some((tab) => tab.view === last.view && traits[tab.view].key(tab.target) === key)) {
          get().open(last.target)
          return
        }
        const before = stood.get(last.id)
        const place = before === null ? 0 : tabs.findIndex(({ id }) => id === before) + 1 || tabs.length
        set({ tabs: tabs.toSpliced(place, 0, last) })
        show(last.id)
      },
      moveTab: (tab, to) => {
        const { tabs } = get()
        const from = tabs.findIndex(({ id }) => id === tab)
        const at = tabs.findIndex(({ id }) => id === to)
        const moved = tabs[from]
        if (moved === undefined || at === -1) return
        set({ tabs: tabs.toSpliced(from, 1).toSpliced(at, 0, moved) })
      },
      restore: ({ tabs, closed, active, current }) => {
        counter = Math.max(counter, ...[...tabs, ...closed].map(({ id }) => Number(/\d+$/.exec(id)?.[0] ?? 0)))
        shown = [...tabs.map(({ id }) => id).filter((id) => id !== active), ...(active === null ? [] : [active])]
        set({ tabs, closed, current })
        showLast()
      },
      step: (by) => {
        const visible = visibleTabs(get())
        const at = visible.findIndex(({ id }) => id === get().active)
        const next = visible.at((at + by) % visible.length)
        if (next !== undefined) show(next.id)
      },
      retitle: (tab, title) =>
        set({ tabs: get().tabs.map((other) => (other.id === tab ? { ...other, title } : other)) }),
      keep: (tab, target) =>
        set({ tabs: get().tabs.map((other) => (other.id === tab ? { ...other, target } : other)) }),

      connected: (open) => {
        const { id } = open.connection
        scopes.endConnection(id)
        counter += 1
        const live = { ...open, state: 'open' as const, waiting: 0, problem: null, opening: counter }
        set({ connections: new Map(get().connections).set(id, live), current: id })
        showLast()
      },
      disconnected: drop,
      forgotten: (connection) => {
        drop(connection)
        const gone = get().tabs.filter((tab) => tab.connection === connection)
        for (const { id } of gone) get().closeTab(id)
        set({ closed: get().closed.filter((tab) => tab.connection !== connection) })
        if (get().current === connection) get().select(null)
      },
      select: (connection) => {
        set({ current: connection })
        showLast()
      },
      update: (connection, part) => change(connection, part),
    }
  })

  const session: SessionStore = Object.assign(store, { scopes })
  return session
}

/**
 * Follows the state of the connections for as long as the window lives.
 * When the wire closes, or the watch fails, the session says so in `severed`.
 */
export async function watchConnections(api: Client<Api>, session: SessionStore): Promise<void> {
  try {
    await api.connections.watch({}, { onEvent: (event) => follow(session, event) })
  } catch (thrown) {
    session.setState({ severed: toFault(thrown) })
  }
}

function follow(session: SessionStore, { connection, state, waiting, problem }: ConnectionEvent): void {
  const live = session.getState().connections.get(connection)
  if (live === undefined) return
  if (state === 'closed') {
    session.getState().disconnected(connection)
    return
  }
  const changed = { ...live, state, waiting, problem: state === 'lost' ? (problem ?? live.problem) : null }
  session.setState({ connections: new Map(session.getState().connections).set(connection, changed) })
}
