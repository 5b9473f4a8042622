import { Button, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Dialog } from '../../ui/Dialog.tsx'
import { DialogButtons } from '../../ui/DialogButtons.tsx'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import classes from '../View.module.css'
import { useSaved } from './store.ts'

/** Asks under which name the text is saved, and shows what went wrong with it. */
export function SaveDialog() {
  const naming = useSaved((state) => state.naming)
  const fault = useSaved((state) => state.fault)
  const dismiss = useSaved((state) => state.dismiss)
  return (
    <>
      <Dialog opened={naming !== null} onClose={dismiss} title="Save the query" size={420}>
        {naming !== null && <Fields />}
      </Dialog>
      {naming === null && fault !== null && (
        <div className={classes.notice}>
          <FaultPanel
            fault={fault}
            title="The query was not saved"
            actions={
              <Button size="compact-sm" variant="default" onClick={dismiss}>
                Dismiss
              </Button>
            }
          />
        </div>
      )}
    </>
  )
}

function Fields() {
  const saved = useSaved((state) => state.saved)
  const fault = useSaved((state) => state.fault)
  const saveUnder = useSaved((state) => state.saveUnder)
  const dismiss = useSaved((state) => state.dismiss)
  const [name, setName] = useState(saved === null ? '' : `${saved.name} 2`)
  const [folder, setFolder] = useState(saved?.folder ?? '')
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void saveUnder(name, folder)
  }
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          data-autofocus
          maxLength={200}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <TextInput
          label="Folder"
          description="Folders in folders are parted by /. It is made where it is not there."
          placeholder="reports/monthly"
          value={folder}
          onChange={({ currentTarget }) => setFolder(currentTarget.value)}
        />
        {fault !== null && <FaultPanel fault={fault} title="The query was not saved" />}
        <DialogButtons label="Save" onCancel={dismiss} />
      </Stack>
    </form>
  )
}
