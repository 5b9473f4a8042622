import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { pendingChanges } from './editState.ts'
import { changesText } from './holding.ts'
import { useEditor } from './store.ts'

/** Asks before a run takes the place of results in which changes are not applied. */
export function DiscardChanges() {
  const discarding = useEditor((state) => state.discarding)
  const count = useEditor(pendingChanges)
  const go = useEditor((state) => state.discardAndRun)
  const dismiss = useEditor((state) => state.dismiss)
  return (
    <ConfirmDialog
      opened={discarding !== null}
      title="Discard the changes in the grid?"
      confirmLabel="Discard and run"
      onConfirm={() => void go()}
      onClose={dismiss}
    >
      {changesText(count)} in the results {count === 1 ? 'is' : 'are'} not applied. A run takes the place of the
      results, and of what was changed in them.
    </ConfirmDialog>
  )
}
