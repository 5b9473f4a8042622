import { Loader } from '@mantine/core'
import { SearchX } from 'lucide-react'
import type { TimelineEntry } from '../../core/logs/contract.ts'
import { useSession } from '../session/context.ts'
import { durationText } from '../ui/amounts.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { Name } from '../ui/Name.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { VirtualList } from '../ui/VirtualList.tsx'
import { When } from '../ui/When.tsx'
import { oneLine } from './LineList.tsx'
import { kindText, sections } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** What was tracked and what was logged, each operation once, newest first. */
export function EntryList() {
  const entries = useLogs((state) => state.entries)
  const next = useLogs((state) => state.entriesNext)
  const loading = useLogs((state) => state.loading)
  const loadMore = useLogs((state) => state.loadMoreEntries)
  const chosen = useLogs((state) => state.chosen)
  const choose = useLogs((state) => state.choose)
  const open = useSession((session) => session.open)
  if (entries === null) return <Loader className={classes.loading} aria-label="Reading the timeline" />
  if (entries.length === 0) {
    return (
      <EmptyPage icon={SearchX} title="Nothing happened">
        {sections.timeline.empty}
      </EmptyPage>
    )
  }
  const show = ({ file, offset, execution }: TimelineEntry): void => {
    if (file !== null && offset !== null) void choose({ file, offset })
    else if (execution !== null) open({ view: 'history', entry: execution })
  }
  return (
    <VirtualList
      label="Timeline"
      count={entries.length}
      rowHeight={54}
      keyOf={(index) => {
        const entry = entries[index]
        return entry === undefined ? index : `${entry.execution} ${entry.file} ${entry.offset} ${index}`
      }}
      chosen={entries.findIndex(({ file, offset }) => {
        return file !== null && file === chosen?.file && offset === chosen.offset
      })}
      onChoose={(index) => {
        const entry = entries[index]
        if (entry !== undefined) show(entry)
      }}
      more={next !== null && !loading}
      onMore={() => void loadMore()}
      row={(index) => {
        const entry = entries[index]
        return entry === undefined ? null : <EntryRow entry={entry} />
      }}
    />
  )
}

function EntryRow({ entry }: { entry: TimelineEntry }) {
  const { at, source, kind, status, name, statement, user, database, application, durationMs, sqlstate, error } = entry
  return (
    <>
      <span className={classes.what}>
        <span className={classes.lineKind} data-failed={status === 'FAILED' || undefined}>
          {source === 'TRACKED' ? 'Tracked' : kindText(kind)}
        </span>
        <code className={classes.excerpt}>
          <ShownText text={oneLine(error ?? statement ?? name)} />
        </code>
      </span>
      <span className={classes.facts}>
        {at === null ? <span>no time</span> : <When at={at} precise />}
        {durationMs !== null && <span>{durationText(durationMs)}</span>}
        {sqlstate !== null && <span>{sqlstate}</span>}
        {user !== null && <Name>{user}</Name>}
        {database !== null && <Name>{database}</Name>}
        {application !== null && application !== '' && <Name>{application}</Name>}
      </span>
    </>
  )
}
