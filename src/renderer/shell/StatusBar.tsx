import { UnstyledButton } from '@mantine/core'
import { CloudUpload, Database, Hourglass, Lock, ShieldAlert, ShieldCheck, User } from 'lucide-react'
import type { TrackingState } from '../../core/connection.ts'
import { useSession } from '../session/context.ts'
import type { LiveConnection } from '../session/state.ts'
import { KindLabel } from '../ui/KindMark.tsx'
import { Name } from '../ui/Name.tsx'
import { tintOf } from '../ui/tint.ts'
import classes from './StatusBar.module.css'

/** Where one is: the connection, as whom, whether operations are tracked, what still waits to be told. */
export function StatusBar() {
  const live = useSession(({ current, connections }) => (current === null ? undefined : connections.get(current)))
  return (
    <section
      className={classes.bar}
      data-kind={live?.connection.kind}
      data-tint={live === undefined ? undefined : tintOf(live.connection)}
      aria-label="Status"
    >
      {live === undefined ? <span>Not connected</span> : <Facts live={live} />}
    </section>
  )
}

function Facts({ live }: { live: LiveConnection }) {
  const { connection, server, tracking, waiting } = live
  const severed = useSession((session) => session.severed !== null)
  const state = severed ? 'lost' : live.state
  const open = useSession((session) => session.open)
  const holding = useSession(
    ({ held, tabs }) => tabs.filter((tab) => tab.connection === connection.id && held.get(tab.id)?.transaction).length,
  )
  return (
    <>
      <span className={classes.kind} data-kind={connection.kind}>
        <span className={classes.dot} data-state={state} aria-hidden />
        <KindLabel kind={connection.kind} />
      </span>
      <span className={classes.fact}>
        {connection.colour !== 'by kind' && (
          <span
            className={classes.swatch}
            data-tint={connection.colour}
            role="img"
            aria-label={connection.colour}
            title="The connection’s colour"
          />
        )}
        <Name>{connection.name}</Name>
        {state === 'lost' && <strong className={classes.lost}>lost</strong>}
      </span>
      <span className={classes.fact} title="Database">
        <Database size={13} aria-label="Database" />
        <Name>{server.database}</Name>
      </span>
      <span className={classes.fact} title={server.superuser ? 'Role, a superuser' : 'Role'}>
        <User size={13} aria-label="Role" />
        <Name>{server.user}</Name>
        {server.superuser && <span className={classes.note}>superuser</span>}
      </span>
      {(server.readOnly || connection.readOnly) && (
        <span className={classes.fact}>
          <Lock size={13} aria-hidden />
          read-only
        </span>
      )}
      {holding > 0 && (
        <span className={classes.fact} data-tone="warn">
          <Hourglass size={13} aria-hidden />
          {holding === 1 ? 'Transaction open' : `${holding} transactions open`}
        </span>
      )}
      <span className={classes.space} />
      {waiting > 0 && (
        <span className={classes.fact} data-tone="warn">
          <CloudUpload size={13} aria-hidden />
          {waiting === 1 ? '1 record waits for the server' : `${waiting} records wait for the server`}
        </span>
      )}
      <UnstyledButton
        className={classes.button}
        data-tone={trackingTones[tracking]}
        onClick={() => open({ view: 'framework' })}
      >
        {tracking === 'current' ? <ShieldCheck size={13} aria-hidden /> : <ShieldAlert size={13} aria-hidden />}
        {trackingWords[tracking]}
      </UnstyledButton>
      <span className={classes.fact}>{shortVersion(server.version)}</span>
    </>
  )
}

export const trackingWords: Readonly<Record<TrackingState, string>> = {
  absent: 'Tracking off',
  current: 'Tracking on',
  outdated: 'Tracking on, upgrade ready',
  newer: 'Tracking on, newer than this program',
  incompatible: 'Tracking not possible',
}

const trackingTones: Readonly<Record<TrackingState, 'good' | 'warn' | 'bad'>> = {
  absent: 'warn',
  current: 'good',
  outdated: 'warn',
  newer: 'warn',
  incompatible: 'bad',
}

/** `PostgreSQL 18.4` of `PostgreSQL 18.4 on x86_64-pc-linux-gnu, compiled by …`. */
export function shortVersion(version: string): string {
  return /^\S+ [\d.]+\S*/.exec(version)?.[0] ?? version
}
