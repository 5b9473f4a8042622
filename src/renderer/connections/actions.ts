import type { ActionLabel } from '../session/actions.ts'

const group = 'Connection'

/** What can be done in the form of a connection. */
export const connectionActions = {
  open: { id: 'connection.open', title: 'Save and open the connection', group, shortcut: 'mod+Enter' },
  save: { id: 'connection.save', title: 'Save the connection', group, shortcut: 'mod+S' },
  test: { id: 'connection.test', title: 'Test the connection', group, shortcut: 'mod+shift+Enter' },
} as const satisfies Record<string, ActionLabel>
