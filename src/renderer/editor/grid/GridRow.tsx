import { VisuallyHidden } from '@mantine/core'
import type { VirtualItem } from '@tanstack/react-virtual'
import { memo, type ReactNode } from 'react'
import type { Cell, Column, Row } from '../../../core/editor/contract.ts'
import type { NewValue } from '../../../core/editor/edit.ts'
import { isNumeric } from '../../../core/editor/valueKind.ts'
import { ShownText } from '../../ui/ShownText.tsx'
import { showsItself } from '../../ui/shown.ts'
import { cellText } from './cells.ts'
import type { RowLook } from './editList.ts'
import classes from './ResultGrid.module.css'
import { holds, type Rectangle } from './selection.ts'

interface GridRowProps {
  id: string
  /** Absent while it is on its way. */
  row: Row | undefined
  index: number
  /** The first row of all, which is below 0 where rows are to be added. */
  first: number
  top: number
  width: number
  gutter: number
  columns: readonly Column[]
  visible: readonly VirtualItem[]
  /** The selection, where it touches this row. */
  rectangle: Rectangle | null
  /** The column of the cell that one is at, where it is in this row. */
  active: number | null
  /** What has been or is to be done to it. */
  look: RowLook | null
  /** The cell that could not be changed, -1 for the row as a whole. */
  failed: number | null
  /** What stands in a cell in the place of its value. */
  input: { readonly column: number; readonly field: ReactNode } | null
}

/** One row of the grid: its number, and the cells that can be seen. Drawn again only where something of it has changed. */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { id, row, index, first, top, width, gutter, columns, visible, rectangle, active, look, failed, input } = props
  const state = look?.state ?? null
  const isWaiting = (look?.row ?? row) === undefined && state !== 'new'
  return (
    <tr
      className={classes.row}
      aria-rowindex={index - first + 2}
      aria-busy={isWaiting || undefined}
      data-row={index}
      data-state={state ?? undefined}
      data-typing={input !== null || undefined}
      style={{ top, width }}
    >
      <th
        className={classes.number}
        scope="row"
        data-failed={failed === -1 || undefined}
        style={{ width: gutter }}
        title={state === null ? undefined : stateTitles[state]}
      >
        {state === null || state === 'changed' ? index + 1 : <Sign state={state} index={index} />}
      </th>
      {visible.map(({ index: column, start, size }) => (
        <td
          key={column}
          id={active === column ? `${id}-${index}-${column}` : undefined}
          role="gridcell"
          tabIndex={-1}
          aria-colindex={column + 1}
          aria-selected={rectangle !== null && holds(rectangle, index, column)}
          aria-invalid={failed === column || undefined}
          className={classes.cell}
          data-column={column}
          data-active={active === column || undefined}
          data-changed={look?.cells.has(column) || undefined}
          data-failed={failed === column || undefined}
          data-typing={input?.column === column || undefined}
          data-numeric={isNumeric(columns[column] ?? { typeOid: 0 }) || undefined}
          style={{ left: start, width: size }}
        >
          {input?.column === column ? input.field : insideOf(row, column, look)}
        </td>
      ))}
    </tr>
  )
})

const stateTitles = {
  changed: 'Changed, not applied yet',
  new: 'To be added',
  made: 'Applied: as the server has it now',
  deleted: 'To be deleted',
  gone: 'Deleted',
} as const

/** What has become of the row, by more than a colour. */
function Sign({ state, index }: { state: Exclude<RowLook['state'], 'changed' | null>; index: number }) {
  const number = index < 0 ? '' : `${index + 1}`
  const signs = { new: '+', made: `✓${number}`, deleted: '−', gone: '×' }
  return (
    <>
      <span aria-hidden>{signs[state]}</span>
      <VisuallyHidden>{stateTitles[state]}</VisuallyHidden>
    </>
  )
}

/**
 * What stands in a cell: for most a piece of text and nothing else, which the browser keeps when the text changes. Who
 * drags the bar has thousands of values drawn in a second, and whatever is made anew for each stays in memory for long.
 */
function insideOf(row: Row | undefined, column: number, look: RowLook | null): ReactNode {
  const wanted: NewValue | undefined = look?.cells.get(column)
  if (wanted === 'default') return <span className={classes.null}>DEFAULT</span>
  if (wanted !== undefined) return shownValue(wanted.text)
  if (look?.state === 'new') return <span className={classes.null}>default</span>
  const shown = look?.row ?? row
  return shown === undefined ? onItsWay : shownValue(shown[column] ?? null)
}

/** A piece of text as well. */
const onItsWay = '\u00a0'

/** NULL is a word apart; an empty text is an empty cell. */
function shownValue(value: Cell): ReactNode {
  if (value === null) return <span className={classes.null}>NULL</span>
  const text = cellText(value)
  return showsItself(text) ? text : <ShownText text={text} />
}
