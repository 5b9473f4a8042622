import type { VirtualItem } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp, ListFilter } from 'lucide-react'
import type { MouseEvent, PointerEvent } from 'react'
import type { Arrangement } from '../../../core/editor/arrange.ts'
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
  arrangement: Arrangement
  /** A click; `adding` keeps the order by other columns. */
  onSort: (column: number, adding: boolean) => void
  onMenu: (column: number, x: number, y: number) => void
  onSelectAll: () => void
  onResize: (column: number, width: number) => void
}

/** Names and types of the columns. A click sorts by a column, a right click has more, its right edge widens it. */
export function GridHeader({
  columns,
  visible,
  gutter,
  height,
  width,
  arrangement,
  onSort,
  onMenu,
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
          const place = arrangement.sort.findIndex((key) => key.column === index)
          const key = arrangement.sort[place]
          return (
            <th
              key={index}
              scope="col"
              aria-colindex={index + 1}
              className={classes.heading}
              data-numeric={isNumeric(column) || undefined}
              style={{ left: start, width: size }}
              title={`${column.name}\n${column.type}`}
              aria-sort={key?.direction ?? 'none'}
              onClick={(event) => !isEdge(event) && onSort(index, event.shiftKey)}
              onContextMenu={(event) => {
                event.preventDefault()
                event.stopPropagation()
                onMenu(index, event.clientX, event.clientY)
              }}
            >
              <span className={classes.headingLine}>
                <span className={classes.name}>
                  <ShownText text={column.name} />
                </span>
                {arrangement.filter.some((each) => each.column === index) && (
                  <ListFilter size={11} className={classes.sign} aria-label="filtered" />
                )}
                {key !== undefined && <SortSign descending={key.direction === 'descending'} />}
                {key !== undefined && arrangement.sort.length > 1 && <span className={classes.order}>{place + 1}</span>}
              </span>
              <span className={classes.type}>
                <ShownText text={column.type} />
              </span>
              <div
                className={classes.edge}
                data-edge
                onPointerDown={(event) => startResize(event, size, (next) => onResize(index, next))}
              />
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

/** A column that was widened is not to be sorted by. */
function isEdge({ target }: MouseEvent): boolean {
  return target instanceof Element && target.closest('[data-edge]') !== null
}

function SortSign({ descending }: { descending: boolean }) {
  const Arrow = descending ? ArrowDown : ArrowUp
  return <Arrow size={12} className={classes.sign} aria-hidden />
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
