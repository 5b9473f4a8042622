import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import classes from './VirtualList.module.css'

interface VirtualListProps {
  label: string
  count: number
  /** Pixels; every row has it. */
  rowHeight: number
  keyOf: (index: number) => string | number
  row: (index: number) => ReactNode
  /** The row that is chosen; -1 for none. */
  chosen?: number
  /** Without it, rows are only read. */
  onChoose?: (index: number) => void
  /** There are more than these. */
  more?: boolean
  /** Called before one has scrolled to the end. */
  onMore?: () => void
}

/** Rows that are read ahead of where one is. */
const ahead = 30

/** A list of which only what is in sight is drawn. Arrow keys go from row to row. */
export function VirtualList(props: VirtualListProps) {
  const { label, count, rowHeight, keyOf, row, chosen = -1, onChoose, more = false, onMore } = props
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  const visible = rows.getVirtualItems()
  const last = visible.at(-1)?.index ?? 0

  useEffect(() => {
    if (more && last >= count - ahead) onMore?.()
  }, [more, last, count, onMore])

  useEffect(() => {
    // Going on by arrow keys takes the focus along; a choice by another way leaves it where it is.
    const within = scroller.current
    if (chosen < 0 || within === null || !within.contains(document.activeElement)) return
    within.querySelector<HTMLElement>(`[data-row="${chosen}"]`)?.focus({ preventScroll: true })
  }, [chosen])

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const to = chosen + by
    if (by === 0 || to < 0 || to >= count) return
    event.preventDefault()
    rows.scrollToIndex(to)
    onChoose?.(to)
  }

  return (
    <div ref={scroller} className={classes.list}>
      <ul className={classes.rows} style={{ height: rows.getTotalSize() }} aria-label={label}>
        {visible.map(({ index, start }) => (
          <li key={keyOf(index)} className={classes.item} style={{ top: start, height: rowHeight }}>
            {onChoose === undefined ? (
              <div className={classes.row}>{row(index)}</div>
            ) : (
              <button
                type="button"
                data-row={index}
                className={classes.row}
                aria-current={index === chosen || undefined}
                tabIndex={index === chosen || (chosen < 0 && index === 0) ? 0 : -1}
                onClick={() => onChoose(index)}
                onKeyDown={onKeyDown}
              >
                {row(index)}
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
