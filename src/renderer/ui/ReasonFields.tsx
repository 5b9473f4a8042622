import { Group, Stack, Textarea, TextInput } from '@mantine/core'
import { longestReasons } from '../../core/reasons.ts'
import classes from './ReasonFields.module.css'
import type { Reasons } from './reasons.ts'

interface ReasonFieldsProps {
  reasons: Reasons
  onChange: (reasons: Reasons) => void
}

/** What the two fields have in common, wherever they stand. */
function propsOf({ reasons, onChange }: ReasonFieldsProps) {
  const field = (name: keyof Reasons) => ({
    maxLength: longestReasons[name],
    value: reasons[name],
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      onChange({ ...reasons, [name]: currentTarget.value }),
  })
  return { ticket: field('ticket'), justification: field('justification') }
}

/** Asks in a dialog why what it is there for is done. `required`: nothing is done without. */
export function ReasonFields({ required = false, ...props }: ReasonFieldsProps & { required?: boolean }) {
  const { ticket, justification } = propsOf(props)
  return (
    <Group grow align="start">
      <TextInput label="Ticket" required={required} {...ticket} />
      <TextInput label="Justification" required={required} {...justification} />
    </Group>
  )
}

/** Asks in a dialog that is there for nothing else. Who has no ticket goes another way. */
export function ReasonQuestion({ required, ...props }: ReasonFieldsProps & { required: boolean }) {
  const { ticket, justification } = propsOf(props)
  return (
    <Stack gap="sm">
      <TextInput label="Ticket" placeholder="OPS-1234" required data-autofocus {...ticket} />
      <Textarea label="Justification" required={required} autosize minRows={2} maxRows={6} {...justification} />
    </Stack>
  )
}

/** Asks in a tool bar, and marks what is asked for and not said yet. */
export function ReasonBar({ asks, ...props }: ReasonFieldsProps & { asks: 'no' | 'ask' | 'require' }) {
  const { ticket, justification } = propsOf(props)
  const isMissing = (value: string, asked: boolean) => (asked && value.trim() === '') || undefined
  return (
    <>
      <TextInput
        className={classes.ticket}
        classNames={{ input: classes.input ?? '' }}
        aria-label="Ticket"
        placeholder={asks === 'no' ? 'Ticket' : 'Ticket needed'}
        required={asks === 'require'}
        data-missing={isMissing(ticket.value, asks !== 'no')}
        {...ticket}
      />
      <TextInput
        className={classes.justification}
        classNames={{ input: classes.input ?? '' }}
        aria-label="Justification"
        placeholder={asks === 'require' ? 'Justification needed' : 'Justification'}
        required={asks === 'require'}
        data-missing={isMissing(justification.value, asks === 'require')}
        {...justification}
      />
    </>
  )
}
