import { toFault } from '../../core/fault.ts'
import type { Runner } from './running.ts'
import type { EditorContext, TransactionPart } from './state.ts'

/** How the tab treats transactions, and what is done about an open one. */
export function transactionState({ scope, set, get }: EditorContext, runner: Runner): TransactionPart {
  const { api, signal } = scope
  return {
    transaction: 'idle',
    standing: null,
    ended: null,
    mode: 'auto',

    setMode: (mode) => set({ mode }),

    endTransaction: async (how) => {
      if (get().transaction !== 'idle') await get().runPart({ sql: how, base: null })
    },

    keepOpen: async () => {
      const session = runner.server.current()
      if (session === null) return
      try {
        await api.editor.keepOpen({ session }, { signal })
      } catch (thrown) {
        runner.refuse(toFault(thrown))
      }
    },

    dismissEnded: () => set({ ended: null }),
  }
}
