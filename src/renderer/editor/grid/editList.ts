import type { Cell, Row } from '../../../core/editor/contract.ts'
import type { Change, NewValue } from '../../../core/editor/edit.ts'

/** A row that is to be added. */
export interface AddedRow {
  readonly id: number
  readonly set: ReadonlyMap<number, NewValue>
  /** As the server has it, once it was added: from then on it is no change any more. */
  readonly made: Row | null
}

/**
 * Changes that are wanted and not made yet. Rows and columns are places in the result, from 0. Added rows stand above
 * the first one: the first of them is row -1, the next one row -2.
 */
export interface EditList {
  readonly set: ReadonlyMap<number, ReadonlyMap<number, NewValue>>
  readonly deleted: ReadonlySet<number>
  readonly added: readonly AddedRow[]
}

export const noEdits: EditList = { set: new Map(), deleted: new Set(), added: [] }

/** What one operation takes, at most. */
export const mostChanges = 10_000

/** The added row that stands there; undefined for a row of the result. */
export function addedAt({ added }: EditList, row: number): AddedRow | undefined {
  return row < 0 ? added[-1 - row] : undefined
}

export function valueAt(list: EditList, row: number, column: number): NewValue | undefined {
  return (row < 0 ? addedAt(list, row)?.set : list.set.get(row))?.get(column)
}

/** A cell with a new value. One that is what was read already is no change. */
export function withValue(list: EditList, row: number, column: number, to: NewValue, read: Cell | undefined): EditList {
  if (row < 0) {
    const added = list.added.map((each, place) =>
      place === -1 - row ? { ...each, set: new Map(each.set).set(column, to) } : each,
    )
    return { ...list, added }
  }
  const cells = new Map(list.set.get(row))
  if (to !== 'default' && read !== undefined && to.text === read) cells.delete(column)
  else cells.set(column, to)
  const set = new Map(list.set)
  if (cells.size === 0) set.delete(row)
  else set.set(row, cells)
  return { ...list, set }
}

/** A new row, with nothing given: what the table says stands for all of it. */
export function withRow(list: EditList): EditList {
  const id = Math.max(0, ...list.added.map((each) => each.id)) + 1
  return { ...list, added: [...list.added, { id, set: new Map(), made: null }] }
}

/** Without these rows: those of the result are to be deleted, those that were to be added are forgotten. */
export function withDeleted(list: EditList, rows: readonly number[]): EditList {
  const gone = new Set(rows)
  const set = new Map([...list.set].filter(([row]) => !gone.has(row)))
  const deleted = new Set([...list.deleted, ...rows.filter((row) => row >= 0)])
  const added = list.added.filter(({ made }, place) => made !== null || !gone.has(-1 - place))
  return { set, deleted, added }
}

/** A row of the result as if nothing had been done to it. */
export function withoutChange(list: EditList, row: number): EditList {
  const set = new Map(list.set)
  const deleted = new Set(list.deleted)
  set.delete(row)
  deleted.delete(row)
  return { ...list, set, deleted }
}

/** Nothing is to be changed any more; what was added stays in sight. */
export function withoutChanges(list: EditList): EditList {
  return { ...noEdits, added: list.added.filter(({ made }) => made !== null) }
}

export function countChanges({ set, deleted, added }: EditList): number {
  return set.size + deleted.size + added.filter(({ made }) => made === null).length
}

/** A change, and the row that it is about. */
export interface RowChange {
  readonly row: number
  readonly change: Change
}

/**
 * The changes in the order in which they are made. What is deleted goes first: a new row may have its key.
 *
 * @param current rows that are no longer as the result has them
 */
export function changesOf(list: EditList, current: ReadonlyMap<number, Row | null>): RowChange[] {
  const seenOf = (row: number): { seen: Row } | Record<never, never> => {
    const now = current.get(row)
    return now == null ? {} : { seen: [...now] }
  }
  const cellsOf = (set: ReadonlyMap<number, NewValue>) =>
    [...set].sort(([one], [other]) => one - other).map(([column, to]) => ({ column, to }))
  const deletes = [...list.deleted].sort((one, other) => one - other)
  const updates = [...list.set].sort(([one], [other]) => one - other)
  return [
    ...deletes.map((row): RowChange => ({ row, change: { kind: 'delete', row, ...seenOf(row) } })),
    ...updates.map(
      ([row, set]): RowChange => ({ row, change: { kind: 'update', row, set: cellsOf(set), ...seenOf(row) } }),
    ),
    ...list.added.flatMap(({ set, made }, place): RowChange[] =>
      made === null ? [{ row: -1 - place, change: { kind: 'insert', set: cellsOf(set) } }] : [],
    ),
  ]
}

/** How a row is to be drawn. */
export interface RowLook {
  /** Its values as the server has them; null where the result's own stand. */
  readonly row: Row | null
  readonly state: 'changed' | 'new' | 'made' | 'deleted' | 'gone' | null
  readonly cells: ReadonlyMap<number, NewValue>
}

export function lookOf(list: EditList, current: ReadonlyMap<number, Row | null>, row: number): RowLook | null {
  const added = addedAt(list, row)
  if (added !== undefined) {
    return { row: added.made ?? [], state: added.made === null ? 'new' : 'made', cells: added.made ? none : added.set }
  }
  const now = current.get(row)
  const cells = list.set.get(row)
  const state = list.deleted.has(row)
    ? 'deleted'
    : now === null
      ? 'gone'
      : cells !== undefined
        ? 'changed'
        : now !== undefined
          ? 'made'
          : null
  return state === null ? null : { row: now ?? null, state, cells: cells ?? none }
}

const none: ReadonlyMap<number, NewValue> = new Map()

/** The row as it is shown: with the values that it is to have. What the server is to find is null. */
export function shownRow(look: RowLook | null, read: Row | undefined, columns: number): Row | undefined {
  if (look === null) return read
  const row = look.row ?? read
  if (row === undefined) return undefined
  return Array.from({ length: columns }, (_, column) => {
    const wanted = look.cells.get(column)
    if (wanted === undefined) return row[column] ?? null
    return wanted === 'default' ? null : wanted.text
  })
}
