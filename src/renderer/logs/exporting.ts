import type { ExportEvent } from '../../core/exportFile.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import type { LogFacets } from '../../core/logs/contract.ts'
import type { LogExport, LogExportFormat } from '../../core/logs/export.ts'
import type { Scope } from '../session/scope.ts'
import { download } from '../ui/download.ts'
import { noReasons, type Reasons, saidReasons } from '../ui/reasons.ts'
import { type Filters, filterOf, linesQuestion, type Narrowing, spanOf } from './filters.ts'
import type { Lines } from './lines.ts'
import { type SectionName, type StatementOrder, sections } from './sections.ts'

/** The last export, from its start. */
export interface Exporting {
  readonly state: 'running' | 'cancelling' | 'done' | 'failed'
  /** Null until a place was chosen. */
  readonly file: string | null
  readonly rows: number
  readonly bytes: number
  readonly outcome: LogExport | null
  readonly fault: Fault | null
}

export interface ExportState {
  readonly exporting: Exporting | null
  /** What was chosen last, for the next time. */
  readonly exportFormat: LogExportFormat | null
  /** What was said last, for what is done next. */
  readonly reasons: Reasons

  /** Writes all of what the list in sight shows the beginning of: the lines where they are open, or else the section's. */
  startExport(format: LogExportFormat, reasons: Reasons): Promise<void>
  cancelExport(): void
  /** Takes the note of how the last one ended away. */
  dismissExport(): void
}

/** What decides what is exported. */
interface Exported {
  readonly filters: Filters
  readonly facets: LogFacets | null
  readonly section: SectionName
  readonly lines: Lines | null
  readonly order: StatementOrder
}

interface ExportContext {
  scope: Scope
  set(part: Partial<ExportState>): void
  get(): ExportState & Exported
}

const beginning: Exporting = { state: 'running', file: null, rows: 0, bytes: 0, outcome: null, fault: null }

export function exportState({ scope, set, get }: ExportContext): ExportState {
  const { api, signal } = scope
  const connection = scope.connection ?? ''
  let own: AbortController | null = null

  const change = (part: Partial<Exporting>): void => {
    const { exporting } = get()
    if (exporting !== null) set({ exporting: { ...exporting, ...part } })
  }

  const onEvent = (event: ExportEvent): void => {
    if (event.kind === 'started') change({ file: event.file })
    else if (event.kind === 'download') download(event.url)
    else change({ rows: event.rows, bytes: event.bytes })
  }

  return {
    exporting: null,
    exportFormat: null,
    reasons: noReasons,

    startExport: async (format, reasons) => {
      const { filters, facets, section, lines, order } = get()
      if (own !== null || section === 'files') return
      own = new AbortController()
      set({ exporting: beginning, exportFormat: format, reasons })
      try {
        const outcome = await api.logs.export(
          {
            ...exportedOf({ filters, section, lines, order }, spanOf(filters, facets), connection),
            format,
            ...saidReasons(reasons),
          },
          { signal: AbortSignal.any([signal, own.signal]), onEvent },
        )
        // Nobody chose a place: nothing was done, and nothing is to be said.
        if (outcome === null) set({ exporting: null })
        else change({ state: 'done', outcome, rows: outcome.rows, bytes: outcome.bytes })
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

function exportedOf(
  { filters, section, lines, order }: Omit<Exported, 'facets' | 'section'> & { section: Exclude<SectionName, 'files'> },
  span: Narrowing | null,
  connection: string,
) {
  if (lines !== null) return { list: 'lines' as const, ...linesQuestion(lines, filters, connection) }
  if (section === 'statements') return { list: section, order, ...filterOf(filters, connection) }
  if (section === 'errors') return { list: section, ...filterOf(filters, connection) }
  if (section === 'timeline') return { list: section, ...filterOf(filters, connection, span ?? {}) }
  const within = { kinds: sections[section].kinds }
  return { list: 'lines' as const, ...linesQuestion({ within, text: '' }, filters, connection) }
}
