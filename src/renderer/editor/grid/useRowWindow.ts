import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
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
  /** Where the rows' body stands in it, in pixels. */
  readonly bodyTop: number
  /** Where a row stands in the body, in pixels. It stays there while one scrolls: the body moves, and rows that come. */
  topOf(row: number): number
  scrollTo(row: number): void
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
  const [view, setView] = useState({ height: 0, scrollTop: 0, virtual: 0 })
  const map = scrollMap(rows, rowHeight, Math.max(0, view.height - headerHeight))
  const latest = useRef<{ map: ScrollMap; virtual: number; set: number | null }>({ map, virtual: 0, set: null })
  latest.current.map = map

  const moveTo = useCallback(
    (virtual: number): void => {
      const element = scroller.current
      if (element === null) return
      const now = latest.current
      now.virtual = Math.min(farthest(now.map), Math.max(0, virtual))
      element.scrollTop = scrollTopOf(now.map, now.virtual)
      // The event that this causes says nothing new; what the browser made of it is what it will say.
      now.set = element.scrollTop
      setView((old) => ({ ...old, scrollTop: element.scrollTop, virtual: now.virtual }))
    },
    [scroller],
  )

  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const onScroll = (): void => {
      const now = latest.current
      const { scrollTop } = element
      const isOwn = now.set !== null && Math.abs(scrollTop - now.set) < 1
      now.set = null
      if (!isOwn) now.virtual = virtualOf(now.map, scrollTop)
      setView((old) => ({ ...old, scrollTop, virtual: now.virtual }))
    }
    const onWheel = (event: WheelEvent): void => {
      const now = latest.current
      if (!isScaled(now.map) || event.ctrlKey || event.deltaY === 0 || event.shiftKey) return
      event.preventDefault()
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : 1
      moveTo(now.virtual + event.deltaY * unit)
      element.scrollLeft += event.deltaX
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
  }, [scroller, rowHeight, moveTo])

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
    bodyTop: base * rowHeight - view.virtual + view.scrollTop,
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
