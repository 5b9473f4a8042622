import type { Arrangement, ColumnStatistics, Condition, Found, SortKey } from '../../core/editor/arrange.ts'
import type { Fault } from '../../core/fault.ts'

/** What a person sees of putting results in order, and does about it. Results are named by their statement's index. */
export interface ArrangeState {
  /** A result that is being put in order, or why it was not. */
  readonly arranging: { readonly index: number; readonly fault: Fault | null } | null
  /** It takes a query at the server, of which a person decides. */
  readonly offered: Offer | null
  /** Whose conditions are being edited. */
  readonly filtering: { readonly index: number; readonly filter: readonly Condition[] } | null

  arrange(index: number, arrangement: Arrangement): Promise<void>
  stopArranging(): void
  askFilter(asked: ArrangeState['filtering']): void
  acceptOffer(): Promise<void>
  refuseOffer(): void
  find(
    index: number,
    wanted: { text: string; matchCase: boolean },
    onFound: (found: Found) => void,
    signal: AbortSignal,
  ): Promise<{ rows: number; capped: boolean }>
  statisticsOf(index: number, column: number, signal: AbortSignal): Promise<ColumnStatistics>
}

/** A query that would bring a result in the order that is wanted. */
export interface Offer {
  readonly index: number
  readonly arrangement: Arrangement
  readonly why: 'rows' | 'style'
  readonly sql: string
  readonly params: readonly { readonly name: string; readonly value: string | null }[]
}

/** PostgreSQL's own choice of where nulls stand. */
export function sortBy(column: number, direction: SortKey['direction']): SortKey {
  return { column, direction, nulls: direction === 'ascending' ? 'last' : 'first' }
}

/** The order after a click on a column: ascending, then descending, then none. `adding` keeps the other columns. */
export function nextSort(sort: readonly SortKey[], column: number, adding: boolean): SortKey[] {
  const own = sort.find((key) => key.column === column)
  const next = own === undefined ? sortBy(column, 'ascending') : sortBy(column, 'descending')
  const isLast = own?.direction === 'descending'
  if (!adding) return isLast && sort.length === 1 ? [] : isLast ? [sortBy(column, 'ascending')] : [next]
  if (own === undefined) return [...sort, next]
  return isLast ? sort.filter((key) => key !== own) : sort.map((key) => (key === own ? next : key))
}
