import type { ActionLabel } from '../session/actions.ts'

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
  logs: 'mod+alt+B',
  logImport: 'mod+alt+shift+B',
  framework: 'mod+alt+F',
  newConnection: 'mod+alt+C',
  keys: 'F1',
} as const

const view = 'View'
const go = 'Go to'

/** What can be done anywhere in the window. */
export const windowActions = {
  palette: { id: 'window.palette', title: 'Command palette', group: view, shortcut: windowShortcuts.palette },
  newQuery: {
    id: 'editor.new',
    title: 'New query',
    group: go,
    shortcut: windowShortcuts.newQuery,
    keywords: ['sql', 'editor'],
  },
  history: {
    id: 'history.open',
    title: 'History',
    group: go,
    shortcut: windowShortcuts.history,
    keywords: ['operations', 'search'],
  },
  logs: {
    id: 'logs.open',
    title: 'Logs',
    group: go,
    shortcut: windowShortcuts.logs,
    keywords: ['slow statements', 'errors', 'deadlocks'],
  },
  logImport: {
    id: 'logs.import',
    title: 'Import server logs',
    group: go,
    shortcut: windowShortcuts.logImport,
    keywords: ['log', 'csvlog', 'jsonlog', 'pgBadger'],
  },
  framework: {
    id: 'framework.open',
    title: 'Framework',
    group: go,
    shortcut: windowShortcuts.framework,
    keywords: ['tracking', 'install', 'upgrade'],
  },
  newConnection: {
    id: 'connection.new',
    title: 'New connection',
    group: go,
    shortcut: windowShortcuts.newConnection,
    keywords: ['server', 'connect', 'url'],
  },
  tabNext: { id: 'tab.next', title: 'Next tab', group: view, shortcut: windowShortcuts.nextTab },
  tabPrevious: { id: 'tab.previous', title: 'Previous tab', group: view, shortcut: windowShortcuts.previousTab },
  tabClose: { id: 'tab.close', title: 'Close the tab', group: view, shortcut: windowShortcuts.closeTab },
  tabReopen: {
    id: 'tab.reopen',
    title: 'Open the closed tab again',
    group: view,
    shortcut: windowShortcuts.reopenTab,
    keywords: ['undo', 'restore', 'reopen'],
  },
  tabRight: { id: 'tab.right', title: 'Move the tab to the right', group: view, shortcut: windowShortcuts.tabToRight },
  tabLeft: { id: 'tab.left', title: 'Move the tab to the left', group: view, shortcut: windowShortcuts.tabToLeft },
  sidebar: {
    id: 'window.sidebar',
    title: 'Show or hide the connections',
    group: view,
    shortcut: windowShortcuts.sidebar,
    keywords: ['sidebar'],
  },
  light: { id: 'window.light', title: 'Light colours', group: view, keywords: ['theme'] },
  dark: { id: 'window.dark', title: 'Dark colours', group: view, keywords: ['theme'] },
  auto: { id: 'window.auto', title: 'Colours of the system', group: view, keywords: ['theme', 'auto'] },
  keys: {
    id: 'window.keys',
    title: 'Keyboard shortcuts',
    group: view,
    shortcut: windowShortcuts.keys,
    keywords: ['help', 'keys'],
  },
} as const satisfies Record<string, ActionLabel>
