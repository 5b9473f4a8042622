import type { LogFacets, LogFilter } from '../../core/logs/contract.ts'

/** Which of what was imported is shown. Null means: whatever it is. */
export interface Filters {
  /** Milliseconds since 1970; `to` is not part of it. */
  readonly from: number | null
  readonly to: number | null
  readonly user: string | null
  readonly database: string | null
  readonly application: string | null
  /** One imported log. */
  readonly file: number | null
}

export const noFilters: Filters = { from: null, to: null, user: null, database: null, application: null, file: null }

/** Narrows the lines to those behind a bar or a figure. */
export interface Narrowing {
  readonly from?: number
  readonly to?: number
  readonly kinds?: readonly string[]
  readonly fingerprint?: string
  readonly sqlstate?: string
  readonly pattern?: string
  readonly severities?: readonly string[]
}

/** As the main process is asked. */
export function filterOf(filters: Filters, connection: string, within: Narrowing = {}): LogFilter {
  const from = within.from ?? filters.from
  const to = within.to ?? filters.to
  const { user, database, application, file } = filters
  return {
    connection,
    ...(from === null ? {} : { from: new Date(from).toISOString() }),
    ...(to === null ? {} : { to: new Date(to).toISOString() }),
    ...(user === null ? {} : { user }),
    ...(database === null ? {} : { database }),
    ...(application === null ? {} : { application }),
    ...(file === null ? {} : { file }),
  }
}

/** Which lines are asked for. */
export function linesQuestion(
  { within, text }: { within: Narrowing; text: string },
  filters: Filters,
  connection: string,
) {
  return {
    ...filterOf(filters, connection, within),
    ...(within.kinds === undefined ? {} : { kinds: [...within.kinds] }),
    ...(within.severities === undefined ? {} : { severities: [...within.severities] }),
    ...(within.fingerprint === undefined ? {} : { fingerprint: within.fingerprint }),
    ...(within.sqlstate === undefined ? {} : { sqlstate: within.sqlstate }),
    ...(within.pattern === undefined ? {} : { pattern: within.pattern }),
    text,
  }
}

/** The stretch of time that is shown, or else the one that the logs tell of. */
export function spanOf({ from, to }: Filters, facets: LogFacets | null): { from: number; to: number } | null {
  const first = from ?? timeOf(facets?.first)
  const last = to ?? timeOf(facets?.last)
  // The last line is part of it.
  return first === null || last === null ? null : { from: first, to: to === null ? last + 1 : last }
}

function timeOf(moment: string | null | undefined): number | null {
  return moment == null ? null : new Date(moment).getTime()
}
