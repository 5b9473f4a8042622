import { Button, Loader } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { FilePenLine, History, SearchX } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { useSession } from '../session/context.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { EntryRow } from './EntryRow.tsx'
import { useHistory } from './store.ts'
import classes from './View.module.css'

const rowHeight = 54
/** Entries that are read before one gets there. */
const ahead = 30

/** The operations, newest first; more are read as one scrolls. Arrow keys go from one to the next. */
export function EntryList() {
  const entries = useHistory((state) => state.entries)
  const more = useHistory((state) => state.more)
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
    if (more && last >= entries.length - ahead) void loadMore()
  }, [more, last, entries.length, loadMore])

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const at = entries.findIndex(({ id }) => id === selected)
    const next = by === 0 ? undefined : entries[at + by]
    if (next === undefined) return
    event.preventDefault()
    rows.scrollToIndex(at + by)
    void select(next.id)
  }

  if (!loaded) return <Loader className={classes.loading} aria-label="Reading the history" />
  if (entries.length === 0) return <NoEntries />
  return (
    <div ref={scroller} className={classes.list}>
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
                onChoose={() => void select(entry.id)}
                onKeyDown={onKeyDown}
              />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function NoEntries() {
  const { text, statuses, types, currentOnly } = useHistory((state) => state.filters)
  const filter = useHistory((state) => state.filter)
  const open = useSession((session) => session.open)
  const connected = useSession(({ current }) => current !== null)
  if (text !== '' || statuses.length > 0 || types.length > 0 || currentOnly) {
    return (
      <EmptyPage
        icon={SearchX}
        title="No operation is like that"
        actions={
          <Button
            variant="default"
            onClick={() => void filter({ text: '', statuses: [], types: [], currentOnly: false })}
          >
            Show all
          </Button>
        }
      >
        Search with fewer words, or take the filters away.
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
