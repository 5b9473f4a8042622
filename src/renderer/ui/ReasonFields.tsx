import { Group, TextInput } from '@mantine/core'
import type { Reasons } from './reasons.ts'

interface ReasonFieldsProps {
  reasons: Reasons
  onChange: (reasons: Reasons) => void
  /** Nothing is done without both. */
  required?: boolean
}

/** Asks in a dialog why what it is there for is done. */
export function ReasonFields({ reasons, onChange, required = false }: ReasonFieldsProps) {
  return (
    <Group grow align="start">
      <TextInput
        label="Ticket"
        required={required}
        maxLength={200}
        value={reasons.ticket}
        onChange={({ currentTarget }) => onChange({ ...reasons, ticket: currentTarget.value })}
      />
      <TextInput
        label="Justification"
        required={required}
        maxLength={10_000}
        value={reasons.justification}
        onChange={({ currentTarget }) => onChange({ ...reasons, justification: currentTarget.value })}
      />
    </Group>
  )
}
