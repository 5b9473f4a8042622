/**
 * What can be opened in a tab, and with what. A slice that wants another one shown names it here and knows no
 * more of it: `session.open({ view: 'editor', sql })`.
 */
export interface Targets {
  /** The form of a saved connection, of a copy of one, or of a new one. */
  connection: { id?: string; copyOf?: string; url?: string }
  /**
   * `kept`: the tab's text is kept in the workspace, and is to be had from there. `run`: the text is run as soon as
   * the tab is there. `saved`: the saved query that is shown.
   */
  editor: { sql?: string; name?: string; filePath?: string; kept?: boolean; run?: boolean; saved?: string }
  framework: { section?: 'health' | 'seals' | 'settings' | 'installation' }
  history: { text?: string; entry?: string }
  /** Logs that were imported; `file` alone, where one is named, and all files where it is null. `text`: its lines with it. */
  logs: { file?: number | null; text?: string }
  logImport: Record<never, never>
}

export type ViewName = keyof Targets

/** A target for one view, or, without an argument, for any of them. */
export type Target<V extends ViewName = ViewName> = { [K in V]: { view: K } & Targets[K] }[V]

export interface Traits {
  /** `connection`: shown with one connection and ended with it. `window`: belongs to none. */
  readonly scope: 'window' | 'connection'
  /** Shown also while its connection is closed: there is something in it that can be read and written then. */
  readonly offline?: boolean
  /** Targets with the same key share a tab; `null` opens another tab each time. */
  key(target: Target): string | null
}

export const traits: Readonly<Record<ViewName, Traits>> = {
  connection: {
    scope: 'window',
    key: (target) => (target.view === 'connection' ? (target.id ?? `new ${target.copyOf ?? ''}`) : null),
  },
  editor: { scope: 'connection', offline: true, key: () => null },
  framework: { scope: 'connection', key: () => 'framework' },
  history: { scope: 'window', key: () => 'history' },
  logs: { scope: 'connection', key: () => 'logs' },
  // Files are dropped with or without a connection, and an import goes on while another one is looked at.
  logImport: { scope: 'window', key: () => 'logImport' },
}

export interface Tab<V extends ViewName = ViewName> {
  readonly id: string
  readonly view: V
  readonly target: Target<V>
  /** The connection that it belongs to; null for a view of the window. */
  readonly connection: string | null
  /** Given by the view; the view's own name when null. */
  readonly title: string | null
}

/** What a view is given: `export default function FrameworkView({ tab }: ViewProps<'framework'>)`. */
export interface ViewProps<V extends ViewName = ViewName> {
  tab: Tab<V>
}
