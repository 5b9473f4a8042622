import { type Arrangement, type Condition, mostArrangedRows } from '../../../core/editor/arrange.ts'
import type { Column } from '../../../core/editor/contract.ts'
import { Failure } from '../../../core/fault.ts'
import { quoteName } from '../../../core/quote.ts'
import { nodeOf, parse } from '../parser.ts'
import type { Source } from '../results.ts'

/** json, xml and point: types without an order, and partly without equality. Their texts have both. */
const withoutOrder = new Set([114, 142, 600])

interface Query {
  sql: string
  params: { name: string; value: string | null }[]
}

/**
 * The query of a result, around which stand a filter and an order. Its columns keep their names, also where one comes
 * twice: inside they go by their place.
 *
 * @throws Failure `refused` where the statement cannot stand inside of another one
 */
export function arrangedQuery(
  { sql, values, columns }: Source,
  { sort, filter }: Arrangement,
  why: 'rows' | 'style',
): Query {
  if (!isPlainQuery(sql)) throw notPlain(why)
  const params = values.map((value, place) => ({ name: `$${place + 1}`, value }))
  const bind = (value: string): string => {
    params.push({ name: `$${params.length + 1}`, value })
    return `$${params.length}`
  }
  const inner = columns.map((_, place) => nameOf(place))
  const outer = columns.map(({ name }, place) => `q.${nameOf(place)} as ${quoteName(name)}`)
  const conditions = filter.map((condition) => sqlOf(condition, columns, bind))
  const order = sort.map(({ column, direction, nulls }) => {
    return `${comparable(column, columns)} ${direction === 'ascending' ? 'asc' : 'desc'} nulls ${nulls}`
  })
  const lines = [
    `select ${outer.join(', ')}`,
    'from (',
    // A comment at its end must not take the bracket along.
    sql,
    `) as q (${inner.join(', ')})`,
    ...(conditions.length === 0 ? [] : [`where ${conditions.join('\n  and ')}`]),
    ...(order.length === 0 ? [] : [`order by ${order.join(', ')}`]),
  ]
  return { sql: lines.join('\n'), params }
}

function nameOf(place: number): string {
  return `c${place + 1}`
}

/** One query that only reads and locks nothing. */
function isPlainQuery(sql: string): boolean {
  const node = nodeOf(sql)
  if (node === null || !('SelectStmt' in node) || !parse(sql).reads) return false
  return (node.SelectStmt.lockingClause ?? []).length === 0
}

function asText(column: number): string {
  return `cast(q.${nameOf(column)} as text)`
}

function comparable(column: number, columns: readonly Column[]): string {
  return withoutOrder.has(columns[column]?.typeOid ?? 0) ? asText(column) : `q.${nameOf(column)}`
}

const operators = {
  equal: '=',
  'not equal': '<>',
  less: '<',
  'at most': '<=',
  greater: '>',
  'at least': '>=',
} as const

function sqlOf(condition: Condition, columns: readonly Column[], bind: (value: string) => string): string {
  const { column } = condition
  if (column >= columns.length) throw new Failure({ code: 'invalid_input', message: 'This column does not exist.' })
  const name = comparable(column, columns)
  switch (condition.is) {
    case 'null':
      return `q.${nameOf(column)} is null`
    case 'not null':
      return `q.${nameOf(column)} is not null`
    case 'contains':
    case 'not contains': {
      const sign = condition.is === 'contains' ? '>' : '='
      return `position(lower(cast(${bind(condition.value)} as text)) in lower(${asText(column)})) ${sign} 0`
    }
    case 'between':
      return `${name} between ${bind(condition.value)} and ${bind(condition.to)}`
    default:
      return `${name} ${operators[condition.is]} ${bind(condition.value)}`
  }
}

const reasons = {
  rows: `This result is too large to be arranged here: up to ${mostArrangedRows.toLocaleString('en')} rows are.`,
  style: 'The dates or intervals of this result are in a style that the server alone can put in order.',
}

function notPlain(why: keyof typeof reasons): Failure {
  return new Failure({
    code: 'refused',
    message: `${reasons[why]} The server can arrange a plain query, and this statement is none.`,
    hint: 'Write the order and the conditions into the statement, or select fewer rows.',
  })
}
