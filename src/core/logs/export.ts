import { z } from 'zod'
import { call } from '../call.ts'
import { csvFormat, type ExportEvent, jsonFormat } from '../exportFile.ts'
import type { Fault } from '../fault.ts'
import { reasonsShape } from '../reasons.ts'
import { lineShape, statementOrders } from './views.ts'

/** What can be written into a file: the list that a view shows, all of it. */
export const exportedLists = ['timeline', 'statements', 'errors', 'lines'] as const

export const logExportFormat = z.discriminatedUnion('kind', [csvFormat, jsonFormat])
export type LogExportFormat = z.output<typeof logExportFormat>

export const logExportInput = z.strictObject({
  ...lineShape,
  list: z.enum(exportedLists),
  /** Of statements. */
  order: z.enum(statementOrders).default('total'),
  format: logExportFormat,
  ...reasonsShape,
})
export type LogExportInput = z.output<typeof logExportInput>

/** An export that is done. It is an operation of the database. */
export interface LogExport {
  operation: string
  /** Its name, and its folder too where this program wrote it there. */
  file: string
  rows: number
  bytes: number
  durationMs: number
  /** Of the file, in hex. */
  sha256: string
  /** Why the export itself could not be recorded; null where it is. */
  recordingFault: Fault | null
}

/** Writes all that a list of the views means into a file, whole or not at all. Null when nobody chose a place for it. */
export const exportCall = call(logExportInput).emits<ExportEvent>().returns<LogExport | null>()
