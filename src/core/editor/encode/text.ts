import type { Cell, Column } from '../contract.ts'
import type { Encoder } from './encoder.ts'

export interface TextOptions {
  readonly header: boolean
}

/**
 * Values as spreadsheets take them from the clipboard: tabs between, lines between the rows and none after the last,
 * null as nothing, quoted where a value holds a tab, a line end or a quote.
 */
export function textEncoder(columns: readonly Column[], { header }: TextOptions): Encoder {
  let begun = header
  return {
    head: () => (header ? columns.map(({ name }) => field(name)).join('\t') : ''),
    rows: (rows) => {
      let written = ''
      for (const row of rows) {
        if (begun) written += '\n'
        begun = true
        written += row.map(field).join('\t')
      }
      return written
    },
    tail: () => '',
  }
}

function field(value: Cell): string {
  if (value === null) return ''
  return /[\t\n\r"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
