import { Button, Loader } from '@mantine/core'
import { FilePenLine, History, SearchX } from 'lucide-react'
import { useSession } from '../session/context.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { VirtualList } from '../ui/VirtualList.tsx'
import { When } from '../ui/When.tsx'
import { EntryRow } from './EntryRow.tsx'
import { isFiltering, noFilters } from './filters.ts'
import { useHistory } from './store.ts'
import classes from './View.module.css'

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
  if (!loaded) return <Loader className={classes.loading} aria-label="Reading the history" />
  if (entries.length === 0 && next !== null) return <LookingBack reached={reached} />
  if (entries.length === 0) return <NoEntries />
  return (
    <VirtualList
      label="Operations"
      count={entries.length}
      rowHeight={54}
      keyOf={(index) => entries[index]?.id ?? index}
      chosen={entries.findIndex(({ id }) => id === selected)}
      onChoose={(index) => {
        const entry = entries[index]
        if (entry !== undefined) void select(entry.id)
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
