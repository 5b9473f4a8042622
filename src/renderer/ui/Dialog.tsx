import { Modal } from '@mantine/core'
import { Fragment, type ReactNode, useState } from 'react'
import { useOpenDialog } from './openDialogs.ts'

interface DialogProps {
  opened: boolean
  onClose: () => void
  title: string
  /** How wide it is, in pixels. */
  size: number
  children: ReactNode
}

/** What lies over the window until it is answered or left. While it fades away it takes neither keys nor clicks. */
export function Dialog({ opened, onClose, title, size, children }: DialogProps) {
  useOpenDialog(opened)
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size} inert={!opened} returnFocus={false}>
      <Fragment key={useTurn(opened)}>{children}</Fragment>
    </Modal>
  )
}

/** How often it was opened: opened again while it fades, its fields are those of a new one. */
function useTurn(opened: boolean): number {
  const [was, setWas] = useState(opened)
  const [turn, setTurn] = useState(0)
  if (was !== opened) {
    setWas(opened)
    if (opened) setTurn(turn + 1)
  }
  return turn
}
