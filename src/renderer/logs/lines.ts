import { type Fault, toFault } from '../../core/fault.ts'
import type { LogLine, LogLineDetail, LogPlace } from '../../core/logs/contract.ts'
import type { Scope } from '../session/scope.ts'
import { Asking } from './asking.ts'
import { type Filters, linesQuestion, type Narrowing } from './filters.ts'

/** Lines of logs, newest first, as far as they were fetched. */
export interface Lines {
  /** What they have in common: `42P01`, or a stretch of time. */
  readonly title: string
  readonly within: Narrowing
  readonly text: string
  readonly list: readonly LogLine[]
  readonly next: LogPlace | null
  readonly loading: boolean
  /** The first answer has come. */
  readonly loaded: boolean
  readonly fault: Fault | null
}

/** Where a line stands. */
export interface LineKey {
  readonly file: number
  readonly offset: number
}

export interface LinesState {
  /** The lines behind a figure or a bar; null while none was chosen. */
  readonly lines: Lines | null
  readonly chosen: LineKey | null
  readonly detail: LogLineDetail | null
  readonly detailFault: Fault | null

  /** @param text what they are searched for at first */
  openLines(title: string, within: Narrowing, text?: string): Promise<void>
  closeLines(): void
  searchLines(text: string): Promise<void>
  loadMoreLines(): Promise<void>
  choose(line: LineKey | null): Promise<void>
}

interface LinesContext {
  readonly scope: Scope
  set(part: Partial<LinesState>): void
  get(): LinesState & { readonly filters: Filters }
}

const pageSize = 200

export function linesState({ scope, set, get }: LinesContext): LinesState {
  const { api, signal } = scope
  const connection = scope.connection ?? ''
  const reading = new Asking(signal)
  const choosing = new Asking(signal)

  const change = (part: Partial<Lines>): void => {
    const { lines } = get()
    if (lines !== null) set({ lines: { ...lines, ...part } })
  }

  async function read(more: boolean): Promise<void> {
    const { lines } = get()
    if (lines === null) return
    change({ loading: true, fault: null })
    await reading.ask(
      async (signal, isLatest) => {
        const before = more ? lines.next : null
        const page = await api.logs.lines(
          {
            ...linesQuestion(lines, get().filters, connection),
            limit: pageSize,
            ...(before === null ? {} : { before }),
          },
          { signal },
        )
        if (!isLatest()) return
        change({
          list: more ? lines.list.concat(page.lines) : page.lines,
          next: page.next,
          loading: false,
          loaded: true,
        })
      },
      (thrown) => change({ loading: false, loaded: true, next: null, fault: toFault(thrown) }),
    )
  }

  return {
    lines: null,
    chosen: null,
    detail: null,
    detailFault: null,

    openLines: async (title, within, text = '') => {
      choosing.drop()
      const empty = { text, list: [], next: null, loading: true, loaded: false, fault: null }
      set({ lines: { title, within, ...empty }, chosen: null, detail: null, detailFault: null })
      await read(false)
    },

    closeLines: () => {
      reading.drop()
      choosing.drop()
      set({ lines: null, chosen: null, detail: null, detailFault: null })
    },

    searchLines: async (text) => {
      change({ text })
      await read(false)
    },

    loadMoreLines: async () => {
      const { lines } = get()
      if (lines === null || lines.next === null || lines.loading) return
      await read(true)
    },

    choose: async (line) => {
      if (line === null) {
        choosing.drop()
        set({ chosen: null, detail: null, detailFault: null })
        return
      }
      set({ chosen: { file: line.file, offset: line.offset }, detailFault: null })
      await choosing.ask(
        async (signal, isLatest) => {
          const detail = await api.logs.line({ connection, file: line.file, offset: line.offset }, { signal })
          if (isLatest()) set({ detail })
        },
        (thrown) => set({ detail: null, detailFault: toFault(thrown) }),
      )
    },
  }
}
