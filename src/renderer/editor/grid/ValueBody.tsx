import { SegmentedControl } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Cell, Column } from '../../../core/editor/contract.ts'
import { parseJson } from '../../../core/editor/jsonValue.ts'
import { kindOf } from '../../../core/editor/valueKind.ts'
import { ShownText } from '../../ui/ShownText.tsx'
import { endOfSigns } from '../../ui/shown.ts'
import { JsonTree } from './JsonTree.tsx'
import classes from './ResultGrid.module.css'

interface ValueBodyProps {
  column: Column
  value: Cell
  /** Nothing of it is missing. */
  whole: boolean
}

/** More text than this makes a page slow to draw; what is drawn is said. */
const longestDrawn = 1_000_000
/** And more signs for characters that nobody would see. */
const mostSigns = 20_000
/** Longer documents stay text. */
const longestTree = 2_000_000

/** A value as what it is: a document as a tree, all else as text with what would hide made visible. */
export function ValueBody({ column, value, whole }: ValueBodyProps) {
  const [form, setForm] = useState<'tree' | 'text'>('tree')
  const document = useMemo(
    () =>
      whole && value !== null && kindOf(column) === 'json' && value.length <= longestTree ? parseJson(value) : null,
    [column, value, whole],
  )
  if (value === null || value === '') {
    return (
      <pre className={classes.valueText}>
        <span className={classes.null}>{value === null ? 'NULL' : 'an empty text'}</span>
      </pre>
    )
  }
  if (document !== null) {
    return (
      <>
        <SegmentedControl
          className={classes.valueForm}
          size="xs"
          value={form}
          onChange={setForm}
          aria-label="Form of the value"
          data={[
            { value: 'tree', label: 'Tree' },
            { value: 'text', label: 'Text' },
          ]}
        />
        {form === 'tree' ? <JsonTree value={document} /> : <Text value={value} />}
      </>
    )
  }
  return <Text value={value} />
}

function Text({ value }: { value: string }) {
  const end = useMemo(() => endOfSigns(value.slice(0, longestDrawn), mostSigns), [value])
  return (
    <pre className={classes.valueText}>
      <ShownText text={value.slice(0, end)} lines="kept" />
      {value.length > end &&
        `\n… ${(value.length - end).toLocaleString('en')} more characters, which are copied with the rest`}
    </pre>
  )
}
