import type { Progress, Reach } from '../../core/editor/contract.ts'
import { Failure, toFault } from '../../core/fault.ts'
import { longestAsked } from './grid/cells.ts'
import { mostCopiedCharacters, tooLong } from './grid/copy.ts'
import { firstMissing, pageRows, withRows } from './grid/pages.ts'
import { endsSession, hasMore, pagesOf, type Result, withMessages, withResult } from './run.ts'
import type { Runner } from './running.ts'
import type { EditorContext, RowsState } from './state.ts'

/** Rows that are read from the server before one gets there. */
const ahead = 100
/** At the end, as many are read as there are already, within these bounds: who drags the bar goes far. */
const leastRead = 400
const mostRead = 20_000

/** Rows that `eachPart` asks for at once; longer values, in UTF-16 units, are fetched each by itself, in pieces. */
const partRows = 2_000
const longestOfPart = 1_000_000
const pieceOfValue = 16_000_000

/** What of a result is looked at. */
interface View {
  from: number
  to: number
}

/** The rows of results, as they are scrolled to. */
export function rowsState(context: EditorContext, runner: Runner): RowsState {
  const { scope, set, get } = context
  const { api, signal } = scope
  const views = new Map<string, View>()
  const filling = new Set<string>()
  const readers = new Map<string, AbortController>()

  const resultAt = (index: number): Result | undefined => get().run?.results.find((each) => each.index === index)

  /** The result by its id, while it is of the run that is shown. */
  const live = (id: string): Result | undefined => get().run?.results.find((each) => each.id === id)

  function change(id: string, part: Partial<Result>): void {
    const { run } = get()
    const result = live(id)
    if (run === null || result === undefined) return
    set({ run: withResult(run, result.index, (old) => ({ ...old, ...part })) })
  }

  function reached(id: string, { known, done, fault, notices }: Reach): void {
    change(id, { known, done, fault })
    const { run } = get()
    const result = live(id)
    if (run !== null && result !== undefined && notices.length > 0) {
      set({ run: withMessages(run, result.index, notices) })
    }
    if (fault !== null && endsSession(fault)) runner.server.lose(fault)
  }

  const onEvent =
    (id: string) =>
    ({ known }: Progress): void =>
      change(id, { known })

  /** Loads what is looked at, one page after the other: when one has scrolled on meanwhile, that is what comes next. */
  async function fill(id: string): Promise<void> {
    for (;;) {
      const result = live(id)
      const view = views.get(id)
      if (result === undefined || view === undefined) break
      const missing = firstMissing(pagesOf(get().pages, result), view.from, Math.min(view.to, result.known))
      if (missing !== null) await load(id, missing)
      else if (hasMore(result) && result.reading === null && view.to + ahead > result.known)
        await readOn(id, result.known)
      else break
    }
    // Before anybody else can ask for rows, or nobody would load them.
    filling.delete(id)
    if (live(id) === undefined) views.delete(id)
  }

  async function load(id: string, from: number): Promise<void> {
    const count = pageRows - (from % pageRows)
    const { rows, cut } = await api.editor.rows({ result: id, from, count, longest: longestAsked }, { signal })
    // Rows that are known and do not come would be asked for again and again.
    if (rows.length === 0)
      throw new Failure({ code: 'internal', message: `Row ${from + 1} of this result is missing.` })
    const { pages, run } = get()
    const result = live(id)
    if (result === undefined) return
    const loaded = withRows(pagesOf(pages, result), from, rows, cut, views.get(id)?.from ?? from)
    // Those of a result that was arranged anew are let go.
    const ids = new Set((run?.results ?? []).flatMap((each) => [each.id, each.base?.id]))
    set({ pages: new Map([...pages].filter(([each]) => ids.has(each))).set(id, loaded) })
  }

  async function readOn(id: string, known: number): Promise<void> {
    const to = known + Math.max(leastRead, Math.min(mostRead, known))
    await read(id, 'on', to)
  }

  async function read(id: string, reading: 'on' | 'toEnd', to?: number): Promise<void> {
    const own = new AbortController()
    readers.set(id, own)
    change(id, { reading })
    try {
      const input = to === undefined ? { result: id } : { result: id, to }
      const options = { signal: AbortSignal.any([signal, own.signal]), onEvent: onEvent(id) }
      reached(id, await api.editor.readOn(input, options))
    } finally {
      if (readers.get(id) === own) {
        readers.delete(id)
        change(id, { reading: null })
      }
    }
  }

  async function wholeValue(result: string, row: number, column: number, length: number): Promise<string> {
    let text = ''
    while (text.length < length) {
      const count = Math.min(pieceOfValue, length - text.length)
      const part = await api.editor.value({ result, row, column, from: text.length, count }, { signal })
      if (part.text === null || part.text === '') break
      text += part.text
    }
    return text
  }

  /** What a call about rows failed with stands with the result; a tab that has gone needs nothing. */
  function failed(id: string, thrown: unknown): void {
    if (signal.aborted) return
    const fault = toFault(thrown)
    change(id, { fault })
    if (endsSession(fault)) runner.server.lose(fault)
  }

  return {
    pages: new Map(),
    widths: new Map(),

    need: (index, from, to) => {
      const id = resultAt(index)?.id ?? null
      if (id === null) return
      views.set(id, { from, to })
      if (filling.has(id)) return
      filling.add(id)
      fill(id).catch((thrown: unknown) => {
        filling.delete(id)
        failed(id, thrown)
      })
    },

    readToEnd: async (index) => {
      const result = resultAt(index)
      if (result?.id == null) return result !== undefined
      const { id } = result
      if (hasMore(result)) {
        // What reads on for the scroll bar is a part of it.
        readers.get(id)?.abort()
        try {
          await read(id, 'toEnd')
        } catch (thrown) {
          failed(id, thrown)
        }
      }
      return live(id)?.done ?? false
    },

    pagesAt: (index) => {
      const result = resultAt(index)
      return result === undefined ? null : pagesOf(get().pages, result)
    },

    stopReading: (index) => {
      const id = resultAt(index)?.id ?? ''
      readers.get(id)?.abort()
    },

    valueAt: async (index, row, column, count) => {
      const id = resultAt(index)?.id ?? null
      if (id === null) throw new Failure(notKept)
      return await api.editor.value({ result: id, row, column, from: 0, count }, { signal })
    },

    eachPart: async (index, { top, bottom, left, right }, take) => {
      const id = resultAt(index)?.id ?? null
      if (id === null) throw new Failure(notKept)
      for (let from = top; from <= bottom; ) {
        const count = Math.min(partRows, bottom + 1 - from)
        const { rows, cut } = await api.editor.rows({ result: id, from, count, longest: longestOfPart }, { signal })
        if (rows.length === 0) return
        const wanted = cut.filter(({ column }) => column >= left && column <= right)
        // Nothing is fetched that would not be taken.
        if (wanted.reduce((sum, { length }) => sum + length, 0) > mostCopiedCharacters) throw tooLong()
        for (const { row, column, length } of wanted) {
          const whole = rows[row]
          if (whole !== undefined) whole[column] = await wholeValue(id, from + row, column, length)
        }
        take(rows)
        from += rows.length
      }
    },

    setWidth: (key, width) => set({ widths: new Map(get().widths).set(key, width) }),
  }
}

const notKept = {
  code: 'not_found' as const,
  message: 'Of this statement only the first rows were kept: its run had more than 1,000 results.',
  hint: 'Run the statement by itself.',
}
