import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type MouseEvent, type RefObject, useEffect, useId, useRef, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { TreeRow } from '../../core/catalog/tree.ts'
import { useSession } from '../session/context.ts'
import { isReadable, nameInSql, selectRows } from './kinds.ts'
import classes from './ObjectTree.module.css'
import { useCatalog } from './store.ts'
import { TreeItem } from './TreeItem.tsx'
import { type MenuPlace, TreeMenu } from './TreeMenu.tsx'

const rowHeight = 24
const pageStep = 15

/** The rows in sight. Keys go to the list as a whole, and it says which row they are about. */
export function TreeList({ list }: { list: RefObject<HTMLDivElement | null> }) {
  const search = useCatalog((state) => state.search)
  const { rows, total, active, look, toggle, activate } = useCatalog(
    useShallow(({ rows, total, active, look, toggle, activate }) => ({ rows, total, active, look, toggle, activate })),
  )
  const open = useSession((session) => session.open)
  const [menu, setMenu] = useState<MenuPlace | null>(null)
  const prefix = useId()
  const virtual = useVirtualizer({
    count: total ?? 0,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  const visible = virtual.getVirtualItems()
  const first = visible[0]?.index ?? 0
  const last = visible.at(-1)?.index ?? 0

  useEffect(() => look(first, last), [look, first, last])

  // What is found begins at the top, wherever the tree was scrolled to.
  const scrollToIndex = useRef(virtual.scrollToIndex)
  scrollToIndex.current = virtual.scrollToIndex
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the search that it answers to
  useEffect(() => scrollToIndex.current(0), [search])

  const go = (index: number): void => {
    const to = Math.max(0, Math.min(index, (total ?? 1) - 1))
    activate(to)
    virtual.scrollToIndex(to)
  }

  const choose = (row: TreeRow): void => {
    if (isReadable(row.kind)) open({ view: 'editor', sql: selectRows(nameInSql(row)), name: row.name, run: true })
    else if (row.expanded !== null) toggle(row)
  }

  const openMenu = (row: TreeRow, x: number, y: number): void => setMenu({ row, x, y })

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const row = rows.get(active)
    const act = keyActs[event.key]
    if (event.ctrlKey || event.metaKey || event.altKey || act === undefined) return
    event.preventDefault()
    act({
      row,
      active,
      last: (total ?? 1) - 1,
      go,
      toggle,
      choose,
      menu: () => row && menuAtRow(event.currentTarget, row),
    })
  }

  const menuAtRow = (tree: HTMLElement, row: TreeRow): void => {
    const box = tree.querySelector('[data-active]')?.getBoundingClientRect()
    openMenu(row, (box?.left ?? 0) + 40, box?.bottom ?? 0)
  }

  const onContextMenu = (event: MouseEvent, row: TreeRow, index: number): void => {
    event.preventDefault()
    activate(index)
    openMenu(row, event.clientX, event.clientY)
  }

  return (
    <>
      <div
        ref={list}
        className={classes.tree}
        role="tree"
        aria-label="Objects"
        aria-activedescendant={`${prefix}-${active}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div className={classes.rows} style={{ height: virtual.getTotalSize() }} role="presentation">
          {visible.map(({ index, start }) => {
            const row = rows.get(index)
            return (
              <TreeItem
                key={index}
                id={`${prefix}-${index}`}
                row={row}
                top={start}
                height={rowHeight}
                active={index === active}
                onClick={() => activate(index)}
                onToggle={toggle}
                onChoose={choose}
                onContextMenu={(event) => row && onContextMenu(event, row, index)}
              />
            )
          })}
        </div>
      </div>
      <TreeMenu
        place={menu}
        onClose={() => {
          setMenu(null)
          list.current?.focus()
        }}
      />
    </>
  )
}

interface KeyContext {
  row: TreeRow | undefined
  active: number
  last: number
  go: (index: number) => void
  toggle: (row: TreeRow) => void
  choose: (row: TreeRow) => void
  menu: () => void
}

/** What keys do in a tree, as ARIA's authors advise. */
const keyActs: Readonly<Record<string, (context: KeyContext) => void>> = {
  ArrowDown: ({ active, go }) => go(active + 1),
  ArrowUp: ({ active, go }) => go(active - 1),
  PageDown: ({ active, go }) => go(active + pageStep),
  PageUp: ({ active, go }) => go(active - pageStep),
  Home: ({ go }) => go(0),
  End: ({ last, go }) => go(last),
  ArrowRight: ({ row, active, go, toggle }) => {
    if (row?.expanded === false) toggle(row)
    else if (row?.expanded) go(active + 1)
  },
  ArrowLeft: ({ row, go, toggle }) => {
    if (row?.expanded) toggle(row)
    else if (row !== undefined && row.parent !== null) go(row.parent)
  },
  ' ': ({ row, toggle }) => {
    if (row !== undefined && row.expanded !== null) toggle(row)
  },
  Enter: ({ row, choose }) => {
    if (row !== undefined) choose(row)
  },
  ContextMenu: ({ menu }) => menu(),
  F10: ({ menu }) => menu(),
}
