import { ActionIcon } from '@mantine/core'
import { X } from 'lucide-react'
import type { Cell, Column } from '../../../core/editor/contract.ts'
import { CopyText } from '../../ui/CopyText.tsx'
import { Name } from '../../ui/Name.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import classes from './ResultGrid.module.css'

interface ValuePaneProps {
  column: Column
  value: Cell
  onClose: () => void
}

/** More than this is copied, not read. */
const longestShown = 200_000

/** One value, whole. */
export function ValuePane({ column, value, onClose }: ValuePaneProps) {
  const length = value?.length ?? 0
  return (
    <aside className={classes.value} aria-label={`Value of ${column.name}`}>
      <div className={classes.valueHead}>
        <div className={classes.valueName}>
          <Name mono>{column.name}</Name>
          <div className={classes.type}>
            {column.type}
            {value !== null && ` · ${length.toLocaleString('en')} ${length === 1 ? 'character' : 'characters'}`}
          </div>
        </div>
        {value !== null && <CopyText text={value} label="Copy the value" />}
        <ActionIcon onClick={onClose} aria-label="Close the value">
          <X size={15} aria-hidden />
        </ActionIcon>
      </div>
      <pre className={classes.valueText}>
        {value === null || value === '' ? (
          <span className={classes.null}>{value === null ? 'NULL' : 'an empty text'}</span>
        ) : (
          <ShownText text={value.slice(0, longestShown)} lines="kept" />
        )}
        {length > longestShown &&
          `\n… ${(length - longestShown).toLocaleString('en')} more characters, which are copied with the rest`}
      </pre>
    </aside>
  )
}
