import type { StoreApi } from 'zustand'
import type { ExportEvent } from '../../core/exportFile.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import type { HistoryExport, HistoryFormat } from '../../core/history/export.ts'
import type { Scope } from '../session/scope.ts'
import { download } from '../ui/download.ts'
import { type Reasons, saidReasons } from '../ui/reasons.ts'
import { type Filters, queryOf } from './filters.ts'

/** The last export of the history, from its start. */
export interface Exporting {
  readonly state: 'running' | 'cancelling' | 'done' | 'failed'
  /** Null until a place was chosen. */
  readonly file: string | null
  readonly operations: number
  readonly bytes: number
  readonly elapsedMs: number
  readonly outcome: HistoryExport | null
  readonly fault: Fault | null
}

export interface WantedExport {
  readonly format: HistoryFormat
  readonly fileName: string
  readonly reasons: Reasons
}

export interface ExportState {
  readonly exporting: Exporting | null
  /** What was chosen last, for the next time. */
  readonly exportFormat: HistoryFormat | null

  /** Writes what the filters mean now. */
  startExport(wanted: WantedExport): Promise<void>
  cancelExport(): void
  /** Takes the note of how the last one ended away. */
  dismissExport(): void
}

const beginning: Exporting = {
  state: 'running',
  file: null,
  operations: 0,
  bytes: 0,
  elapsedMs: 0,
  outcome: null,
  fault: null,
}

type Store = Pick<StoreApi<ExportState & { readonly filters: Filters }>, 'getState' | 'setState'>

/** Writing what the list shows into a file. */
export function exportState({ api, signal, session }: Scope, { getState: get, setState: set }: Store): ExportState {
  let own: AbortController | null = null

  function change(part: Partial<Exporting>): void {
    const { exporting } = get()
    if (exporting !== null) set({ exporting: { ...exporting, ...part } })
  }

  function onEvent(event: ExportEvent): void {
    if (event.kind === 'started') change({ file: event.file })
    else if (event.kind === 'download') download(event.url)
    else change({ operations: event.rows, bytes: event.bytes, elapsedMs: event.elapsedMs })
  }

  return {
    exporting: null,
    exportFormat: null,

    startExport: async ({ format, fileName, reasons }) => {
      if (own !== null) return
      own = new AbortController()
      set({ exportFormat: format, exporting: beginning })
      try {
        const outcome = await api.history.export(
          {
            ...queryOf(get().filters, session.getState().current),
            format,
            fileName,
            ...saidReasons(reasons),
          },
          { signal: AbortSignal.any([signal, own.signal]), onEvent },
        )
        // Nobody chose a place: nothing was done, and nothing is to be said.
        if (outcome === null) set({ exporting: null })
        else change({ state: 'done', outcome, operations: outcome.operations, bytes: outcome.bytes })
      } catch (thrown) {
        if (!signal.aborted) change({ state: 'failed', fault: toFault(thrown) })
      } finally {
        own = null
      }
    },

    cancelExport: () => {
      if (own === null) return
      own.abort()
      change({ state: 'cancelling' })
    },

    dismissExport: () => {
      if (own === null) set({ exporting: null })
    },
  }
}
