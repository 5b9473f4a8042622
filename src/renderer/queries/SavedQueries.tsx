import { ActionIcon, Button, Menu, TextInput, UnstyledButton } from '@mantine/core'
import { ChevronDown, ChevronRight, Ellipsis, FileText, Folder, TextQuote } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useMemo, useRef, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { SavedQuery } from '../../core/queries/contract.ts'
import { type Action, useActions } from '../session/actions.ts'
import { useConnected } from '../session/context.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { keysAsText } from '../ui/Keys.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { queryActions } from './actions.ts'
import { MoveDialog, type Moving } from './MoveDialog.tsx'
import classes from './SavedQueries.module.css'
import { useSnippets } from './snippets.ts'
import { useQueries } from './store.ts'

/** The saved queries in their folders, below the connections; shut until somebody opens them. */
export function SavedQueries() {
  const shown = useQueries((state) => state.shown)
  const show = useQueries((state) => state.show)
  const search = useRef<HTMLInputElement>(null)
  useActions(
    useMemo(
      (): Action[] => [
        {
          ...queryActions.search,
          run: () => {
            show(true)
            // The list may only now come to be there.
            setTimeout(() => search.current?.focus())
          },
        },
      ],
      [show],
    ),
  )
  const Chevron = shown ? ChevronDown : ChevronRight
  return (
    <section className={classes.section} aria-label="Saved queries">
      <UnstyledButton className={classes.heading} aria-expanded={shown} onClick={() => show(!shown)}>
        <Chevron size={13} aria-hidden /> Saved queries
      </UnstyledButton>
      {shown && <Opened search={search} />}
    </section>
  )
}

function Opened({ search: input }: { search: RefObject<HTMLInputElement | null> }) {
  const { queries, folders, search, fault, removed } = useQueries(
    useShallow(({ queries, folders, search, fault, removed }) => ({ queries, folders, search, fault, removed })),
  )
  const { find, undo, dismiss } = useQueries(useShallow(({ find, undo, dismiss }) => ({ find, undo, dismiss })))
  const showSnippets = useSnippets((state) => state.show)
  const [moving, setMoving] = useState<Moving | null>(null)
  const none = queries !== null && queries.length === 0
  return (
    <div className={classes.body}>
      <TextInput
        ref={input}
        size="xs"
        aria-label="Search the saved queries"
        placeholder="Search names and texts"
        value={search}
        onChange={({ currentTarget }) => void find(currentTarget.value)}
      />
      {fault !== null && (
        <FaultPanel
          fault={fault}
          title="That was not done"
          actions={
            <Button size="compact-xs" variant="default" onClick={dismiss}>
              Dismiss
            </Button>
          }
        />
      )}
      {removed !== null && (
        <div className={classes.removed} role="status">
          <span>
            Removed “<ShownText text={removed.what} />”
          </span>
          <Button size="compact-xs" variant="subtle" onClick={() => void undo()}>
            Undo
          </Button>
        </div>
      )}
      {none && search === '' && folders.length === 0 && (
        <p className={classes.none}>None yet. Save the text of a query with {keysAsText('mod+S')}.</p>
      )}
      {none && search !== '' && <p className={classes.none}>None holds these words.</p>}
      <ul className={classes.list} aria-label="Saved queries" onKeyDown={stepInList}>
        {rootedRows(queries ?? [], search === '' ? folders : []).map((row) =>
          row.kind === 'folder' ? (
            <FolderRow key={`folder ${row.path}`} path={row.path} depth={row.depth} onMove={setMoving} />
          ) : (
            <QueryRow key={row.query.id} query={row.query} depth={row.depth} onMove={setMoving} />
          ),
        )}
      </ul>
      <UnstyledButton className={classes.foot} onClick={() => showSnippets(true)}>
        <TextQuote size={13} aria-hidden /> Snippets…
      </UnstyledButton>
      <MoveDialog moving={moving} onClose={() => setMoving(null)} />
    </div>
  )
}

/** Up, Down, Home and End go through the rows. */
function stepInList(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]:not(:disabled)')]
  const row =
    event.target instanceof Element ? event.target.closest('li')?.querySelector<HTMLElement>('[data-row]') : null
  const at = row ? rows.indexOf(row) : -1
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key]
  if (to === undefined || at === -1) return
  event.preventDefault()
  rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus()
}

/** On a row: F2 renames or moves it, Delete removes it. */
function rowKeys(onMove: () => void, onRemove: () => void) {
  return (event: KeyboardEvent): void => {
    if (event.key === 'F2') onMove()
    else if (event.key === 'Delete') onRemove()
  }
}

type Row =
  | { readonly kind: 'folder'; readonly path: string; readonly depth: number }
  | { readonly kind: 'query'; readonly query: SavedQuery; readonly depth: number }

/** Folders with what is in them, then what is in none. */
function rootedRows(queries: readonly SavedQuery[], folders: readonly string[]): Row[] {
  const paths = [
    ...new Set([...folders, ...queries.map(({ folder }) => folder).filter((folder) => folder !== '')]),
  ].sort()
  const inFolder = (folder: string, depth: number): Row[] =>
    queries.filter((query) => query.folder === folder).map((query) => ({ kind: 'query', query, depth }))
  const rows = paths.flatMap((path): Row[] => {
    const depth = path.split('/').length - 1
    return [{ kind: 'folder', path, depth }, ...inFolder(path, depth + 1)]
  })
  return [...rows, ...inFolder('', 0)]
}

function QueryRow({ query, depth, onMove }: { query: SavedQuery; depth: number; onMove: (moving: Moving) => void }) {
  const open = useQueries((state) => state.open)
  const remove = useQueries((state) => state.remove)
  const connected = useConnected()
  const onMoveQuery = () => onMove({ kind: 'query', query })
  const onRemove = () => void remove(query)
  return (
    <li className={classes.row} style={{ paddingInlineStart: `${depth * 0.75}rem` }}>
      <UnstyledButton
        className={classes.main}
        data-row
        title={connected ? query.begins : `${query.begins} (a connection has to be open)`}
        aria-disabled={!connected}
        onClick={() => connected && void open(query)}
        onKeyDown={rowKeys(onMoveQuery, onRemove)}
      >
        <FileText size={13} aria-hidden />
        <ShownText text={query.name} />
      </UnstyledButton>
      <RowMenu name={query.name} onMove={onMoveQuery} onRemove={onRemove} />
    </li>
  )
}

function FolderRow({ path, depth, onMove }: { path: string; depth: number; onMove: (moving: Moving) => void }) {
  const removeFolder = useQueries((state) => state.removeFolder)
  const name = path.split('/').at(-1) ?? path
  const onMoveFolder = () => onMove({ kind: 'folder', path })
  const onRemove = () => void removeFolder(path)
  return (
    <li className={classes.row} style={{ paddingInlineStart: `${depth * 0.75}rem` }}>
      <UnstyledButton
        className={classes.main}
        data-row
        title={path}
        aria-label={`Folder ${name}: rename or move`}
        onClick={onMoveFolder}
        onKeyDown={rowKeys(onMoveFolder, onRemove)}
      >
        <Folder size={13} aria-hidden />
        <ShownText text={name} />
      </UnstyledButton>
      <RowMenu name={name} onMove={onMoveFolder} onRemove={onRemove} />
    </li>
  )
}

function RowMenu({ name, onMove, onRemove }: { name: string; onMove: () => void; onRemove: () => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={20} aria-label={`More about ${name}`}>
          <Ellipsis size={13} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onMove}>Rename or move…</Menu.Item>
        <Menu.Item c="var(--bad)" onClick={onRemove}>
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
