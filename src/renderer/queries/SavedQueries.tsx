import { ActionIcon, Button, Menu, TextInput, UnstyledButton } from '@mantine/core'
import { ChevronDown, ChevronRight, Ellipsis, FileText, Folder } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { SavedQuery } from '../../core/queries/contract.ts'
import { useConnected } from '../session/context.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { MoveDialog, type Moving } from './MoveDialog.tsx'
import classes from './SavedQueries.module.css'
import { useQueries } from './store.ts'

/** The saved queries in their folders, below the connections; shut until somebody opens them. */
export function SavedQueries() {
  const [opened, setOpened] = useState(false)
  const follow = useQueries((state) => state.follow)
  useEffect(() => {
    if (opened) follow()
  }, [opened, follow])
  const Chevron = opened ? ChevronDown : ChevronRight
  return (
    <section className={classes.section} aria-label="Saved queries">
      <UnstyledButton className={classes.heading} aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <Chevron size={13} aria-hidden /> Saved queries
      </UnstyledButton>
      {opened && <Opened />}
    </section>
  )
}

function Opened() {
  const { queries, folders, search, fault, removed } = useQueries(
    useShallow(({ queries, folders, search, fault, removed }) => ({ queries, folders, search, fault, removed })),
  )
  const { find, undo, dismiss } = useQueries(useShallow(({ find, undo, dismiss }) => ({ find, undo, dismiss })))
  const [moving, setMoving] = useState<Moving | null>(null)
  const none = queries !== null && queries.length === 0
  return (
    <div className={classes.body}>
      <TextInput
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
        <p className={classes.none}>None yet. Save the text of a query with Ctrl+S.</p>
      )}
      {none && search !== '' && <p className={classes.none}>None holds these words.</p>}
      <ul className={classes.list} aria-label="Saved queries">
        {rootedRows(queries ?? [], search === '' ? folders : []).map((row) =>
          row.kind === 'folder' ? (
            <FolderRow key={`folder ${row.path}`} path={row.path} depth={row.depth} onMove={setMoving} />
          ) : (
            <QueryRow key={row.query.id} query={row.query} depth={row.depth} onMove={setMoving} />
          ),
        )}
      </ul>
      <MoveDialog moving={moving} onClose={() => setMoving(null)} />
    </div>
  )
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
  return (
    <li className={classes.row} style={{ paddingInlineStart: `${depth * 0.75}rem` }}>
      <UnstyledButton
        className={classes.main}
        title={query.begins}
        disabled={!connected}
        onClick={() => void open(query)}
      >
        <FileText size={13} aria-hidden />
        <ShownText text={query.name} />
      </UnstyledButton>
      <RowMenu name={query.name} onMove={() => onMove({ kind: 'query', query })} onRemove={() => void remove(query)} />
    </li>
  )
}

function FolderRow({ path, depth, onMove }: { path: string; depth: number; onMove: (moving: Moving) => void }) {
  const removeFolder = useQueries((state) => state.removeFolder)
  const name = path.split('/').at(-1) ?? path
  return (
    <li className={classes.row} style={{ paddingInlineStart: `${depth * 0.75}rem` }}>
      <span className={classes.main} title={path}>
        <Folder size={13} aria-hidden />
        <ShownText text={name} />
      </span>
      <RowMenu name={name} onMove={() => onMove({ kind: 'folder', path })} onRemove={() => void removeFolder(path)} />
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
