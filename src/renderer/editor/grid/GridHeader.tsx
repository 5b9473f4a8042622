import type { VirtualItem } from '@tanstack/react-virtual'
import type { PointerEvent } from 'react'
import type { Column } from '../../../core/editor/contract.ts'
import { isNumeric } from '../../../core/editor/valueKind.ts'
import { ShownText } from '../../ui/ShownText.tsx'
import classes from './ResultGrid.module.css'

interface GridHeaderProps {
  columns: readonly Column[]
  visible: readonly VirtualItem[]
  /** Width of the column of row numbers, in pixels. */
  gutter: number
  height: number
  width: number
  onSelect: (column: number) => void
  onSelectAll: () => void
  onResize: (column: number, width: number) => void
}

/** Names and types of the columns. A click selects a column, its right edge widens it. */
export function GridHeader({
  columns,
  visible,
  gutter,
  height,
  width,
  onSelect,
  onSelectAll,
  onResize,
}: GridHeaderProps) {
  return (
    <thead className={classes.header} style={{ height, width }}>
      <tr className={classes.headerRow} aria-rowindex={1}>
        <td
          className={classes.corner}
          style={{ width: gutter }}
          title="Select all"
          onPointerDown={(event) => event.button === 0 && onSelectAll()}
        />
        {visible.map(({ index, start, size }) => {
          const column = columns[index]
          if (column === undefined) return null
          return (
            <th
              key={index}
              scope="col"
              aria-colindex={index + 1}
              className={classes.heading}
              data-numeric={isNumeric(column) || undefined}
              style={{ left: start, width: size }}
              title={`${column.name}\n${column.type}`}
              onPointerDown={(event) => event.button === 0 && onSelect(index)}
            >
              <span className={classes.name}>
                <ShownText text={column.name} />
              </span>
              <span className={classes.type}>
                <ShownText text={column.type} />
              </span>
              <div
                className={classes.edge}
                onPointerDown={(event) => startResize(event, size, (next) => onResize(index, next))}
              />
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

/** Follows the pointer from the edge of a column until it is let go. */
function startResize(event: PointerEvent<HTMLElement>, size: number, onResize: (size: number) => void): void {
  event.stopPropagation()
  const edge = event.currentTarget
  const from = event.clientX
  const move = ({ clientX }: globalThis.PointerEvent): void => onResize(Math.max(36, size + clientX - from))
  edge.setPointerCapture(event.pointerId)
  edge.addEventListener('pointermove', move)
  edge.addEventListener('lostpointercapture', () => edge.removeEventListener('pointermove', move), { once: true })
}
