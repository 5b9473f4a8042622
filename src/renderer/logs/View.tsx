import { Button, Menu, Splitter, Tabs } from '@mantine/core'
import { Download, Ellipsis, FileDown, Logs, RefreshCw, Settings2 } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Action, useActions } from '../session/actions.ts'
import { useActive, useSession } from '../session/context.ts'
import type { ViewProps } from '../session/targets.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ToolBar } from '../ui/ToolBar.tsx'
import { logActions } from './actions.ts'
import { Chart } from './Chart.tsx'
import { EntryList } from './EntryList.tsx'
import { ErrorTable } from './ErrorTable.tsx'
import { ExportDialog } from './ExportDialog.tsx'
import { ExportNote } from './ExportNote.tsx'
import { FileTable } from './FileTable.tsx'
import { FilterBar, TimePill } from './FilterBar.tsx'
import { noFilters } from './filters.ts'
import { LineDetail } from './LineDetail.tsx'
import { LineList } from './LineList.tsx'
import { SettingsDialog } from './SettingsDialog.tsx'
import { StatementTable } from './StatementTable.tsx'
import { type SectionName, sectionNames, sections } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

const titles = (name: SectionName): string => (name === 'files' ? 'Files' : sections[name].title)

/** What imported logs tell: over time, by statement, by error, by what the server did. */
export default function LogsView({ tab }: ViewProps<'logs'>) {
  const active = useActive()
  const open = useSession((session) => session.open)
  const absent = useSession(({ connections, current }) => connections.get(current ?? '')?.tracking === 'absent')
  const { section, show, refresh, filter, openLines, fault, files, facets, lines } = useLogs(
    useShallow(({ section, show, refresh, filter, openLines, fault, files, facets, lines }) => {
      return { section, show, refresh, filter, openLines, fault, files, facets, lines }
    }),
  )
  const [asking, setAsking] = useState<'settings' | 'export' | null>(null)
  // Who may not see the list of logs may see some of what they tell.
  const isEmpty = files?.length === 0 && facets?.total === 0
  const canExport = !isEmpty && section !== 'files'
  const stretch = stretchOf(lines?.within)

  const { target } = tab
  const taken = useRef<typeof target>(null)
  useEffect(() => {
    if (!active) return
    // What was asked for when it was opened holds until somebody filters by something else.
    const isNew = taken.current !== target
    taken.current = target
    if (!isNew || target.file === undefined) {
      void refresh()
      return
    }
    const { file, text } = target
    void filter({ file }).then(async () => {
      if (text === undefined) return
      await show('timeline')
      await openLines(`Lines with ${text}`, {}, text)
    })
  }, [active, refresh, filter, show, openLines, target])

  useActions(
    useMemo(
      (): Action[] => [
        { ...logActions.refresh, run: () => void refresh() },
        { ...logActions.search, run: () => document.querySelector<HTMLElement>('[data-log-search]')?.focus() },
        { ...logActions.all, run: () => void filter(noFilters) },
        {
          ...logActions.zoom,
          disabled: stretch === null,
          run: () => {
            if (stretch !== null) void filter(stretch)
          },
        },
        { ...logActions.export, disabled: !canExport, run: () => setAsking('export') },
        { ...logActions.settings, run: () => setAsking('settings') },
        ...sectionNames.map((name) => ({ ...logActions[name], run: () => void show(name) })),
      ],
      [refresh, filter, stretch, canExport, show],
    ),
  )

  return (
    <>
      <ToolBar
        label="Logs"
        end={
          <>
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<RefreshCw size={14} aria-hidden />}
              onClick={() => void refresh()}
            >
              Refresh
            </Button>
            <MoreMenu
              onExport={canExport ? () => setAsking('export') : null}
              onSettings={() => setAsking('settings')}
            />
            <Button
              size="compact-sm"
              leftSection={<FileDown size={14} aria-hidden />}
              onClick={() => open({ view: 'logImport' })}
            >
              Import…
            </Button>
          </>
        }
      >
        <FilterBar />
      </ToolBar>
      <TimePill />
      <ExportNote />
      {fault !== null && (
        <div className={classes.fault}>
          <FaultPanel
            title={absent ? 'Logs need the framework in this database' : 'The logs could not be read'}
            fault={fault}
            actions={
              absent && (
                <Button size="compact-sm" onClick={() => open({ view: 'framework' })}>
                  Go to the framework
                </Button>
              )
            }
          />
        </div>
      )}
      {facets === null && fault !== null ? null : isEmpty ? (
        <EmptyPage
          icon={Logs}
          title="No log has been imported yet"
          actions={
            <>
              <Button onClick={() => open({ view: 'logImport' })}>Import logs…</Button>
              <Button variant="default" onClick={() => setAsking('settings')}>
                What should the server log?
              </Button>
            </>
          }
        >
          Drop server logs on this window, or choose them. Slow statements, errors, locks and what else they tell are
          shown here, and stay in this database.
        </EmptyPage>
      ) : (
        <Tabs
          className={classes.tabs}
          value={section}
          onChange={(value) => {
            const wanted = sectionNames.find((name) => name === value)
            if (wanted !== undefined) void show(wanted)
          }}
          keepMounted={false}
        >
          <Tabs.List className={classes.tabList} aria-label="What the logs tell">
            {sectionNames.map((name) => (
              <Tabs.Tab key={name} value={name} className={classes.tab}>
                {titles(name)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={section} className={classes.section}>
            {section === 'files' ? <FileTable /> : <SectionBody name={section} />}
          </Tabs.Panel>
        </Tabs>
      )}
      {asking === 'settings' && <SettingsDialog onClose={() => setAsking(null)} />}
      {asking === 'export' && <ExportDialog onClose={() => setAsking(null)} />}
    </>
  )
}

/** A chart above what it counts; at the right what stands behind the choice. */
function SectionBody({ name }: { name: Exclude<SectionName, 'files'> }) {
  const behind = useLogs((state) => state.lines !== null || state.chosen !== null)
  const List = lists[name]
  // Sections without a list of their own show the lines themselves.
  const left = List === undefined ? <LineList /> : <List />
  const right = List === undefined ? <LineDetail /> : <Behind />
  return (
    <>
      <Chart />
      {List === undefined || behind ? (
        <Splitter className={classes.split} lineSize={1} handleColor="var(--line)" withHandle={false}>
          <Splitter.Pane defaultSize={58} min={25} className={classes.pane}>
            {left}
          </Splitter.Pane>
          <Splitter.Pane defaultSize={42} min={25} className={classes.pane}>
            {right}
          </Splitter.Pane>
        </Splitter>
      ) : (
        <div className={classes.pane}>{left}</div>
      )}
    </>
  )
}

const lists: Partial<Record<SectionName, () => ReactNode>> = {
  timeline: EntryList,
  statements: StatementTable,
  errors: ErrorTable,
}

/** The lines behind a figure or a bar, or one of them. */
function Behind() {
  const chosen = useLogs((state) => state.chosen)
  return chosen === null ? <LineList closable /> : <LineDetail closable />
}

interface MoreMenuProps {
  /** Null where nothing can be exported. */
  onExport: (() => void) | null
  onSettings: () => void
}

function MoreMenu({ onExport, onSettings }: MoreMenuProps) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="compact-sm" variant="subtle" color="gray" aria-label="More about the logs">
          <Ellipsis size={16} aria-hidden />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<Download size={14} aria-hidden />}
          disabled={onExport === null}
          onClick={onExport ?? undefined}
        >
          Export what is shown…
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Settings2 size={14} aria-hidden />} onClick={onSettings}>
          What the server should log…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function stretchOf(within: { from?: number; to?: number } | undefined): { from: number; to: number } | null {
  return within?.from === undefined || within.to === undefined ? null : { from: within.from, to: within.to }
}
