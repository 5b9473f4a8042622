import type { ExportEvent } from '../../core/editor/export.ts'
import { Failure, toFault } from '../../core/fault.ts'
import { download } from '../ui/download.ts'
import { saidReasons } from '../ui/reasons.ts'
import type { Exporting, ExportState } from './exporting.ts'
import { endsSession } from './run.ts'
import type { Runner } from './running.ts'
import type { EditorContext } from './state.ts'

export function exportState({ scope, set, get }: EditorContext, runner: Runner): ExportState {
  const { api, signal } = scope
  let own: AbortController | null = null

  function change(part: Partial<Exporting>): void {
    const { exporting } = get()
    if (exporting !== null) set({ exporting: { ...exporting, ...part } })
  }

  function onEvent(event: ExportEvent): void {
    switch (event.kind) {
      case 'started':
        change({ operation: event.operation, file: event.file })
        break
      case 'download':
        download(event.url)
        break
      case 'progress':
        change({ rows: event.rows, bytes: event.bytes, elapsedMs: event.elapsedMs })
    }
  }

  return {
    exportAsked: null,
    exporting: null,
    exportFormat: null,

    askExport: (index) => set({ exportAsked: index }),

    startExport: async (index, { format, fileName, rows }) => {
      if (own !== null) return
      const result = get().run?.results.find((each) => each.index === index)?.id ?? null
      own = new AbortController()
      set({ exportAsked: null, exportFormat: format, exporting: { ...beginning, index } })
      try {
        if (result === null) throw new Failure(notKept)
        const outcome = await api.editor.export(
          {
            result,
            format,
            fileName,
            rows,
            ...saidReasons(get().reasons),
          },
          { signal: AbortSignal.any([signal, own.signal]), onEvent },
        )
        // Nobody chose a place: nothing was done, and nothing is to be said.
        if (outcome === null) set({ exporting: null })
        else {
          change({ state: 'done', outcome, rows: outcome.rows, bytes: outcome.bytes })
          // They have all been read by now, unless the query was run again, and the grid is to know it.
          if (rows === 'shown') void get().readToEnd(index)
        }
      } catch (thrown) {
        if (signal.aborted) return
        const fault = toFault(thrown)
        change({ state: 'failed', fault })
        if (endsSession(fault)) runner.server.lose(fault)
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

const beginning: Omit<Exporting, 'index'> = {
  state: 'running',
  file: null,
  operation: null,
  rows: 0,
  bytes: 0,
  elapsedMs: 0,
  outcome: null,
  fault: null,
}

const notKept = {
  code: 'not_found' as const,
  message: 'Of this statement only the first rows were kept: its run had more than 1,000 results.',
  hint: 'Run the statement by itself.',
}
