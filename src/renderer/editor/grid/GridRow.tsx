import { VisuallyHidden } from '@mantine/core'
import type { VirtualItem } from '@tanstack/react-virtual'
import type { ReactNode } from 'react'
import type { Cell, Column, Row } from '../../../core/editor/contract.ts'
import type { NewValue } from '../../../core/editor/edit.ts'
import { isNumeric } from '../../../core/editor/valueKind.ts'
import { ShownText } from '../../ui/ShownText.tsx'
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

/** One row of the grid: its number, and the cells that can be seen. */
export function GridRow(props: GridRowProps) {
  const { id, row, index, first, top, width, gutter, columns, visible, rectangle, active, look, failed, input } = props
  const state = look?.state ?? null
  return (
    <tr
      className={classes.row}
      aria-rowindex={index - first + 2}
      aria-busy={row === undefined || undefined}
      data-state={state ?? undefined}
      data-typing={input !== null || undefined}
      style={{ top, width }}
    >
      <th
        className={classes.number}
        scope="row"
        data-row={index}
        data-failed={failed === -1 || undefined}
        style={{ width: gutter }}
        title={state === null ? undefined : stateTitles[state]}
      >
        {state === null || state === 'changed' ? index + 1 : <Sign state={state} index={index} />}
      </th>
      {visible.map(({ index: column, start, size }) => (
        <td
          key={column}
          id={`${id}-${index}-${column}`}
          role="gridcell"
          tabIndex={-1}
          aria-colindex={column + 1}
          aria-selected={rectangle !== null && holds(rectangle, index, column)}
          aria-invalid={failed === column || undefined}
          className={classes.cell}
          data-row={index}
          data-column={column}
          data-active={active === column || undefined}
          data-changed={look?.cells.has(column) || undefined}
          data-failed={failed === column || undefined}
          data-typing={input?.column === column || undefined}
          data-numeric={isNumeric(columns[column] ?? { typeOid: 0 }) || undefined}
          style={{ left: start, width: size }}
        >
          {input?.column === column ? input.field : <Inside row={row} column={column} look={look} />}
        </td>
      ))}
    </tr>
  )
}

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

function Inside({ row, column, look }: { row: Row | undefined; column: number; look: RowLook | null }) {
  const wanted: NewValue | undefined = look?.cells.get(column)
  if (wanted === 'default') return <span className={classes.null}>DEFAULT</span>
  if (wanted !== undefined) return <Value value={wanted.text} />
  if (look?.state === 'new') return <span className={classes.null}>default</span>
  const shown = look?.row ?? row
  if (shown === undefined) return <span className={classes.waiting} />
  return <Value value={shown[column] ?? null} />
}

/** NULL is a word apart; an empty text is an empty cell. */
function Value({ value }: { value: Cell }) {
  if (value === null) return <span className={classes.null}>NULL</span>
  return <ShownText text={cellText(value)} />
}
