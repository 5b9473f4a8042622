import { Button, NumberInput, SegmentedControl } from '@mantine/core'
import { Lock } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { FrameworkSettings, TrackingMode } from '../../core/framework/contract.ts'
import { useSession } from '../session/context.ts'
import { useReasonsRule } from '../session/reasons.ts'
import { Name } from '../ui/Name.tsx'
import { ReasonsDialog } from './ReasonsDialog.tsx'
import classes from './Settings.module.css'
import { type Change, useFramework } from './store.ts'
import layout from './View.module.css'

/** How the framework works in this database. Each change holds at once for sessions that begin from then on. */
export function Settings() {
  const settings = useFramework((state) => state.settings)
  const change = useFramework((state) => state.change)
  const { asks } = useReasonsRule(useFramework((state) => state.reasons))
  const [asked, setAsked] = useState<Change>({})
  const [asking, setAsking] = useState(false)
  if (settings === null) return null
  const isOff = asked.tracking === 'off'

  const request = (wanted: Change): void => {
    if (asks === 'no' && wanted.tracking !== 'off') return void change(wanted)
    setAsked(wanted)
    setAsking(true)
  }
  return (
    <section className={layout.section} aria-label="Settings">
      <p className={layout.lead}>
        Of this database, for everybody who works in it. A change is recorded, and holds for sessions that begin from
        then on.
      </p>
      <div className={classes.list}>
        <Tracking {...settings.tracking} onChange={request} />
        <OnFailure {...settings.onFailure} onChange={request} />
        <Months {...settings.monthsAhead} onChange={request} />
      </div>
      <ReasonsDialog
        opened={asking}
        title={isOff ? 'Switch automatic tracking off?' : 'Change this setting?'}
        confirmLabel={isOff ? 'Switch off' : 'Change it'}
        danger={isOff}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false)
          void change(asked)
        }}
      >
        {isOff ? <SwitchedOff /> : 'It holds for the whole database, and is recorded.'}
      </ReasonsDialog>
    </section>
  )
}

function SwitchedOff() {
  const name = useSession(({ connections, current }) => connections.get(current ?? '')?.connection.name)
  return (
    <>
      From then on, DDL in <Name>{name ?? ''}</Name> leaves no trace, until somebody switches it on again. That it was
      switched off is recorded.
    </>
  )
}

interface ChangeProps {
  onChange: (change: Change) => void
}

interface SettingProps {
  name: string
  /** What follows from the value that is set. */
  children: ReactNode
  refusal: string | null
  control: ReactNode
}

function Setting({ name, children, refusal, control }: SettingProps) {
  return (
    <section className={classes.setting} aria-label={name}>
      <div className={classes.words}>
        <h3>{name}</h3>
        <p>{children}</p>
        {refusal !== null && (
          <p className={classes.refusal}>
            <Lock size={13} aria-hidden />
            {refusal}
          </p>
        )}
      </div>
      <div className={classes.control}>{control}</div>
    </section>
  )
}

const trackingWords: Readonly<Record<TrackingMode, string>> = {
  off: 'Nothing is recorded by itself: DDL leaves no trace, other than of runs in pgSteward.',
  on: 'DDL is recorded in every session, other than those that work as a replica (session_replication_role).',
  always: 'DDL is recorded in every session, also in those that work as a replica, such as some restores.',
  partly: 'Some of the event triggers are on and some are off. Choose one for all.',
  absent: 'There are no event triggers here, so nothing is recorded by itself.',
}

function Tracking({ value, refusal, onChange }: FrameworkSettings['tracking'] & ChangeProps) {
  const busy = useFramework((state) => state.busy)
  return (
    <Setting
      name="Automatic tracking of DDL"
      refusal={refusal}
      control={
        <SegmentedControl
          size="xs"
          aria-label="Automatic tracking of DDL"
          disabled={refusal !== null || busy !== null}
          value={value}
          data={[
            { value: 'off', label: 'Off' },
            { value: 'on', label: 'On' },
            { value: 'always', label: 'Replicas too' },
          ]}
          onChange={(tracking) => {
            if (tracking === 'off' || tracking === 'on' || tracking === 'always') onChange({ tracking })
          }}
        />
      }
    >
      {trackingWords[value]}
    </Setting>
  )
}

function OnFailure({ value, source, refusal, onChange }: FrameworkSettings['onFailure'] & ChangeProps) {
  const busy = useFramework((state) => state.busy)
  const words =
    value === 'warn'
      ? 'It takes effect with a warning. What went wrong is noted, and the health says so.'
      : 'It is undone: in this database nothing may happen that is not recorded.'
  return (
    <Setting
      name="DDL that cannot be recorded"
      refusal={source === 'server' ? 'The server’s own configuration says so.' : refusal}
      control={
        <SegmentedControl
          size="xs"
          aria-label="DDL that cannot be recorded"
          disabled={refusal !== null || busy !== null}
          value={value}
          data={[
            { value: 'warn', label: 'Warn' },
            { value: 'error', label: 'Undo it' },
          ]}
          onChange={(onFailure) => {
            if (onFailure === 'warn' || onFailure === 'error') onChange({ onFailure })
          }}
        />
      }
    >
      {words}
    </Setting>
  )
}

const mostMonths = 60

function Months({ value, refusal, onChange }: FrameworkSettings['monthsAhead'] & ChangeProps) {
  const busy = useFramework((state) => state.busy)
  const [wanted, setWanted] = useState<number | string>(Math.max(value, 12))
  const isMore = typeof wanted === 'number' && wanted > value && wanted <= mostMonths
  return (
    <Setting
      name="Months made ahead"
      refusal={refusal}
      control={
        <div className={classes.months}>
          <NumberInput
            aria-label="Months made ahead"
            w={70}
            min={1}
            max={mostMonths}
            allowDecimal={false}
            value={wanted}
            onChange={setWanted}
            disabled={refusal !== null}
          />
          <Button
            variant="default"
            disabled={!isMore || refusal !== null || (busy !== null && busy !== 'change')}
            loading={busy === 'change'}
            onClick={() => {
              if (typeof wanted === 'number') onChange({ monthsAhead: wanted })
            }}
          >
            Make them
          </Button>
        </div>
      }
    >
      The ledger has its partition for {value === 1 ? 'the next month' : `the next ${value} months`}. Opening the
      database in pgSteward makes more when fewer than two are left.
    </Setting>
  )
}
