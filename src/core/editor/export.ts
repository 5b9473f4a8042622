import { z } from 'zod'
import type { Fault } from '../fault.ts'
import type { Recorded } from './recorded.ts'

const name = z
  .string()
  .max(63)
  .refine((text) => !text.includes('\0'), 'A name cannot hold a NUL character.')

export const csvFormat = z.strictObject({
  kind: z.literal('csv'),
  delimiter: z.enum([',', ';', '\t', '|']).default(','),
  header: z.boolean().default(true),
  quote: z.enum(['"', "'"]).default('"'),
  nullText: z
    .string()
    .max(20)
    .regex(/^[^\r\n"',;|\t]*$/, 'Neither quotes, delimiters nor line ends can stand for null.')
    .default(''),
  lineEnd: z.enum(['\n', '\r\n']).default('\n'),
  /** The three bytes by which some spreadsheets know UTF-8. */
  byteOrderMark: z.boolean().default(false),
  safeForSpreadsheets: z.boolean().default(false),
})

/** How the rows are written. What is left out has the value that suits most readers. */
export const exportFormat = z.discriminatedUnion('kind', [
  csvFormat,
  z.strictObject({ kind: z.literal('json'), form: z.enum(['array', 'lines']).default('array') }),
  z.strictObject({
    kind: z.literal('insert'),
    /** Empty where the search path of the reader shall find the table. */
    schema: name.default(''),
    table: name.min(1, 'Name the table.'),
    rowsPerStatement: z.int().min(1).max(10_000).default(100),
  }),
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

export interface FileFacts {
  /** Without a dot. */
  extension: string
  mediaType: string
  /** `CSV` */
  name: string
}

export const fileFacts: Readonly<Record<ExportKind, FileFacts>> = {
  csv: { extension: 'csv', mediaType: 'text/csv; charset=utf-8', name: 'CSV' },
  json: { extension: 'json', mediaType: 'application/json; charset=utf-8', name: 'JSON' },
  insert: { extension: 'sql', mediaType: 'application/sql; charset=utf-8', name: 'SQL inserts' },
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
  return isLines
    ? { extension: 'jsonl', mediaType: 'application/jsonl; charset=utf-8', name: 'JSON lines' }
    : fileFacts[format.kind]
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
  ticket: z.string().trim().max(200).optional(),
  justification: z.string().trim().max(10_000).optional(),
})

export type ExportEvent =
  /** The operation has begun; the file has this name. */
  | { kind: 'started'; operation: string; file: string }
  /** The browser is to fetch it here, once. */
  | { kind: 'download'; url: string }
  | { kind: 'progress'; rows: number; bytes: number; elapsedMs: number }

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

/**
 * A name that every system takes for a file, made of what somebody called something.
 *
 * @example fileNameOf('select a/b', 'csv') // select a b.csv
 */
export function fileNameOf(title: string, extension: string): string {
  const plain = title
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}<>:"/\\|?*]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+|[. ]+$/g, '')
  const ending = `.${extension}`
  const stem = plain.toLowerCase().endsWith(ending) ? plain.slice(0, -ending.length) : plain
  const short = Array.from(stem).slice(0, 80).join('').trim()
  const isDevice = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(short)
  return `${short === '' ? 'result' : isDevice ? `${short}_` : short}${ending}`
}
