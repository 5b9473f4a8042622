import { Button } from '@mantine/core'
import { X } from 'lucide-react'
import { type ExecutionStatus, executionStatuses } from '../../core/execution.ts'
import { countText } from '../ui/amounts.ts'
import { statusText } from '../ui/ExecutionBadge.tsx'
import { spanText } from '../ui/spans.ts'
import { TimeChart } from '../ui/TimeChart.tsx'
import { bucketText, tickText } from './spans.ts'
import { useHistory } from './store.ts'

/** Drawn from the ground up: what is worth a look lies where it is seen. */
const stacking: readonly (readonly [ExecutionStatus, string])[] = [
  ['FAILED', 'var(--bad)'],
  ['INTERRUPTED', 'var(--kind-staging)'],
  ['ROLLED_BACK', 'var(--warn)'],
  ['STARTED', 'var(--quiet)'],
  ['COMPLETED', 'color-mix(in srgb, var(--accent) 62%, var(--surface))'],
]
const parts = stacking.map(([status, colour]) => ({ name: status, label: statusText(status), colour }))
const places = stacking.map(([status]) => executionStatuses.indexOf(status))

/** How many operations began when, stacked by status. Drag over it, or use the arrow keys, to choose a stretch of time. */
export function TimelineChart() {
  const timeline = useHistory((state) => state.timeline)
  const isNarrowed = useHistory(({ filters: { from, to } }) => from !== null || to !== null)
  const filter = useHistory((state) => state.filter)
  const buckets = timeline?.buckets ?? []
  const step = timeline?.step ?? 'day'
  return (
    <TimeChart
      label="Timeline"
      counted="Operations"
      summary={
        timeline === null
          ? 'Counting…'
          : `${timeline.approximate ? 'About ' : ''}${countText(timeline.total, 'operation')}${
              buckets.length === 0 ? '' : `, ${spanText(buckets[0]?.start ?? null, buckets.at(-1)?.end ?? null)}`
            }`
      }
      bars={
        timeline === null
          ? null
          : buckets.map(({ start, end, counts }) => ({
              start,
              end,
              amounts: places.map((place) => counts[place] ?? 0),
            }))
      }
      parts={parts}
      amountText={(amount) => amount.toLocaleString('en')}
      totalText={(total) => countText(total, 'operation')}
      spanText={(start, end) =>
        buckets.some((bucket) => bucket.start === start && bucket.end === end)
          ? bucketText(step, { start, end })
          : spanText(start, end)
      }
      markText={(time) => tickText(step, time)}
      tools={
        isNarrowed && (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<X size={12} aria-hidden />}
            onClick={() => void filter({ from: null, to: null })}
          >
            All time
          </Button>
        )
      }
      onChoose={(start, end) => void filter({ from: start, to: end })}
    />
  )
}
