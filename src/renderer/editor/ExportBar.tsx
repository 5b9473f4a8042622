import { ActionIcon, Anchor, Button, Loader } from '@mantine/core'
import { CircleCheck, X } from 'lucide-react'
import type { ExportOutcome } from '../../core/editor/export.ts'
import { useSession } from '../session/context.ts'
import { bytesText, countText, durationText } from '../ui/amounts.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import type { Exporting } from './exporting.ts'
import classes from './Results.module.css'
import { useEditor } from './store.ts'

/** How the export of this result goes, or how it went. */
export function ExportBar({ index }: { index: number }) {
  const exporting = useEditor((state) => state.exporting)
  const dismiss = useEditor((state) => state.dismissExport)
  if (exporting === null || exporting.index !== index) return null
  if (exporting.fault !== null) {
    const title = exporting.fault.code === 'cancelled' ? 'The export was stopped' : 'Nothing was exported'
    return <FaultPanel title={title} fault={exporting.fault} onDismiss={dismiss} />
  }
  return (
    <section className={classes.export} aria-label="Export">
      {exporting.outcome === null ? <Under exporting={exporting} /> : <Done outcome={exporting.outcome} />}
    </section>
  )
}

function Under({ exporting }: { exporting: Exporting }) {
  const cancel = useEditor((state) => state.cancelExport)
  const { state, file, rows, bytes, elapsedMs } = exporting
  const rate = elapsedMs < 500 ? '' : ` · ${bytesText((bytes / elapsedMs) * 1000)}/s`
  return (
    <>
      <Loader size={12} aria-hidden />
      <span role="status">
        {file === null
          ? 'Waiting for a place to save it'
          : `Exporting: ${rows === 0 ? '' : `${countText(rows, 'row')}, `}${bytesText(bytes)}${rate}`}
      </span>
      <span className={classes.space} />
      <Button size="compact-xs" variant="default" disabled={state === 'cancelling'} onClick={cancel}>
        {state === 'cancelling' ? 'Cancelling…' : 'Cancel the export'}
      </Button>
    </>
  )
}

function Done({ outcome }: { outcome: ExportOutcome }) {
  const open = useSession((session) => session.open)
  const dismiss = useEditor((state) => state.dismissExport)
  const { file, rows, bytes, durationMs, remarks, operation } = outcome
  return (
    <>
      <CircleCheck size={14} className={classes.good} aria-hidden />
      <span role="status" className={classes.exported}>
        {countText(rows, 'row')}, {bytesText(bytes)}, to <ShownText text={file} /> in {durationText(durationMs)}
        {remarks.map((remark) => ` · ${remark}`)}
      </span>
      <span className={classes.space} />
      <Anchor component="button" type="button" size="xs" onClick={() => open({ view: 'history', entry: operation })}>
        Show in the history
      </Anchor>
      <ActionIcon size="sm" onClick={dismiss} aria-label="Dismiss">
        <X size={13} aria-hidden />
      </ActionIcon>
    </>
  )
}
