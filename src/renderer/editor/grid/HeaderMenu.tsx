import { Menu } from '@mantine/core'
import type { SortKey } from '../../../core/editor/arrange.ts'
import { PointerMenu } from '../../ui/PointerMenu.tsx'
import { ShownText } from '../../ui/ShownText.tsx'

/** Where the menu of a column opens, in pixels of the window. */
export interface HeaderPlace {
  readonly column: number
  readonly x: number
  readonly y: number
}

interface HeaderMenuProps {
  place: HeaderPlace | null
  name: string
  sort: readonly SortKey[]
  onClose: () => void
  onSort: (sort: SortKey[]) => void
  onFilter: () => void
  onStatistics: () => void
  onSelect: () => void
}

/** What can be done with a column. */
export function HeaderMenu({ place, name, sort, onClose, onSort, onFilter, onStatistics, onSelect }: HeaderMenuProps) {
  const column = place?.column ?? 0
  const own = sort.find((key) => key.column === column)
  const others = sort.filter((key) => key.column !== column)
  const by = (direction: SortKey['direction'], nulls: SortKey['nulls']): SortKey => ({ column, direction, nulls })
  return (
    <PointerMenu place={place} onClose={onClose}>
      <Menu.Label>
        <ShownText text={name} />
      </Menu.Label>
      <Menu.Item onClick={() => onSort([by('ascending', 'last')])}>Sort ascending</Menu.Item>
      <Menu.Item onClick={() => onSort([by('descending', 'first')])}>Sort descending</Menu.Item>
      {others.length > 0 && own === undefined && (
        <Menu.Item onClick={() => onSort([...others, by('ascending', 'last')])}>Then sort by this too</Menu.Item>
      )}
      {own !== undefined && (
        <Menu.Item
          onClick={() =>
            onSort(sort.map((key) => (key === own ? by(own.direction, own.nulls === 'last' ? 'first' : 'last') : key)))
          }
        >
          {own.nulls === 'last' ? 'Nulls first' : 'Nulls last'}
        </Menu.Item>
      )}
      {own !== undefined && <Menu.Item onClick={() => onSort(others)}>Do not sort by this</Menu.Item>}
      <Menu.Divider />
      <Menu.Item onClick={onFilter}>Filter…</Menu.Item>
      <Menu.Item onClick={onStatistics}>Statistics</Menu.Item>
      <Menu.Item onClick={onSelect}>Select the column</Menu.Item>
    </PointerMenu>
  )
}
