import { type Arrangement, isAsSent } from '../../core/editor/arrange.ts'
import { Failure, toFault } from '../../core/fault.ts'
import type { ArrangeState } from './arranging.ts'
import { longestAsked } from './grid/cells.ts'
import { countChanges } from './grid/editList.ts'
import { newPages, pageRows } from './grid/pages.ts'
import { endsSession, type Result, withResult } from './run.ts'
import type { Runner } from './running.ts'
import type { EditorContext } from './state.ts'

export function arrangeState({ scope, set, get }: EditorContext, runner: Runner): ArrangeState {
  const { api, signal } = scope
  let own: AbortController | null = null

  const resultAt = (index: number): Result | undefined => get().run?.results.find((each) => each.index === index)

  /** The id of a result whose rows can be asked for. */
  function idOf(index: number): string {
    const id = resultAt(index)?.id ?? null
    if (id === null) throw new Failure(notKept)
    return id
  }

  /** Changes a result while it is the one that was meant. */
  function change(index: number, id: string, part: Partial<Result>): boolean {
    const { run } = get()
    if (run === null || resultAt(index)?.id !== id) return false
    set({ run: withResult(run, index, (old) => ({ ...old, ...part })) })
    return true
  }

  const release = (id: string): void => {
    // What cannot be let go now goes with the next run.
    api.editor.release({ result: id }, { signal }).catch(() => {})
  }

  async function arrange(index: number, arrangement: Arrangement, ended: AbortSignal): Promise<void> {
    const result = resultAt(index)
    const shownId = idOf(index)
    // Changes stand at their rows, which would be others.
    const editing = get().editing.get(shownId)
    if (editing !== undefined && (countChanges(editing.list) > 0 || editing.applying)) throw new Failure(beingChanged)
    if (editing !== undefined && editing.current.size > 0) throw new Failure(changed)
    const base = result?.base ?? result
    if (base === undefined || base.id === null) return
    const baseId = base.id
    if (isAsSent(arrangement)) {
      if (result?.base == null) return
      change(index, shownId, { ...result.base, arrangement, base: null })
      release(shownId)
      return
    }
    const onEvent = ({ known }: { known: number }): void => {
      if (shownId === baseId) change(index, baseId, { known })
    }
    const arranged = await api.editor.arrange({ result: baseId, arrangement }, { signal: ended, onEvent })
    const { known, done, fault } = await api.editor.readOn({ result: baseId, to: 0 }, { signal: ended })
    if (arranged.kind === 'server') {
      if (shownId === baseId) change(index, baseId, { known, done, fault })
      const { why, sql, params } = arranged
      set({ offered: { index, arrangement, why, sql, params } })
      return
    }
    const wanted = { result: arranged.result, from: 0, count: pageRows, longest: longestAsked }
    const { rows, cut } = await api.editor.rows(wanted, { signal: ended })
    const columns = result?.columns.length ?? 0
    const isShown = change(index, shownId, {
      id: arranged.result,
      known: arranged.known,
      done: true,
      reading: null,
      arrangement,
      base: { id: baseId, known, done, fault, first: base.first },
      // Columns keep their widths.
      first: { ...newPages(columns, rows, cut), sample: base.first.sample },
    })
    if (!isShown) release(arranged.result)
    else if (shownId !== baseId) release(shownId)
  }

  return {
    arranging: null,
    offered: null,
    filtering: null,

    arrange: async (index, arrangement) => {
      own?.abort()
      const mine = new AbortController()
      own = mine
      set({ arranging: { index, fault: null }, filtering: null })
      try {
        await arrange(index, arrangement, AbortSignal.any([signal, mine.signal]))
        if (own === mine) set({ arranging: null })
      } catch (thrown) {
        if (signal.aborted || own !== mine) return
        const fault = toFault(thrown)
        set({ arranging: fault.code === 'cancelled' ? null : { index, fault } })
        if (endsSession(fault)) runner.server.lose(fault)
      }
    },

    stopArranging: () => {
      own?.abort()
      set({ arranging: null })
    },

    askFilter: (filtering) => set({ filtering }),

    acceptOffer: async () => {
      const { offered } = get()
      set({ offered: null })
      if (offered === null) return
      const { sql, params, arrangement } = offered
      await get().runRequest({ part: { sql, base: null }, explain: null, params, confirmed: [], discards: false })
      const { run } = get()
      // The query does not stand in the text: no place in it can be marked.
      set({ mark: null })
      const [result] = run?.results ?? []
      if (run !== null && result !== undefined) {
        set({ run: withResult(run, result.index, (old) => ({ ...old, arrangement })) })
      }
    },

    refuseOffer: () => set({ offered: null }),

    find: async (index, wanted, onFound, ended) =>
      await api.editor.find(
        { result: idOf(index), ...wanted },
        { signal: AbortSignal.any([signal, ended]), onEvent: onFound },
      ),

    statisticsOf: async (index, column, ended) =>
      await api.editor.statistics({ result: idOf(index), column }, { signal: AbortSignal.any([signal, ended]) }),
  }
}

const beingChanged = {
  code: 'refused' as const,
  message: 'Changes in this result were not made yet. Its rows stay where they are.',
  hint: 'Make the changes, or discard them.',
}

const changed = {
  code: 'refused' as const,
  message: 'Rows of this result were changed since it was read.',
  hint: 'Run the statement again, then sort or filter what it brings.',
}

const notKept = {
  code: 'not_found' as const,
  message: 'Of this statement only the first rows were kept: its run had more than 1,000 results.',
  hint: 'Run the statement by itself.',
}
