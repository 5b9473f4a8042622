import { createStore, type StoreApi } from 'zustand'
import { type Fault, toFault } from '../../core/fault.ts'
import type {
  ImportedLog,
  LogErrorClass,
  LogFacets,
  LogSeries,
  LogSettings,
  LogStatement,
  TimelineEntry,
} from '../../core/logs/contract.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'
import { type Reasons, saidReasons } from '../ui/reasons.ts'
import { Asking } from './asking.ts'
import { type ExportState, exportState } from './exporting.ts'
import { type Filters, filterOf, type Narrowing, noFilters, spanOf } from './filters.ts'
import { type LinesState, linesState } from './lines.ts'
import { type SectionName, type Split, type StatementOrder, sections } from './sections.ts'

export interface LogsState extends LinesState, ExportState {
  readonly section: SectionName
  readonly filters: Filters
  /** What can be filtered by; null before the first answer. */
  readonly facets: LogFacets | null
  readonly files: readonly ImportedLog[] | null
  readonly loading: boolean
  readonly fault: Fault | null

  /** The chart of the section. */
  readonly series: LogSeries | null
  readonly split: Split
  /** Draw what the kind measures instead of how often it was. */
  readonly measured: boolean

  readonly statements: readonly LogStatement[] | null
  readonly order: StatementOrder
  readonly errors: readonly LogErrorClass[] | null
  readonly entries: readonly TimelineEntry[] | null
  readonly entriesNext: { readonly at: string; readonly key: string } | null

  show(section: SectionName): Promise<void>
  filter(change: Partial<Filters>): Promise<void>
  /** Reads all that is shown again. */
  refresh(): Promise<void>
  splitBy(split: Split): Promise<void>
  measure(measured: boolean): void
  orderBy(order: StatementOrder): Promise<void>
  loadMoreEntries(): Promise<void>
  /** The lines behind a stretch of the section's chart. */
  openStretch(title: string, from: number, to: number): Promise<void>
  /** All lines of the section again, after a stretch of them. */
  showAllLines(): void
  /** Rejects with a Failure. */
  readSettings(): Promise<LogSettings>
  /** Changes these for the whole server: somebody has seen what is run. Rejects with a Failure. */
  applySettings(names: string[], reasons: Reasons): Promise<LogSettings>
}

const entryPage = 100

export function createLogsStore(scope: Scope): StoreApi<LogsState> {
  const { api, signal } = scope
  const connection = scope.connection ?? ''
  return createStore<LogsState>()((set, get) => {
    const reading = new Asking(signal)
    const surveying = new Asking(signal)
    const charting = new Asking(signal)

    const failed = (thrown: unknown): void => set({ fault: toFault(thrown), loading: false })
    const question = () => filterOf(get().filters, connection)

    /** What there is at all: of what the filters let through. */
    async function survey(): Promise<void> {
      await surveying.ask(async (signal, isLatest) => {
        const [facets, files] = await Promise.all([
          api.logs.facets(question(), { signal }),
          api.logs.files({ connection }, { signal }),
        ])
        if (isLatest()) set({ facets, files })
      }, failed)
    }

    async function chart(): Promise<void> {
      const { section, split } = get()
      if (section === 'files') return
      await charting.ask(async (signal, isLatest) => {
        const { kinds, severities } = withinOf(section)
        const series = await api.logs.series(
          { ...question(), kinds: [...kinds], severities: [...severities], by: split },
          { signal },
        )
        if (isLatest()) set({ series })
      }, failed)
    }

    /** The list of the section. */
    async function list(): Promise<void> {
      const { section, order } = get()
      set({ loading: true })
      await reading.ask(async (signal, isLatest) => {
        switch (section) {
          case 'statements': {
            const statements = await api.logs.statements({ ...question(), order, limit: 200 }, { signal })
            if (isLatest()) set({ statements })
            break
          }
          case 'errors': {
            const errors = await api.logs.errors({ ...question(), limit: 200 }, { signal })
            if (isLatest()) set({ errors })
            break
          }
          case 'timeline':
            await readEntries(false, signal, isLatest)
            break
          case 'files':
            break
          default:
            await get().openLines('', withinOf(section))
        }
        if (isLatest()) set({ loading: false })
      }, failed)
    }

    async function readEntries(more: boolean, signal: AbortSignal, isLatest: () => boolean): Promise<void> {
      const span = spanOf(get().filters, get().facets)
      if (span === null) {
        if (isLatest()) set({ entries: [], entriesNext: null })
        return
      }
      const before = more ? get().entriesNext : null
      const page = await api.logs.timeline(
        {
          ...filterOf(get().filters, connection, span),
          from: new Date(span.from).toISOString(),
          to: new Date(span.to).toISOString(),
          limit: entryPage,
          ...(before === null ? {} : { before }),
        },
        { signal },
      )
      if (!isLatest()) return
      const entries = more ? [...(get().entries ?? []), ...page.entries] : page.entries
      set({ entries, entriesNext: page.next })
    }

    async function readAll(): Promise<void> {
      set({ fault: null })
      // The timeline is read for the stretch that the facets tell of.
      await survey()
      await Promise.all([chart(), list()])
    }

    return {
      section: 'timeline',
      filters: noFilters,
      facets: null,
      files: null,
      loading: false,
      fault: null,
      series: null,
      split: sections.timeline.split,
      measured: false,
      statements: null,
      order: 'total',
      errors: null,
      entries: null,
      entriesNext: null,
      ...linesState({ scope, set, get }),
      ...exportState({ scope, set, get }),

      show: async (section) => {
        if (section === get().section) return
        get().closeLines()
        const split = section === 'files' ? get().split : sections[section].split
        const measured = section === 'temporary-files' || section === 'statements'
        set({ section, split, measured, series: null, fault: null })
        await Promise.all([chart(), list()])
      },

      filter: async (change) => {
        set({ filters: { ...get().filters, ...change } })
        get().closeLines()
        await readAll()
      },

      refresh: readAll,

      splitBy: async (split) => {
        set({ split, measured: false })
        await chart()
      },

      measure: (measured) => set({ measured }),

      orderBy: async (order) => {
        set({ order })
        await list()
      },

      loadMoreEntries: async () => {
        if (get().entriesNext === null || get().loading) return
        set({ loading: true })
        await reading.ask(async (signal, isLatest) => {
          await readEntries(true, signal, isLatest)
          if (isLatest()) set({ loading: false })
        }, failed)
      },

      openStretch: (title, from, to) => get().openLines(title, { ...withinOf(get().section), from, to }),

      showAllLines: () => void get().openLines('', withinOf(get().section)),

      readSettings: () => api.logs.settings({ connection }, { signal }),
      applySettings: async (names, reasons) => {
        set({ reasons })
        return await api.logs.applySettings({ connection, names, confirmed: true, ...saidReasons(reasons) }, { signal })
      },
    }
  })
}

/** What a section is about. */
function withinOf(section: SectionName): Required<Pick<Narrowing, 'kinds' | 'severities'>> {
  if (section === 'files') return { kinds: [], severities: [] }
  const { kinds, severities = [] } = sections[section]
  return { kinds, severities }
}

export const useLogs = sliceHook('connection', createLogsStore)
