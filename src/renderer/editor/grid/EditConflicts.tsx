import { Button, Stack, Text } from '@mantine/core'
import type { Column } from '../../../core/editor/contract.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import type { Editing, RowConflict } from '../editing.ts'
import { useEditor } from '../store.ts'
import { ValueText } from './EditReview.tsx'
import classes from './edit.module.css'

interface EditConflictsProps {
  index: number
  editing: Editing | undefined
  columns: readonly Column[]
}

/** Rows that somebody else has changed: both versions side by side, and which is to stand. */
export function EditConflicts({ index, editing, columns }: EditConflictsProps) {
  const dismiss = useEditor((state) => state.dismissEdit)
  const conflicts = editing?.conflicts ?? []
  return (
    <Dialog opened={conflicts.length > 0} onClose={() => dismiss(index)} title="Changed by somebody else" size={720}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          These rows are no longer as you read them. Nothing was changed. Say for each which version is to stand; you
          review the changes again before they are sent.
        </Text>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keys too */}
        <section className={classes.conflicts} tabIndex={0} aria-label="Rows">
          {editing !== undefined &&
            conflicts.map((conflict) => (
              <Conflict key={conflict.row} index={index} conflict={conflict} editing={editing} columns={columns} />
            ))}
        </section>
      </Stack>
    </Dialog>
  )
}

interface ConflictProps {
  index: number
  conflict: RowConflict
  editing: Editing
  columns: readonly Column[]
}

function Conflict({ index, conflict, editing, columns }: ConflictProps) {
  const resolve = useEditor((state) => state.resolveConflict)
  const { row, read, theirs } = conflict
  const mine = editing.list.set.get(row)
  const isDelete = editing.list.deleted.has(row)
  const key = new Set(editing.editable?.key)
  const shown = columns.flatMap((column, place) => {
    if (editing.editable?.columns[place] == null) return []
    const differs = theirs !== null && theirs[place] !== read[place]
    return key.has(place) || differs || mine?.has(place) ? [{ column, place, differs }] : []
  })
  const title = `Row ${(row + 1).toLocaleString('en')}`
  return (
    <section className={classes.conflict} aria-label={title}>
      <div className={classes.conflictHead}>
        {title}
        {theirs === null && ' has been deleted'}
        <span className={classes.space} />
        {theirs !== null && (
          <Button size="compact-xs" variant="default" onClick={() => void resolve(index, row, 'mine')}>
            {isDelete ? 'Delete it all the same' : 'Keep mine'}
          </Button>
        )}
        <Button size="compact-xs" variant="default" onClick={() => void resolve(index, row, 'theirs')}>
          {theirs === null ? 'Drop my change' : 'Take theirs'}
        </Button>
      </div>
      <table className={classes.versions}>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">As you read it</th>
            <th scope="col">Mine</th>
            <th scope="col">Theirs</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ column, place, differs }) => {
            const wanted = mine?.get(place)
            return (
              <tr key={place}>
                <th scope="row">
                  <ShownText text={column.name} />
                </th>
                <td>
                  <ValueText value={read[place]} />
                </td>
                <td>
                  {isDelete ? (
                    <span className={classes.null}>deleted</span>
                  ) : wanted === 'default' ? (
                    <span className={classes.null}>DEFAULT</span>
                  ) : (
                    <ValueText value={wanted === undefined ? read[place] : wanted.text} />
                  )}
                </td>
                <td data-differs={differs || undefined}>
                  {theirs === null ? (
                    <span className={classes.null}>deleted</span>
                  ) : (
                    <ValueText value={theirs[place]} />
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
