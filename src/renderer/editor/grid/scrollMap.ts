/**
 * Where rows stand in a scroll bar that is shorter than they are: browsers draw no element that is higher than some
 * 16 to 33 million pixels. `virtual` offsets are those of the rows as if there were no such limit.
 */
export interface ScrollMap {
  /** Height of all rows, in pixels. */
  readonly whole: number
  /** Height of what is scrolled, at most `longestBar`. */
  readonly bar: number
  /** Height of the window upon it. */
  readonly view: number
}

export const longestBar = 8_000_000

export function scrollMap(rows: number, rowHeight: number, view: number): ScrollMap {
  const whole = rows * rowHeight
  return { whole, bar: Math.min(whole, longestBar), view }
}

/** How far one can scroll down, in virtual pixels. */
export function farthest({ whole, view }: ScrollMap): number {
  return Math.max(0, whole - view)
}

export function isScaled({ whole, bar }: ScrollMap): boolean {
  return whole > bar
}

/** The virtual offset that a place of the scroll bar means. */
export function virtualOf(map: ScrollMap, scrollTop: number): number {
  if (!isScaled(map)) return scrollTop
  const way = Math.max(1, map.bar - map.view)
  return Math.min(farthest(map), Math.max(0, (scrollTop / way) * farthest(map)))
}

/** The place of the scroll bar for a virtual offset. */
export function scrollTopOf(map: ScrollMap, virtual: number): number {
  if (!isScaled(map)) return virtual
  return (virtual / Math.max(1, farthest(map))) * (map.bar - map.view)
}

/** The virtual offset nearest to the present one from which a row can be seen whole. */
export function offsetFor(map: ScrollMap, row: number, rowHeight: number, virtual: number): number {
  const top = row * rowHeight
  if (top < virtual) return top
  return Math.min(farthest(map), Math.max(virtual, top + rowHeight - map.view))
}
