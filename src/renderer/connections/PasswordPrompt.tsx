import { Checkbox, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { KindLabel } from '../ui/KindMark.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './PasswordPrompt.module.css'
import { type PasswordRequest, useConnections } from './store.ts'
import { keptWhere } from './words.ts'

/** Asks for the password of a connection that needs one. */
export function PasswordPrompt() {
  const request = useConnections((state) => state.request)
  const dismiss = useConnections((state) => state.dismissRequest)
  return (
    <Dialog opened={request !== null} onClose={dismiss} title="Password" size={420}>
      {request !== null && <PasswordForm key={request.connection.id} request={request} onCancel={dismiss} />}
    </Dialog>
  )
}

function PasswordForm({ request, onCancel }: { request: PasswordRequest; onCancel: () => void }) {
  const { connection, fault } = request
  const open = useConnections((state) => state.open)
  const kept = useConnections((state) => state.passwordsKept)
  const [text, setText] = useState('')
  const [keep, setKeep] = useState(false)

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void open(connection.id, { text, keep })
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <div className={classes.whom}>
          For <ShownText text={connection.user} /> at <ShownText text={connection.name} /> (
          <KindLabel kind={connection.kind} />
          ).
        </div>
        {fault.code !== 'password_required' && <FaultPanel fault={fault} title="The server refused the last one" />}
        <PasswordInput
          label="Password"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
          autoComplete="off"
        />
        <Checkbox
          label="Keep it for the next time"
          description={keptWhere[kept]}
          checked={keep}
          onChange={(event) => setKeep(event.currentTarget.checked)}
        />
        <DialogButtons label="Connect" onCancel={onCancel} />
      </Stack>
    </form>
  )
}
