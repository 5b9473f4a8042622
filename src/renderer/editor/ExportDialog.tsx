import { Checkbox, Select, Text } from '@mantine/core'
import { useState } from 'react'
import { isAsSent } from '../../core/editor/arrange.ts'
import { type ExportFormat, exportFormat, fileFacts } from '../../core/editor/export.ts'
import { useReasonsRule } from '../session/reasons.ts'
import { CsvOptions } from '../ui/CsvOptions.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { ExportForm } from '../ui/ExportForm.tsx'
import { InsertOptions } from '../ui/InsertOptions.tsx'
import { JsonOptions } from '../ui/JsonOptions.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
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

const csv = exportFormat.parse({ kind: 'csv' })

const formats = [
  csv,
  exportFormat.parse({ kind: 'json' }),
  exportFormat.parse({ kind: 'xlsx' }),
  exportFormat.parse({ kind: 'parquet' }),
  { kind: 'insert' as const, schema: '', table: '', rowsPerStatement: 100 },
  exportFormat.parse({ kind: 'markdown' }),
].map((format) => ({ name: fileFacts[format.kind].name, format }))

function Fields({ index }: { index: number }) {
  const result = useEditor((state) => state.run?.results.find((each) => each.index === index))
  const isArranged = result !== undefined && !isAsSent(result.arrangement)
  const last = useEditor((state) => state.exportFormat)
  const start = useEditor((state) => state.startExport)
  const ask = useEditor((state) => state.askExport)
  const kept = useEditor((state) => state.reasons)
  const keep = useEditor((state) => state.setReasons)
  const [reasons, setReasons] = useState(kept)
  const { asks, lacking } = useReasonsRule(reasons)
  const [format, setFormat] = useState<ExportFormat>(last ?? csv)
  // Rows that are at hand need not be made again.
  const [rows, setRows] = useState<'shown' | 'again'>(() =>
    result !== undefined && hasMore(result) ? 'again' : 'shown',
  )
  // The query says nothing of what was sorted or filtered here.
  const canAgain = format.kind === 'csv' && !format.safeForSpreadsheets && result?.base == null

  return (
    <ExportForm
      formats={formats}
      format={format}
      onFormat={setFormat}
      fileName="result"
      note={
        <>
          {isArranged
            ? 'The rows are written as shown: in this order, and only those that meet the filter.'
            : 'All rows are written, also those that were not scrolled to.'}{' '}
          The export is recorded as an operation of its own, with its file, its rows and its ticket.
        </>
      }
      ready={!lacking && exportFormat.safeParse(format).success}
      onExport={(fileName) => {
        if (asks !== 'no') keep(reasons)
        void start(index, { format, fileName, rows: canAgain ? rows : 'shown' })
      }}
      onCancel={() => ask(null)}
    >
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
      {asks !== 'no' && <ReasonFields reasons={reasons} onChange={setReasons} required={asks === 'require'} />}
    </ExportForm>
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
