import { createStore, type StoreApi } from 'zustand'
import type { DemoEvent } from '../../core/demo/contract.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

export interface DemoState {
  /** What is being done; null while the demo is not being started. */
  readonly progress: DemoEvent | null
  readonly fault: Fault | null
  /** Starts the sample database and opens it. */
  start(): Promise<void>
  cancel(): void
}

export function createDemoStore({ api, session, signal }: Scope): StoreApi<DemoState> {
  let starting: AbortController | null = null

  return createStore<DemoState>()((set) => ({
    progress: null,
    fault: null,

    start: async () => {
      if (starting !== null) return
      const controller = new AbortController()
      starting = controller
      set({ progress: { step: 'Starting', share: 0 }, fault: null })
      try {
        const open = await api.demo.start(
          {},
          {
            signal: AbortSignal.any([signal, controller.signal]),
            onEvent: (progress) => starting === controller && set({ progress }),
          },
        )
        session.getState().connected(open)
      } catch (thrown) {
        const fault = toFault(thrown)
        if (fault.code !== 'cancelled') set({ fault })
      } finally {
        starting = null
        set({ progress: null })
      }
    },

    cancel: () => starting?.abort(),
  }))
}

export const useDemo = sliceHook('window', createDemoStore)
