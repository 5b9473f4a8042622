import { Menu } from '@mantine/core'
import type { ReactNode } from 'react'

interface PointerMenuProps {
  /** Where it opens, in pixels of the window; null while it is closed. */
  place: { readonly x: number; readonly y: number } | null
  onClose: () => void
  /** Closing gives the focus back; not where an entry puts it elsewhere. */
  returnFocus?: boolean
  children: ReactNode
}

/** A menu where the pointer asked for it. */
export function PointerMenu({ place, onClose, returnFocus = true, children }: PointerMenuProps) {
  const { x = 0, y = 0 } = place ?? {}
  return (
    <Menu
      opened={place !== null}
      onClose={onClose}
      position="bottom-start"
      withinPortal
      offset={2}
      returnFocus={returnFocus}
    >
      <Menu.Target>
        <span aria-hidden style={{ position: 'fixed', left: x, top: y, width: 1, height: 1, pointerEvents: 'none' }} />
      </Menu.Target>
      <Menu.Dropdown>{place !== null && children}</Menu.Dropdown>
    </Menu>
  )
}
