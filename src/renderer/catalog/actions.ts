import type { ActionLabel } from '../session/actions.ts'

const group = 'Objects'

/** What can be done with the object tree. */
export const catalogActions = {
  find: {
    id: 'catalog.find',
    title: 'Find an object',
    group,
    shortcut: 'mod+P',
    keywords: ['table', 'view', 'function', 'column', 'search'],
  },
  tree: {
    id: 'catalog.tree',
    title: 'Go to the object tree',
    group,
    shortcut: 'mod+alt+O',
    keywords: ['schema', 'table'],
  },
  refresh: {
    id: 'catalog.refresh',
    title: 'Read the objects again',
    group,
    keywords: ['refresh', 'reload', 'catalog'],
  },
} as const satisfies Record<string, ActionLabel>
