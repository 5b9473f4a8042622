import { Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { SavedQuery } from '../../core/queries/contract.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useQueries } from './store.ts'

export type Moving =
  | { readonly kind: 'query'; readonly query: SavedQuery }
  | { readonly kind: 'folder'; readonly path: string }

/** Renames a query or a folder, or moves it. */
export function MoveDialog({ moving, onClose }: { moving: Moving | null; onClose: () => void }) {
  return (
    <Dialog opened={moving !== null} onClose={onClose} title="Rename or move" size={400}>
      {moving !== null && <Fields moving={moving} onClose={onClose} />}
    </Dialog>
  )
}

function Fields({ moving, onClose }: { moving: Moving; onClose: () => void }) {
  const move = useQueries((state) => state.move)
  const moveFolder = useQueries((state) => state.moveFolder)
  const isQuery = moving.kind === 'query'
  const [name, setName] = useState(isQuery ? moving.query.name : '')
  const [folder, setFolder] = useState(isQuery ? moving.query.folder : moving.path)
  const onSubmit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    // What went wrong is told above the list.
    await (isQuery ? move(moving.query, folder, name) : moveFolder(moving.path, folder))
    onClose()
  }
  return (
    <form onSubmit={(event) => void onSubmit(event)}>
      <Stack gap="sm">
        {isQuery && (
          <TextInput
            label="Name"
            required
            data-autofocus
            maxLength={200}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
        )}
        <TextInput
          label="Folder"
          description="Folders in folders are parted by /."
          required={!isQuery}
          value={folder}
          onChange={({ currentTarget }) => setFolder(currentTarget.value)}
        />
        <DialogButtons label="Move" onCancel={onClose} />
      </Stack>
    </form>
  )
}
