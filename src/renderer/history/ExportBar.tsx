import { countText } from '../ui/amounts.ts'
import { ExportProgress, unrecordedRemarks } from '../ui/ExportProgress.tsx'
import { useHistory } from './store.ts'

/** How the export of the history goes, or how it went. */
export function ExportBar() {
  const exporting = useHistory((state) => state.exporting)
  const cancel = useHistory((state) => state.cancelExport)
  const dismiss = useHistory((state) => state.dismissExport)
  const select = useHistory((state) => state.select)
  if (exporting === null) return null
  const { state, outcome, fault } = exporting
  const { file, bytes } = outcome ?? exporting
  const operations = outcome?.operations ?? exporting.rows
  const isRecorded = outcome !== null && outcome.recordingFault === null
  return (
    <ExportProgress
      state={state}
      file={file}
      amount={outcome === null && operations === 0 ? '' : countText(operations, 'operation')}
      bytes={bytes}
      done={outcome && { durationMs: outcome.durationMs, remarks: unrecordedRemarks(outcome.recordingFault) }}
      fault={fault}
      record={isRecorded ? { label: 'Show its record', show: () => void select(outcome.operation) } : null}
      place="above"
      onCancel={cancel}
      onDismiss={dismiss}
    />
  )
}
