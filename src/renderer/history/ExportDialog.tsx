import { useState } from 'react'
import { type HistoryFormat, historyFileFacts, historyFormat } from '../../core/history/export.ts'
import { countText } from '../ui/amounts.ts'
import { CsvOptions } from '../ui/CsvOptions.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { ExportForm } from '../ui/ExportForm.tsx'
import { InsertOptions } from '../ui/InsertOptions.tsx'
import { JsonOptions } from '../ui/JsonOptions.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
import { noReasons } from '../ui/reasons.ts'
import classes from './Dialogs.module.css'
import { isFiltering } from './filters.ts'
import { useHistory } from './store.ts'

const csv = historyFormat.parse({ kind: 'csv' })

const formats = [
  csv,
  historyFormat.parse({ kind: 'json' }),
  historyFormat.parse({ kind: 'script' }),
  historyFormat.parse({ kind: 'insert', table: 'operation' }),
].map((format) => ({ name: historyFileFacts[format.kind].name, format }))

/** What of the history is written into a file, and as what. */
export function ExportDialog({ onClose }: { onClose: () => void }) {
  const last = useHistory((state) => state.exportFormat)
  const start = useHistory((state) => state.startExport)
  const [format, setFormat] = useState<HistoryFormat>(last ?? csv)
  const [reasons, setReasons] = useState(noReasons)

  return (
    <Dialog opened onClose={onClose} title="Export the history" size={500}>
      <ExportForm
        formats={formats}
        format={format}
        onFormat={setFormat}
        fileName="history"
        what={<Meant />}
        note="Secrets stay masked. The export is recorded in this machine’s history, with its file, its count and its ticket."
        ready={historyFormat.safeParse(format).success}
        onExport={(fileName) => {
          onClose()
          void start({ format, fileName, reasons })
        }}
        onCancel={onClose}
      >
        <Options format={format} onChange={setFormat} />
        <ReasonFields reasons={reasons} onChange={setReasons} />
      </ExportForm>
    </Dialog>
  )
}

/** How many the list shows, and that the filters count. */
function Meant() {
  const filters = useHistory((state) => state.filters)
  const timeline = useHistory((state) => state.timeline)
  const count = timeline === null ? 'All operations' : countText(timeline.total, 'operation')
  const about = timeline?.approximate === true ? 'About ' : ''
  return (
    <p className={classes.text}>
      {about}
      {count} {isFiltering(filters) ? 'that the filters show' : 'of this machine’s history'}, oldest first, each whole.
    </p>
  )
}

interface OptionsProps {
  format: HistoryFormat
  onChange: (format: HistoryFormat) => void
}

function Options({ format, onChange }: OptionsProps) {
  switch (format.kind) {
    case 'csv':
      return <CsvOptions format={format} onChange={onChange} />
    case 'json':
      return <JsonOptions format={format} onChange={onChange} />
    case 'insert':
      return <InsertOptions format={format} onChange={onChange} />
    case 'script':
      return (
        <p className={classes.quiet}>
          Their SQL, to be read or run again. What failed, was rolled back or came of another operation stands in it as
          a comment.
        </p>
      )
  }
}
