import type { Cell, Row } from '../../core/editor/contract.ts'
import type { Editable, EditOutcome, EditStatement, NewValue } from '../../core/editor/edit.ts'
import type { Fault } from '../../core/fault.ts'
import type { EditList } from './grid/editList.ts'

/** A row that somebody else has changed since it was read. */
export interface RowConflict {
  readonly row: number
  readonly read: Row
  /** Null where it is gone. */
  readonly theirs: Row | null
}

/** What is being changed in one result. */
export interface Editing {
  /** Null while that is asked, and where nothing can be changed. */
  readonly editable: Editable | null
  /** Why nothing can be changed. */
  readonly refusal: Fault | null
  readonly list: EditList
  /** The list as it was before each step, the earliest first. */
  readonly past: readonly EditList[]
  /** Rows that are no longer as the result has them: as they are, or null where they are gone. */
  readonly current: ReadonlyMap<number, Row | null>
  readonly applying: boolean
  /** What will be sent, while somebody reads it. */
  readonly review: readonly EditStatement[] | null
  readonly conflicts: readonly RowConflict[]
  /** Why a change could not be made, and where; no row where it is not one of them alone. */
  readonly failure: { readonly row: number | null; readonly column: number | null; readonly fault: Fault } | null
  /** Why something could not be done at all. */
  readonly fault: Fault | null
  /** How the last changes were made. */
  readonly made: { readonly count: number; readonly outcome: EditOutcome } | null
}

/** Results are named by their statement's index in the run. */
export interface EditState {
  /** By the result's id. */
  readonly editing: ReadonlyMap<string, Editing>

  /** Finds out what of a result can be changed; once for each. */
  askEditable(index: number): Promise<void>
  /** Gives cells a new value. What cannot have it is said in `fault`, and nothing is changed. */
  setCells(index: number, rows: readonly number[], columns: readonly number[], to: NewValue): void
  addRow(index: number): void
  deleteRows(index: number, rows: readonly number[]): void
  /** Takes the last step back. */
  undoEdit(index: number): void
  discardEdits(index: number): void
  reviewEdits(index: number): Promise<void>
  applyEdits(index: number): Promise<void>
  cancelApply(): void
  /** Closes what is asked or shown: the review, the conflicts, an error. The changes stay. */
  dismissEdit(index: number): void
  /** `mine`: the change is made to the row as it is now. `theirs`: it is dropped. */
  resolveConflict(index: number, row: number, which: 'mine' | 'theirs'): Promise<void>
  /** A value whole, as it would be typed over. @throws Failure where it is too long for that */
  valueToEdit(index: number, row: number, column: number): Promise<Cell>
}
