import { Button, Loader } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { FilePenLine, History, SearchX } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useRef } from 'react'
import { useSession } from '../session/context.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { When } from '../ui/When.tsx'
import { EntryRow } from './EntryRow.tsx'
import { isFiltering, noFilters } from './filters.ts'
import { useHistory } from './store.ts'
import classes from './View.module.css'

const rowHeight = 54
/** Entries that are read before one gets there. */
const ahead = 30

/** The operations, newest first; more are read as one scrolls. Arrow keys go from one to the next. */
export function EntryList() {
  const entries = useHistory((state) => state.entries)
  const next = useHistory((state) => state.next)
  const reached = useHistory((state) => state.reached)
  const loading = useHistory((state) => state.loading)
  const loaded = useHistory((state) => state.loaded)
  const loadMore = useHistory((state) => state.loadMore)
  const selected = useHistory((state) => state.selected)
  const select = useHistory((state) => state.select)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  const visible = rows.getVirtualItems()
  const last = visible.at(-1)?.index ?? 0

  useEffect(() => {
    if (next !== null && !loading && last >= entries.length - ahead) void loadMore()
  }, [next, loading, last, entries.length, loadMore])

  const onKey = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const at = entries.findIndex(({ id }) => id === selected)
    const next = by === 0 ? undefined : entries[at + by]
    if (next === undefined) return
    event.preventDefault()
    rows.scrollToIndex(at + by)
    void select(next.id)
  }
  // Rows that stay are not drawn anew when nothing but the list around them has changed.
  const latest = useRef(onKey)
  useEffect(() => {
    latest.current = onKey
  })
  const onKeyDown = useCallback((event: KeyboardEvent) => latest.current(event), [])
  const onChoose = useCallback((id: string) => void select(id), [select])

  if (!loaded) return <Loader className={classes.loading} aria-label="Reading the history" />
  if (entries.length === 0 && next !== null) return <LookingBack reached={reached} />
  if (entries.length === 0) return <NoEntries />
  return (
    <div ref={scroller} className={classes.list} data-loading={loading || undefined}>
      <ul className={classes.entries} style={{ height: rows.getTotalSize() }} aria-label="Operations">
        {visible.map(({ index, start }) => {
          const entry = entries[index]
          if (entry === undefined) return null
          return (
            <li key={entry.id} className={classes.entry} style={{ top: start, height: rowHeight }}>
              <EntryRow
                entry={entry}
                chosen={entry.id === selected}
                reachable={entry.id === selected || (selected === null && index === 0)}
                onChoose={onChoose}
                onKeyDown={onKeyDown}
              />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** Nothing found so far, and older ones to look at. */
function LookingBack({ reached }: { reached: string | null }) {
  return (
    <div className={classes.looking} role="status">
      <Loader size="xs" />
      <span>Nothing yet. Looking further back{reached === null ? '' : <> than {<When at={reached} />}</>}…</span>
    </div>
  )
}

function NoEntries() {
  const filters = useHistory((state) => state.filters)
  const unindexed = useHistory((state) => state.unindexed)
  const filter = useHistory((state) => state.filter)
  const open = useSession((session) => session.open)
  const connected = useSession(({ current }) => current !== null)
  if (isFiltering(filters)) {
    return (
      <EmptyPage
        icon={SearchX}
        title="No operation is like that"
        actions={
          <Button variant="default" onClick={() => void filter(noFilters)}>
            Show all
          </Button>
        }
      >
        {unindexed > 0
          ? `${unindexed.toLocaleString('en')} operations are still being indexed, and may be among what you look for.`
          : 'Search with fewer words, or take the filters away.'}
      </EmptyPage>
    )
  }
  return (
    <EmptyPage
      icon={History}
      title="Nothing has been recorded yet"
      actions={
        connected && (
          <Button leftSection={<FilePenLine size={15} aria-hidden />} onClick={() => open({ view: 'editor' })}>
            New query
          </Button>
        )
      }
    >
      {connected
        ? 'Run something in the editor: every run is recorded. With the framework installed, what others change shows up here too.'
        : 'Connect to a database on the left and run something: every run is recorded here, and stays when the server is away.'}
    </EmptyPage>
  )
}
