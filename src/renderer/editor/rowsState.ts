import { toFault } from '../../core/fault.ts'
import { endsSession, withResult } from './run.ts'
import type { Runner } from './running.ts'
import type { EditorContext, RowsState } from './state.ts'

/** The rows of results, as they are scrolled to. */
export function rowsState({ scope, set, get }: EditorContext, runner: Runner): RowsState {
  const { api, signal } = scope
  return {
    fetchMore: async (index) => {
      const { run } = get()
      const result = run?.results.find((each) => each.index === index)
      if (!run || !result || result.cursor === null || result.fetching || runner.isRunning()) return
      const change = (part: Partial<typeof result>, rows: typeof result.rows = []): void => {
        const now = get().run
        // Another run has begun since: these rows belong to nothing that is shown.
        if (now === null || now.since !== run.since) return
        set({
          run: withResult(now, index, (old) => ({
            ...old,
            ...part,
            rows: rows.length > 0 ? old.rows.concat(rows) : old.rows,
          })),
        })
      }
      change({ fetching: true })
      try {
        const count = Math.min(2000, Math.max(200, result.rows.length))
        const { rows, done } = await api.editor.fetch({ cursor: result.cursor, count }, { signal })
        change({ fetching: false, cursor: done ? null : result.cursor }, rows)
      } catch (thrown) {
        const fault = toFault(thrown)
        change({ fetching: false, cursor: null, fault })
        if (endsSession(fault)) runner.server.lose(fault)
      }
    },
  }
}
