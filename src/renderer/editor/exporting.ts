import type { ExportFormat, ExportOutcome } from '../../core/editor/export.ts'
import type { Exporting } from '../ui/exporting.ts'

export interface ExportState {
  /** Which result the dialog is open for. */
  readonly exportAsked: number | null
  readonly exporting: Exporting<ExportOutcome> | null
  /** Which result the last export is of. */
  readonly exportedIndex: number | null
  /** What was chosen last, for the next time. */
  readonly exportFormat: ExportFormat | null

  askExport(index: number | null): void
  startExport(index: number, wanted: WantedExport): Promise<void>
  cancelExport(): void
  /** Takes the note of how the last one ended away. */
  dismissExport(): void
}

export interface WantedExport {
  readonly format: ExportFormat
  readonly fileName: string
  /** `again`: the query is run again, which is fastest. */
  readonly rows: 'shown' | 'again'
}
