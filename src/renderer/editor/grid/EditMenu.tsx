import { Button, Menu, Popover, Text } from '@mantine/core'
import { Pencil, PencilOff } from 'lucide-react'
import { Keys } from '../../ui/Keys.tsx'
import { PointerMenu } from '../../ui/PointerMenu.tsx'
import type { EditDoings, GridEditing } from './useGridEdit.tsx'

/** Says whether the result can be changed: by a menu of what can be done, or by the reason why nothing can. */
export function EditButton({ editing, doings }: Pick<GridEditing, 'editing' | 'doings'>) {
  if (editing === undefined) return null
  if (editing.editable !== null) {
    const { schema, table } = editing.editable
    return (
      <Menu position="top-start" withinPortal>
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<Pencil size={12} aria-hidden />}
            title={`Rows of ${schema}.${table} can be changed here: double click or F2`}
          >
            Edit
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Items editing={editing} doings={doings} />
        </Menu.Dropdown>
      </Menu>
    )
  }
  if (editing.refusal === null) return null
  return (
    <Popover position="top-start" width={360} withArrow>
      <Popover.Target>
        <Button size="compact-xs" variant="subtle" color="gray" leftSection={<PencilOff size={12} aria-hidden />}>
          Not editable
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="xs">{editing.refusal.message}</Text>
      </Popover.Dropdown>
    </Popover>
  )
}

/** The same menu, where the pointer asked for it. */
export function EditMenu({ editing, doings, menu, closeMenu }: GridEditing) {
  return (
    <PointerMenu place={editing?.editable == null ? null : menu} onClose={closeMenu} returnFocus={false}>
      <Items editing={editing} doings={doings} />
    </PointerMenu>
  )
}

function Items({ editing, doings }: Pick<GridEditing, 'editing' | 'doings'>) {
  const editable = editing?.editable
  return (
    <>
      <Item title="Change the cell" shortcut="F2" onClick={doings.begin} />
      <Item title="Set to null" shortcut="mod+Backspace" onClick={doings.setNull} />
      <Item title="Set to an empty text" onClick={doings.setEmpty} />
      <Item title="Set to the default" onClick={doings.setDefault} />
      <Menu.Divider />
      <Item title="Add a row" shortcut="Insert" disabled={editable?.mayInsert !== true} onClick={doings.addRow} />
      <Item
        title="Delete the rows"
        shortcut="mod+Delete"
        disabled={editable?.mayDelete !== true}
        onClick={doings.deleteRows}
      />
      <Menu.Divider />
      <Item
        title="Undo the last change"
        shortcut="mod+Z"
        disabled={(editing?.past.length ?? 0) === 0}
        onClick={doings.undo}
      />
    </>
  )
}

interface ItemProps {
  title: string
  shortcut?: string
  disabled?: boolean
  onClick: EditDoings[keyof EditDoings]
}

function Item({ title, shortcut, disabled = false, onClick }: ItemProps) {
  const right = shortcut === undefined ? null : <Keys shortcut={shortcut} quiet />
  return (
    <Menu.Item disabled={disabled} rightSection={right} onClick={onClick}>
      {title}
    </Menu.Item>
  )
}
