import type { VirtualItem } from '@tanstack/react-virtual'
import type { Cell, Column, Row } from '../../../core/editor/contract.ts'
import { isNumeric } from '../../../core/editor/valueKind.ts'
import { ShownText } from '../../ui/ShownText.tsx'
import { cellText } from './cells.ts'
import classes from './ResultGrid.module.css'
import { holds, type Rectangle } from './selection.ts'

interface GridRowProps {
  id: string
  /** Absent while it is on its way. */
  row: Row | undefined
  index: number
  top: number
  width: number
  gutter: number
  columns: readonly Column[]
  visible: readonly VirtualItem[]
  /** The selection, where it touches this row. */
  rectangle: Rectangle | null
  /** The column of the cell that one is at, where it is in this row. */
  active: number | null
}

/** One row of the grid: its number, and the cells that can be seen. */
export function GridRow({ id, row, index, top, width, gutter, columns, visible, rectangle, active }: GridRowProps) {
  return (
    <tr
      className={classes.row}
      aria-rowindex={index + 2}
      aria-busy={row === undefined || undefined}
      style={{ top, width }}
    >
      <th className={classes.number} scope="row" data-row={index} style={{ width: gutter }}>
        {index + 1}
      </th>
      {visible.map(({ index: column, start, size }) => (
        <td
          key={column}
          id={`${id}-${index}-${column}`}
          role="gridcell"
          tabIndex={-1}
          aria-colindex={column + 1}
          aria-selected={rectangle !== null && holds(rectangle, index, column)}
          className={classes.cell}
          data-row={index}
          data-column={column}
          data-active={active === column || undefined}
          data-numeric={isNumeric(columns[column] ?? { typeOid: 0 }) || undefined}
          style={{ left: start, width: size }}
        >
          {row === undefined ? <span className={classes.waiting} /> : <Value value={row[column] ?? null} />}
        </td>
      ))}
    </tr>
  )
}

/** NULL is a word apart; an empty text is an empty cell. */
function Value({ value }: { value: Cell }) {
  if (value === null) return <span className={classes.null}>NULL</span>
  return <ShownText text={cellText(value)} />
}
