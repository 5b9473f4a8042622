import { Splitter } from '@mantine/core'
import { useEffect, useMemo, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Action, useActions } from '../session/actions.ts'
import { useActive, useSession } from '../session/context.ts'
import type { ViewProps } from '../session/targets.ts'
import { historyActions } from './actions.ts'
import { Comparison } from './Comparison.tsx'
import { Detail } from './Detail.tsx'
import { EntryList } from './EntryList.tsx'
import { EraseDialog } from './EraseDialog.tsx'
import { ExportBar } from './ExportBar.tsx'
import { ExportDialog } from './ExportDialog.tsx'
import { FilterBar } from './FilterBar.tsx'
import { noFilters } from './filters.ts'
import { FilterPills } from './MoreFilters.tsx'
import { RetentionDialog } from './RetentionDialog.tsx'
import { SourcesDialog } from './SourcesDialog.tsx'
import { SyncNotes } from './SyncNotes.tsx'
import { useHistory } from './store.ts'
import { TimelineChart } from './TimelineChart.tsx'
import { type Tool, ToolsMenu } from './ToolsMenu.tsx'
import classes from './View.module.css'

/** Every operation that this machine knows of, newest first, with or without a server. */
export default function HistoryView({ tab }: ViewProps<'history'>) {
  const active = useActive()
  const [tool, setTool] = useState<Tool | null>(null)
  const { filter, refresh, select, sync, survey, follow } = useHistory(
    useShallow(({ filter, refresh, select, sync, survey, follow }) => ({
      filter,
      refresh,
      select,
      sync,
      survey,
      follow,
    })),
  )
  const comparison = useHistory((state) => state.comparison)
  const detail = useHistory((state) => state.detail)
  const mark = useHistory((state) => state.mark)
  const pinned = useHistory((state) => state.pinned)
  const pin = useHistory((state) => state.pin)
  const compare = useHistory((state) => state.compare)
  const open = useSession((session) => session.open)
  const connected = useSession(({ current }) => current !== null)
  const exporting = useHistory((state) => state.exporting?.state === 'running')

  // Something may have run since it was last in front.
  useEffect(() => {
    if (!active) return
    const until = new AbortController()
    void refresh()
    void survey()
    void sync()
    void follow(until.signal)
    return () => until.abort()
  }, [active, refresh, survey, sync, follow])

  const { target } = tab
  useEffect(() => {
    if (target.text !== undefined) void filter({ text: target.text })
    if (target.entry !== undefined) void select(target.entry)
  }, [target, filter, select])

  useActions(
    useMemo(
      (): Action[] => [
        { ...historyActions.sync, run: () => void sync() },
        { ...historyActions.search, run: () => document.querySelector<HTMLElement>('[data-history-search]')?.focus() },
        { ...historyActions.all, run: () => void filter(noFilters) },
        {
          ...historyActions.keep,
          title: detail?.kept === true ? 'Keep this operation no longer' : 'Keep this operation',
          disabled: detail === null,
          run: () => {
            if (detail !== null) void mark(detail.id, { kept: !detail.kept })
          },
        },
        {
          ...historyActions.compare,
          disabled: detail === null || pinned?.id === detail.id,
          run: () => {
            if (detail === null) return
            if (pinned === null) pin(detail)
            else void compare(detail.id)
          },
        },
        {
          ...historyActions.edit,
          disabled: detail === null || !connected,
          run: () => {
            if (detail !== null) open({ view: 'editor', sql: detail.sql })
          },
        },
        { ...historyActions.export, disabled: exporting, run: () => setTool('export') },
        { ...historyActions.sources, run: () => setTool('sources') },
        { ...historyActions.retention, run: () => setTool('retention') },
        { ...historyActions.erase, run: () => setTool('erase') },
      ],
      [sync, filter, detail, mark, exporting, pinned, pin, compare, connected, open],
    ),
  )

  return (
    <>
      <FilterBar tools={<ToolsMenu onChoose={setTool} />} />
      <FilterPills />
      <SyncNotes />
      <ExportBar />
      <TimelineChart />
      {comparison === null ? (
        <Splitter className={classes.split} lineSize={1} handleColor="var(--line)" withHandle={false}>
          <Splitter.Pane defaultSize={54} min={25} className={classes.pane}>
            <EntryList />
          </Splitter.Pane>
          <Splitter.Pane defaultSize={46} min={25} className={classes.pane}>
            <Detail />
          </Splitter.Pane>
        </Splitter>
      ) : (
        <Comparison comparison={comparison} />
      )}
      {tool === 'export' && <ExportDialog onClose={() => setTool(null)} />}
      {tool === 'sources' && <SourcesDialog onClose={() => setTool(null)} />}
      {tool === 'retention' && <RetentionDialog onClose={() => setTool(null)} />}
      {tool === 'erase' && <EraseDialog onClose={() => setTool(null)} />}
    </>
  )
}
