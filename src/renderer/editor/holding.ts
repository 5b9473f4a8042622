import type { StoreApi } from 'zustand'
import type { Scope } from '../session/scope.ts'
import type { Holding } from '../session/state.ts'
import { pendingChanges } from './editState.ts'
import type { EditorState } from './state.ts'

/** Keeps the session told of what would be lost with the tab: an open transaction, changes that are not applied. */
export function tellHolding({ tab, session, signal }: Scope, store: StoreApi<EditorState>): void {
  if (tab === null) return
  const unsubscribe = store.subscribe((state) => session.getState().hold(tab, holdingOf(state)))
  signal.addEventListener('abort', () => {
    unsubscribe()
    session.getState().hold(tab, null)
  })
}

function holdingOf(state: EditorState): Holding | null {
  const transaction = state.transaction !== 'idle'
  const changes = pendingChanges(state)
  if (!transaction && changes === 0) return null
  const words = [
    ...(transaction ? ['It has an open transaction. Closing it rolls back what was done in it.'] : []),
    ...(changes > 0 ? [`${changesText(changes)} in the grid ${changes === 1 ? 'is' : 'are'} not applied.`] : []),
  ]
  return { transaction, what: words.join(' '), loss: transaction ? 'Roll back' : 'Discard' }
}

/** `1 change`, `1,200 changes` */
export function changesText(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'change' : 'changes'}`
}
