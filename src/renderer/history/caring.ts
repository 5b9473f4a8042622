import type { StoreApi } from 'zustand'
import type { Erased, PrunePlan, Retention } from '../../core/history/contract.ts'
import type { Scope } from '../session/scope.ts'

/** For how long the history is held, and what is taken out of it. */
export interface CareState {
  readRetention(): Promise<{ retention: Retention; bytes: number; operations: number }>
  planPrune(retention: Retention): Promise<PrunePlan>
  /** Keeps to it from now on, and deletes what it deletes; tells how far that is. Rejects with a Failure. */
  retain(retention: Retention, onDeleted: (deleted: number) => void): Promise<number>
  /** Masks a text wherever this machine keeps it, and says where that was. Rejects with a Failure. */
  erase(text: string, savedQueries: boolean): Promise<Erased>
}

type Store = Pick<StoreApi<CareState & { refresh(): Promise<void>; survey(): Promise<void> }>, 'getState'>

export function careState({ api, signal }: Scope, { getState }: Store): CareState {
  return {
    readRetention: () => api.history.retention({}, { signal }),
    planPrune: (retention) => api.history.prunePlan(retention, { signal }),
    retain: async (retention, onDeleted) => {
      const { deleted } = await api.history.retain(retention, {
        signal,
        onEvent: (event) => onDeleted(event.deleted),
      })
      if (deleted > 0) await Promise.all([getState().refresh(), getState().survey()])
      return deleted
    },
    erase: async (text, savedQueries) => {
      const erased = await api.history.erase({ text, savedQueries }, { signal })
      if (erased.operations > 0) await getState().refresh()
      return erased
    },
  }
}
