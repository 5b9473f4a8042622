import { Button, Loader } from '@mantine/core'
import { FileDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { countText, durationText } from '../ui/amounts.ts'
import { keysAsText } from '../ui/Keys.tsx'
import { rectangleOf, type Selection } from './grid/selection.ts'
import classes from './Results.module.css'
import { hasMore, type Result } from './run.ts'
import { shortcuts } from './shortcuts.ts'
import { useEditor } from './store.ts'

interface ResultCountsProps {
  result: Result
  selection: Selection
  /** What the last copy came to. */
  said: string
  children: ReactNode
}

/** The line under a result: how many rows there are, what can be done with all of them, what is selected. */
export function ResultCounts({ result, selection, said, children }: ResultCountsProps) {
  const { index, reading } = result
  const readToEnd = useEditor((state) => state.readToEnd)
  const stopReading = useEditor((state) => state.stopReading)
  const askExport = useEditor((state) => state.askExport)
  const more = hasMore(result)
  return (
    <div className={classes.counts}>
      <span role="status">{rowsText(result)}</span>
      {reading !== null && <Loader size={12} aria-label="Reading rows" />}
      {reading === 'toEnd' && (
        <Button size="compact-xs" variant="default" onClick={() => stopReading(index)}>
          Stop reading
        </Button>
      )}
      {more && reading !== 'toEnd' && (
        <Button size="compact-xs" variant="subtle" onClick={() => void readToEnd(index)}>
          Read all
        </Button>
      )}
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<FileDown size={12} aria-hidden />}
        title={`Export the rows to a file (${keysAsText(shortcuts.export)})`}
        onClick={() => askExport(index)}
      >
        Export
      </Button>
      {children}
      <span className={classes.space} />
      <span role="status">{said}</span>
      <span>{selectedText(selection)}</span>
    </div>
  )
}

function rowsText(result: Result): string {
  const count = countText(result.known, 'row')
  if (result.base !== null) {
    const of = result.known === result.base.known ? '' : ` of ${result.base.known.toLocaleString('en')}`
    return `${count}${of}, arranged here`
  }
  if (result.fault !== null) return `${count} so far`
  const all = hasMore(result) ? `${count} so far, more as you scroll` : `${count}, all of them`
  return `${all} · first rows in ${durationText(result.durationMs)}`
}

function selectedText(selection: Selection): string {
  const { top, bottom, left, right } = rectangleOf(selection)
  const rows = bottom - top + 1
  const columns = right - left + 1
  if (rows * columns === 1) return ''
  return `${countText(rows, 'row')} × ${countText(columns, 'column')} selected`
}
