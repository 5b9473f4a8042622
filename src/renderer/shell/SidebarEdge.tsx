import { useLocalStorage } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, useRef } from 'react'
import { z } from 'zod'
import classes from './Frame.module.css'

const narrowest = 200
const widest = 640
const usual = 272
const keyStep = 16

export interface SidebarWidth {
  /** In CSS pixels. */
  readonly px: number
  set(px: number): void
}

const kept = z.number().min(narrowest).max(widest).catch(usual)

/** The width that was chosen last, by whichever window. */
export function useSidebarWidth(): SidebarWidth {
  const [px, set] = useLocalStorage<number>({
    key: 'pgsteward.sidebar',
    defaultValue: usual,
    getInitialValueInEffect: false,
    deserialize: (text) => kept.parse(Number(text)),
    serialize: String,
  })
  return { px, set: (wanted) => set(Math.round(Math.max(narrowest, Math.min(widest, wanted)))) }
}

/** The edge by which the sidebar is made wider: by the pointer, or by the arrow keys. */
export function SidebarEdge({ width }: { width: SidebarWidth }) {
  const from = useRef<{ x: number; px: number } | null>(null)

  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    from.current = { x: event.clientX, px: width.px }
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const onPointerMove = (event: PointerEvent): void => {
    if (from.current !== null) width.set(from.current.px + event.clientX - from.current.x)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? keyStep : event.key === 'ArrowLeft' ? -keyStep : 0
    if (by === 0) return
    event.preventDefault()
    width.set(width.px + by)
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule that divides text is no edge that moves
    <div
      className={classes.edge}
      role="separator"
      aria-label="Width of the sidebar"
      aria-orientation="vertical"
      aria-valuemin={narrowest}
      aria-valuemax={widest}
      aria-valuenow={width.px}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        from.current = null
      }}
      onDoubleClick={() => width.set(usual)}
      onKeyDown={onKeyDown}
    />
  )
}
