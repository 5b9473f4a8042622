import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  useEffect,
  useId,
  useRef,
} from 'react'
import type { Column, Row } from '../../../core/editor/contract.ts'
import { asTabSeparated, widthOf } from './cells.ts'
import { GridHeader } from './GridHeader.tsx'
import { GridRow } from './GridRow.tsx'
import classes from './ResultGrid.module.css'
import { moved, type Place, rectangleOf, type Selection } from './selection.ts'

const rowHeight = 25
const headerHeight = 41
/** Rows that are fetched before one gets there. */
const ahead = 60

interface ResultGridProps {
  label: string
  columns: readonly Column[]
  rows: readonly Row[]
  /** The server holds more rows than these. */
  more: boolean
  onNeedMore: () => void
  selection: Selection
  onSelect: (selection: Selection) => void
  /** Show the value at the selection whole. */
  onOpenValue: () => void
}

/**
 * Rows and columns of a result, of which only those are drawn that can be seen. Arrow keys move, Shift extends, copy
 * takes the selection as text, Enter shows a value whole.
 */
export function ResultGrid(props: ResultGridProps) {
  const { label, columns, rows, more, onNeedMore, selection, onSelect, onOpenValue } = props
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const grid = useRef<HTMLTableElement>(null)
  const dragging = useRef(false)
  const gutter = 20 + String(rows.length).length * 8

  const rowVirtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    paddingStart: headerHeight,
    scrollPaddingStart: headerHeight,
  })
  const columnVirtual = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const column = columns[index]
      return column === undefined ? 0 : widthOf(column, index, rows)
    },
    overscan: 2,
    paddingStart: gutter,
    scrollPaddingStart: gutter,
  })

  const visibleRows = rowVirtual.getVirtualItems()
  const visibleColumns = columnVirtual.getVirtualItems()
  const lastVisible = visibleRows.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && lastVisible >= rows.length - ahead) onNeedMore()
  }, [more, lastVisible, rows.length, onNeedMore])

  const select = (next: Selection): void => {
    onSelect(next)
    rowVirtual.scrollToIndex(next.focus.row)
    columnVirtual.scrollToIndex(next.focus.column)
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (rows.length === 0) return
    if (event.key === 'Enter') {
      if (!event.ctrlKey && !event.metaKey) onOpenValue()
      return
    }
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - headerHeight) / rowHeight) - 1)
    const next = moved(
      selection,
      { key: event.key, shiftKey: event.shiftKey, mod: event.ctrlKey || event.metaKey },
      { rows: rows.length, columns: columns.length, page },
    )
    if (next === null) return
    event.preventDefault()
    select(next)
  }

  const onCopy = (event: ClipboardEvent): void => {
    const { top, bottom, left, right } = rectangleOf(selection)
    const chosen = rows.slice(top, bottom + 1).map((row) => row.slice(left, right + 1))
    event.clipboardData.setData('text/plain', asCopied(chosen))
    event.preventDefault()
  }

  /** The grid keeps the focus: a cell that had it would take it along when it is scrolled away. */
  const takeFocus = (event: MouseEvent): void => {
    event.preventDefault()
    grid.current?.focus({ preventScroll: true })
  }

  const onPointerDown = (event: PointerEvent): void => {
    const place = placeOf(event, columns.length)
    if (event.button !== 0 || place === null) return
    dragging.current = true
    const anchor = event.shiftKey ? selection.anchor : place.first
    onSelect({ anchor, focus: place.last })
  }

  const onPointerMove = (event: PointerEvent): void => {
    if (!dragging.current) return
    if ((event.buttons & 1) === 0) dragging.current = false
    const place = dragging.current ? placeOf(event, columns.length) : null
    if (place !== null) onSelect({ anchor: selection.anchor, focus: place.last })
  }

  const rectangle = rectangleOf(selection)
  const width = columnVirtual.getTotalSize()
  const focusVisible = visibleRows.some(({ index }) => index === selection.focus.row)

  return (
    <div ref={scroller} className={classes.scroller}>
      <table
        ref={grid}
        className={classes.sheet}
        style={{ width, height: rowVirtual.getTotalSize() }}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={more ? -1 : rows.length + 1}
        aria-colcount={columns.length}
        aria-multiselectable
        aria-activedescendant={focusVisible ? `${id}-${selection.focus.row}-${selection.focus.column}` : undefined}
        onKeyDown={onKeyDown}
        onCopy={onCopy}
        onMouseDown={takeFocus}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onDoubleClick={onOpenValue}
      >
        <GridHeader
          columns={columns}
          visible={visibleColumns}
          gutter={gutter}
          height={headerHeight}
          width={width}
          onSelect={(column) => onSelect({ anchor: { row: rows.length - 1, column }, focus: { row: 0, column } })}
          onResize={(index, size) => columnVirtual.resizeItem(index, size)}
        />
        <tbody>
          {visibleRows.map(({ index, start }) => (
            <GridRow
              key={index}
              id={id}
              row={rows[index] ?? []}
              index={index}
              top={start}
              width={width}
              gutter={gutter}
              columns={columns}
              visible={visibleColumns}
              rectangle={index >= rectangle.top && index <= rectangle.bottom ? rectangle : null}
              active={index === selection.focus.row ? selection.focus.column : null}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** One value is copied as it is; several as spreadsheets take them. */
function asCopied(chosen: readonly Row[]): string {
  const [first] = chosen
  return chosen.length === 1 && first?.length === 1 ? (first[0] ?? '') : asTabSeparated(chosen)
}

/** The cell under the pointer, or the whole row where it is on a row's number. */
function placeOf({ target }: PointerEvent, columns: number): { first: Place; last: Place } | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null
  if (cell === null) return null
  const row = Number(cell.dataset['row'])
  if (cell.dataset['column'] === undefined) return { first: { row, column: 0 }, last: { row, column: columns - 1 } }
  const place = { row, column: Number(cell.dataset['column']) }
  return { first: place, last: place }
}
