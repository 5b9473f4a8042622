import { Checkbox, Select, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { isAsSent } from '../../core/editor/arrange.ts'
import { type ExportFormat, type ExportKind, exportFormat, fileFacts } from '../../core/editor/export.ts'
import { CsvOptions } from '../ui/CsvOptions.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { InsertOptions } from '../ui/InsertOptions.tsx'
import { JsonOptions } from '../ui/JsonOptions.tsx'
import { hasMore } from './run.ts'
import { useEditor } from './store.ts'

/** What a result is written as, and how. */
export function ExportDialog() {
  const asked = useEditor((state) => state.exportAsked)
  const ask = useEditor((state) => state.askExport)
  return (
    <Dialog opened={asked !== null} onClose={() => ask(null)} title="Export the result" size={480}>
      {asked !== null && <Fields index={asked} />}
    </Dialog>
  )
}

/** Each format with the values that suit most readers. */
const defaults: Readonly<Record<ExportKind, ExportFormat>> = {
  csv: exportFormat.parse({ kind: 'csv' }),
  json: exportFormat.parse({ kind: 'json' }),
  insert: { kind: 'insert', schema: '', table: '', rowsPerStatement: 100 },
  markdown: { kind: 'markdown' },
  xlsx: { kind: 'xlsx' },
  parquet: { kind: 'parquet', asText: false },
}

const kinds = (['csv', 'json', 'xlsx', 'parquet', 'insert', 'markdown'] as const).map((value) => ({
  value,
  label: fileFacts[value].name,
}))

function Fields({ index }: { index: number }) {
  const result = useEditor((state) => state.run?.results.find((each) => each.index === index))
  const isArranged = result !== undefined && !isAsSent(result.arrangement)
  const last = useEditor((state) => state.exportFormat)
  const start = useEditor((state) => state.startExport)
  const ask = useEditor((state) => state.askExport)
  const [format, setFormat] = useState<ExportFormat>(last ?? defaults.csv)
  const [fileName, setFileName] = useState('result')
  // Rows that are at hand need not be made again.
  const [rows, setRows] = useState<'shown' | 'again'>(() =>
    result !== undefined && hasMore(result) ? 'again' : 'shown',
  )
  // The query says nothing of what was sorted or filtered here.
  const canAgain = format.kind === 'csv' && !format.safeForSpreadsheets && result?.base == null
  const valid = exportFormat.safeParse(format).success

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (valid) void start(index, { format, fileName, rows: canAgain ? rows : 'shown' })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
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
        {canAgain && (
          <Select
            label="Rows"
            data={rowChoices}
            value={rows}
            allowDeselect={false}
            onChange={(choice) => choice !== null && setRows(choice)}
            description={
              rows === 'again'
                ? 'The server runs the query once more, read-only and in one snapshot: rows that have changed since are written as they are now.'
                : 'As they were read, and the rest of them as the server makes them.'
            }
          />
        )}
        <Text size="xs" c="dimmed">
          {isArranged
            ? 'The rows are written as shown: in this order, and only those that meet the filter.'
            : 'All rows are written, also those that were not scrolled to.'}{' '}
          The export is recorded as an operation of its own, with its file, its rows and its ticket.
        </Text>
        <DialogButtons label="Export" disabled={!valid} onCancel={() => ask(null)} />
      </Stack>
    </form>
  )
}

const rowChoices = [
  { value: 'again', label: 'Run the query again (fastest)' },
  { value: 'shown', label: 'As shown' },
] as const

interface OptionsProps<F extends ExportFormat = ExportFormat> {
  format: F
  onChange: (format: ExportFormat) => void
}

function Options({ format, onChange }: OptionsProps) {
  switch (format.kind) {
    case 'csv':
      return <CsvOptions format={format} onChange={onChange} />
    case 'json':
      return (
        <JsonOptions
          format={format}
          onChange={onChange}
          description="Numbers keep all their digits. Values of json and jsonb stand as they are."
        />
      )
    case 'insert':
      return <InsertOptions format={format} onChange={onChange} />
    case 'parquet':
      return (
        <Checkbox
          label="Numeric, dates and timestamps as text"
          description="For values that Parquet’s own types cannot hold, such as infinity."
          checked={format.asText}
          onChange={({ currentTarget }) => onChange({ ...format, asText: currentTarget.checked })}
        />
      )
    case 'xlsx':
      return (
        <Text size="xs" c="dimmed">
          Numbers of more than 15 digits and timestamps with a zone become texts, so that Excel changes none of them. No
          text is taken for a formula.
        </Text>
      )
    case 'markdown':
      return null
  }
}
