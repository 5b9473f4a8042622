import { Stack, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Dialog } from './Dialog.tsx'
import { DialogButtons } from './DialogButtons.tsx'
import { ShownText } from './ShownText.tsx'

interface ConfirmDialogProps {
  opened: boolean
  title: string
  /** What will happen, and what will not. */
  children: ReactNode
  /** The verb on the button: `Remove`. */
  confirmLabel: string
  /** What must be typed before the button works, for what cannot be taken back. */
  typed?: { name: string; what: string }
  busy?: boolean
  /** What it does cannot be taken back, or takes something away. */
  danger?: boolean
  /** What is asked for in `children` was given. */
  ready?: boolean
  onConfirm: (typed: string) => void
  onClose: () => void
}

/** Asks before something is lost. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={props.title} size={460}>
      <ConfirmForm {...props} />
    </Dialog>
  )
}

function ConfirmForm({
  children,
  confirmLabel,
  typed,
  busy = false,
  danger = true,
  ready = true,
  onConfirm,
  onClose,
}: ConfirmDialogProps) {
  const [text, setText] = useState('')
  const allowed = ready && (typed === undefined || text === typed.name)

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (allowed) onConfirm(text)
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <div>{children}</div>
        {typed !== undefined && (
          <TextInput
            label={
              <>
                Type <ShownText text={typed.name} />, {typed.what}
              </>
            }
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <DialogButtons
          label={confirmLabel}
          danger={danger}
          disabled={!allowed}
          busy={busy}
          onCancel={onClose}
          {...(typed === undefined ? { focus: 'cancel' } : {})}
        />
      </Stack>
    </form>
  )
}
