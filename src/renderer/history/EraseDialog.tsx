import { Checkbox, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Fault, toFault } from '../../core/fault.ts'
import type { Erased } from '../../core/history/contract.ts'
import { countText } from '../ui/amounts.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import classes from './Dialogs.module.css'
import { useHistory } from './store.ts'

/** Masks a secret that was recorded: no rule took it for one. */
export function EraseDialog({ onClose }: { onClose: () => void }) {
  const erase = useHistory((state) => state.erase)
  const [secret, setSecret] = useState('')
  const [saved, setSaved] = useState(false)
  const [busy, setBusy] = useState(false)
  const [erased, setErased] = useState<Erased | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setFault(null)
    try {
      setErased(await erase(secret, saved))
      setSecret('')
    } catch (thrown) {
      setFault(toFault(thrown))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog opened onClose={onClose} title="Erase a secret from the history" size={500}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <p className={classes.text}>
            Wherever this machine keeps the text, exactly as it is typed here, it becomes ***: in the history with its
            plans, errors and notes, and in the texts of tabs that are not open. Values of parameters that hold it are
            forgotten. It cannot be taken back. What a server has recorded already stays there: change the secret.
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
          <Checkbox
            label="In saved queries too"
            description="They run with *** in its place from then on."
            checked={saved}
            onChange={({ currentTarget }) => setSaved(currentTarget.checked)}
          />
          {erased !== null && (
            <div className={classes.plan} role="status">
              {erasedText(erased)}
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
    </Dialog>
  )
}

function erasedText({ operations, parameters, savedQueries, tabs, openTabs, left, inFile }: Erased): string {
  const done = [
    ...(operations > 0 ? [`masked in ${countText(operations, 'operation')}`] : []),
    ...(savedQueries > 0 ? [`masked in ${countText(savedQueries, 'saved query')}`.replace('querys', 'queries')] : []),
    ...(tabs > 0 ? [`masked in the kept text of ${countText(tabs, 'tab')}`] : []),
    ...(parameters > 0 ? [`${countText(parameters, 'value')} of parameters forgotten`] : []),
  ].join(', ')
  const text = done === '' ? 'Nothing was masked.' : `${done.charAt(0).toUpperCase()}${done.slice(1)}.`
  const open =
    openTabs === 0
      ? ''
      : ` ${countText(openTabs, 'open tab')} still ${openTabs === 1 ? 'holds' : 'hold'} it: take it out there.`
  const kept = left.length === 0 ? '' : ` It was left in: ${left.join(', ')}.`
  const file = inFile === null ? '' : ` Its letters still stand in the file cache.db: ${inFile}`
  return `${text}${open}${kept}${file}`
}
