import type { ExportFormat, ExportOutcome } from '../../core/editor/export.ts'
import type { Fault } from '../../core/fault.ts'

/** The last export of a tab, from its start. */
export interface Exporting {
  /** Of which statement's result. */
  readonly index: number
  readonly state: 'running' | 'cancelling' | 'done' | 'failed'
  /** Null until a place was chosen. */
  readonly file: string | null
  readonly operation: string | null
  readonly rows: number
  readonly bytes: number
  readonly elapsedMs: number
  readonly outcome: ExportOutcome | null
  readonly fault: Fault | null
}

export interface ExportState {
  /** Which result the dialog is open for. */
  readonly exportAsked: number | null
  readonly exporting: Exporting | null
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
