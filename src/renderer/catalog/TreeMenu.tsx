import { Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { Copy, FileCode2, Hash, RefreshCw, Rows3 } from 'lucide-react'
import type { TreeRow } from '../../core/catalog/tree.ts'
import { useConnected, useSession } from '../session/context.ts'
import { PointerMenu } from '../ui/PointerMenu.tsx'
import { countRows, defined, isNamed, isReadable, nameInSql, selectRows } from './kinds.ts'
import { useCatalog } from './store.ts'

export interface MenuPlace {
  row: TreeRow
  x: number
  y: number
}

/** What can be done with one object, at the pointer. */
export function TreeMenu({ place, onClose }: { place: MenuPlace | null; onClose: () => void }) {
  return (
    <PointerMenu place={place} onClose={onClose}>
      {place !== null && <Entries row={place.row} />}
    </PointerMenu>
  )
}

function Entries({ row }: { row: TreeRow }) {
  const connected = useConnected()
  const open = useSession((session) => session.open)
  const define = useCatalog((state) => state.define)
  const refresh = useCatalog((state) => state.refresh)
  const clipboard = useClipboard()
  const { kind, name } = row
  const definition = defined[kind]
  const query = (sql: string, title: string) => open({ view: 'editor', sql, name: title, run: true })
  return (
    <>
      {isReadable(kind) && (
        <>
          <Menu.Item
            leftSection={<Rows3 size={14} aria-hidden />}
            disabled={!connected}
            onClick={() => query(selectRows(nameInSql(row)), name)}
          >
            Select rows
          </Menu.Item>
          <Menu.Item
            leftSection={<Hash size={14} aria-hidden />}
            disabled={!connected}
            onClick={() => query(countRows(nameInSql(row)), `${name}, counted`)}
          >
            Count rows
          </Menu.Item>
        </>
      )}
      {definition !== undefined && (
        <Menu.Item
          leftSection={<FileCode2 size={14} aria-hidden />}
          disabled={!connected}
          onClick={() => void define(row, definition)}
        >
          Show the definition
        </Menu.Item>
      )}
      {isNamed(kind) && (
        <>
          <Menu.Item leftSection={<Copy size={14} aria-hidden />} onClick={() => clipboard.copy(name)}>
            Copy the name
          </Menu.Item>
          <Menu.Item leftSection={<Copy size={14} aria-hidden />} onClick={() => clipboard.copy(nameInSql(row))}>
            Copy the name for SQL
          </Menu.Item>
        </>
      )}
      <Menu.Divider />
      <Menu.Item leftSection={<RefreshCw size={14} aria-hidden />} disabled={!connected} onClick={() => void refresh()}>
        Read the objects again
      </Menu.Item>
    </>
  )
}
