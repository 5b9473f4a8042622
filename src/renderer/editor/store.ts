import { createStore, type StoreApi } from 'zustand'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'
import { arrangeState } from './arrangeState.ts'
import { editState } from './editState.ts'
import { exportState } from './exportState.ts'
import { tellHolding } from './holding.ts'
import { requestState } from './requestState.ts'
import { rowsState } from './rowsState.ts'
import { createRunner, type Runner } from './running.ts'
import type { EditorContext, EditorState, EditorStorage, RunState } from './state.ts'
import { textState } from './textState.ts'
import { transactionState } from './transactionState.ts'

export type { EditorState, FailureMark, Lost, Part } from './state.ts'

/** One tab's store, put together from its parts; what each part holds is told in state.ts. */
export function createEditorStore(scope: Scope, storage: EditorStorage): StoreApi<EditorState> {
  const store = createStore<EditorState>()((set, get) => {
    const context: EditorContext = { scope, connection: scope.connection ?? '', storage, set, get }
    const text = textState(context)
    const runner = createRunner(context)
    return {
      ...text,
      backendPid: null,
      lost: null,
      ...runState(context, runner),
      ...requestState(context, runner),
      ...transactionState(context, runner),
      ...rowsState(context, runner),
      ...arrangeState(context, runner),
      ...exportState(context, runner),
      ...editState(context),
    }
  })
  tellHolding(scope, store)
  return store
}

function runState({ set, get }: EditorContext, runner: Runner): RunState {
  return {
    run: null,
    mark: null,
    shown: 'messages',

    cancel: () => {
      get().looking?.stop()
      runner.cancel()
    },
    show: (shown) => set({ shown }),
    unmark: () => {
      runner.edited()
      if (get().mark !== null) set({ mark: null })
    },
  }
}

/** Each tab has its own. */
export const useEditor = sliceHook('tab', (scope) =>
  createEditorStore(scope, { reasons: window.localStorage, modes: window.sessionStorage }),
)
