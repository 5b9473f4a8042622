import { createStore, type StoreApi } from 'zustand'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'
import { keepReasons, readReasons } from './drafts.ts'
import { rowsState } from './rowsState.ts'
import { createRunner, type Runner } from './running.ts'
import type { EditorContext, EditorState, EditorStorage, ReasonsState, RunState } from './state.ts'
import { statementAt } from './statementAt.ts'
import { textState } from './textState.ts'

export type { EditorState, FailureMark, Lost, Part } from './state.ts'

/** One tab's store, put together from its parts; what each part holds is told in state.ts. */
export function createEditorStore(scope: Scope, storage: EditorStorage): StoreApi<EditorState> {
  return createStore<EditorState>()((set, get) => {
    const context: EditorContext = { scope, connection: scope.connection ?? '', storage, set, get }
    const text = textState(context)
    const runner = createRunner(context)
    return {
      ...text,
      transaction: 'idle',
      backendPid: null,
      lost: null,
      ...runState(context, runner),
      ...reasonsState(context, runner),
      ...rowsState(context, runner),
    }
  })
}

function runState({ scope, set, get }: EditorContext, runner: Runner): RunState {
  const { api, signal } = scope
  return {
    run: null,
    mark: null,
    shown: 'messages',

    runStatement: async (sql, cursor) => {
      if (runner.isRunning()) return
      try {
        const { statements } = await api.editor.split({ sql }, { signal })
        const statement = statementAt(statements, sql, cursor)
        if (statement === undefined) throw new Failure(nothingToRun)
        await get().runPart({ sql: sql.slice(statement.start, statement.end), base: statement.start })
      } catch (thrown) {
        runner.refuse(toFault(thrown))
      }
    },

    runPart: async (part) => {
      if (runner.isRunning()) return
      if (part.sql.trim() === '') runner.refuse(nothingToRun)
      else if (get().asksReasons()) set({ asking: part })
      else await runner.execute(part)
    },

    cancel: runner.cancel,
    show: (shown) => set({ shown }),
    unmark: () => {
      if (get().mark !== null) set({ mark: null })
    },
  }
}

function reasonsState({ scope, connection, storage, set, get }: EditorContext, runner: Runner): ReasonsState {
  let asksInProduction = true
  const isProduction = (): boolean =>
    scope.session.getState().connections.get(connection)?.connection.kind === 'production'
  return {
    reasons: readReasons(storage.reasons, connection),
    asking: null,

    asksReasons: () => asksInProduction && isProduction() && get().reasons.ticket.trim() === '',

    answer: async (reasons) => {
      const { asking } = get()
      if (reasons === null) asksInProduction = false
      else get().setReasons(reasons)
      set({ asking: null })
      if (asking !== null) await runner.execute(asking)
    },

    dismiss: () => set({ asking: null }),

    setReasons: (reasons) => {
      keepReasons(storage.reasons, connection, reasons)
      set({ reasons })
    },
  }
}

const nothingToRun: Fault = {
  code: 'invalid_input',
  message: 'There is no statement to run.',
  hint: 'Put the cursor in a statement, or select a part of the text.',
}

/** Each tab has its own. */
export const useEditor = sliceHook('tab', (scope) =>
  createEditorStore(scope, { drafts: window.sessionStorage, reasons: window.localStorage }),
)
