import { useSession } from '../session/context.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { useEditor } from './store.ts'
import classes from './View.module.css'

const transactions = {
  idle: '',
  open: 'The server rolls back the transaction that was open. ',
  failed: 'The failed transaction ended with it. ',
} as const

/** Says what went with the session of this tab. Where the whole connection was lost, the window says so itself. */
export function LostNotice({ connection }: { connection: string | null }) {
  const lost = useEditor((state) => state.lost)
  const connected = useSession(({ connections }) => connections.get(connection ?? '')?.state === 'open')
  if (lost === null || !connected) return null
  return (
    <div className={classes.notice}>
      <FaultPanel
        title="The session of this tab is gone"
        fault={{
          ...lost.fault,
          hint:
            `${transactions[lost.transaction]}Temporary tables, settings and rows that were not yet fetched are gone. ` +
            'The next run opens a new session.',
        }}
      />
    </div>
  )
}
