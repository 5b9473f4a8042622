import { Alert, Button } from '@mantine/core'
import { TriangleAlert } from 'lucide-react'
import { useSession } from '../session/context.ts'
import type { LiveConnection } from '../session/state.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import classes from './ConnectionBanner.module.css'
import { useConnections } from './store.ts'

/** What is wrong with the current connection, or with what this machine keeps of all of them. */
export function ConnectionBanner() {
  const current = useSession((session) => session.current)
  const live = useSession(({ connections }) => connections.get(current ?? ''))
  const fault = useConnections((state) => state.faults.get(current ?? ''))
  return (
    <>
      <CacheNotice />
      {current !== null && fault !== undefined && <Failed id={current} live={live} />}
      {fault === undefined && live?.state === 'lost' && <Lost live={live} />}
    </>
  )
}

function CacheNotice() {
  const notice = useConnections((state) => state.notice)
  const dismiss = useConnections((state) => state.dismissNotice)
  if (notice === null) return null
  return (
    <div className={classes.place}>
      <Alert
        color="yellow"
        icon={<TriangleAlert size={16} aria-hidden />}
        withCloseButton
        closeButtonLabel="Dismiss the notice"
        onClose={dismiss}
      >
        {notice}
      </Alert>
    </div>
  )
}

function Failed({ id, live }: { id: string; live: LiveConnection | undefined }) {
  const fault = useConnections((state) => state.faults.get(id))
  const saved = useConnections((state) => state.saved?.find((connection) => connection.id === id))
  const { open, dismissFault } = useConnections((state) => state)
  const show = useSession((session) => session.open)
  if (fault === undefined) return null
  const name = saved?.name ?? live?.connection.name
  return (
    <div className={classes.place}>
      <FaultPanel
        fault={fault}
        title={name === undefined ? 'Could not connect' : `Could not connect to ${name}`}
        onDismiss={() => dismissFault(id)}
        actions={
          <>
            <Button size="compact-sm" onClick={() => void open(id)}>
              Try again
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => show({ view: 'connection', id })}>
              Edit the connection
            </Button>
          </>
        }
      />
    </div>
  )
}

function Lost({ live }: { live: LiveConnection }) {
  const { id, name } = live.connection
  const open = useConnections((state) => state.open)
  const close = useConnections((state) => state.close)
  const busy = useConnections((state) => state.opening.has(id))
  return (
    <div className={classes.place}>
      <FaultPanel
        fault={live.problem ?? { code: 'connection_lost', message: 'The server did not say why.' }}
        title={`The connection to ${name} was lost`}
        actions={
          <>
            <p className={classes.lost}>
              Gone with it: any open transaction (the server rolls it back), temporary tables, cursors and session
              settings. {waitingWords(live.waiting)}
            </p>
            <Button size="compact-sm" loading={busy} onClick={() => void open(id)}>
              Reconnect
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => void close(id)}>
              Close the connection
            </Button>
          </>
        }
      />
    </div>
  )
}

function waitingWords(waiting: number): string {
  if (waiting === 0) return 'Nothing that was recorded is lost.'
  const records = waiting === 1 ? '1 record of an operation waits' : `${waiting} records of operations wait`
  return `${records} on this machine and will be sent when the server is back.`
}
