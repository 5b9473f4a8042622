import type { ActionLabel } from '../session/actions.ts'

const group = 'Go to'

/** What can be done with saved queries and snippets. */
export const queryActions = {
  search: {
    id: 'queries.search',
    title: 'Search the saved queries',
    group,
    keywords: ['open', 'folder', 'kept'],
  },
  snippets: {
    id: 'snippets.open',
    title: 'Snippets',
    group,
    keywords: ['template', 'abbreviation', 'own', 'saved'],
  },
} as const satisfies Record<string, ActionLabel>
