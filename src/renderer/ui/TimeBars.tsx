import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import classes from './TimeChart.module.css'

/** What a bar is stacked of. The first one lies on the ground. */
export interface BarPart {
  readonly name: string
  readonly label: string
  /** As CSS has it: `var(--bad)`. */
  readonly colour: string
}

/** A stretch of time: `start` and `end` in milliseconds since 1970, `end` not part of it. */
export interface Bar {
  readonly start: number
  readonly end: number
  /** How much there was, by `BarPart`. */
  readonly amounts: readonly number[]
}

interface TimeBarsProps {
  bars: readonly Bar[]
  parts: readonly BarPart[]
  /** Pixels. */
  width: number
  height: number
  /** What a stretch is called and what there was in it, in words. */
  said: (start: number, end: number, amounts: readonly number[]) => string
  /** A mark on the axis. */
  mark: (time: number) => string
  onChoose: (from: number, to: number) => void
}

const axisHeight = 16
/** Pixels: a few bars stay bars, and do not become walls. */
const widestBar = 56

/** Bars over time. Drag over them, or use the arrow keys and Enter, to choose a stretch. */
export function TimeBars({ bars, parts, width, height, said, mark, onChoose }: TimeBarsProps) {
  /** The stretch that is being chosen, by its ends; the second one moves. */
  const [chosen, setChosen] = useState<{ anchor: number; at: number } | null>(null)
  const [dragging, setDragging] = useState(false)
  const each = Math.min(widestBar, width / bars.length)
  const highest = Math.max(...bars.map(({ amounts }) => sum(amounts)), Number.MIN_VALUE)
  // One failure among thousands is to be seen: a bar is never lower than a pixel.
  const scale = (amount: number): number => (amount === 0 ? 0 : Math.max(1.5, (amount / highest) * (height - 2)))

  const barAt = (event: PointerEvent<HTMLDivElement>): number => {
    const { left } = event.currentTarget.getBoundingClientRect()
    return clamp(Math.floor((event.clientX - left) / each), bars.length)
  }
  const choose = ({ anchor, at }: { anchor: number; at: number }): void => {
    const first = bars[Math.min(anchor, at)]
    const last = bars[Math.max(anchor, at)]
    setChosen(null)
    if (first !== undefined && last !== undefined) onChoose(first.start, last.end)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by !== 0) {
      event.preventDefault()
      const at = clamp((chosen?.at ?? (by > 0 ? -1 : bars.length)) + by, bars.length)
      setChosen({ anchor: event.shiftKey && chosen !== null ? chosen.anchor : at, at })
    } else if (event.key === 'Enter' && chosen !== null) choose(chosen)
    else if (event.key === 'Escape') setChosen(null)
  }
  const low = chosen === null ? 0 : Math.min(chosen.anchor, chosen.at)
  const high = chosen === null ? 0 : Math.max(chosen.anchor, chosen.at)
  const first = bars[low]
  const last = bars[high]
  const words =
    chosen === null || first === undefined || last === undefined
      ? null
      : said(
          first.start,
          last.end,
          parts.map((_, place) => sum(bars.slice(low, high + 1).map(({ amounts }) => amounts[place] ?? 0))),
        )
  return (
    <>
      <div
        className={classes.slider}
        role="slider"
        tabIndex={0}
        aria-label="Choose a stretch of time: arrow keys, Shift for more, Enter"
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={chosen?.at ?? 0}
        aria-valuetext={words ?? 'Nothing chosen'}
        onKeyDown={onKeyDown}
        onBlur={() => setChosen(null)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          const at = barAt(event)
          setDragging(true)
          setChosen({ anchor: at, at })
        }}
        onPointerMove={(event) => {
          const at = barAt(event)
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
          {bars.map(({ start, amounts }, index) => {
            let ground = height
            return parts.map(({ name, colour }, place) => {
              const tall = scale(amounts[place] ?? 0)
              if (tall === 0) return null
              ground -= tall
              return (
                <rect
                  key={`${start} ${name}`}
                  style={{ fill: colour }}
                  x={index * each}
                  y={Math.max(0, ground)}
                  width={Math.max(1, each - (each > 4 ? 1 : 0))}
                  height={tall}
                />
              )
            })
          })}
          <line className={classes.axis} x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} />
          {ticksOf(bars.length, each * bars.length).map((index) => (
            <text key={index} className={classes.tick} x={index * each} y={height + 12}>
              {mark(bars[index]?.start ?? 0)}
            </text>
          ))}
        </svg>
      </div>
      {words !== null && <div className={classes.said}>{words}</div>}
    </>
  )
}

/** Which stretches are named on the axis: as many as there is room for. */
function ticksOf(count: number, width: number): number[] {
  const every = Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / 90))))
  return Array.from({ length: Math.ceil(count / every) }, (_, index) => index * every).filter(
    (index) => (index / count) * width < width - 40,
  )
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, each) => all + each, 0)
}

function clamp(at: number, count: number): number {
  return Math.min(count - 1, Math.max(0, at))
}
