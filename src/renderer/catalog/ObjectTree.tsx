import { ActionIcon, Button, CloseButton, Loader, TextInput, Tooltip } from '@mantine/core'
import { CloudOff, RefreshCw, Search } from 'lucide-react'
import { type RefObject, useEffect, useMemo, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Action, useActions } from '../session/actions.ts'
import { useConnected, useSession } from '../session/context.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { keysAsText } from '../ui/Keys.tsx'
import { When } from '../ui/When.tsx'
import { catalogActions } from './actions.ts'
import classes from './ObjectTree.module.css'
import { useCatalog } from './store.ts'
import { Told } from './Told.tsx'
import { TreeList } from './TreeList.tsx'

/** What the database of the current connection holds, below the connections. */
export function ObjectTree() {
  const current = useSession((session) => session.current)
  // Another connection has another tree: nothing of this one stays, not even where it was scrolled to.
  return current === null ? null : <TreeOfConnection key={current} />
}

function TreeOfConnection() {
  const connected = useConnected()
  const opening = useSession(({ current, connections }) => connections.get(current ?? '')?.opening)
  return <Pane key={opening} connected={connected} />
}

function Pane({ connected }: { connected: boolean }) {
  const { begin, find, refresh } = useCatalog(useShallow(({ begin, find, refresh }) => ({ begin, find, refresh })))
  const search = useCatalog((state) => state.search)
  const reading = useCatalog((state) => state.reading)
  const field = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLDivElement>(null)

  useEffect(begin, [begin])

  useActions(
    useMemo((): Action[] => {
      return [
        { ...catalogActions.find, run: () => field.current?.select() },
        { ...catalogActions.tree, run: () => list.current?.focus() },
        { ...catalogActions.refresh, disabled: !connected, run: () => void refresh() },
      ]
    }, [connected, refresh]),
  )

  return (
    <section className={classes.pane} aria-label="Objects">
      <div className={classes.head}>
        <TextInput
          ref={field}
          className={classes.search}
          aria-label={`Find an object (${keysAsText(catalogActions.find.shortcut)})`}
          placeholder={`Find an object  ${keysAsText(catalogActions.find.shortcut)}`}
          leftSection={<Search size={13} aria-hidden />}
          rightSection={
            search === '' ? null : <CloseButton size="xs" aria-label="Clear the search" onClick={() => find('')} />
          }
          maxLength={200}
          value={search}
          onChange={({ currentTarget }) => find(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'Enter') {
              event.preventDefault()
              list.current?.focus()
            } else if (event.key === 'Escape' && search !== '') {
              event.stopPropagation()
              find('')
            }
          }}
        />
        <Tooltip label="Read the objects again">
          <ActionIcon
            size={26}
            aria-label="Read the objects again"
            disabled={!connected}
            loading={reading && connected}
            onClick={() => void refresh()}
          >
            <RefreshCw size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      <Content list={list} />
    </section>
  )
}

function Content({ list }: { list: RefObject<HTMLDivElement | null> }) {
  const total = useCatalog((state) => state.total)
  const fault = useCatalog((state) => state.fault)
  const search = useCatalog((state) => state.search)
  const begun = useCatalog((state) => state.reading)
  const connected = useConnected()
  const find = useCatalog((state) => state.find)
  if (fault !== null && total === null) {
    // Nothing was ever read, and nothing is connected: no failure, but what is to be done first.
    if (!connected && fault.code === 'unavailable') {
      return <p className={classes.none}>Connect to see what the database holds. It stays readable afterwards.</p>
    }
    return (
      <div className={classes.fault}>
        <FaultPanel
          fault={fault}
          title="The objects could not be read"
          actions={
            <Button size="compact-sm" variant="default" onClick={() => find(search)}>
              Try again
            </Button>
          }
        />
      </div>
    )
  }
  if (total === null)
    return begun ? <Loader className={classes.loading} size={16} aria-label="Reading the objects" /> : null
  return (
    <>
      <Standing />
      {total === 0 ? (
        <p className={classes.none}>
          {search === '' ? 'This database holds no schema that can be seen.' : 'No object has such a name.'}
        </p>
      ) : (
        <TreeList list={list} />
      )}
      <Refusal />
      <Told />
    </>
  )
}

/** Says when what is shown is not what the server says now, and what could not be read. */
function Standing() {
  const standing = useCatalog((state) => state.standing)
  if (standing === null) return null
  return (
    <>
      {!standing.live && (
        <p className={classes.note} role="status">
          <CloudOff size={13} aria-hidden />
          <span>
            As of <When at={standing.readAt} />
            {standing.problem !== null && `: ${standing.problem.message}`}
          </span>
        </p>
      )}
      {standing.notes.map((note) => (
        <p key={note} className={classes.note} role="note">
          {note}
        </p>
      ))}
    </>
  )
}

function Refusal() {
  const fault = useCatalog((state) => state.refusal)
  const dismiss = useCatalog((state) => state.dismiss)
  if (fault === null) return null
  return (
    <div className={classes.fault}>
      <FaultPanel fault={fault} title="That could not be read" onDismiss={dismiss} />
    </div>
  )
}
