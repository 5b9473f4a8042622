import { Select, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import {
  type HistoryFormat,
  type HistoryFormatKind,
  historyFileFacts,
  historyFormat,
} from '../../core/history/export.ts'
import { countText } from '../ui/amounts.ts'
import { CsvOptions } from '../ui/CsvOptions.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { InsertOptions } from '../ui/InsertOptions.tsx'
import { JsonOptions } from '../ui/JsonOptions.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
import { noReasons } from '../ui/reasons.ts'
import classes from './Dialogs.module.css'
import { isFiltering } from './filters.ts'
import { useHistory } from './store.ts'

/** Each format with the values that suit most readers. */
const defaults: Readonly<Record<HistoryFormatKind, HistoryFormat>> = {
  csv: historyFormat.parse({ kind: 'csv' }),
  json: historyFormat.parse({ kind: 'json' }),
  insert: { kind: 'insert', schema: '', table: 'operation', rowsPerStatement: 100 },
  script: { kind: 'script' },
}

const kinds = (['csv', 'json', 'script', 'insert'] as const).map((value) => ({
  value,
  label: historyFileFacts[value].name,
}))

/** What of the history is written into a file, and as what. */
export function ExportDialog({ onClose }: { onClose: () => void }) {
  const last = useHistory((state) => state.exportFormat)
  const start = useHistory((state) => state.startExport)
  const [format, setFormat] = useState<HistoryFormat>(last ?? defaults.csv)
  const [fileName, setFileName] = useState('history')
  const [reasons, setReasons] = useState(noReasons)
  const valid = historyFormat.safeParse(format).success

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!valid) return
    onClose()
    void start({ format, fileName, reasons })
  }
  return (
    <Dialog opened onClose={onClose} title="Export the history" size={500}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Meant />
          <Select
            label="Format"
            data={kinds}
            value={format.kind}
            allowDeselect={false}
            onChange={(kind) => kind !== null && setFormat(defaults[kind])}
            data-autofocus
          />
          <TextInput
            label="File name"
            maxLength={200}
            value={fileName}
            onChange={({ currentTarget }) => setFileName(currentTarget.value)}
          />
          <Options format={format} onChange={setFormat} />
          <ReasonFields reasons={reasons} onChange={setReasons} />
          <p className={classes.quiet}>
            Secrets stay masked. The export is recorded in this machine’s history, with its file, its count and its
            ticket.
          </p>
          <DialogButtons label="Export" disabled={!valid} onCancel={onClose} />
        </Stack>
      </form>
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
