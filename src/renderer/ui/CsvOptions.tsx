import { Checkbox, Group, Select, TextInput } from '@mantine/core'
import type { CsvFormat } from '../../core/exportFile.ts'

const delimiters = [
  { value: ',', label: 'Comma' },
  { value: ';', label: 'Semicolon' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: 'Bar' },
] as const

/** How a CSV is written. */
export function CsvOptions({ format, onChange }: { format: CsvFormat; onChange: (format: CsvFormat) => void }) {
  return (
    <>
      <Group grow align="start">
        <Select
          label="Delimiter"
          data={delimiters}
          value={format.delimiter}
          allowDeselect={false}
          onChange={(delimiter) => delimiter !== null && onChange({ ...format, delimiter })}
        />
        <Select
          label="Quote"
          data={[
            { value: '"', label: 'Double' },
            { value: "'", label: 'Single' },
          ]}
          value={format.quote}
          allowDeselect={false}
          onChange={(quote) => quote !== null && onChange({ ...format, quote })}
        />
        <TextInput
          label="Null is"
          placeholder="nothing"
          maxLength={20}
          value={format.nullText}
          onChange={({ currentTarget }) => onChange({ ...format, nullText: currentTarget.value })}
        />
      </Group>
      <Checkbox
        label="Names of the columns in the first line"
        checked={format.header}
        onChange={({ currentTarget }) => onChange({ ...format, header: currentTarget.checked })}
      />
      <Checkbox
        label="Byte order mark"
        description="Some spreadsheets need it to read UTF-8."
        checked={format.byteOrderMark}
        onChange={({ currentTarget }) => onChange({ ...format, byteOrderMark: currentTarget.checked })}
      />
      <Checkbox
        label="Safe for spreadsheets"
        description="Puts an apostrophe before texts that begin with = + - or @, which a spreadsheet would run as formulas. The file then differs from the data."
        checked={format.safeForSpreadsheets}
        onChange={({ currentTarget }) => onChange({ ...format, safeForSpreadsheets: currentTarget.checked })}
      />
    </>
  )
}
