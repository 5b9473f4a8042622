import type { Cell, Column } from '../contract.ts'
import { isNumeric } from '../valueKind.ts'
import type { Encoder } from './encoder.ts'

/** A table as GitHub and most others read it. Numbers stand to the right; null is the word in italics. */
export function markdownEncoder(columns: readonly Column[]): Encoder {
  return {
    head: () => {
      const names = columns.map(({ name }) => escaped(name))
      const rules = columns.map((column) => (isNumeric(column) ? '---:' : '---'))
      return line(names) + line(rules)
    },
    rows: (rows) => rows.map((row) => line(row.map(field))).join(''),
    tail: () => '',
  }
}

function line(fields: readonly string[]): string {
  return `| ${fields.join(' | ')} |\n`
}

function field(value: Cell): string {
  return value === null ? '*NULL*' : escaped(value)
}

/** What Markdown would take for its own is shown as the letter that it is. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/\r\n|\n|\r/g, '<br>')
}
