import type { Timeline, TimelineStep } from '../../core/history/contract.ts'

const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' })
const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const shortMonth = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** A stretch of time in words, on this machine's clock. */
export function spanText(from: number | null, to: number | null): string {
  if (from !== null && to !== null) {
    return isMidnight(from) && isMidnight(to)
      ? to - from <= 25 * 3_600_000
        ? day.format(from)
        : `${day.format(from)} – ${day.format(to - 1)}`
      : `${dayAndTime.format(from)} – ${dayAndTime.format(to)}`
  }
  if (from !== null) return `From ${dayAndTime.format(from)}`
  return to === null ? 'Any time' : `Until ${dayAndTime.format(to)}`
}

/** What one bar of the timeline stands for. */
export function bucketText(
  step: TimelineStep,
  { start, end }: Pick<Timeline['buckets'][number], 'start' | 'end'>,
): string {
  if (step === 'day') return day.format(start)
  if (step === 'week') return `Week of ${day.format(start)}`
  if (step === 'month') return end - start > 32 * 86_400_000 ? spanText(start, end) : month.format(start)
  return `${dayAndTime.format(start)} – ${clock.format(end)}`
}

/** A mark on the axis, short. */
export function tickText(step: TimelineStep, time: number): string {
  if (step === 'month') return shortMonth.format(time)
  if (step === 'week' || step === 'day') return short.format(time)
  return isMidnight(time) ? short.format(time) : clock.format(time)
}

function isMidnight(time: number): boolean {
  const date = new Date(time)
  return date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0 && date.getMilliseconds() === 0
}
