import type { Statement } from '../../core/editor/contract.ts'
import type { Scope } from '../session/scope.ts'
import { type EditorContext, longestFollowed, type TextState } from './state.ts'
import { createTabText } from './tabText.ts'

/** The tab's text: where it comes from, where it is kept, which statements it holds. */
export function textState({ scope, connection, storage, set, get }: EditorContext): TextState {
  const { session, signal } = scope
  const tabText = createTabText(session, storage.drafts, scope.tab, connection)
  let changes = 0

  signal.addEventListener('abort', () => {
    // Told while the tab is still there; afterwards one sees whether it was the tab that closed, or the connection.
    const dropText = tabText.draftDropper()
    queueMicrotask(() => {
      if (!session.getState().tabs.some(({ id }) => id === scope.tab)) dropText()
    })
  })

  return {
    text: null,
    kept: true,
    statements: [],

    begin: () => {
      if (get().text === null) set({ text: tabText.begin() })
    },

    changed: async (sql) => {
      changes += 1
      const mine = changes
      set({ kept: tabText.keep(sql) })
      const statements = sql.length > longestFollowed ? [] : await splitOrNone(scope, sql)
      if (mine === changes) set({ statements })
    },
  }
}

async function splitOrNone({ api, signal }: Scope, sql: string): Promise<readonly Statement[]> {
  try {
    return (await api.editor.split({ sql }, { signal })).statements
  } catch {
    return [] // Half a string or comment is no error while somebody types: nothing is marked.
  }
}
