import { z } from 'zod'

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
export type CsvFormat = z.output<typeof csvFormat>

export const jsonFormat = z.strictObject({
  kind: z.literal('json'),
  form: z.enum(['array', 'lines']).default('array'),
})
export type JsonFormat = z.output<typeof jsonFormat>

export const insertFormat = z.strictObject({
  kind: z.literal('insert'),
  /** Empty where the search path of the reader shall find the table. */
  schema: name.default(''),
  table: name.min(1, 'Name the table.'),
  rowsPerStatement: z.int().min(1).max(10_000).default(100),
})
export type InsertFormat = z.output<typeof insertFormat>

/** What a door says of a file of one format. */
export interface FileFacts {
  /** Without a dot. */
  extension: string
  mediaType: string
  /** `CSV` */
  name: string
}

/** The formats that a result and the history share. */
export const sharedFacts = {
  csv: { extension: 'csv', mediaType: 'text/csv; charset=utf-8', name: 'CSV' },
  json: { extension: 'json', mediaType: 'application/json; charset=utf-8', name: 'JSON' },
  jsonLines: { extension: 'jsonl', mediaType: 'application/jsonl; charset=utf-8', name: 'JSON lines' },
  insert: { extension: 'sql', mediaType: 'application/sql; charset=utf-8', name: 'SQL inserts' },
} as const satisfies Record<string, FileFacts>

export type ExportEvent =
  /** The operation has begun; the file has this name. */
  | { kind: 'started'; operation: string; file: string }
  /** The browser is to fetch it here, once. */
  | { kind: 'download'; url: string }
  | { kind: 'progress'; rows: number; bytes: number; elapsedMs: number }

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

/** A path may hold a line end, behind which it would be SQL. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
}
