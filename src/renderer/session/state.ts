import type { OpenConnection } from '../../core/connection.ts'
import type { Fault } from '../../core/fault.ts'
import type { Tab, Target } from './targets.ts'

/** A connection that was opened in this window. */
export interface LiveConnection extends OpenConnection {
  readonly state: 'open' | 'lost'
  /** Records of operations that wait to be told to the server. */
  readonly waiting: number
  /** Why it was lost. */
  readonly problem: Fault | null
  /** Counts the openings: views of an earlier one are made anew. */
  readonly opening: number
}

/** What would be lost with a tab. */
export interface Holding {
  /** An open transaction is among it. */
  readonly transaction: boolean
  /** In sentences. */
  readonly what: string
  /** What closing the tab does to it, as a verb: `Roll back`. */
  readonly loss: string
}

export interface SessionState {
  /** By id, in the order of opening. */
  readonly connections: ReadonlyMap<string, LiveConnection>
  /** The connection that the window works with. */
  readonly current: string | null
  readonly tabs: readonly Tab[]
  readonly active: string | null
  /** Tabs that hold what would be lost with them, and what that is: an open transaction. */
  readonly held: ReadonlyMap<string, Holding>
  /** A tab that waits until somebody says whether it may close. */
  readonly closing: { readonly tab: string; readonly holds: Holding } | null
  /** Tabs that were closed, the last one last: they can be opened again. */
  readonly closed: readonly Tab[]
  /** Why tabs and texts are not kept for the next start; null while they are. */
  readonly unkept: Fault | null
  /** Set when the main process has gone: nothing can be called any more. */
  readonly severed: Fault | null

  /** Shows a target: in the tab that shows it already, where its view keeps one, or else in a new one. */
  open(target: Target): void
  activate(tab: string): void
  closeTab(tab: string): void
  /** The tab that waits is not closed. */
  keepTab(): void
  /** Says what the tab holds; null: nothing. */
  hold(tab: string, what: Holding | null): void
  /** Opens the tab again that was closed last, among those that can be seen, where it stood if that can be told. */
  reopenTab(): void
  /** Puts the tab where the other one stands. */
  moveTab(tab: string, to: string): void
  /** Takes over what the last window left. To be called before anything is opened. */
  restore(left: Pick<SessionState, 'tabs' | 'closed' | 'active' | 'current'>): void
  /** Goes to the next (1) or previous (-1) visible tab. */
  step(by: 1 | -1): void
  retitle(tab: string, title: string | null): void
  /** Replaces what a tab shows, so that it begins there when it is made anew after a reconnect. */
  keep(tab: string, target: Target): void

  /** The main process opened a connection: it becomes the current one, with fresh stores. */
  connected(open: OpenConnection): void
  /** The connection is closed: its calls are aborted and its stores dropped. Its tabs stay, to be connected again. */
  disconnected(connection: string): void
  /** The connection is deleted: its tabs go too. */
  forgotten(connection: string): void
  /** Works with another connection, or none, without closing anything. */
  select(connection: string | null): void
  /** What the server said of itself or of the framework has changed. */
  update(connection: string, change: Partial<OpenConnection>): void
}

/** Tabs of the current connection and of the window. */
export function visibleTabs(state: Pick<SessionState, 'tabs' | 'current'>): readonly Tab[] {
  return state.tabs.filter((tab) => isVisible(tab, state.current))
}

export function isVisible({ connection }: Tab, current: string | null): boolean {
  return connection === null || connection === current
}
