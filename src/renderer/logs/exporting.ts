import type { LogFacets } from '../../core/logs/contract.ts'
import type { LogExport, LogExportFormat } from '../../core/logs/export.ts'
import type { Scope } from '../session/scope.ts'
import { createExportRun, type Exporting } from '../ui/exporting.ts'
import { noReasons, type Reasons, saidReasons } from '../ui/reasons.ts'
import { type Filters, filterOf, linesQuestion, type Narrowing, spanOf } from './filters.ts'
import type { Lines } from './lines.ts'
import { type SectionName, type StatementOrder, sections } from './sections.ts'

export interface ExportState {
  readonly exporting: Exporting<LogExport> | null
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

export function exportState({ scope, set, get }: ExportContext): ExportState {
  const { api, signal } = scope
  const connection = scope.connection ?? ''
  const run = createExportRun<LogExport>({ signal, get: () => get().exporting, set: (exporting) => set({ exporting }) })

  return {
    exporting: null,
    exportFormat: null,
    reasons: noReasons,

    startExport: async (format, reasons) => {
      const { filters, facets, section, lines, order } = get()
      if (run.isUnderWay() || section === 'files') return
      set({ exportFormat: format, reasons })
      const list = exportedOf({ filters, section, lines, order }, spanOf(filters, facets), connection)
      await run.start((options) => api.logs.export({ ...list, format, ...saidReasons(reasons) }, options))
    },

    cancelExport: run.cancel,
    dismissExport: run.dismiss,
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
