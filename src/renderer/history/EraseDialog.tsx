import { Modal, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Fault, toFault } from '../../core/fault.ts'
import { countText } from '../ui/amounts.ts'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import classes from './Dialogs.module.css'
import { useHistory } from './store.ts'

/** Masks a secret that was recorded: no rule took it for one. */
export function EraseDialog({ onClose }: { onClose: () => void }) {
  const erase = useHistory((state) => state.erase)
  const [secret, setSecret] = useState('')
  const [busy, setBusy] = useState(false)
  const [erased, setErased] = useState<number | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setFault(null)
    try {
      setErased(await erase(secret))
      setSecret('')
    } catch (thrown) {
      setFault(toFault(thrown))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Modal opened onClose={onClose} title="Erase a secret from the history" size={500}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <p className={classes.text}>
            Wherever this machine’s history holds the text, exactly as it is typed here, it becomes ***: in SQL, names,
            errors, tickets, justifications and notes. It cannot be taken back. What a server has recorded already stays
            there: change the secret.
          </p>
          <PasswordInput
            label="The secret"
            description="Three characters or more. It is not kept."
            value={secret}
            minLength={3}
            maxLength={1000}
            autoComplete="off"
            onChange={({ currentTarget }) => {
              setSecret(currentTarget.value)
              setErased(null)
            }}
            data-autofocus
          />
          {erased !== null && (
            <div className={classes.plan} role="status">
              {erased === 0 ? 'It stands nowhere in the history.' : `Masked in ${countText(erased, 'operation')}.`}
            </div>
          )}
          {fault !== null && <FaultPanel fault={fault} />}
          <DialogButtons
            label="Erase"
            cancelLabel="Close"
            danger
            disabled={secret.length < 3}
            busy={busy}
            onCancel={onClose}
          />
        </Stack>
      </form>
    </Modal>
  )
}
