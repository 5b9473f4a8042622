import type { Arrangement, Condition } from '../../../core/editor/arrange.ts'
import type { Column } from '../../../core/editor/contract.ts'
import { hasOwnOrder } from '../../../core/editor/valueKind.ts'

export const conditionWords: Readonly<Record<Condition['is'], string>> = {
  equal: '=',
  'not equal': '≠',
  contains: 'contains',
  'not contains': 'does not contain',
  less: '<',
  'at most': '≤',
  greater: '>',
  'at least': '≥',
  between: 'between',
  null: 'is null',
  'not null': 'is not null',
}

/** Compares values, other than by whether they are there or what stands in them. */
const ordering: ReadonlySet<Condition['is']> = new Set(['less', 'at most', 'greater', 'at least', 'between'])

/**
 * The columns that were put in order here by their texts, while the server would put them in another order.
 */
export function orderedByText({ sort, filter }: Arrangement, columns: readonly Column[]): string[] {
  const asked = new Set([...sort, ...filter.filter(({ is }) => ordering.has(is))].map(({ column }) => column))
  return columns.filter((column, place) => asked.has(place) && hasOwnOrder(column)).map(({ name }) => name)
}

/** @example amount ≥ 10 and note is not null; by day ↓, amount ↑ */
export function arrangementText({ sort, filter }: Arrangement, columns: readonly Column[]): string {
  const name = (column: number): string => columns[column]?.name ?? '?'
  const conditions = filter.map((condition) => {
    const word = conditionWords[condition.is]
    if (!('value' in condition)) return `${name(condition.column)} ${word}`
    const to = 'to' in condition ? ` and ${short(condition.to)}` : ''
    return `${name(condition.column)} ${word} ${short(condition.value)}${to}`
  })
  const order = sort.map(({ column, direction }) => `${name(column)} ${direction === 'ascending' ? '↑' : '↓'}`)
  return [conditions.join(' and '), order.length === 0 ? '' : `by ${order.join(', ')}`].filter(Boolean).join('; ')
}

function short(value: string): string {
  return value.length > 40 ? `“${value.slice(0, 40)}…”` : `“${value}”`
}
