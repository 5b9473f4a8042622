import type { Misestimate } from '../../../core/editor/plan/analyse.ts'

/** @example amountText(1234567.8) // 1,234,568 */
export function amountText(amount: number): string {
  return amount.toLocaleString('en', { maximumFractionDigits: Math.abs(amount) < 100 ? 2 : 0 })
}

/** @example factorText({ factor: 31.4, direction: 'more' }) // 31 × more rows */
export function factorText({ factor, direction }: Misestimate): string {
  return `${Math.round(factor).toLocaleString('en')} × ${direction} rows`
}

export function misestimateText(misestimate: Misestimate): string {
  return (
    `${factorText(misestimate)} came than the planner expected: it may have chosen another way had it known. ` +
    'ANALYZE of the tables, more statistics for the columns, or extended statistics for columns that go together can help.'
  )
}
