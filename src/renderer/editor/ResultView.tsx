import { Loader } from '@mantine/core'
import { useCallback, useState } from 'react'
import { countText, durationText } from '../ui/amounts.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ResultGrid } from './grid/ResultGrid.tsx'
import { at, rectangleOf, type Selection } from './grid/selection.ts'
import { ValuePane } from './grid/ValuePane.tsx'
import classes from './Results.module.css'
import type { Result } from './run.ts'
import { useEditor } from './store.ts'

/** One result: its grid, the value that is looked at, how many rows there are. */
export function ResultView({ result }: { result: Result }) {
  const { index, columns, rows, cursor, fetching, fault } = result
  const fetchMore = useEditor((state) => state.fetchMore)
  const [selection, setSelection] = useState(at(0, 0))
  const [valueShown, setValueShown] = useState(false)
  const onNeedMore = useCallback(() => void fetchMore(index), [fetchMore, index])
  const column = columns[selection.focus.column]
  return (
    <div className={classes.result}>
      {fault !== null && <FaultPanel title="The rest of the rows could not be fetched" fault={fault} />}
      <div className={classes.resultMain}>
        <ResultGrid
          label="Result"
          columns={columns}
          rows={rows}
          more={cursor !== null}
          onNeedMore={onNeedMore}
          selection={selection}
          onSelect={setSelection}
          onOpenValue={() => setValueShown(true)}
        />
        {valueShown && column !== undefined && rows.length > 0 && (
          <ValuePane
            column={column}
            value={rows[selection.focus.row]?.[selection.focus.column] ?? null}
            onClose={() => setValueShown(false)}
          />
        )}
      </div>
      <div className={classes.counts}>
        <span role="status">{rowsText(result)}</span>
        {fetching && <Loader size={12} aria-label="Fetching rows" />}
        <span className={classes.space} />
        <span>{selectedText(selection)}</span>
      </div>
    </div>
  )
}

function rowsText({ rows, cursor, fault, durationMs }: Result): string {
  const count = countText(rows.length, 'row')
  if (fault !== null) return `${count} so far`
  const all = cursor === null ? `${count}, all of them` : `${count} so far, more as you scroll`
  return `${all} · first rows in ${durationText(durationMs)}`
}

function selectedText(selection: Selection): string {
  const { top, bottom, left, right } = rectangleOf(selection)
  const rows = bottom - top + 1
  const columns = right - left + 1
  if (rows * columns === 1) return ''
  return `${countText(rows, 'row')} × ${countText(columns, 'column')} selected`
}
