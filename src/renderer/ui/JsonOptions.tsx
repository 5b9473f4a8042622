import { Checkbox } from '@mantine/core'
import type { JsonFormat } from '../../core/exportFile.ts'

interface JsonOptionsProps {
  format: JsonFormat
  onChange: (format: JsonFormat) => void
  description?: string
}

/** How JSON is written. */
export function JsonOptions({ format, onChange, description }: JsonOptionsProps) {
  return (
    <Checkbox
      label="An object a line (JSON lines)"
      description={description}
      checked={format.form === 'lines'}
      onChange={({ currentTarget }) => onChange({ ...format, form: currentTarget.checked ? 'lines' : 'array' })}
    />
  )
}
