/** Items that are sorted in one step: a few milliseconds. */
const runLength = 4_096

/** Sorts, stably, in steps between which `breathe` is awaited. */
export async function sortInSteps<T>(
  items: readonly T[],
  compare: (one: T, other: T) => number,
  breathe: () => Promise<void>,
): Promise<T[]> {
  let runs: T[][] = []
  for (let from = 0; from < items.length; from += runLength) {
    runs.push(items.slice(from, from + runLength).sort(compare))
    await breathe()
  }
  while (runs.length > 1) {
    const merged: T[][] = []
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(merge(runs[at] ?? [], runs[at + 1] ?? [], compare))
      await breathe()
    }
    runs = merged
  }
  return runs[0] ?? []
}

function merge<T>(left: readonly T[], right: readonly T[], compare: (one: T, other: T) => number): T[] {
  const merged: T[] = []
  let [l, r] = [0, 0]
  for (;;) {
    const one = left[l]
    const other = right[r]
    if (l >= left.length || one === undefined) return merged.concat(right.slice(r))
    if (r >= right.length || other === undefined) return merged.concat(left.slice(l))
    if (compare(one, other) <= 0) {
      merged.push(one)
      l += 1
    } else {
      merged.push(other)
      r += 1
    }
  }
}
