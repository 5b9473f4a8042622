import type { ActionLabel } from '../session/actions.ts'

const group = 'History'

/** What can be done in the history's tab. */
export const historyActions = {
  sync: { id: 'history.sync', title: 'Synchronise the history now', group },
  search: { id: 'history.search', title: 'Search the history', group, shortcut: 'mod+F' },
  all: { id: 'history.all', title: 'Take all filters away', group },
  keep: { id: 'history.keep', title: 'Keep the operation, or no longer', group },
  compare: {
    id: 'history.compare',
    title: 'Compare the operation with another one',
    group,
    keywords: ['diff', 'difference'],
  },
  edit: { id: 'history.edit', title: 'Open the operation in the editor', group, keywords: ['again', 'run', 'sql'] },
  export: {
    id: 'history.export',
    title: 'Export what the history shows',
    group,
    shortcut: 'mod+Shift+E',
    keywords: ['csv', 'json', 'sql', 'save', 'download'],
  },
  sources: { id: 'history.sources', title: 'Where the history comes from', group },
  retention: {
    id: 'history.retention',
    title: 'How long the history is held',
    group,
    keywords: ['retention', 'size', 'delete', 'prune'],
  },
  erase: {
    id: 'history.erase',
    title: 'Erase a secret from the history',
    group,
    keywords: ['password', 'redact', 'mask'],
  },
} as const satisfies Record<string, ActionLabel>
