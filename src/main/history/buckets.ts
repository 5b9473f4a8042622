import type { TimelineStep } from '../../core/history/contract.ts'

const minute = 60_000

/** About how long each step is, in milliseconds. */
const lengths: Readonly<Record<TimelineStep, number>> = {
  minute,
  quarter: 15 * minute,
  hour: 60 * minute,
  day: 24 * 60 * minute,
  week: 7 * 24 * 60 * minute,
  month: 30 * 24 * 60 * minute,
}

/** Beyond this the steps are months however many there are, and several months are one. */
const steps: readonly TimelineStep[] = ['minute', 'quarter', 'hour', 'day', 'week', 'month']

export interface Grid {
  step: TimelineStep
  /** Ends of the stretches in milliseconds since 1970: stretch n lies from edge n to edge n + 1. */
  edges: number[]
}

/**
 * Stretches of time from `from` to `to`, both within, by the clock and the calendar of this machine: the finest that
 * need no more than `most`.
 */
export function gridOf(from: number, to: number, most: number): Grid {
  const step = steps.find((each) => (to - from) / lengths[each] <= most - 2) ?? 'month'
  const several = step === 'month' ? Math.max(1, Math.ceil((to - from) / lengths.month / (most - 2))) : 1
  const edges = [startOf(from, step)]
  for (let last = edges[0] ?? from; last <= to; ) {
    last = after(last, step, several)
    edges.push(last)
  }
  return { step, edges }
}

function startOf(time: number, step: TimelineStep): number {
  const date = new Date(time)
  if (step === 'minute') date.setSeconds(0, 0)
  else if (step === 'quarter') date.setMinutes(Math.floor(date.getMinutes() / 15) * 15, 0, 0)
  else if (step === 'hour') date.setMinutes(0, 0, 0)
  else {
    date.setHours(0, 0, 0, 0)
    // Weeks begin on Monday.
    if (step === 'week') date.setDate(date.getDate() - ((date.getDay() + 6) % 7))
    if (step === 'month') date.setDate(1)
  }
  return date.getTime()
}

/** Days and longer are counted by the calendar: the day on which the clock changes has 23 or 25 hours. */
function after(edge: number, step: TimelineStep, several: number): number {
  if (step === 'minute' || step === 'quarter' || step === 'hour') return edge + lengths[step]
  const date = new Date(edge)
  if (step === 'day') date.setDate(date.getDate() + 1)
  else if (step === 'week') date.setDate(date.getDate() + 7)
  else date.setMonth(date.getMonth() + several)
  return date.getTime()
}
