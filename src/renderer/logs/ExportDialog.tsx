import { useState } from 'react'
import { sharedFacts } from '../../core/exportFile.ts'
import { type LogExportFormat, logExportFormat } from '../../core/logs/export.ts'
import { useReasonsRule } from '../session/reasons.ts'
import { CsvOptions } from '../ui/CsvOptions.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { ExportForm } from '../ui/ExportForm.tsx'
import { JsonOptions } from '../ui/JsonOptions.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
import { sections } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

const csv = logExportFormat.parse({ kind: 'csv' })

const formats = [csv, logExportFormat.parse({ kind: 'json' })].map((format) => ({
  name: sharedFacts[format.kind].name,
  format,
}))

/** What the view shows is written into a file, and as what. */
export function ExportDialog({ onClose }: { onClose: () => void }) {
  const last = useLogs((state) => state.exportFormat)
  const kept = useLogs((state) => state.reasons)
  const start = useLogs((state) => state.startExport)
  const [format, setFormat] = useState<LogExportFormat>(last ?? csv)
  const [reasons, setReasons] = useState(kept)
  const { asks, lacking } = useReasonsRule(reasons)

  return (
    <Dialog opened onClose={onClose} title="Export what is shown" size={500}>
      <ExportForm
        formats={formats}
        format={format}
        onFormat={setFormat}
        what={<Meant />}
        note="Secrets stay masked. The export is recorded as an operation of this database, with its file, its count and its ticket."
        ready={!lacking}
        onExport={() => {
          onClose()
          void start(format, reasons)
        }}
        onCancel={onClose}
      >
        {format.kind === 'csv' ? (
          <CsvOptions format={format} onChange={setFormat} />
        ) : (
          <JsonOptions format={format} onChange={setFormat} />
        )}
        <ReasonFields reasons={reasons} onChange={setReasons} required={asks === 'require'} />
      </ExportForm>
    </Dialog>
  )
}

function Meant() {
  const section = useLogs((state) => state.section)
  const lines = useLogs((state) => state.lines)
  const what =
    lines === null && section !== 'files'
      ? `All of “${sections[section].title}”`
      : `All lines${lines?.title ? ` of “${lines.title}”` : ''}`
  return <p className={classes.plain}>{what} that the filters let through, also what was not scrolled to.</p>
}
