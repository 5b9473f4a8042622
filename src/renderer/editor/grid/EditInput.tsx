import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { Cell } from '../../../core/editor/contract.ts'
import classes from './edit.module.css'

/** A cell that is being typed in. What was typed is kept above the grid, so that scrolling away loses nothing. */
export interface Typing {
  readonly row: number
  readonly column: number
  /** As it was when the typing began. */
  readonly read: Cell
  readonly text: string
  /** Something was typed: from then on, nothing typed is an empty text, and not null. */
  readonly touched: boolean
}

/** Where one goes on when the value is taken. */
export type Onward = 'down' | 'right' | 'left' | 'stay'

interface EditInputProps {
  typing: Typing
  label: string
  onType: (text: string) => void
  onTake: (onward: Onward) => void
  onCancel: () => void
}

/** The value of a cell, to be typed over. Enter takes it, Escape leaves it, Alt+Enter begins a new line. */
export function EditInput({ typing, label, onType, onTake, onCancel }: EditInputProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const taken = useRef(false)
  useEffect(() => {
    field.current?.focus({ preventScroll: true })
    field.current?.select()
  }, [])

  const take = (onward: Onward): void => {
    if (taken.current) return
    taken.current = true
    onTake(onward)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // The grid's own keys are not meant; those of the window, such as the palette's, have been heard before.
    event.stopPropagation()
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape') {
      event.preventDefault()
      taken.current = true
      onCancel()
    } else if (event.key === 'Enter' && !event.altKey && !event.shiftKey) {
      event.preventDefault()
      take('down')
    } else if (event.key === 'Enter' && event.altKey) {
      event.preventDefault()
      const { selectionStart, selectionEnd } = event.currentTarget
      event.currentTarget.setRangeText('\n', selectionStart, selectionEnd, 'end')
      onType(event.currentTarget.value)
    } else if (event.key === 'Tab') {
      event.preventDefault()
      take(event.shiftKey ? 'left' : 'right')
    }
  }
  const lines = Math.min(8, typing.text.split('\n').length)
  return (
    <textarea
      ref={field}
      className={classes.input}
      aria-label={label}
      rows={lines}
      spellCheck={false}
      autoComplete="off"
      value={typing.text}
      placeholder={typing.touched ? 'empty text' : typing.read === null ? 'NULL' : 'empty text'}
      onChange={({ currentTarget }) => onType(currentTarget.value)}
      onKeyDown={onKeyDown}
      onBlur={() => take('stay')}
      onMouseDown={(event) => event.stopPropagation()}
      onPointerDown={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onCopy={(event) => event.stopPropagation()}
    />
  )
}
