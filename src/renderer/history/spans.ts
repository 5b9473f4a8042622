import type { Timeline, TimelineStep } from '../../core/history/contract.ts'
import { isMidnight, spanText } from '../ui/spans.ts'

const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' })
const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const shortMonth = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

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
