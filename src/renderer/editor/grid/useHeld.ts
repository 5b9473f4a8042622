import { type ReactNode, useEffect, useRef, useState } from 'react'

/** Shorter than what one notices as waiting. */
const longestHeldMs = 120

/**
 * What was drawn last, for as long as there is nothing to draw in its place: then, and at the latest after a moment,
 * what is to be drawn now. The moment begins with the first drawing that is held, however many follow.
 */
export function useHeld(drawn: ReactNode, isEmpty: boolean): ReactNode {
  const last = useRef(drawn)
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    if (!isEmpty) return
    const timer = setTimeout(() => setOver(true), longestHeldMs)
    return () => {
      clearTimeout(timer)
      setOver(false)
    }
  }, [isEmpty])
  if (!isEmpty || isOver) last.current = drawn
  return last.current
}
