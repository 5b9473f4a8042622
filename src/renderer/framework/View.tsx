import { Button, Loader } from '@mantine/core'
import { RefreshCw } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { FrameworkStatus, UninstallReport } from '../../core/framework/contract.ts'
import { type Action, useActions } from '../session/actions.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { StatusBadge, type Tone } from '../ui/StatusBadge.tsx'
import { ToolBar } from '../ui/ToolBar.tsx'
import { AppliedMigrations } from './AppliedMigrations.tsx'
import { Capabilities } from './Capabilities.tsx'
import { InstallPlan } from './InstallPlan.tsx'
import { useFramework } from './store.ts'
import { Uninstall } from './Uninstall.tsx'
import classes from './View.module.css'

const states: Readonly<Record<FrameworkStatus['state'], { word: string; tone: Tone }>> = {
  absent: { word: 'Not installed', tone: 'quiet' },
  current: { word: 'Installed, up to date', tone: 'good' },
  outdated: { word: 'Installed, upgrade ready', tone: 'warn' },
  newer: { word: 'Installed by a newer pgSteward', tone: 'warn' },
  incompatible: { word: 'Does not fit', tone: 'bad' },
}

/** What is installed in the database, what it can do there, what an installation would run, and its removal. */
export default function FrameworkView() {
  const { status, busy, fault, faultTitle, load, dismissFault } = useFramework(
    useShallow(({ status, busy, fault, faultTitle, load, dismissFault }) => {
      return { status, busy, fault, faultTitle, load, dismissFault }
    }),
  )
  useEffect(() => void load(), [load])
  const actions = useMemo(
    (): Action[] => [
      { id: 'framework.reload', title: 'Read the framework’s state again', group: 'Framework', run: () => void load() },
    ],
    [load],
  )
  useActions(actions)

  return (
    <>
      <ToolBar
        label="Framework"
        end={
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<RefreshCw size={14} aria-hidden />}
            loading={busy === 'status' && status !== null}
            onClick={() => void load()}
          >
            Refresh
          </Button>
        }
      >
        <h1 className={classes.title}>Tracking framework</h1>
        {status !== null && <StatusBadge tone={states[status.state].tone}>{states[status.state].word}</StatusBadge>}
        {status !== null && <span className={classes.versions}>{versionsOf(status)}</span>}
      </ToolBar>
      <div className={classes.page}>
        {fault !== null && <FaultPanel fault={fault} title={faultTitle} onDismiss={dismissFault} />}
        {status === null && busy === 'status' && <Loader className={classes.loading} aria-label="Reading" />}
        {status !== null && <Sections status={status} />}
      </div>
    </>
  )
}

function versionsOf({ installedVersion, bundledVersion }: FrameworkStatus): string {
  if (installedVersion === null) return `version ${bundledVersion} can be installed`
  if (installedVersion === bundledVersion) return `version ${installedVersion}`
  return `version ${installedVersion} here, ${bundledVersion} with this pgSteward`
}

function Sections({ status }: { status: FrameworkStatus }) {
  return (
    <>
      <Outcome />
      <InstallPlan status={status} />
      <Capabilities capabilities={status.capabilities} />
      {status.applied.length > 0 && <AppliedMigrations status={status} />}
      {status.installedVersion !== null && <Uninstall />}
    </>
  )
}

function rolesWords({ rolesRemoved, rolesKept }: UninstallReport): string {
  const removed = rolesRemoved.length === 0 ? '' : `Removed with it: the roles ${rolesRemoved.join(', ')}.`
  const why = 'because they are used elsewhere, or your role may not drop them'
  return rolesKept.length === 0 ? removed : `${removed} Kept: the roles ${rolesKept.join(', ')}, ${why}.`
}

/** What the last installation or removal did. */
function Outcome() {
  const installed = useFramework((state) => state.installed)
  const uninstalled = useFramework((state) => state.uninstalled)
  const line = useRef<HTMLParagraphElement>(null)
  // It stands above what was clicked, perhaps out of sight.
  useEffect(() => {
    if (installed !== null || uninstalled !== null) line.current?.scrollIntoView({ block: 'nearest' })
  }, [installed, uninstalled])

  if (uninstalled !== null) {
    return (
      <p ref={line} className={classes.outcome} role="status">
        The framework is removed. Its trail of {uninstalled.executions.toLocaleString('en')} executions was exported
        first, to <code>{uninstalled.exportedTo}</code>. {rolesWords(uninstalled)}
      </p>
    )
  }
  if (installed === null) return null
  return (
    <p ref={line} className={classes.outcome} role="status">
      Version {installed.version} is installed: {installed.steps} {installed.steps === 1 ? 'step' : 'steps'} in{' '}
      {Math.round(installed.durationMs).toLocaleString('en')} ms, in one transaction.
    </p>
  )
}
