/** A figure and what it may be. Durations in ms, sizes in MB (2^20 bytes), rates in 1/s; ratios have no unit. */
export interface Figure {
  what: string
  value: number
  unit: 'ms' | 's' | 'MB' | '1/s' | 'ratio'
  /** The highest value that the budget allows. */
  most?: number
  /** The lowest that it allows. */
  least?: number
  /** What we would like it to be. */
  reach?: number
  /** What it was made of, such as a comparison or the figures of each kind. */
  detail?: unknown
}

/** @returns null where there is no budget */
export function holds({ value, most, least }: Figure): boolean | null {
  if (most === undefined && least === undefined) return null
  return value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? Number.NEGATIVE_INFINITY)
}

/** @example sayFigure(figure) // first rows on screen: 212.0 ms  holds (at most 300) */
export function sayFigure(figure: Figure): string {
  const { what, value, unit, most, least } = figure
  const budget = most === undefined ? (least === undefined ? '' : `at least ${least}`) : `at most ${most}`
  const kept = holds(figure)
  const verdict = kept === null ? '' : kept ? `holds (${budget})` : `DOES NOT HOLD (${budget})`
  return `${what}: ${value.toFixed(value < 10 ? 3 : 1)} ${unit === 'ratio' ? '' : unit}  ${verdict}`
}
