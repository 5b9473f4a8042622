import { ActionIcon, Button, Table, Tooltip } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { ChartColumn, TableProperties, X } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import { executionStatuses } from '../../core/execution.ts'
import type { Timeline } from '../../core/history/contract.ts'
import { countText } from '../ui/amounts.ts'
import { statusText } from '../ui/ExecutionBadge.tsx'
import { bucketText, spanText, tickText } from './spans.ts'
import { useHistory } from './store.ts'
import classes from './TimelineChart.module.css'

const height = 56
const axisHeight = 16
/** Drawn from the ground up: what is worth a look lies where it is seen. */
const stacking = ['FAILED', 'INTERRUPTED', 'ROLLED_BACK', 'STARTED', 'COMPLETED'] as const

/** How many operations began when, stacked by status. Drag over it, or use the arrow keys, to choose a stretch of time. */
export function TimelineChart() {
  const timeline = useHistory((state) => state.timeline)
  const { from, to } = useHistory((state) => state.filters)
  const filter = useHistory((state) => state.filter)
  const [asTable, setAsTable] = useState(false)
  const { ref, width } = useElementSize<HTMLDivElement>()
  const total = timeline?.total ?? 0
  return (
    <section className={classes.frame} aria-label="Timeline">
      <header className={classes.head}>
        <span role="status">
          {timeline === null
            ? 'Counting…'
            : `${timeline.approximate ? 'About ' : ''}${countText(total, 'operation')}${
                timeline.buckets.length === 0
                  ? ''
                  : `, ${spanText(timeline.buckets[0]?.start ?? null, timeline.buckets.at(-1)?.end ?? null)}`
              }`}
        </span>
        <Legend timeline={timeline} />
        <span className={classes.tools}>
          {(from !== null || to !== null) && (
            <Button
              size="compact-xs"
              variant="subtle"
              leftSection={<X size={12} aria-hidden />}
              onClick={() => void filter({ from: null, to: null })}
            >
              All time
            </Button>
          )}
          <Tooltip label={asTable ? 'Show as a chart' : 'Show as a table'}>
            <ActionIcon
              size={22}
              aria-label={asTable ? 'Show the timeline as a chart' : 'Show the timeline as a table'}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? <ChartColumn size={14} aria-hidden /> : <TableProperties size={14} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        </span>
      </header>
      {timeline !== null && asTable && <BucketTable timeline={timeline} />}
      <div ref={ref} className={classes.chart} hidden={asTable}>
        {timeline !== null && timeline.buckets.length > 0 && width > 0 && (
          <Bars timeline={timeline} width={width} onChoose={(start, end) => void filter({ from: start, to: end })} />
        )}
      </div>
    </section>
  )
}

function Legend({ timeline }: { timeline: Timeline | null }) {
  const counts = executionStatuses.map((status, place) => ({
    status,
    count: timeline?.buckets.reduce((sum, { counts: each }) => sum + (each[place] ?? 0), 0) ?? 0,
  }))
  return (
    <span className={classes.legend} aria-hidden>
      {counts
        .filter(({ count }) => count > 0)
        .map(({ status, count }) => (
          <span key={status} className={classes.key} data-status={status}>
            {statusText(status)} {count.toLocaleString('en')}
          </span>
        ))}
    </span>
  )
}

interface BarsProps {
  timeline: Timeline
  width: number
  onChoose: (from: number, to: number) => void
}

function Bars({ timeline: { buckets, step }, width, onChoose }: BarsProps) {
  /** The stretch that is being chosen, by its ends; the second one moves. */
  const [chosen, setChosen] = useState<{ anchor: number; at: number } | null>(null)
  const [dragging, setDragging] = useState(false)
  const each = width / buckets.length
  const highest = Math.max(1, ...buckets.map(({ counts }) => sum(counts)))
  // One failure among thousands is to be seen: a bar is never lower than a pixel.
  const scale = (count: number): number => (count === 0 ? 0 : Math.max(1.5, (count / highest) * (height - 2)))

  const bucketAt = (event: PointerEvent<HTMLDivElement>): number => {
    const { left } = event.currentTarget.getBoundingClientRect()
    return clamp(Math.floor((event.clientX - left) / each), buckets.length)
  }
  const choose = ({ anchor, at }: { anchor: number; at: number }): void => {
    const first = buckets[Math.min(anchor, at)]
    const last = buckets[Math.max(anchor, at)]
    setChosen(null)
    if (first !== undefined && last !== undefined) onChoose(first.start, last.end)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by !== 0) {
      event.preventDefault()
      const at = clamp((chosen?.at ?? (by > 0 ? -1 : buckets.length)) + by, buckets.length)
      setChosen({ anchor: event.shiftKey && chosen !== null ? chosen.anchor : at, at })
    } else if (event.key === 'Enter' && chosen !== null) choose(chosen)
    else if (event.key === 'Escape') setChosen(null)
  }
  const low = chosen === null ? 0 : Math.min(chosen.anchor, chosen.at)
  const high = chosen === null ? 0 : Math.max(chosen.anchor, chosen.at)
  const first = buckets[low]
  const last = buckets[high]
  const said =
    chosen === null || first === undefined || last === undefined
      ? null
      : `${low === high ? bucketText(step, first) : spanText(first.start, last.end)}: ${countText(
          buckets.slice(low, high + 1).reduce((all, { counts }) => all + sum(counts), 0),
          'operation',
        )}`
  return (
    <>
      <div
        className={classes.slider}
        role="slider"
        tabIndex={0}
        aria-label="Choose a stretch of time: arrow keys, Shift for more, Enter"
        aria-valuemin={0}
        aria-valuemax={buckets.length - 1}
        aria-valuenow={chosen?.at ?? 0}
        aria-valuetext={said ?? 'Nothing chosen'}
        onKeyDown={onKeyDown}
        onBlur={() => setChosen(null)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          const at = bucketAt(event)
          setDragging(true)
          setChosen({ anchor: at, at })
        }}
        onPointerMove={(event) => {
          const at = bucketAt(event)
          setChosen({ anchor: dragging && chosen !== null ? chosen.anchor : at, at })
        }}
        onPointerLeave={() => {
          if (!dragging) setChosen(null)
        }}
        onPointerCancel={() => {
          setDragging(false)
          setChosen(null)
        }}
        onPointerUp={() => {
          setDragging(false)
          if (chosen !== null) choose(chosen)
        }}
      >
        <svg className={classes.bars} width={width} height={height + axisHeight} aria-hidden>
          {chosen !== null && (
            <rect
              className={classes.chosen}
              x={low * each}
              y={0}
              width={Math.max(1, (high - low + 1) * each)}
              height={height}
            />
          )}
          {buckets.map(({ start, counts }, index) => {
            let ground = height
            return stacking.map((status) => {
              const tall = scale(counts[executionStatuses.indexOf(status)] ?? 0)
              if (tall === 0) return null
              ground -= tall
              return (
                <rect
                  key={`${start} ${status}`}
                  className={classes.bar}
                  data-status={status}
                  x={index * each}
                  y={Math.max(0, ground)}
                  width={Math.max(1, each - (each > 4 ? 1 : 0))}
                  height={tall}
                />
              )
            })
          })}
          <line className={classes.axis} x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} />
          {ticksOf(buckets.length, width).map((index) => (
            <text key={index} className={classes.tick} x={index * each} y={height + 12}>
              {tickText(step, buckets[index]?.start ?? 0)}
            </text>
          ))}
        </svg>
      </div>
      {said !== null && <div className={classes.said}>{said}</div>}
    </>
  )
}

/** The same in figures, for who reads rather than looks. Stretches without any operation are left out. */
function BucketTable({ timeline: { buckets, step } }: { timeline: Timeline }) {
  return (
    <div className={classes.table}>
      <Table stickyHeader verticalSpacing={2} fz="xs" aria-label="Operations over time">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            {executionStatuses.map((status) => (
              <Table.Th key={status}>{statusText(status)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {buckets
            .filter(({ counts }) => sum(counts) > 0)
            .reverse()
            .map((bucket) => (
              <Table.Tr key={bucket.start}>
                <Table.Th scope="row" fw={400}>
                  {bucketText(step, bucket)}
                </Table.Th>
                {executionStatuses.map((status, place) => (
                  <Table.Td key={status}>{(bucket.counts[place] ?? 0).toLocaleString('en')}</Table.Td>
                ))}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

/** Which stretches are named on the axis: as many as there is room for. */
function ticksOf(count: number, width: number): number[] {
  const every = Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / 90))))
  return Array.from({ length: Math.ceil(count / every) }, (_, index) => index * every).filter(
    (index) => (index / count) * width < width - 40,
  )
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, each) => all + each, 0)
}

function clamp(at: number, count: number): number {
  return Math.min(count - 1, Math.max(0, at))
}
