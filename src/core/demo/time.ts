// The sample stands still in time, so that it is the same whenever it is made. Seconds since 1970, UTC.

/** The first visit, the first order. */
export const opening = Date.UTC(2023, 0, 1) / 1000
/** The moment at which the sample was "taken": nothing that is true in it is later. */
export const present = Date.UTC(2026, 6, 1) / 1000
export const daySeconds = 86_400

/** `2026-06-30T12:00:00Z` */
export function timestamp(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

/** `2026-06-30` */
export function date(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

/** The n-th (from 1) of `count` moments that follow one another between the opening and the present. */
export function moment(n: number, count: number, jitter: (below: number) => number): number {
  const step = (present - opening) / count
  return Math.floor(opening + (n - 1) * step) + jitter(Math.max(1, Math.floor(step)))
}
