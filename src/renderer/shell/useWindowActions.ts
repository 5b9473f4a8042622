import { useMantineColorScheme } from '@mantine/core'
import { spotlight } from '@mantine/spotlight'
import { useMemo } from 'react'
import { type Action, useActions } from '../session/actions.ts'
import { requestClose } from '../session/closing.ts'
import { useConnected, useSessionStore } from '../session/context.ts'
import { visibleTabs } from '../session/state.ts'

/** The shortcuts that belong to no view. Those that browsers keep for themselves are left alone. */
export const windowShortcuts = {
  palette: 'mod+K',
  sidebar: 'mod+B',
  newQuery: 'mod+alt+N',
  closeTab: 'mod+alt+W',
  reopenTab: 'mod+alt+shift+W',
  tabToRight: 'mod+alt+shift+ArrowRight',
  tabToLeft: 'mod+alt+shift+ArrowLeft',
  nextTab: 'mod+alt+ArrowRight',
  previousTab: 'mod+alt+ArrowLeft',
  history: 'mod+shift+H',
  framework: 'mod+alt+F',
  newConnection: 'mod+alt+C',
  keys: 'F1',
} as const

export interface WindowDoings {
  toggleSidebar: () => void
  showKeys: () => void
}

/** Offers what can be done anywhere in the window. */
export function useWindowActions({ toggleSidebar, showKeys }: WindowDoings): void {
  const session = useSessionStore()
  const connected = useConnected()
  const { setColorScheme } = useMantineColorScheme()

  const actions = useMemo((): Action[] => {
    const { open, reopenTab, step } = session.getState()
    const closeActive = (): void => {
      const { active } = session.getState()
      if (active !== null) requestClose(session, active)
    }
    const moveActive = (by: 1 | -1): void => {
      const { active, moveTab } = session.getState()
      const visible = visibleTabs(session.getState())
      const next = visible[visible.findIndex(({ id }) => id === active) + by]
      if (active !== null && next !== undefined) moveTab(active, next.id)
    }
    const view = 'View'
    const go = 'Go to'
    return [
      {
        id: 'window.palette',
        title: 'Command palette',
        group: view,
        shortcut: windowShortcuts.palette,
        run: spotlight.open,
      },
      {
        id: 'editor.new',
        title: 'New query',
        group: go,
        shortcut: windowShortcuts.newQuery,
        keywords: ['sql', 'editor'],
        disabled: !connected,
        run: () => open({ view: 'editor' }),
      },
      {
        id: 'history.open',
        title: 'History',
        group: go,
        shortcut: windowShortcuts.history,
        keywords: ['operations', 'search'],
        run: () => open({ view: 'history' }),
      },
      {
        id: 'framework.open',
        title: 'Framework',
        group: go,
        shortcut: windowShortcuts.framework,
        keywords: ['tracking', 'install', 'upgrade'],
        disabled: !connected,
        run: () => open({ view: 'framework' }),
      },
      {
        id: 'connection.new',
        title: 'New connection',
        group: go,
        shortcut: windowShortcuts.newConnection,
        keywords: ['server', 'connect', 'url'],
        run: () => open({ view: 'connection' }),
      },
      { id: 'tab.next', title: 'Next tab', group: view, shortcut: windowShortcuts.nextTab, run: () => step(1) },
      {
        id: 'tab.previous',
        title: 'Previous tab',
        group: view,
        shortcut: windowShortcuts.previousTab,
        run: () => step(-1),
      },
      { id: 'tab.close', title: 'Close the tab', group: view, shortcut: windowShortcuts.closeTab, run: closeActive },
      {
        id: 'tab.reopen',
        title: 'Open the closed tab again',
        group: view,
        shortcut: windowShortcuts.reopenTab,
        keywords: ['undo', 'restore', 'reopen'],
        run: reopenTab,
      },
      {
        id: 'tab.right',
        title: 'Move the tab to the right',
        group: view,
        shortcut: windowShortcuts.tabToRight,
        run: () => moveActive(1),
      },
      {
        id: 'tab.left',
        title: 'Move the tab to the left',
        group: view,
        shortcut: windowShortcuts.tabToLeft,
        run: () => moveActive(-1),
      },
      {
        id: 'window.sidebar',
        title: 'Show or hide the connections',
        group: view,
        shortcut: windowShortcuts.sidebar,
        keywords: ['sidebar'],
        run: toggleSidebar,
      },
      {
        id: 'window.light',
        title: 'Light colours',
        group: view,
        keywords: ['theme'],
        run: () => setColorScheme('light'),
      },
      { id: 'window.dark', title: 'Dark colours', group: view, keywords: ['theme'], run: () => setColorScheme('dark') },
      {
        id: 'window.auto',
        title: 'Colours of the system',
        group: view,
        keywords: ['theme', 'auto'],
        run: () => setColorScheme('auto'),
      },
      {
        id: 'window.keys',
        title: 'Keyboard shortcuts',
        group: view,
        shortcut: windowShortcuts.keys,
        keywords: ['help', 'keys'],
        run: showKeys,
      },
    ]
  }, [session, connected, setColorScheme, toggleSidebar, showKeys])

  useActions(actions)
}
