import { ActionIcon, Anchor, Button, Loader } from '@mantine/core'
import { CircleCheck, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Fault } from '../../core/fault.ts'
import { bytesText, durationText } from './amounts.ts'
import classes from './ExportProgress.module.css'
import { FaultPanel } from './FaultPanel.tsx'
import { ShownText } from './ShownText.tsx'

interface ExportProgressProps {
  state: 'running' | 'cancelling' | 'done' | 'failed'
  /** Where it goes; null until that was chosen. */
  file: string | null
  /** What was written: `12 rows`; empty where nothing was yet. */
  amount: string
  bytes: number
  /** What follows the amount while it is under way. */
  rate?: string
  /** Null while it is under way. */
  done: { durationMs: number; remarks: readonly string[] } | null
  fault: Fault | null
  /** Leads to its record. */
  record: { label: string; show: () => void } | null
  /** It stands above what it is about, or below it. */
  place: 'above' | 'below'
  onCancel: () => void
  onDismiss: () => void
}

/** How an export goes, or how it went. */
export function ExportProgress(props: ExportProgressProps) {
  const { fault, done, place, onDismiss } = props
  if (fault !== null) {
    const title = fault.code === 'cancelled' ? 'The export was stopped' : 'Nothing was exported'
    return (
      <div className={classes.fault}>
        <FaultPanel title={title} fault={fault} onDismiss={onDismiss} />
      </div>
    )
  }
  return (
    <section className={classes.bar} data-place={place} aria-label="Export">
      {done === null ? <Under {...props} /> : <Done {...props} {...done} />}
    </section>
  )
}

function Under({ state, file, amount, bytes, rate = '', onCancel }: ExportProgressProps) {
  return (
    <>
      <Loader size={12} aria-hidden />
      <span role="status">
        {file === null
          ? 'Waiting for a place to save it'
          : `Exporting: ${amount === '' ? '' : `${amount}, `}${bytesText(bytes)}${rate}`}
      </span>
      <span className={classes.space} />
      <Button size="compact-xs" variant="default" disabled={state === 'cancelling'} onClick={onCancel}>
        {state === 'cancelling' ? 'Cancelling…' : 'Cancel the export'}
      </Button>
    </>
  )
}

function Done({
  amount,
  bytes,
  file,
  durationMs,
  remarks,
  record,
  onDismiss,
}: ExportProgressProps & { durationMs: number; remarks: readonly string[] }): ReactNode {
  return (
    <>
      <CircleCheck size={14} className={classes.good} aria-hidden />
      <span role="status" className={classes.text}>
        {amount}, {bytesText(bytes)}, to <ShownText text={file ?? ''} /> in {durationText(durationMs)}
        {remarks.map((remark) => ` · ${remark}`)}
      </span>
      <span className={classes.space} />
      {record !== null && (
        <Anchor component="button" type="button" size="xs" onClick={record.show}>
          {record.label}
        </Anchor>
      )}
      <ActionIcon size="sm" onClick={onDismiss} aria-label="Dismiss">
        <X size={13} aria-hidden />
      </ActionIcon>
    </>
  )
}

/** What is said of an export whose own record could not be kept. */
export function unrecordedRemarks(fault: Fault | null): string[] {
  return fault === null ? [] : [`The export itself could not be recorded: ${fault.message}`]
}
