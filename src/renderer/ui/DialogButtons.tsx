import { Button, Group } from '@mantine/core'

interface DialogButtonsProps {
  /** The verb on the button that does it: `Save`. */
  label: string
  onCancel: () => void
  /** What the other button says. */
  cancelLabel?: string
  /** What it does cannot be taken back. */
  danger?: boolean
  disabled?: boolean
  busy?: boolean
  /** The button that the dialog opens on; none where a field is it. */
  focus?: 'cancel' | 'submit'
  /** What the button does where no form around it is submitted. */
  onConfirm?: () => void
}

/** The end of a dialog: the way out, then what it is there for. */
export function DialogButtons(props: DialogButtonsProps) {
  const { label, onCancel, cancelLabel = 'Cancel', danger = false, disabled = false, busy = false } = props
  const { focus, onConfirm } = props
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onCancel} data-autofocus={focus === 'cancel' || undefined}>
        {cancelLabel}
      </Button>
      <Button
        type={onConfirm === undefined ? 'submit' : 'button'}
        disabled={disabled}
        loading={busy}
        data-autofocus={focus === 'submit' || undefined}
        {...(danger ? { color: 'red' } : {})}
        {...(onConfirm === undefined ? {} : { onClick: onConfirm })}
      >
        {label}
      </Button>
    </Group>
  )
}
