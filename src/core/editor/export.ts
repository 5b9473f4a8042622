import { z } from 'zod'
import { csvFormat, type FileFacts, insertFormat, jsonFormat, sharedFacts } from '../exportFile.ts'
import type { Fault } from '../fault.ts'
import { reasonsShape } from '../reasons.ts'
import type { Recorded } from './recorded.ts'

/** How the rows are written. What is left out has the value that suits most readers. */
export const exportFormat = z.discriminatedUnion('kind', [
  csvFormat,
  jsonFormat,
  insertFormat,
  z.strictObject({ kind: z.literal('markdown') }),
  z.strictObject({ kind: z.literal('xlsx') }),
  z.strictObject({
    kind: z.literal('parquet'),
    /** Numeric, dates and timestamps as texts: for values that Parquet's types cannot hold, such as infinity. */
    asText: z.boolean().default(false),
  }),
])
export type ExportFormat = z.output<typeof exportFormat>
export type ExportKind = ExportFormat['kind']

export const fileFacts: Readonly<Record<ExportKind, FileFacts>> = {
  csv: sharedFacts.csv,
  json: sharedFacts.json,
  insert: sharedFacts.insert,
  markdown: { extension: 'md', mediaType: 'text/markdown; charset=utf-8', name: 'Markdown' },
  xlsx: {
    extension: 'xlsx',
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    name: 'Excel workbook',
  },
  parquet: { extension: 'parquet', mediaType: 'application/vnd.apache.parquet', name: 'Parquet' },
}

export function factsOf(format: ExportFormat): FileFacts {
  const isLines = format.kind === 'json' && format.form === 'lines'
  return isLines ? sharedFacts.jsonLines : fileFacts[format.kind]
}

export const exportInput = z.strictObject({
  /** The result's id, as its run told it. */
  result: z.string().max(100),
  format: exportFormat,
  /**
   * `again`: the query is run again, in one snapshot and read-only, and written by `copy`: fastest, for CSV alone. Where
   * that could bring other rows than the tab's own session, those of the result are written, and a remark says why.
   */
  rows: z.enum(['shown', 'again']).default('shown'),
  /** What the file is called where the person is not asked, or is offered as its name. Without folder. */
  fileName: z.string().trim().max(200).default(''),
  /** The whole path, which the terminal alone may name: a window asks the person instead. `-` is standard output. */
  path: z.string().max(4096).optional(),
  ...reasonsShape,
})

export type { ExportEvent } from '../exportFile.ts'

export interface ExportOutcome {
  operation: string
  /** Its name, and its folder too where this program wrote it there. */
  file: string
  rows: number
  bytes: number
  durationMs: number
  /** Of the file, in hex. */
  sha256: string
  /** What the file cannot show as the database holds it, in sentences. */
  remarks: string[]
  recorded: Recorded
  recordingFault: Fault | null
}
