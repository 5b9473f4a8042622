import { type KeyboardEvent, useCallback, useEffect, useMemo, useState } from 'react'
import type { Fault } from '../../../core/fault.ts'
import { toFault } from '../../../core/fault.ts'
import type { Editing } from '../editing.ts'
import type { Result } from '../run.ts'
import { useEditor } from '../store.ts'
import { EditInput, type Onward, type Typing } from './EditInput.tsx'
import { lookOf } from './editList.ts'
import type { GridEdit } from './ResultGrid.tsx'
import { at, rectangleOf, type Selection } from './selection.ts'

/** What can be done to the cells and rows that are selected. */
export interface EditDoings {
  begin(): void
  setNull(): void
  setEmpty(): void
  setDefault(): void
  addRow(): void
  deleteRows(): void
  undo(): void
  discard(): void
  review(): void
}

export interface GridEditing {
  readonly editing: Editing | undefined
  readonly edit: GridEdit
  readonly doings: EditDoings
  /** Where the menu was asked for, in pixels of the window. */
  readonly menu: { readonly x: number; readonly y: number } | null
  closeMenu(): void
  /** Why a value could not be fetched to be typed over. */
  readonly fault: Fault | null
  dismissFault(): void
}

/** Joins the changes of one result with its grid: the cell that is being typed in, keys, the menu. */
export function useGridEdit(
  result: Result,
  selection: Selection,
  setSelection: (selection: Selection) => void,
): GridEditing {
  const { index, id, columns } = result
  const editing = useEditor((state) => state.editing.get(id ?? ''))
  const ask = useEditor((state) => state.askEditable)
  const setCells = useEditor((state) => state.setCells)
  const addRow = useEditor((state) => state.addRow)
  const deleteRows = useEditor((state) => state.deleteRows)
  const undoEdit = useEditor((state) => state.undoEdit)
  const discardEdits = useEditor((state) => state.discardEdits)
  const reviewEdits = useEditor((state) => state.reviewEdits)
  const valueToEdit = useEditor((state) => state.valueToEdit)
  const [typing, setTyping] = useState<Typing | null>(null)
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)
  // Sorted or filtered, the rows are another result, which can be changed as well.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the id says when it is another one.
  useEffect(() => void ask(index), [ask, index, id])

  const { focus } = selection
  const { top, bottom, left, right } = rectangleOf(selection)
  const isBusy = editing?.applying === true || editing?.review != null
  const list = editing?.list
  const current = editing?.current
  const above = list?.added.length ?? 0

  const set = useCallback(
    (to: { text: string | null } | 'default') => setCells(index, numbers(top, bottom), numbers(left, right), to),
    [setCells, index, top, bottom, left, right],
  )

  const begin = useCallback((): boolean => {
    const column = editing?.editable?.columns[focus.column]
    if (isBusy || column == null) return false
    const wanted =
      list && (focus.row < 0 ? list.added[-1 - focus.row]?.set : list.set.get(focus.row))?.get(focus.column)
    const start = (read: string | null): void => setTyping({ ...focus, read, text: read ?? '', touched: false })
    if (wanted !== undefined) start(wanted === 'default' ? null : wanted.text)
    else if (focus.row < 0) start(null)
    else valueToEdit(index, focus.row, focus.column).then(start, (thrown: unknown) => setFault(toFault(thrown)))
    return true
  }, [editing, isBusy, list, focus, valueToEdit, index])

  const take = useCallback(
    (onward: Onward): void => {
      if (typing === null) return
      const { row, column, text, touched } = typing
      setTyping(null)
      if (touched) setCells(index, [row], [column], { text })
      const last = result.known - 1
      if (onward === 'down') setSelection(at(Math.min(row + 1, last), column))
      if (onward === 'right') setSelection(at(row, Math.min(column + 1, columns.length - 1)))
      if (onward === 'left') setSelection(at(row, Math.max(column - 1, 0)))
    },
    [typing, setCells, index, result.known, setSelection, columns.length],
  )

  const doings = useMemo(
    (): EditDoings => ({
      begin: () => {
        // Says why not, where it cannot be.
        if (!begin()) set({ text: '' })
      },
      setNull: () => set({ text: null }),
      setEmpty: () => set({ text: '' }),
      setDefault: () => set('default'),
      addRow: () => {
        addRow(index)
        setSelection(at(-1 - above, 0))
      },
      deleteRows: () => deleteRows(index, numbers(top, bottom)),
      undo: () => undoEdit(index),
      discard: () => discardEdits(index),
      review: () => void reviewEdits(index),
    }),
    [begin, set, addRow, index, setSelection, above, deleteRows, top, bottom, undoEdit, discardEdits, reviewEdits],
  )

  const edit = useMemo((): GridEdit => {
    const column = columns[typing?.column ?? 0]
    return {
      above,
      look: (row) => (list === undefined || current === undefined ? null : lookOf(list, current, row)),
      failed: editing?.failure?.row == null ? null : { row: editing.failure.row, column: editing.failure.column ?? -1 },
      typing: typing && {
        row: typing.row,
        column: typing.column,
        field: (
          <EditInput
            key={`${typing.row} ${typing.column}`}
            typing={typing}
            label={`New value of ${column?.name ?? ''}`}
            onType={(text) => setTyping({ ...typing, text, touched: true })}
            onTake={take}
            onCancel={() => setTyping(null)}
          />
        ),
      },
      begin,
      onKey: (event) => onKey(event, doings, isBusy),
      onMenu: setMenu,
    }
  }, [above, list, current, editing, typing, columns, take, begin, doings, isBusy])

  return {
    editing,
    edit,
    doings,
    menu,
    closeMenu: () => setMenu(null),
    fault,
    dismissFault: () => setFault(null),
  }
}

function onKey(
  { key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent,
  doings: EditDoings,
  isBusy: boolean,
): boolean {
  const mod = ctrlKey || metaKey
  if (isBusy || altKey || shiftKey) return false
  if (key === 'F2') doings.begin()
  else if (mod && key === 'Backspace') doings.setNull()
  else if (mod && key === 'Delete') doings.deleteRows()
  else if (mod && key.toLowerCase() === 'z') doings.undo()
  else if (key === 'Insert' && !mod) doings.addRow()
  else return false
  return true
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, place) => from + place)
}
