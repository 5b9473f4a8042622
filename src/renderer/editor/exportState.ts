import type { ExportOutcome } from '../../core/editor/export.ts'
import { Failure } from '../../core/fault.ts'
import { createExportRun } from '../ui/exporting.ts'
import { saidReasons } from '../ui/reasons.ts'
import type { ExportState } from './exporting.ts'
import { endsSession } from './run.ts'
import type { Runner } from './running.ts'
import type { EditorContext } from './state.ts'

export function exportState({ scope, set, get }: EditorContext, runner: Runner): ExportState {
  const { api, signal } = scope
  const run = createExportRun<ExportOutcome>({
    signal,
    get: () => get().exporting,
    set: (exporting) => set({ exporting }),
  })

  return {
    exportAsked: null,
    exporting: null,
    exportedIndex: null,
    exportFormat: null,

    askExport: (index) => set({ exportAsked: index }),

    startExport: async (index, { format, fileName, rows }) => {
      if (run.isUnderWay()) return
      const result = get().run?.results.find((each) => each.index === index)?.id ?? null
      set({ exportAsked: null, exportFormat: format, exportedIndex: index })
      const ended = await run.start(async (options) => {
        if (result === null) throw new Failure(notKept)
        return await api.editor.export({ result, format, fileName, rows, ...saidReasons(get().reasons) }, options)
      })
      if (ended === null) return
      if (ended.fault !== null && endsSession(ended.fault)) runner.server.lose(ended.fault)
      // They have all been read by now, unless the query was run again, and the grid is to know it.
      if (ended.outcome !== null && rows === 'shown') void get().readToEnd(index)
    },

    cancelExport: run.cancel,
    dismissExport: run.dismiss,
  }
}

const notKept = {
  code: 'not_found' as const,
  message: 'Of this statement only the first rows were kept: its run had more than 1,000 results.',
  hint: 'Run the statement by itself.',
}
