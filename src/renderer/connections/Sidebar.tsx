import { ActionIcon, Button, Loader, ScrollArea, Tooltip } from '@mantine/core'
import { Plus } from 'lucide-react'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { Connection } from '../../core/connection.ts'
import { useSession } from '../session/context.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { Name } from '../ui/Name.tsx'
import { ConnectionItem } from './ConnectionItem.tsx'
import classes from './Sidebar.module.css'
import { useConnections } from './store.ts'

/** The saved connections, and those that are open without being saved. */
export function Sidebar() {
  const { load, remove } = useConnections(useShallow(({ load, remove }) => ({ load, remove })))
  const saved = useConnections((state) => state.saved)
  const fault = useConnections((state) => state.fault)
  const live = useSession((session) => session.connections)
  const open = useSession((session) => session.open)
  const [removing, setRemoving] = useState<Connection | null>(null)

  const unsaved = [...live.values()]
    .map(({ connection }) => connection)
    .filter(({ id }) => !saved?.some((connection) => connection.id === id))
  const all = [...(saved ?? []), ...unsaved]

  useEffect(() => void load(), [load])

  // One that was opened elsewhere, such as the sample clinic, may have been saved there.
  const hasUnknown = saved !== null && unsaved.length > 0
  useEffect(() => {
    if (hasUnknown) void load()
  }, [load, hasUnknown])

  return (
    <>
      <div className={classes.heading}>
        <h2>Connections</h2>
        <Tooltip label="New connection">
          <ActionIcon size={22} aria-label="New connection" onClick={() => open({ view: 'connection' })}>
            <Plus size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      <ScrollArea.Autosize className={classes.scroll} mah="34vh" type="auto" scrollbarSize={8}>
        {fault !== null && (
          <div className={classes.fault}>
            <FaultPanel
              fault={fault}
              title="The connections could not be read"
              actions={
                <Button size="compact-sm" variant="default" onClick={() => void load()}>
                  Try again
                </Button>
              }
            />
          </div>
        )}
        {saved === null && fault === null && <Loader className={classes.loading} size={16} aria-label="Reading" />}
        {saved !== null && all.length === 0 && <p className={classes.none}>None yet. Make one with the + above.</p>}
        <ul className={classes.list} aria-label="Connections" onKeyDown={moveFocus}>
          {all.map((connection) => (
            <ConnectionItem key={connection.id} connection={connection} onRemove={() => setRemoving(connection)} />
          ))}
        </ul>
      </ScrollArea.Autosize>
      <ConfirmDialog
        opened={removing !== null}
        title="Remove the connection?"
        confirmLabel="Remove"
        onClose={() => setRemoving(null)}
        onConfirm={() => {
          if (removing !== null) void remove(removing.id)
          setRemoving(null)
        }}
      >
        <Name>{removing?.name ?? ''}</Name> is removed from this list, with its kept password. The database is not
        touched, and the history of what was done there stays.
      </ConfirmDialog>
    </>
  )
}

/** Up and down go along the list; Tab goes past it. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : null
  if (by === null) return
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-connection]')]
  const next = items[items.findIndex((item) => item.matches(':focus')) + by]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
