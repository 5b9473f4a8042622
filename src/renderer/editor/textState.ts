import type { Statement } from '../../core/editor/contract.ts'
import { toFault } from '../../core/fault.ts'
import type { Scope } from '../session/scope.ts'
import { type EditorContext, longestFollowed, type TextState } from './state.ts'
import { createTabText } from './tabText.ts'

/** The tab's text: where it comes from, where it is kept, which statements it holds. */
export function textState({ scope, set, get }: EditorContext): TextState {
  const tabText = createTabText(scope, (kept) =>
    set('fault' in kept ? { unkept: kept.fault } : { unkept: null, masked: kept.masked }),
  )
  let changes = 0

  return {
    text: null,
    textFault: null,
    unkept: null,
    masked: false,
    statements: [],

    begin: () => {
      if (get().text !== null) return
      const text = tabText.begin()
      if (typeof text === 'string') {
        set({ text })
        return
      }
      set({ textFault: null })
      text.then(
        (kept) => set({ text: kept }),
        (thrown: unknown) => set({ textFault: toFault(thrown) }),
      )
    },

    changed: async (sql) => {
      changes += 1
      const mine = changes
      tabText.keep(sql)
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
