import { Button, Loader } from '@mantine/core'
import { FilePenLine, History, Plug, ShieldAlert, ShieldCheck, Unplug } from 'lucide-react'
import { useShallow } from 'zustand/react/shallow'
import type { TrackingState } from '../../core/connection.ts'
import { useSession } from '../session/context.ts'
import type { LiveConnection } from '../session/state.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { Facts } from '../ui/Facts.tsx'
import { KindLabel } from '../ui/KindMark.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './Home.module.css'
import { ReconnectButton } from './ReconnectButton.tsx'
import { reportFacts } from './ServerAnswer.tsx'
import { useConnections } from './store.ts'

/** The current connection while it has no tab: being opened, closed, or open and ready. */
export function Home({ connection }: { connection: string }) {
  const live = useSession((session) => session.connections.get(connection))
  const saved = useConnections((state) => state.saved?.find(({ id }) => id === connection))
  const opening = useConnections((state) => state.opening.has(connection))
  const failed = useConnections((state) => state.faults.has(connection))
  const cancel = useConnections((state) => state.cancel)
  if (live !== undefined) return <Ready live={live} />
  if (opening) {
    return (
      <div className={classes.connecting} aria-live="polite">
        <Loader size={20} aria-hidden />
        <p>
          Connecting to <ShownText text={saved?.name ?? 'the server'} />…
        </p>
        <Button variant="default" onClick={() => cancel(connection)}>
          Stop
        </Button>
      </div>
    )
  }
  // The banner above says why, and offers to try again.
  if (failed) return <EmptyPage icon={Unplug} title="Not connected" />
  return (
    <EmptyPage icon={Plug} title={saved?.name ?? 'Not connected'} actions={<ReconnectButton connection={connection} />}>
      This connection is closed.
    </EmptyPage>
  )
}

const trackingLead: Readonly<Record<TrackingState, string>> = {
  absent: 'Operations in this database are not tracked yet. What you run from here is kept on this machine.',
  current: 'Operations in this database are tracked: what you run, and the DDL of everybody else.',
  outdated: 'Tracking is installed, and a newer version of it is ready.',
  newer: 'Tracking was installed by a newer pgSteward than this one.',
  incompatible: 'What is installed here does not fit this pgSteward.',
}

function Ready({ live }: { live: LiveConnection }) {
  const { connection, server, tracking } = live
  const open = useSession(useShallow((session) => session.open))
  const tracked = tracking === 'current'
  const Shield = tracked ? ShieldCheck : ShieldAlert
  return (
    <div className={classes.page}>
      <div className={classes.body}>
        <KindLabel kind={connection.kind} />
        <h1 className={classes.title}>
          <ShownText text={connection.name} />
        </h1>
        <div className={classes.actions}>
          <Button leftSection={<FilePenLine size={15} aria-hidden />} onClick={() => open({ view: 'editor' })}>
            New query
          </Button>
          <Button
            variant="default"
            leftSection={<History size={15} aria-hidden />}
            onClick={() => open({ view: 'history' })}
          >
            History
          </Button>
        </div>
        <section className={classes.tracking} data-tracked={tracked || undefined} aria-label="Tracking">
          <Shield size={18} aria-hidden />
          <p>{trackingLead[tracking]}</p>
          <Button size="compact-sm" variant={tracked ? 'subtle' : 'light'} onClick={() => open({ view: 'framework' })}>
            {tracked ? 'Details' : tracking === 'absent' ? 'See what would be installed' : 'See what can be done'}
          </Button>
        </section>
        <Facts facts={reportFacts(server)} />
      </div>
    </div>
  )
}
