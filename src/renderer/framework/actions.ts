import type { ActionLabel } from '../session/actions.ts'

/** What can be done in the framework's tab. */
export const frameworkActions = {
  reload: { id: 'framework.reload', title: 'Read the framework’s state again', group: 'Framework' },
} as const satisfies Record<string, ActionLabel>
