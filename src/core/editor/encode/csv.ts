import type { Cell, Column } from '../contract.ts'
import { isNumeric } from '../valueKind.ts'
import type { Encoder } from './encoder.ts'

export interface CsvOptions {
  readonly delimiter: string
  readonly header: boolean
  /** One character, doubled inside a value. */
  readonly quote: string
  /** How null is written, never quoted; a value of the same letters is quoted, so that the two stay apart. */
  readonly nullText: string
  readonly lineEnd: '\n' | '\r\n'
  /**
   * Puts an apostrophe before a text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, tab, line
   * end). The file then no longer holds exactly what the database does.
   */
  readonly safeForSpreadsheets: boolean
}

export const csvDefaults: CsvOptions = {
  delimiter: ',',
  header: true,
  quote: '"',
  nullText: '',
  lineEnd: '\r\n',
  safeForSpreadsheets: false,
}

/** RFC 4180, with null apart from empty: an empty text is `""`, null is nothing. */
export function csvEncoder(columns: readonly Column[], options: Partial<CsvOptions> = {}): Encoder {
  const { delimiter, header, quote, nullText, lineEnd, safeForSpreadsheets } = { ...csvDefaults, ...options }
  const special = new RegExp(`[${[delimiter, quote].map(inClass).join('')}\\n\\r]|^[ \\t]|[ \\t]$|^\\\\\\.$`)
  const quoted = (value: string): string => `${quote}${value.replaceAll(quote, quote + quote)}${quote}`
  const text = (value: string): string =>
    value === nullText || value === '' || special.test(value) ? quoted(value) : value
  const plain = columns.map(isNumeric)
  const field = (value: Cell, column: number): string => {
    if (value === null) return nullText
    if (safeForSpreadsheets && plain[column] !== true && /^[=+\-@\t\r\n]/.test(value)) return quoted(`'${value}`)
    return text(value)
  }
  return {
    head: () => (header ? columns.map(({ name }) => text(name)).join(delimiter) + lineEnd : ''),
    rows: (rows) => {
      let written = ''
      for (const row of rows) {
        for (let column = 0; column < row.length; column += 1) {
          if (column > 0) written += delimiter
          written += field(row[column] ?? null, column)
        }
        written += lineEnd
      }
      return written
    },
    tail: () => '',
  }
}

function inClass(character: string): string {
  return character.replace(/[\\\]^-]/, '\\$&')
}
