import { Select, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { sharedFacts } from '../../core/exportFile.ts'
import { type LogExportFormat, logExportFormat } from '../../core/logs/export.ts'
import { useReasonsRule } from '../session/reasons.ts'
import { CsvOptions } from '../ui/CsvOptions.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { JsonOptions } from '../ui/JsonOptions.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
import { sections } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** Each format with the values that suit most readers. */
const defaults = {
  csv: logExportFormat.parse({ kind: 'csv' }),
  json: logExportFormat.parse({ kind: 'json' }),
}

const kinds = (['csv', 'json'] as const).map((value) => ({ value, label: sharedFacts[value].name }))

/** What the view shows is written into a file, and as what. */
export function ExportDialog({ onClose }: { onClose: () => void }) {
  const last = useLogs((state) => state.exportFormat)
  const kept = useLogs((state) => state.reasons)
  const start = useLogs((state) => state.startExport)
  const [format, setFormat] = useState<LogExportFormat>(last ?? defaults.csv)
  const [reasons, setReasons] = useState(kept)
  const { asks, lacking } = useReasonsRule(reasons)

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onClose()
    void start(format, reasons)
  }
  return (
    <Dialog opened onClose={onClose} title="Export what is shown" size={500}>
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
          {format.kind === 'csv' ? (
            <CsvOptions format={format} onChange={setFormat} />
          ) : (
            <JsonOptions format={format} onChange={setFormat} />
          )}
          <ReasonFields reasons={reasons} onChange={setReasons} required={asks === 'require'} />
          <p className={classes.plain}>
            Secrets stay masked. The export is recorded as an operation of this database, with its file, its count and
            its ticket.
          </p>
          <DialogButtons label="Export" disabled={lacking} onCancel={onClose} />
        </Stack>
      </form>
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
