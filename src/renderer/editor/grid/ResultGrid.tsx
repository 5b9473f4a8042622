import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useId,
  useMemo,
  useRef,
} from 'react'
import type { Arrangement } from '../../../core/editor/arrange.ts'
import type { Column } from '../../../core/editor/contract.ts'
import { widthKey, widthOf } from './cells.ts'
import type { RowLook } from './editList.ts'
import { GridHeader } from './GridHeader.tsx'
import { GridRow } from './GridRow.tsx'
import { type Pages, rowAt } from './pages.ts'
import classes from './ResultGrid.module.css'
import { holds, moved, type Place, rectangleOf, type Selection, wholeOf } from './selection.ts'
import { useHeld } from './useHeld.ts'
import { useRowWindow } from './useRowWindow.ts'

const rowHeight = 25
const headerHeight = 41

interface ResultGridProps {
  label: string
  columns: readonly Column[]
  pages: Pages
  /** Rows that there are, at hand or not. */
  known: number
  /** The server holds more rows than these. */
  more: boolean
  widths: ReadonlyMap<string, number>
  onResize: (key: string, width: number) => void
  /** These rows can be seen: from the first to the last, exclusive. */
  onNeed: (from: number, to: number) => void
  arrangement: Arrangement
  onSort: (column: number, adding: boolean) => void
  /** Opens what can be done with a column, at a place of the window. */
  onMenu: (column: number, x: number, y: number) => void
  onFind: () => void
  /** What is to be seen, once for each object: a cell, or a row where one is. */
  goTo: { readonly row: number; readonly column: number | null } | null
  selection: Selection
  onSelect: (selection: Selection) => void
  /** Go to the end, with rows that have not been read yet. */
  onEnd: (selection: Selection) => void
  onCopy: () => void
  /** Show the value at the selection whole. */
  onOpenValue: () => void
  edit: GridEdit
}

/** What of the rows is being changed. */
export interface GridEdit {
  /** Rows that stand above the first one: -1 and below. */
  readonly above: number
  look(row: number): RowLook | null
  /** The cell that could not be changed, column -1 for a row as a whole. */
  readonly failed: Place | null
  /** The cell that is being typed in, and its field. */
  readonly typing: (Place & { readonly field: ReactNode }) | null
  /** Begins to type in the cell that one is at; false where it cannot be changed. */
  begin(): boolean
  /** True where the key was one of its own. */
  onKey(event: KeyboardEvent): boolean
  onMenu(at: { readonly x: number; readonly y: number }): void
}

/**
 * Rows and columns of a result, of which only those are drawn that can be seen. Arrow keys move, Shift extends, copy
 * takes the selection as text, Enter shows a value whole.
 */
export function ResultGrid(props: ResultGridProps) {
  const { label, columns, pages, known, more, widths, selection, onNeed, onSelect, onOpenValue, edit } = props
  const { above } = edit
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const grid = useRef<HTMLTableElement>(null)
  const dragging = useRef(false)
  const gutter = 20 + String(known).length * 8

  const rowWindow = useRowWindow(scroller, known + above, rowHeight, headerHeight)
  const columnVirtual = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const column = columns[index]
      if (column === undefined) return 0
      return widths.get(widthKey(column)) ?? widthOf(column, index, pages.sample)
    },
    overscan: 2,
    paddingStart: gutter,
    scrollPaddingStart: gutter,
  })

  const visibleColumns = columnVirtual.getVirtualItems()
  const { scrollTo } = rowWindow
  const from = rowWindow.from - above
  const to = rowWindow.to - above
  useEffect(() => onNeed(Math.max(0, from), Math.max(0, to)), [from, to, onNeed])

  // The end is where one goes once it is known, which takes as long as the rows take to come.
  const goesToEnd = useRef(false)
  const { row: focusRow } = selection.focus
  useEffect(() => {
    if (!goesToEnd.current || focusRow !== known - 1) return
    goesToEnd.current = false
    scrollTo(focusRow + above)
  }, [focusRow, known, above, scrollTo])

  // The field that had the focus goes with what was typed.
  const isTyping = edit.typing !== null
  const wasTyping = useRef(false)
  useEffect(() => {
    if (wasTyping.current && !isTyping && document.activeElement === document.body) {
      grid.current?.focus({ preventScroll: true })
    }
    wasTyping.current = isTyping
  }, [isTyping])

  // A row that was added stands where it may not be seen.
  useEffect(() => {
    if (above > 0) scrollTo(0)
  }, [above, scrollTo])

  const { goTo } = props
  const { scrollToIndex } = columnVirtual
  useEffect(() => {
    if (goTo === null) return
    scrollTo(goTo.row + above)
    if (goTo.column !== null) scrollToIndex(goTo.column)
  }, [goTo, above, scrollTo, scrollToIndex])

  const select = (next: Selection): void => {
    onSelect(next)
    scrollTo(next.focus.row + above)
    columnVirtual.scrollToIndex(next.focus.column)
  }

  /** Where the heading of the column stands that one is at. */
  const openMenu = (): void => {
    const box = scroller.current?.getBoundingClientRect()
    const { column } = selection.focus
    const start = visibleColumns.find(({ index }) => index === column)?.start ?? gutter
    const left = start - (scroller.current?.scrollLeft ?? 0)
    props.onMenu(column, (box?.left ?? 0) + Math.max(0, left), (box?.top ?? 0) + headerHeight)
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (edit.onKey(event)) {
      event.preventDefault()
      return
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'f') {
      event.preventDefault()
      props.onFind()
      return
    }
    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      event.preventDefault()
      openMenu()
      return
    }
    if (known + above === 0) return
    if (event.key === 'Enter') {
      if (!event.ctrlKey && !event.metaKey) onOpenValue()
      return
    }
    const key = { key: event.key, shiftKey: event.shiftKey, mod: event.ctrlKey || event.metaKey }
    const page = Math.max(1, rowWindow.fitting - 1)
    const next = moved(selection, key, { rows: known, columns: columns.length, page, first: -above })
    if (next === null) return
    event.preventDefault()
    if (more && key.mod && (key.key === 'End' || key.key === 'ArrowDown')) {
      goesToEnd.current = true
      props.onEnd(next)
    } else if (key.mod && key.key.toLowerCase() === 'a') onSelect(next)
    else select(next)
  }

  const onCopy = (event: ClipboardEvent): void => {
    event.preventDefault()
    props.onCopy()
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

  const onContextMenu = (event: MouseEvent): void => {
    const place = placeOf(event, columns.length)
    if (place === null) return
    event.preventDefault()
    if (!holds(rectangleOf(selection), place.first.row, place.first.column)) {
      onSelect({ anchor: place.first, focus: place.last })
    }
    edit.onMenu({ x: event.clientX, y: event.clientY })
  }

  const rectangle = useMemo(() => rectangleOf(selection), [selection])
  /** What is typed into stays where it is. */
  const keyOf = (index: number): string | number =>
    edit.typing?.row === index ? 'typing' : rowWindow.slotOf(index + above)
  const width = columnVirtual.getTotalSize()
  const focusVisible = selection.focus.row >= from && selection.focus.row < to
  const drawn = Array.from({ length: Math.max(0, to - from) }, (_, place) => from + place)
  // Who leaps through the rows has each screen drawn once: filled, not first as rows that are on their way.
  const isEmpty =
    edit.typing === null && to > from && drawn.every((index) => index >= 0 && rowAt(pages, index) === undefined)
  const body = useHeld(
    <tbody
      className={classes.body}
      data-stays={rowWindow.isScaled || undefined}
      style={
        rowWindow.isScaled
          ? { top: headerHeight, transform: `translateY(${rowWindow.bodyTop}px)` }
          : { top: headerHeight + rowWindow.bodyTop }
      }
    >
      {drawn.map((index) => (
        <GridRow
          key={keyOf(index)}
          id={id}
          row={rowAt(pages, index)}
          index={index}
          first={-above}
          top={rowWindow.topOf(index + above)}
          width={width}
          gutter={gutter}
          columns={columns}
          visible={visibleColumns}
          rectangle={index >= rectangle.top && index <= rectangle.bottom ? rectangle : null}
          active={index === selection.focus.row ? selection.focus.column : null}
          look={edit.look(index)}
          failed={edit.failed?.row === index ? edit.failed.column : null}
          input={edit.typing?.row === index ? edit.typing : null}
        />
      ))}
    </tbody>,
    isEmpty,
  )

  return (
    <div ref={scroller} className={classes.scroller}>
      <table
        ref={grid}
        className={classes.sheet}
        style={{ width, height: rowWindow.height + headerHeight }}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={more ? -1 : known + above + 1}
        aria-colcount={columns.length}
        aria-multiselectable
        aria-activedescendant={focusVisible ? `${id}-${selection.focus.row}-${selection.focus.column}` : undefined}
        onKeyDown={onKeyDown}
        onCopy={onCopy}
        onMouseDown={takeFocus}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onDoubleClick={() => edit.begin() || onOpenValue()}
        onContextMenu={onContextMenu}
      >
        <GridHeader
          columns={columns}
          visible={visibleColumns}
          gutter={gutter}
          height={headerHeight}
          width={width}
          arrangement={props.arrangement}
          onSort={props.onSort}
          onMenu={props.onMenu}
          onSelectAll={() => onSelect(wholeOf(known, columns.length))}
          onResize={(index, size) => {
            columnVirtual.resizeItem(index, size)
            const column = columns[index]
            if (column !== undefined) props.onResize(widthKey(column), size)
          }}
        />
        {body}
      </table>
    </div>
  )
}

/** The cell under the pointer, or the whole row where it is on a row's number. */
function placeOf({ target }: MouseEvent, columns: number): { first: Place; last: Place } | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('th, td') : null
  const line = cell?.closest<HTMLElement>('[data-row]')
  if (cell === null || line == null) return null
  const row = Number(line.dataset['row'])
  if (cell.dataset['column'] === undefined) return { first: { row, column: 0 }, last: { row, column: columns - 1 } }
  const place = { row, column: Number(cell.dataset['column']) }
  return { first: place, last: place }
}
