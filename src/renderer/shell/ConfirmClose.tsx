import { useSession } from '../session/context.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'

/** Asks before a tab closes with something that would be lost. */
export function ConfirmClose() {
  const closing = useSession((session) => session.closing)
  const closeTab = useSession((session) => session.closeTab)
  const keepTab = useSession((session) => session.keepTab)
  return (
    <ConfirmDialog
      opened={closing !== null}
      title="Close this tab?"
      confirmLabel={`${closing?.holds.loss ?? ''} and close`}
      onConfirm={() => closing !== null && closeTab(closing.tab)}
      onClose={keepTab}
    >
      {closing?.holds.what}
    </ConfirmDialog>
  )
}
