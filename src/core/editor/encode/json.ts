import { type ArrayValue, parseArray } from '../arrayValue.ts'
import type { Cell, Column } from '../contract.ts'
import { elementKindOf, kindOf, type ValueKind } from '../valueKind.ts'
import { distinctNames, type Encoder } from './encoder.ts'

export interface JsonOptions {
  /** One array of objects, or one object a line. */
  readonly form: 'array' | 'lines'
}

/**
 * Rows as objects. Numbers keep all their digits, also those that JavaScript's own numbers could not hold; what JSON
 * has no number for (NaN, Infinity) is a text. Values of json and jsonb stand as they are; arrays of the common types
 * are arrays; all else is text as PostgreSQL prints it.
 */
export function jsonEncoder(columns: readonly Column[], { form }: JsonOptions): Encoder {
  const keys = distinctNames(columns).map((name) => `${JSON.stringify(name)}:`)
  const writers = columns.map(writerOf)
  let begun = false
  return {
    head: () => (form === 'array' ? '[' : ''),
    rows: (rows) => {
      let written = ''
      for (const row of rows) {
        if (form === 'array') written += begun ? ',\n' : '\n'
        begun = true
        written += '{'
        for (let column = 0; column < keys.length; column += 1) {
          if (column > 0) written += ','
          const value = row[column] ?? null
          written += keys[column] + (value === null ? 'null' : (writers[column]?.(value) ?? JSON.stringify(value)))
        }
        written += form === 'array' ? '}' : '}\n'
      }
      return written
    },
    tail: () => (form === 'array' ? (begun ? '\n]\n' : ']\n') : ''),
  }
}

function writerOf(column: Column): (value: string) => string {
  const kind = kindOf(column)
  if (kind !== 'array') return (value) => scalar(value, kind)
  const element = elementKindOf(column)
  return (value) => {
    const parsed = parseArray(value)
    return parsed === null ? JSON.stringify(value) : arrayText(parsed, element)
  }
}

function arrayText(values: ArrayValue, kind: ValueKind): string {
  const texts = values.map((value) => (Array.isArray(value) ? arrayText(value, kind) : elementText(value, kind)))
  return `[${texts.join(',')}]`
}

function elementText(value: Cell, kind: ValueKind): string {
  return value === null ? 'null' : scalar(value, kind)
}

function scalar(value: string, kind: ValueKind): string {
  switch (kind) {
    case 'integer':
    case 'decimal':
    case 'float':
      return /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/.test(value) ? value : JSON.stringify(value)
    case 'boolean':
      return value === 't' || value === 'true' ? 'true' : 'false'
    case 'json':
      // A line end can only stand between the parts of a document, where a space does as well.
      return value.replace(/[\r\n]+/g, ' ')
    default:
      return JSON.stringify(value)
  }
}
