import type { Column, Row } from '../../../core/editor/contract.ts'
import { csvEncoder } from '../../../core/editor/encode/csv.ts'
import { type Encoder, encodeAll } from '../../../core/editor/encode/encoder.ts'
import { insertEncoder } from '../../../core/editor/encode/insert.ts'
import { jsonEncoder } from '../../../core/editor/encode/json.ts'
import { markdownEncoder } from '../../../core/editor/encode/markdown.ts'
import { textEncoder } from '../../../core/editor/encode/text.ts'
import { Failure } from '../../../core/fault.ts'
import type { CopyFormat } from '../actions.ts'

/** What a clipboard is asked to hold, at most. */
export const mostCopiedRows = 100_000
export const mostCopiedCharacters = 50_000_000

/** What rows are of. */
interface Copied {
  readonly columns: readonly Column[]
  /** How dates in them are written. */
  readonly dateStyle: string
}

function encoderOf(format: CopyFormat, { columns, dateStyle }: Copied): Encoder {
  switch (format) {
    case 'text':
      return textEncoder(columns, { header: false })
    case 'textWithNames':
      return textEncoder(columns, { header: true })
    case 'csv':
      return csvEncoder(columns, { lineEnd: '\n' })
    case 'json':
      return jsonEncoder(columns, { form: 'array' })
    case 'insert':
      return insertEncoder(columns, { table: ['table_name'], rowsPerStatement: 100, dateStyle })
    case 'markdown':
      return markdownEncoder(columns)
  }
}

/**
 * Writes what is selected as text. `each` hands over its rows, whole.
 *
 * @throws Failure `refused` for more than a clipboard should hold
 */
export async function copied(
  format: CopyFormat,
  of: Copied,
  rows: number,
  each: (take: (rows: Row[]) => void) => Promise<void>,
): Promise<string> {
  if (rows > mostCopiedRows) throw tooMuch(`${rows.toLocaleString('en')} rows are selected`)
  const encoder = encoderOf(format, of)
  let only: Row | undefined
  let text = encoder.head()
  await each((part) => {
    only = part[0]
    text += encoder.rows(part)
    if (text.length > mostCopiedCharacters) throw tooLong()
  })
  // One value is copied as it is, without quotes around it.
  if (format === 'text' && rows === 1 && of.columns.length === 1) return only?.[0] ?? ''
  return text + encoder.tail()
}

/** The same for rows that are at hand. */
export function copiedNow(format: CopyFormat, of: Copied, rows: readonly Row[]): string {
  if (format === 'text' && rows.length === 1 && of.columns.length === 1) return rows[0]?.[0] ?? ''
  return encodeAll(encoderOf(format, of), rows)
}

export function tooLong(): Failure {
  return tooMuch('The values that are selected are too long')
}

function tooMuch(what: string): Failure {
  return new Failure({
    code: 'refused',
    message: `${what}, more than is copied: ${mostCopiedRows.toLocaleString('en')} rows, or ${mostCopiedCharacters / 1_000_000} million characters.`,
    hint: 'Select less, or export the result to a file.',
  })
}
