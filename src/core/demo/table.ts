import type { Value } from './copy.ts'

/** One table of the sample, with its rows in the order of its columns. */
export interface Table {
  schema: 'people' | 'care' | 'shop' | 'auth'
  name: string
  columns: readonly string[]
  /** About how many rows there will be, for a progress bar. */
  expected: number
  /** Makes the rows as they are asked for. Each call begins anew. */
  rows(): Iterable<readonly Value[]>
}

/** The rows 1 to `count`; a `make` that returns null leaves its row out. */
export function* numbered(
  count: number,
  make: (row: number) => readonly Value[] | null,
): Generator<readonly Value[], void, undefined> {
  for (let row = 1; row <= count; row++) {
    const made = make(row)
    if (made !== null) yield made
  }
}
