import { z } from 'zod'
import { csvFormat, type FileFacts, insertFormat, jsonFormat, sharedFacts } from '../exportFile.ts'
import type { Fault } from '../fault.ts'
import { reasonsShape } from '../reasons.ts'
import { filterShape } from './filter.ts'

/** How operations are written. `script`: their SQL, to be read or run again; what did not complete is a comment. */
export const historyFormat = z.discriminatedUnion('kind', [
  csvFormat,
  jsonFormat,
  insertFormat,
  z.strictObject({ kind: z.literal('script') }),
])
export type HistoryFormat = z.output<typeof historyFormat>
export type HistoryFormatKind = HistoryFormat['kind']

export const historyFileFacts: Readonly<Record<HistoryFormatKind, FileFacts>> = {
  csv: sharedFacts.csv,
  json: sharedFacts.json,
  insert: sharedFacts.insert,
  script: { extension: 'sql', mediaType: 'application/sql; charset=utf-8', name: 'SQL script' },
}

export function historyFactsOf(format: HistoryFormat): FileFacts {
  const isLines = format.kind === 'json' && format.form === 'lines'
  return isLines ? sharedFacts.jsonLines : historyFileFacts[format.kind]
}

export const historyExportInput = z.strictObject({
  ...filterShape,
  format: historyFormat,
  /** What the file is called where the person is not asked, or is offered as its name. Without folder. */
  fileName: z.string().trim().max(200).default(''),
  /** The whole path, which the terminal alone may name: a window asks the person instead. `-` is standard output. */
  path: z.string().max(4096).optional(),
  ...reasonsShape,
})
export type HistoryExportInput = z.output<typeof historyExportInput>

/** An export that is done. It is an operation of this machine. */
export interface HistoryExport {
  operation: string
  /** Its name, and its folder too where this program wrote it there. */
  file: string
  operations: number
  bytes: number
  durationMs: number
  /** Of the file, in hex. */
  sha256: string
  /** Why the export itself could not be recorded; null where it is. */
  recordingFault: Fault | null
}

/** An operation as it is exported. Times are ISO 8601, UTC. */
export interface ExportedOperation {
  id: string
  startedAt: string
  status: string
  type: string
  category: string
  name: string
  connection: string | null
  database: string
  /** The database's identity, whatever it is called. */
  identity: string
  user: string
  application: string | null
  durationMs: number | null
  rows: number | null
  ticket: string | null
  justification: string | null
  /** With its secrets masked; of a very long script the beginning. */
  sql: string
  /** Of the whole masked script, in UTF-16 units; and its SHA-256 in hex, empty where nobody told it. */
  sqlLength: number
  sqlHash: string
  errorCode: string | null
  errorMessage: string | null
  filePath: string | null
  created: readonly string[]
  modified: readonly string[]
  dropped: readonly string[]
  /** The operation during which an event trigger saw it. */
  causedBy: string | null
  /** Where its last state is recorded. */
  recorded: string
  kept: boolean
  tags: readonly string[]
  note: string
}
