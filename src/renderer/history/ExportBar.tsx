import { ActionIcon, Anchor, Button, Loader } from '@mantine/core'
import { CircleCheck, X } from 'lucide-react'
import type { HistoryExport } from '../../core/history/export.ts'
import { bytesText, countText, durationText } from '../ui/amounts.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './ExportBar.module.css'
import type { Exporting } from './exporting.ts'
import { useHistory } from './store.ts'

/** How the export of the history goes, or how it went. */
export function ExportBar() {
  const exporting = useHistory((state) => state.exporting)
  const dismiss = useHistory((state) => state.dismissExport)
  if (exporting === null) return null
  if (exporting.fault !== null) {
    const title = exporting.fault.code === 'cancelled' ? 'The export was stopped' : 'Nothing was exported'
    return (
      <div className={classes.fault}>
        <FaultPanel title={title} fault={exporting.fault} onDismiss={dismiss} />
      </div>
    )
  }
  return (
    <section className={classes.bar} aria-label="Export">
      {exporting.outcome === null ? <Under exporting={exporting} /> : <Done outcome={exporting.outcome} />}
    </section>
  )
}

function Under({ exporting: { state, file, operations, bytes } }: { exporting: Exporting }) {
  const cancel = useHistory((store) => store.cancelExport)
  return (
    <>
      <Loader size={12} aria-hidden />
      <span role="status">
        {file === null
          ? 'Waiting for a place to save it'
          : `Exporting: ${operations === 0 ? '' : `${countText(operations, 'operation')}, `}${bytesText(bytes)}`}
      </span>
      <span className={classes.space} />
      <Button size="compact-xs" variant="default" disabled={state === 'cancelling'} onClick={cancel}>
        {state === 'cancelling' ? 'Cancelling…' : 'Cancel the export'}
      </Button>
    </>
  )
}

function Done({ outcome }: { outcome: HistoryExport }) {
  const dismiss = useHistory((state) => state.dismissExport)
  const select = useHistory((state) => state.select)
  const { file, operations, bytes, durationMs, operation, recordingFault } = outcome
  return (
    <>
      <CircleCheck size={14} className={classes.good} aria-hidden />
      <span role="status" className={classes.text}>
        {countText(operations, 'operation')}, {bytesText(bytes)}, to <ShownText text={file} /> in{' '}
        {durationText(durationMs)}
        {recordingFault !== null && ` · The export itself could not be recorded: ${recordingFault.message}`}
      </span>
      <span className={classes.space} />
      {recordingFault === null && (
        <Anchor component="button" type="button" size="xs" onClick={() => void select(operation)}>
          Show its record
        </Anchor>
      )}
      <ActionIcon size="sm" onClick={dismiss} aria-label="Dismiss">
        <X size={13} aria-hidden />
      </ActionIcon>
    </>
  )
}
