import { Button, Loader, Tabs } from '@mantine/core'
import { RefreshCw } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { FrameworkStatus, UninstallReport } from '../../core/framework/contract.ts'
import { type Action, useActions } from '../session/actions.ts'
import type { ViewProps } from '../session/targets.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { StatusBadge, type Tone } from '../ui/StatusBadge.tsx'
import { ToolBar } from '../ui/ToolBar.tsx'
import { frameworkActions } from './actions.ts'
import { Health } from './Health.tsx'
import { Installation } from './Installation.tsx'
import { Seals } from './Seals.tsx'
import { Settings } from './Settings.tsx'
import { type Section, sections, useFramework } from './store.ts'
import classes from './View.module.css'

const states: Readonly<Record<FrameworkStatus['state'], { word: string; tone: Tone }>> = {
  absent: { word: 'Not installed', tone: 'quiet' },
  current: { word: 'Installed, up to date', tone: 'good' },
  outdated: { word: 'Installed, upgrade ready', tone: 'warn' },
  newer: { word: 'Installed by a newer pgSteward', tone: 'warn' },
  incompatible: { word: 'Does not fit', tone: 'bad' },
}

/** What is installed in the database, what it can do there, what an installation would run, and its removal. */
export default function FrameworkView({ tab }: ViewProps<'framework'>) {
  const { status, busy, fault, faultTitle, load, dismissFault } = useFramework(
    useShallow(({ status, busy, fault, faultTitle, load, dismissFault }) => {
      return { status, busy, fault, faultTitle, load, dismissFault }
    }),
  )
  useEffect(() => void load(), [load])
  const { section } = tab.target
  const show = useFramework((state) => state.show)
  useEffect(() => {
    const wanted = sections.find((each) => each === section)
    if (wanted !== undefined) show(wanted)
  }, [section, show])
  const actions = useMemo((): Action[] => [{ ...frameworkActions.reload, run: () => void load() }], [load])
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
      {fault !== null && (
        <div className={classes.fault}>
          <FaultPanel fault={fault} title={faultTitle} onDismiss={dismissFault} />
        </div>
      )}
      {status === null && busy === 'status' && <Loader className={classes.loading} aria-label="Reading" />}
      {status !== null && <Sections status={status} />}
    </>
  )
}

function versionsOf({ installedVersion, bundledVersion }: FrameworkStatus): string {
  if (installedVersion === null) return `version ${bundledVersion} can be installed`
  if (installedVersion === bundledVersion) return `version ${installedVersion}`
  return `version ${installedVersion} here, ${bundledVersion} with this pgSteward`
}

const titles: Readonly<Record<Section, string>> = {
  health: 'Health',
  seals: 'Seals',
  settings: 'Settings',
  installation: 'Installation',
}

/** Where nothing is installed there is nothing but its installation. */
function Sections({ status }: { status: FrameworkStatus }) {
  const chosen = useFramework((state) => state.section)
  const show = useFramework((state) => state.show)
  const health = useFramework((state) => state.health)
  const isInstalled = status.installedVersion !== null
  const troubled = health?.filter((check) => check.status !== 'ok').length ?? 0
  if (!isInstalled) {
    return (
      <div className={classes.page}>
        <Outcome />
        <Installation status={status} />
      </div>
    )
  }
  return (
    <Tabs
      className={classes.tabs}
      value={chosen ?? (status.plan.steps.length > 0 || status.plan.refusal !== null ? 'installation' : 'health')}
      onChange={(value) => {
        const section = sections.find((each) => each === value)
        if (section !== undefined) show(section)
      }}
      keepMounted={false}
    >
      <Tabs.List className={classes.list} aria-label="Parts of the framework">
        {sections.map((section) => (
          <Tabs.Tab key={section} value={section} className={classes.tab}>
            {titles[section]}{' '}
            {section === 'health' && troubled > 0 && <span className={classes.count}>{troubled}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="health" className={classes.page}>
        <Health />
      </Tabs.Panel>
      <Tabs.Panel value="seals" className={classes.page}>
        <Seals />
      </Tabs.Panel>
      <Tabs.Panel value="settings" className={classes.page}>
        <Settings />
      </Tabs.Panel>
      <Tabs.Panel value="installation" className={classes.page}>
        <Outcome />
        <Installation status={status} />
      </Tabs.Panel>
    </Tabs>
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
