import { useSession } from '../session/context.ts'
import { countText } from '../ui/amounts.ts'
import { ExportProgress, unrecordedRemarks } from '../ui/ExportProgress.tsx'
import { useLogs } from './store.ts'

/** How the last export goes, or how it went. */
export function ExportNote() {
  const exporting = useLogs((state) => state.exporting)
  const cancel = useLogs((state) => state.cancelExport)
  const dismiss = useLogs((state) => state.dismissExport)
  const open = useSession((session) => session.open)
  if (exporting === null) return null
  const { state, outcome, fault } = exporting
  const { file, rows, bytes } = outcome ?? exporting
  const show = () => outcome !== null && open({ view: 'history', entry: outcome.operation })
  return (
    <ExportProgress
      state={state}
      file={file}
      amount={outcome === null && rows === 0 ? '' : countText(rows, 'row')}
      bytes={bytes}
      done={outcome && { durationMs: outcome.durationMs, remarks: unrecordedRemarks(outcome.recordingFault) }}
      fault={fault}
      record={{ label: 'Show in the history', show }}
      place="above"
      onCancel={cancel}
      onDismiss={dismiss}
    />
  )
}
