import { Group, TextInput } from '@mantine/core'
import type { InsertFormat } from '../../core/exportFile.ts'

/** Which table the inserts are for. */
export function InsertOptions({
  format,
  onChange,
}: {
  format: InsertFormat
  onChange: (format: InsertFormat) => void
}) {
  return (
    <Group grow align="start">
      <TextInput
        label="Schema"
        placeholder="none"
        maxLength={63}
        value={format.schema}
        onChange={({ currentTarget }) => onChange({ ...format, schema: currentTarget.value })}
      />
      <TextInput
        label="Table"
        required
        maxLength={63}
        value={format.table}
        onChange={({ currentTarget }) => onChange({ ...format, table: currentTarget.value })}
      />
    </Group>
  )
}
