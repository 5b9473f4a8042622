import { useSession } from '../session/context.ts'
import { bytesText, countText } from '../ui/amounts.ts'
import { ExportProgress } from '../ui/ExportProgress.tsx'
import { useEditor } from './store.ts'

/** How the export of this result goes, or how it went. */
export function ExportBar({ index }: { index: number }) {
  const exporting = useEditor((state) => (state.exportedIndex === index ? state.exporting : null))
  const cancel = useEditor((state) => state.cancelExport)
  const dismiss = useEditor((state) => state.dismissExport)
  const open = useSession((session) => session.open)
  if (exporting === null) return null
  const { state, elapsedMs, outcome, fault } = exporting
  const { file, rows, bytes } = outcome ?? exporting
  const show = () => outcome !== null && open({ view: 'history', entry: outcome.operation })
  return (
    <ExportProgress
      state={state}
      file={file}
      amount={outcome === null && rows === 0 ? '' : countText(rows, 'row')}
      bytes={bytes}
      rate={elapsedMs < 500 ? '' : ` · ${bytesText((bytes / elapsedMs) * 1000)}/s`}
      done={outcome}
      fault={fault}
      record={{ label: 'Show in the history', show }}
      place="below"
      onCancel={cancel}
      onDismiss={dismiss}
    />
  )
}
