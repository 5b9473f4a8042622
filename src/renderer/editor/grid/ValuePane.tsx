import { ActionIcon, Button, Loader } from '@mantine/core'
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Cell, Column } from '../../../core/editor/contract.ts'
import { type Fault, toFault } from '../../../core/fault.ts'
import { CopyText } from '../../ui/CopyText.tsx'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { Name } from '../../ui/Name.tsx'
import { useEditor } from '../store.ts'
import classes from './ResultGrid.module.css'
import { ValueBody } from './ValueBody.tsx'

interface ValuePaneProps {
  column: Column
  /** As the grid has it; undefined while its row is on its way. */
  value: Cell | undefined
  /** How long it is in whole, where the grid's is cut. */
  length: number | undefined
  place: { readonly index: number; readonly row: number; readonly column: number }
  onClose: () => void
}

/** Of a longer value, this much is fetched to be read; all of it on demand. In UTF-16 units. */
const fetchedAtOnce = 200_000
/** More than this is not fetched into the window at all. */
const mostFetched = 16_000_000

/** One value, whole. A very long one is first shown in part. */
export function ValuePane({ column, value, length, place, onClose }: ValuePaneProps) {
  const { fetched, fault, fetchAll } = useWhole(place, length)
  const text = length === undefined ? value : fetched
  const total = length ?? value?.length ?? 0
  const missing = total - (text?.length ?? 0)
  return (
    <aside className={classes.value} aria-label={`Value of ${column.name}`}>
      <div className={classes.valueHead}>
        <div className={classes.valueName}>
          <Name mono>{column.name}</Name>
          <div className={classes.type}>
            {column.type}
            {value !== null && value !== undefined && ` · ${sizeText(column, total)}`}
          </div>
        </div>
        {text !== null && text !== undefined && missing === 0 && <CopyText text={text} label="Copy the value" />}
        <ActionIcon onClick={onClose} aria-label="Close the value">
          <X size={15} aria-hidden />
        </ActionIcon>
      </div>
      {fault !== null && <FaultPanel title="The value could not be read" fault={fault} />}
      {text === undefined ? (
        fault === null && <Loader className={classes.valueLoading} size="sm" aria-label="Reading the value" />
      ) : (
        <ValueBody column={column} value={text} whole={missing === 0} />
      )}
      {text !== undefined && missing > 0 && (
        <div className={classes.valueRest}>
          {missing.toLocaleString('en')} more characters.{' '}
          {total <= mostFetched ? (
            <Button size="compact-xs" variant="default" onClick={fetchAll}>
              Read all
            </Button>
          ) : (
            'Export the result to have the whole value in a file.'
          )}
        </div>
      )}
    </aside>
  )
}

function sizeText({ typeOid }: Column, length: number): string {
  const bytea = 17
  // Two digits a byte, after \x.
  if (typeOid === bytea) return `${Math.max(0, (length - 2) / 2).toLocaleString('en')} bytes`
  return `${length.toLocaleString('en')} ${length === 1 ? 'character' : 'characters'}`
}

/** Fetches a value that the grid has in part. */
function useWhole(place: ValuePaneProps['place'], length: number | undefined) {
  const valueAt = useEditor((state) => state.valueAt)
  const { index, row, column } = place
  const [wanted, setWanted] = useState(fetchedAtOnce)
  const [fetched, setFetched] = useState<Cell | undefined>(undefined)
  const [fault, setFault] = useState<Fault | null>(null)
  useEffect(() => {
    if (length === undefined) return
    let isShown = true
    valueAt(index, row, column, Math.min(length, wanted)).then(
      ({ text }) => isShown && setFetched(text),
      (thrown: unknown) => isShown && setFault(toFault(thrown)),
    )
    return () => {
      isShown = false
    }
  }, [valueAt, index, row, column, length, wanted])
  return { fetched, fault, fetchAll: () => setWanted(mostFetched) }
}
