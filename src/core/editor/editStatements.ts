import { quoteName } from '../quote.ts'
import type { Cell, Row } from './contract.ts'
import type { Change, Editable, EditStatement, NewValue } from './edit.ts'

/** A column as the statements need it beside its name. */
export interface EditType {
  /** As `format_type` prints it, without length or precision. */
  type: string
  comparison: Comparison
}

/**
 * How it is seen that a value is still the one that was read: by itself, by its text, or letter by letter where the
 * column's collation takes different texts for equal.
 */
export type Comparison = 'value' | 'text' | 'letters'

/** What a change is made of, beside the change. */
export interface EditTarget {
  editable: Editable
  /** Of each column of the result; null for what is no column of the table. */
  types: (EditType | null)[]
}

/**
 * One change as SQL. An update or a delete finds its row by its key, and only while the values that it changes are those
 * that were read: whoever changed them meanwhile is not overwritten unseen.
 *
 * @param before the row as it was read; not for an insert
 */
export function editStatement(target: EditTarget, change: Change, before: Row): EditStatement {
  const values: Cell[] = []
  const parameter = (value: Cell): string => `$${values.push(value)}`
  const name = quoteName(target.editable.schema, target.editable.table)
  // Without a cast: the server takes it as the column's type, and refuses what is too long for it instead of cutting it.
  const given = (to: NewValue): string => (to === 'default' ? 'default' : parameter(to.text))
  const returned = `returning ${returning(target)}`

  if (change.kind === 'insert') {
    if (change.set.length === 0) return { sql: `insert into ${name} default values ${returned}`, values }
    const columns = change.set.map(({ column }) => nameAt(target, column)).join(', ')
    const row = change.set.map(({ to }) => given(to)).join(', ')
    return { sql: `insert into ${name} (${columns}) values (${row}) ${returned}`, values }
  }
  if (change.kind === 'delete') {
    const all = target.editable.columns.flatMap((column, place) => (column === null ? [] : [place]))
    return { sql: `delete from ${name} where ${asRead(target, before, all, parameter)} ${returned}`, values }
  }
  const assignments = change.set.map(({ column, to }) => `${nameAt(target, column)} = ${given(to)}`).join(', ')
  const changed = change.set.map(({ column }) => column)
  const found = asRead(target, before, changed, parameter)
  return { sql: `update ${name} set ${assignments} where ${found} ${returned}`, values }
}

/** Looks up the row of a change by its key alone: what has become of it. */
export function lookUpStatement(target: EditTarget, before: Row): EditStatement {
  const values: Cell[] = []
  const parameter = (value: Cell): string => `$${values.push(value)}`
  const name = quoteName(target.editable.schema, target.editable.table)
  return { sql: `select ${returning(target)} from ${name} where ${asRead(target, before, [], parameter)}`, values }
}

/** The columns of the result, in their order; nothing for what is no column of the table. */
function returning({ editable }: EditTarget): string {
  return editable.columns.map((column) => (column === null ? 'null' : quoteName(column.name))).join(', ')
}

/** The row that has this key and still these values. */
function asRead(
  target: EditTarget,
  before: Row,
  compared: readonly number[],
  parameter: (value: Cell) => string,
): string {
  const { key } = target.editable
  const isKey = new Set(key)
  const conditions = key.map(
    (place) => `${nameAt(target, place)} = ${parameter(before[place] ?? null)}::${typeAt(target, place)}`,
  )
  for (const place of new Set(compared)) {
    if (isKey.has(place)) continue
    const name = nameAt(target, place)
    const value = `${parameter(before[place] ?? null)}::${typeAt(target, place)}`
    const comparison = target.types[place]?.comparison ?? 'text'
    if (comparison === 'value') conditions.push(`${name} is not distinct from ${value}`)
    else {
      const letters = comparison === 'letters' ? ' collate "C"' : ''
      conditions.push(`${name}::text${letters} is not distinct from ${value}::text`)
    }
  }
  return conditions.join(' and ')
}

function nameAt({ editable }: EditTarget, place: number): string {
  const column = editable.columns[place]
  if (column == null) throw new RangeError(`Column ${place} of the result is no column of the table.`)
  return quoteName(column.name)
}

function typeAt({ types }: EditTarget, place: number): string {
  return types[place]?.type ?? 'text'
}
