import { Splitter } from '@mantine/core'
import { useEffect, useMemo } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Action, useActions } from '../session/actions.ts'
import { useActive } from '../session/context.ts'
import type { ViewProps } from '../session/targets.ts'
import { Detail } from './Detail.tsx'
import { EntryList } from './EntryList.tsx'
import { FilterBar } from './FilterBar.tsx'
import { SyncNotes } from './SyncNotes.tsx'
import { useHistory } from './store.ts'
import classes from './View.module.css'

/** Every operation that this machine knows of, newest first, with or without a server. */
export default function HistoryView({ tab }: ViewProps<'history'>) {
  const active = useActive()
  const { filter, refresh, select, sync } = useHistory(
    useShallow(({ filter, refresh, select, sync }) => ({ filter, refresh, select, sync })),
  )

  // Something may have run since it was last in front.
  useEffect(() => {
    if (!active) return
    void refresh()
    void sync()
  }, [active, refresh, sync])

  const { target } = tab
  useEffect(() => {
    if (target.text !== undefined) void filter({ text: target.text })
    if (target.entry !== undefined) void select(target.entry)
  }, [target, filter, select])

  useActions(
    useMemo(
      (): Action[] => [
        { id: 'history.sync', title: 'Synchronise the history now', group: 'History', run: () => void sync() },
      ],
      [sync],
    ),
  )

  return (
    <>
      <FilterBar />
      <SyncNotes />
      <Splitter className={classes.split} lineSize={1} handleColor="var(--line)" withHandle={false}>
        <Splitter.Pane defaultSize={54} min={25} className={classes.pane}>
          <EntryList />
        </Splitter.Pane>
        <Splitter.Pane defaultSize={46} min={25} className={classes.pane}>
          <Detail />
        </Splitter.Pane>
      </Splitter>
    </>
  )
}
