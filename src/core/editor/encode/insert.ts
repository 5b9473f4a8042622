import { quoteName, quoteValue } from '../../quote.ts'
import type { Column } from '../contract.ts'
import { kindOf } from '../valueKind.ts'
import type { Encoder } from './encoder.ts'

export interface InsertOptions {
  /** The table's name, or its schema and name. */
  readonly table: readonly [string] | readonly [string, string]
  /** Rows of one statement, at most. */
  readonly rowsPerStatement: number
  /** How dates are written, where that is known. Whoever reads `02/03/2024` has to be told which is the month. */
  readonly dateStyle?: string
}

/** `insert` statements. Columns have the names of the result: where two share one, no table takes them both. */
export function insertEncoder(
  columns: readonly Column[],
  { table, rowsPerStatement, dateStyle = 'ISO' }: InsertOptions,
): Encoder {
  const [first, ...others] = table
  const names = columns.map(({ name }) => quoteName(name)).join(', ')
  const opening = `insert into ${quoteName(first, ...others)} (${names}) values\n`
  const writers = columns.map((column) => {
    const kind = kindOf(column)
    if (kind === 'integer' || kind === 'decimal' || kind === 'float') return number
    return kind === 'boolean' ? boolean : quoteValue
  })
  let inStatement = 0
  return {
    head: () => (/^ISO\b/i.test(dateStyle) ? '' : `set datestyle = ${quoteValue(dateStyle)};\n`),
    rows: (rows) => {
      let written = ''
      for (const row of rows) {
        if (inStatement === rowsPerStatement) {
          written += ';\n'
          inStatement = 0
        }
        written += inStatement === 0 ? opening : ',\n'
        inStatement += 1
        const values = writers.map((write, column) => {
          const value = row[column] ?? null
          return value === null ? 'null' : write(value)
        })
        written += `  (${values.join(', ')})`
      }
      return written
    },
    tail: () => (inStatement === 0 ? '' : ';\n'),
  }
}

function number(value: string): string {
  // NaN and Infinity are words, and words are quoted. A negative number is nothing that needs parentheses here.
  // -0 without quotes is the integer 0.
  return value !== '-0' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? value : quoteValue(value)
}

function boolean(value: string): string {
  return value === 't' || value === 'true' ? 'true' : 'false'
}
