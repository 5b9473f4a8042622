import { ActionIcon, Anchor, Button } from '@mantine/core'
import { CircleCheck, Pencil, Undo2, X } from 'lucide-react'
import { useSession } from '../../session/context.ts'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { changesText } from '../holding.ts'
import { useEditor } from '../store.ts'
import classes from './edit.module.css'
import { countChanges } from './editList.ts'
import type { GridEditing } from './useGridEdit.tsx'

/** What is changed and not applied, what stood against it, and how it was applied. */
export function EditBar({ index, ...grid }: GridEditing & { index: number }) {
  const { editing, doings, fault, dismissFault } = grid
  const dismiss = useEditor((state) => state.dismissEdit)
  if (fault !== null)
    return <FaultPanel title="The value cannot be changed here" fault={fault} onDismiss={dismissFault} />
  if (editing === undefined) return null
  const count = countChanges(editing.list)
  const shown = editing.failure?.fault ?? (editing.review === null ? editing.fault : null)
  return (
    <>
      {shown !== null && (
        <FaultPanel
          title={editing.failure === null ? 'This was not done' : 'A change could not be made. Nothing was changed'}
          fault={shown}
          onDismiss={() => dismiss(index)}
        />
      )}
      {count > 0 && (
        <section className={classes.bar} aria-label="Changes">
          <Pencil size={13} aria-hidden />
          <span role="status">{changesText(count)}, not applied</span>
          <span className={classes.space} />
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<Undo2 size={12} aria-hidden />}
            disabled={editing.past.length === 0}
            onClick={doings.undo}
          >
            Undo
          </Button>
          <Button size="compact-xs" variant="subtle" onClick={doings.discard}>
            Discard
          </Button>
          <Button size="compact-xs" onClick={doings.review}>
            Review
          </Button>
        </section>
      )}
      {editing.made !== null && count === 0 && <Made index={index} made={editing.made} />}
    </>
  )
}

function Made({ index, made }: { index: number; made: NonNullable<NonNullable<GridEditing['editing']>['made']> }) {
  const open = useSession((session) => session.open)
  const dismiss = useEditor((state) => state.dismissEdit)
  const { operation, recorded, recordingFault } = made.outcome
  return (
    <section className={classes.bar} data-tone="good" aria-label="Changes">
      <CircleCheck size={13} aria-hidden />
      <span role="status">
        {changesText(made.count)} applied{recordedText[recorded]}
        {recordingFault !== null && ` · ${recordingFault.message}`}
      </span>
      <span className={classes.space} />
      <Anchor component="button" type="button" size="xs" onClick={() => open({ view: 'history', entry: operation })}>
        Show in the history
      </Anchor>
      <ActionIcon size="sm" onClick={() => dismiss(index)} aria-label="Dismiss">
        <X size={13} aria-hidden />
      </ActionIcon>
    </section>
  )
}

const recordedText = {
  server: '',
  waiting: ' · its record waits to be sent to the server',
  local: ' · recorded on this machine alone',
  memory: ' · its record is in memory alone, because the cache took nothing',
} as const
