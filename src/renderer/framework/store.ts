import { createStore, type StoreApi } from 'zustand'
import { type Fault, toFault } from '../../core/fault.ts'
import type { FrameworkStatus, InstallEvent, InstallReport, UninstallReport } from '../../core/framework/contract.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

export interface FrameworkState {
  readonly status: FrameworkStatus | null
  readonly busy: 'status' | 'install' | 'uninstall' | null
  /** The step that is being run. */
  readonly progress: InstallEvent | null
  /** What the last installation here did. */
  readonly installed: InstallReport | null
  /** Where the trail went when it was removed. */
  readonly uninstalled: UninstallReport | null
  readonly fault: Fault | null
  /** What failed: `The framework could not be installed`. */
  readonly faultTitle: string

  load(): Promise<void>
  install(): Promise<void>
  /** @param confirm the database's name, as it was typed */
  uninstall(confirm: string): Promise<void>
  dismissFault(): void
}

export function createFrameworkStore({ api, session, signal, connection }: Scope): StoreApi<FrameworkState> {
  return createStore<FrameworkState>()((set, get) => {
    const at = { connection: connection ?? '' }

    const readStatus = async (): Promise<void> => {
      const status = await api.framework.status(at, { signal })
      set({ status })
      session.getState().update(at.connection, { tracking: status.state })
    }

    /** Does one thing at a time, and keeps why it failed. */
    const attempt = async (
      busy: FrameworkState['busy'],
      faultTitle: string,
      doIt: () => Promise<void>,
    ): Promise<boolean> => {
      if (get().busy !== null) return false
      set({ busy, fault: null })
      try {
        await doIt()
        return true
      } catch (thrown) {
        if (!signal.aborted) set({ fault: toFault(thrown), faultTitle })
        return false
      } finally {
        set({ busy: null, progress: null })
      }
    }

    return {
      status: null,
      busy: null,
      progress: null,
      installed: null,
      uninstalled: null,
      fault: null,
      faultTitle: '',

      load: async () => void (await attempt('status', 'The framework could not be read', readStatus)),

      install: async () => {
        const done = await attempt('install', 'Nothing was installed: all of it was rolled back', async () => {
          set({ uninstalled: null })
          set({ installed: await api.framework.install(at, { signal, onEvent: (progress) => set({ progress }) }) })
        })
        if (done) await get().load()
      },

      uninstall: async (confirm) => {
        const done = await attempt('uninstall', 'Nothing was removed', async () => {
          set({ uninstalled: await api.framework.uninstall({ ...at, confirm }, { signal }), installed: null })
        })
        if (done) await get().load()
      },

      dismissFault: () => set({ fault: null }),
    }
  })
}

export const useFramework = sliceHook('connection', createFrameworkStore)
