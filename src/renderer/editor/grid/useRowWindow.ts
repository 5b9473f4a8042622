import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Pace } from './pace.ts'
import { farthest, isScaled, offsetFor, type ScrollMap, scrollMap, scrollTopOf, virtualOf } from './scrollMap.ts'

/** Rows drawn above and below what can be seen: the browser scrolls by itself, and may be a frame ahead of the drawing. */
const overscan = 6
/** Where the bar stands for the rows to scale, nothing moves before it is drawn; each leap draws all rows anew. */
const overscanScaled = 1

export interface RowWindow {
  /** Rows to draw: `from` up to `to`, exclusive. */
  readonly from: number
  readonly to: number
  /** Rows that fit into the view. */
  readonly fitting: number
  /** Height of what is scrolled, without the header. */
  readonly height: number
  /** Which of the elements that draw rows draws this one. Who is scrolled away gives theirs to those that come. */
  slotOf(row: number): number
  /** The rows stay in view by themselves, whatever the browser scrolls: `bodyTop` counts from the top of the view. */
  readonly isScaled: boolean
  /** Where the rows' body stands below the header, in pixels. */
  readonly bodyTop: number
  /** Where a row stands in the body, in pixels. It stays there while one scrolls: the body moves, and rows that come. */
  topOf(row: number): number
  scrollTo(row: number): void
}

/** Where one is, which may be ahead of what is drawn. */
interface Latest {
  map: ScrollMap
  virtual: number
  /** The virtual offset that is drawn. */
  drawn: number
  /** Where the bar was put, until the browser has told of it. */
  set: number | null
  /** The bar has to follow. */
  isAhead: boolean
}

/**
 * Which rows can be seen, however many there are. Where they are higher than a browser can draw, the bar stands for
 * them to scale: dragging it goes far, the wheel still goes by pixels.
 */
export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  rows: number,
  rowHeight: number,
  headerHeight: number,
): RowWindow {
  const [view, setView] = useState({ height: 0, virtual: 0 })
  const map = scrollMap(rows, rowHeight, Math.max(0, view.height - headerHeight))
  const latest = useRef<Latest>({ map, virtual: 0, drawn: 0, set: null, isAhead: false })
  latest.current.map = map
  latest.current.drawn = view.virtual

  /** Draws where one is by now, and has the bar stand there. */
  const show = useCallback((): void => {
    const element = scroller.current
    const now = latest.current
    if (element === null) return
    if (now.isAhead) {
      element.scrollTop = scrollTopOf(now.map, now.virtual)
      // The event that this causes says nothing new; what the browser made of it is what it will say.
      now.set = element.scrollTop
      now.isAhead = false
    }
    setView((old) => (old.virtual === now.virtual ? old : { ...old, virtual: now.virtual }))
  }, [scroller])

  const pace = useMemo(
    () =>
      new Pace({
        isLeap: () => {
          const { map, virtual, drawn } = latest.current
          return isScaled(map) && Math.abs(virtual - drawn) >= map.view
        },
        // In the frame that was asked for, not in the one after it.
        draw: () => flushSync(show),
      }),
    [show],
  )
  useEffect(() => () => pace.stop(), [pace])

  const moveTo = useCallback(
    (virtual: number): void => {
      pace.stop()
      const now = latest.current
      now.virtual = Math.min(farthest(now.map), Math.max(0, virtual))
      now.isAhead = true
      show()
    },
    [pace, show],
  )

  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const onScroll = (): void => {
      const now = latest.current
      const { scrollTop } = element
      const isOwn = now.set !== null && Math.abs(scrollTop - now.set) < 1
      now.set = null
      if (isOwn) return
      now.virtual = virtualOf(now.map, scrollTop)
      now.isAhead = false
      pace.ask()
    }
    const onWheel = (event: WheelEvent): void => {
      const now = latest.current
      if (!isScaled(now.map) || event.ctrlKey || event.deltaY === 0 || event.shiftKey) return
      event.preventDefault()
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : 1
      now.virtual = Math.min(farthest(now.map), Math.max(0, now.virtual + event.deltaY * unit))
      now.isAhead = true
      if (event.deltaX !== 0) element.scrollLeft += event.deltaX
      pace.ask()
    }
    const observer = new ResizeObserver(() => setView((old) => ({ ...old, height: element.clientHeight })))
    setView((old) => ({ ...old, height: element.clientHeight }))
    observer.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', onScroll)
      element.removeEventListener('wheel', onWheel)
    }
  }, [scroller, rowHeight, pace])

  // More rows have come: the place of the bar means another row now, and what is seen shall stay.
  useLayoutEffect(() => {
    const now = latest.current
    if (isScaled(now.map) && now.map.whole === map.whole) moveTo(now.virtual)
  }, [map.whole, moveTo])

  const scrollTo = useCallback(
    (row: number) => moveTo(offsetFor(latest.current.map, row, rowHeight, latest.current.virtual)),
    [moveTo, rowHeight],
  )

  const first = Math.floor(view.virtual / rowHeight)
  const fitting = Math.max(1, Math.floor(map.view / rowHeight))
  const beyond = isScaled(map) ? overscanScaled : overscan
  const from = Math.max(0, Math.min(first, rows) - beyond)
  const to = Math.min(rows, first + fitting + 1 + beyond)
  const { base, slotOf } = useSlots(from, to, fitting + 1 + 2 * beyond)
  return {
    from,
    to,
    slotOf,
    fitting,
    height: map.bar,
    isScaled: isScaled(map),
    bodyTop: base * rowHeight - (isScaled(map) ? Math.round(view.virtual) : 0),
    topOf: (row) => (row - base) * rowHeight,
    scrollTo,
  }
}

/**
 * Elements for rows, in turns, so that a row keeps its own while it is drawn. After a leap the first one begins anew:
 * elements that stand in the order of their rows need not be moved, which a browser takes for new ones.
 *
 * @param most rows that are drawn at a time
 */
function useSlots(from: number, to: number, most: number): { base: number; slotOf: (row: number) => number } {
  const drawn = useRef({ from, to, base: from })
  const last = drawn.current
  const base = from >= last.to || to <= last.from ? from : last.base
  drawn.current = { from, to, base }
  return { base, slotOf: (row) => (((row - base) % most) + most) % most }
}
