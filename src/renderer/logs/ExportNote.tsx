import { ActionIcon, Anchor, Button, Loader } from '@mantine/core'
import { CircleCheck, X } from 'lucide-react'
import { useSession } from '../session/context.ts'
import { bytesText, countText, durationText } from '../ui/amounts.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** How the last export goes, or how it went. */
export function ExportNote() {
  const exporting = useLogs((state) => state.exporting)
  const cancel = useLogs((state) => state.cancelExport)
  const dismiss = useLogs((state) => state.dismissExport)
  const open = useSession((session) => session.open)
  if (exporting === null) return null
  const { state, file, rows, bytes, outcome, fault } = exporting
  if (fault !== null) {
    return (
      <div className={classes.fault}>
        <FaultPanel
          title={fault.code === 'cancelled' ? 'The export was stopped' : 'Nothing was exported'}
          fault={fault}
          onDismiss={dismiss}
        />
      </div>
    )
  }
  if (outcome === null) {
    return (
      <section className={classes.export} aria-label="Export">
        <Loader size={12} aria-hidden />
        <span role="status">
          {file === null
            ? 'Waiting for a place to save it'
            : `Exporting: ${rows === 0 ? '' : `${countText(rows, 'row')}, `}${bytesText(bytes)}`}
        </span>
        <span className={classes.space} />
        <Button size="compact-xs" variant="default" disabled={state === 'cancelling'} onClick={cancel}>
          {state === 'cancelling' ? 'Cancelling…' : 'Cancel the export'}
        </Button>
      </section>
    )
  }
  return (
    <section className={classes.export} aria-label="Export">
      <CircleCheck size={14} className={classes.fine} aria-hidden />
      <span role="status">
        {countText(outcome.rows, 'row')}, {bytesText(outcome.bytes)}, to <ShownText text={outcome.file} /> in{' '}
        {durationText(outcome.durationMs)}
        {outcome.recordingFault !== null &&
          ` · The export itself could not be recorded: ${outcome.recordingFault.message}`}
      </span>
      <span className={classes.space} />
      <Anchor
        component="button"
        type="button"
        size="xs"
        onClick={() => open({ view: 'history', entry: outcome.operation })}
      >
        Show in the history
      </Anchor>
      <ActionIcon size="sm" onClick={dismiss} aria-label="Dismiss">
        <X size={13} aria-hidden />
      </ActionIcon>
    </section>
  )
}
