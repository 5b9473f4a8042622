import type { StoreApi } from 'zustand'
import type { HistoryExport, HistoryFormat } from '../../core/history/export.ts'
import type { Scope } from '../session/scope.ts'
import { createExportRun, type Exporting } from '../ui/exporting.ts'
import { type Reasons, saidReasons } from '../ui/reasons.ts'
import { type Filters, queryOf } from './filters.ts'

export interface WantedExport {
  readonly format: HistoryFormat
  readonly fileName: string
  readonly reasons: Reasons
}

export interface ExportState {
  readonly exporting: Exporting<HistoryExport> | null
  /** What was chosen last, for the next time. */
  readonly exportFormat: HistoryFormat | null

  /** Writes what the filters mean now. */
  startExport(wanted: WantedExport): Promise<void>
  cancelExport(): void
  /** Takes the note of how the last one ended away. */
  dismissExport(): void
}

type Store = Pick<StoreApi<ExportState & { readonly filters: Filters }>, 'getState' | 'setState'>

/** Writing what the list shows into a file. */
export function exportState({ api, signal, session }: Scope, { getState: get, setState: set }: Store): ExportState {
  const run = createExportRun<HistoryExport>({
    signal,
    get: () => get().exporting,
    set: (exporting) => set({ exporting }),
  })

  return {
    exporting: null,
    exportFormat: null,

    startExport: async ({ format, fileName, reasons }) => {
      if (run.isUnderWay()) return
      set({ exportFormat: format })
      const query = queryOf(get().filters, session.getState().current)
      await run.start((options) => api.history.export({ ...query, format, fileName, ...saidReasons(reasons) }, options))
    },

    cancelExport: run.cancel,
    dismissExport: run.dismiss,
  }
}
