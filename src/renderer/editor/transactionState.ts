import { toFault } from '../../core/fault.ts'
import type { Runner } from './running.ts'
import type { EditorContext, EditorStorage, TransactionPart } from './state.ts'

/** How the tab treats transactions, and what is done about an open one. */
export function transactionState({ scope, storage, set, get }: EditorContext, runner: Runner): TransactionPart {
  const { api, signal } = scope
  const key = `pgsteward.transactions.${scope.tab ?? ''}`
  // A tab that is closed leaves nothing to another one of its name.
  signal.addEventListener('abort', () => storage.modes.removeItem(key))
  return {
    transaction: 'idle',
    standing: null,
    ended: null,
    // Who took transactions in hand does not lose them to a reload of the window.
    mode: storage.modes.getItem(key) === 'manual' ? 'manual' : 'auto',

    setMode: (mode) => {
      set({ mode })
      if (mode === 'auto') storage.modes.removeItem(key)
      else keepManual(storage.modes, key)
    },

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

function keepManual(storage: EditorStorage['modes'], key: string): void {
  try {
    storage.setItem(key, 'manual')
  } catch {
    // The storage is full or shut off: after a reload the tab shows Auto, as a new one does.
  }
}
