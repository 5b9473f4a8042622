import { createStore, type StoreApi } from 'zustand'
import type { Api } from '../../core/contract.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import type {
  ExportReport,
  FrameworkSettings,
  FrameworkStatus,
  HealthCheck,
  InstallEvent,
  InstallReport,
  UninstallReport,
} from '../../core/framework/contract.ts'
import type { SealExport, SealList, SealReport, VerifyReport } from '../../core/seal/contract.ts'
import type { Client } from '../../core/wire.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'
import { noReasons, type Reasons, saidReasons } from '../ui/reasons.ts'

/** The parts of the view; those before the last one are of what is installed. */
export const sections = ['health', 'seals', 'settings', 'installation'] as const
export type Section = (typeof sections)[number]

export type Change = Omit<Parameters<Client<Api>['framework']['change']>[0], 'connection'>

export interface FrameworkState {
  readonly status: FrameworkStatus | null
  /** Null where nothing is installed. */
  readonly settings: FrameworkSettings | null
  /** Null until it was read, and where it could not be. */
  readonly health: readonly HealthCheck[] | null
  /** Why the health could not be read: that alone keeps nothing else from being shown. */
  readonly healthFault: Fault | null
  /** Null until it was read, and where it could not be. */
  readonly seals: SealList | null
  readonly sealsFault: Fault | null
  /** What the last press of Seal now did; null once something else was done. */
  readonly sealed: SealReport | null
  /** What came of having the seals recomputed; null once one was added. */
  readonly verified: VerifyReport | null
  readonly exportedSeals: SealExport | null
  readonly busy: 'status' | 'install' | 'uninstall' | 'change' | 'export' | 'seal' | 'verify' | 'exportSeals' | null
  /** The step that is being run. */
  readonly progress: InstallEvent | null
  /** What the last installation here did. */
  readonly installed: InstallReport | null
  /** Where the trail went when it was removed. */
  readonly uninstalled: UninstallReport | null
  /** Where the last export went. */
  readonly exported: ExportReport | null
  readonly fault: Fault | null
  /** What failed: `The framework could not be installed`. */
  readonly faultTitle: string
  /** The one that was chosen; null while the state of the framework chooses. */
  readonly section: Section | null
  /** What was said last, for what is done next. */
  readonly reasons: Reasons

  load(): Promise<void>
  show(section: Section): void
  setReasons(reasons: Reasons): void
  install(): Promise<void>
  /** @param confirm the database's name, as it was typed */
  uninstall(confirm: string): Promise<void>
  change(change: Change): Promise<void>
  exportTrail(): Promise<void>
  /** Seals what was recorded since the newest seal. */
  seal(): Promise<void>
  /** Has the server recompute every seal and every row under it. */
  verify(): Promise<void>
  exportSeals(): Promise<void>
  dismissFault(): void
}

/** What is not known, or not there, where nothing is installed. */
const nothingInstalled = {
  settings: null,
  health: null,
  healthFault: null,
  seals: null,
  sealsFault: null,
  sealed: null,
  verified: null,
  exportedSeals: null,
} satisfies Partial<FrameworkState>

export function createFrameworkStore({ api, session, signal, connection }: Scope): StoreApi<FrameworkState> {
  return createStore<FrameworkState>()((set, get) => {
    const at = { connection: connection ?? '' }
    /** Where something is done, and why. */
    const reasoned = () => ({ ...at, ...saidReasons(get().reasons) })

    const readAll = async (): Promise<void> => {
      const status = await api.framework.status(at, { signal })
      set({ status })
      session.getState().update(at.connection, { tracking: status.state })
      if (status.installedVersion === null) set(nothingInstalled)
      else await Promise.all([readSettings(), readHealth(), readSeals()])
    }

    const readSettings = async (): Promise<void> => {
      set({ settings: await api.framework.settings(at, { signal }) })
    }

    const readHealth = async (): Promise<void> => {
      try {
        const { checks } = await api.framework.health(at, { signal })
        set({ health: checks, healthFault: null })
      } catch (thrown) {
        if (!signal.aborted) set({ health: null, healthFault: toFault(thrown) })
      }
    }

    const readSeals = async (): Promise<void> => {
      try {
        set({ seals: await api.framework.seals(at, { signal }), sealsFault: null })
      } catch (thrown) {
        if (!signal.aborted) set({ seals: null, sealsFault: toFault(thrown) })
      }
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
      ...nothingInstalled,
      busy: null,
      progress: null,
      installed: null,
      uninstalled: null,
      exported: null,
      fault: null,
      faultTitle: '',
      section: null,
      reasons: noReasons,

      load: async () => void (await attempt('status', 'The framework could not be read', readAll)),

      show: (section) => set({ section }),

      setReasons: (reasons) => set({ reasons }),

      install: async () => {
        const done = await attempt('install', 'Nothing was installed: all of it was rolled back', async () => {
          set({ uninstalled: null })
          const onEvent = (progress: InstallEvent): void => set({ progress })
          set({ installed: await api.framework.install(reasoned(), { signal, onEvent }) })
        })
        // What was done is told where it was asked for.
        set({ section: 'installation' })
        if (done) await get().load()
      },

      uninstall: async (confirm) => {
        const done = await attempt('uninstall', 'Nothing was removed', async () => {
          const input = { ...reasoned(), confirm }
          set({ uninstalled: await api.framework.uninstall(input, { signal }), installed: null })
        })
        if (done) await get().load()
      },

      change: async (change) => {
        await attempt('change', 'Nothing was changed', async () => {
          set({ settings: await api.framework.change({ ...reasoned(), ...change }, { signal }) })
          await readHealth()
        })
      },

      exportTrail: async () => {
        await attempt('export', 'The trail was not exported', async () => {
          set({ exported: await api.framework.exportTrail(reasoned(), { signal }) })
        })
      },

      seal: async () => {
        await attempt('seal', 'Nothing was sealed', async () => {
          const sealed = await api.framework.seal(reasoned(), { signal })
          set({ sealed, verified: null, exportedSeals: null })
          await Promise.all([readSeals(), readHealth()])
        })
      },

      verify: async () => {
        await attempt('verify', 'The seals could not be verified', async () => {
          set({ verified: await api.framework.verify(at, { signal }), sealed: null, exportedSeals: null })
        })
      },

      exportSeals: async () => {
        await attempt('exportSeals', 'The seals were not exported', async () => {
          set({ exportedSeals: await api.framework.exportSeals(reasoned(), { signal }), sealed: null })
        })
      },

      dismissFault: () => set({ fault: null }),
    }
  })
}

export const useFramework = sliceHook('connection', createFrameworkStore)
