import { catalogActions } from './catalog/actions.ts'
import { connectionActions } from './connections/actions.ts'
import { copyActions, editActions, editorActions, resultActions } from './editor/actions.ts'
import { frameworkActions } from './framework/actions.ts'
import { historyActions } from './history/actions.ts'
import { importActions, logActions } from './logs/actions.ts'
import { queryActions } from './queries/actions.ts'
import type { ActionLabel } from './session/actions.ts'
import type { ViewName } from './session/targets.ts'
import { windowActions } from './shell/actions.ts'

/** Where actions can be run. */
export interface ActionPlace {
  /** The view that has to be in front; null: they do not depend on one. */
  readonly view: ViewName | null
  /** What has to be done first, where they cannot be run. */
  readonly first: string
  readonly actions: readonly ActionLabel[]
}

/** The one list of all that can be done, for people to read: also of views that are not in front, or not yet loaded. */
export const actionPlaces: readonly ActionPlace[] = [
  {
    view: null,
    first: 'show the sidebar first',
    actions: [...Object.values(windowActions), ...Object.values(queryActions)],
  },
  { view: null, first: 'choose a connection first', actions: Object.values(catalogActions) },
  { view: 'editor', first: 'go to a query first', actions: Object.values(editorActions) },
  {
    view: 'editor',
    first: 'go to a result first',
    actions: [...Object.values(resultActions), ...copyActions, ...Object.values(editActions)],
  },
  { view: 'history', first: 'go to the history first', actions: Object.values(historyActions) },
  { view: 'logs', first: 'go to the logs first', actions: Object.values(logActions) },
  { view: 'logImport', first: 'go to the import of logs first', actions: Object.values(importActions) },
  { view: 'framework', first: 'go to the framework first', actions: Object.values(frameworkActions) },
  { view: 'connection', first: 'go to a connection’s form first', actions: Object.values(connectionActions) },
]
