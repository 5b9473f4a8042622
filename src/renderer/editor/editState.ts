import type { Cell, Row } from '../../core/editor/contract.ts'
import type { Editable, EditOutcome, NewValue } from '../../core/editor/edit.ts'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import { saidReasons } from '../ui/reasons.ts'
import type { Editing, EditState, RowConflict } from './editing.ts'
import {
  changesOf,
  countChanges,
  type EditList,
  mostChanges,
  noEdits,
  type RowChange,
  withDeleted,
  withoutChange,
  withoutChanges,
  withRow,
  withValue,
} from './grid/editList.ts'
import { cutLengthAt, rowAt } from './grid/pages.ts'
import { pagesOf } from './run.ts'
import type { EditorContext, EditorState } from './state.ts'

/** Changes that are not made yet, in all results that are shown. */
export function pendingChanges({ run, editing }: Pick<EditorState, 'run' | 'editing'>): number {
  let count = 0
  for (const { id } of run?.results ?? []) {
    const one = id === null ? undefined : editing.get(id)
    if (one !== undefined) count += countChanges(one.list)
  }
  return count
}

/** Longer values are changed by a statement: nobody reads them in a cell. In UTF-16 units. */
export const longestEdited = 100_000

const mostSteps = 1_000

export function editState({ scope, set, get }: EditorContext): EditState {
  const { api, signal } = scope
  let own: AbortController | null = null

  const resultAt = (index: number) => get().run?.results.find((each) => each.index === index)
  const idAt = (index: number): string | null => resultAt(index)?.id ?? null
  const editingAt = (index: number): Editing | undefined => get().editing.get(idAt(index) ?? '')

  function change(id: string | null, part: Partial<Editing>): void {
    const old = id === null ? undefined : get().editing.get(id)
    if (id !== null && old !== undefined) set({ editing: new Map(get().editing).set(id, { ...old, ...part }) })
  }

  /** One step, which can be taken back. */
  function step(index: number, next: (editing: Editing & { editable: Editable }) => EditList): void {
    const editing = editingAt(index)
    if (editing === undefined || editing.applying) return
    const { editable, refusal, list, past } = editing
    try {
      if (editable === null) throw new Failure(refusal ?? notYet)
      const changed = next({ ...editing, editable })
      if (countChanges(changed) > mostChanges) throw new Failure(tooMany)
      const steps = [...past, list].slice(-mostSteps)
      change(idAt(index), { list: changed, past: steps, failure: null, fault: null, made: null })
    } catch (thrown) {
      change(idAt(index), { fault: toFault(thrown) })
    }
  }

  /** A value as it is now, where that is at hand and whole. */
  function readAt(index: number, row: number, column: number): Cell | undefined {
    const now = editingAt(index)?.current.get(row)
    if (now !== undefined) return now?.[column]
    const result = resultAt(index)
    if (result === undefined) return undefined
    const pages = pagesOf(get().pages, result)
    return cutLengthAt(pages, row, column) === undefined ? rowAt(pages, row)?.[column] : undefined
  }

  function fail(id: string, part: Partial<Editing>, thrown: unknown): void {
    // The tab has gone, and nobody sees this any more.
    if (!signal.aborted) change(id, { ...part, fault: toFault(thrown) })
  }

  async function review(index: number): Promise<void> {
    const id = idAt(index)
    const editing = editingAt(index)
    if (id === null || editing === undefined) return
    const changes = changesOf(editing.list, editing.current).map((each) => each.change)
    if (changes.length === 0) return
    try {
      const statements = await api.editor.reviewEdits({ result: id, changes }, { signal })
      change(id, { review: statements, fault: null })
    } catch (thrown) {
      fail(id, { review: null }, thrown)
    }
  }

  /** What came of applying: all was made, or some rows are not as they were read, or one change failed. */
  function settle(id: string, sent: readonly RowChange[], outcome: EditOutcome): void {
    const editing = get().editing.get(id)
    if (editing === undefined) return
    const ended = { applying: false, review: null }
    if (outcome.made) {
      change(id, { ...ended, ...afterMaking(editing, sent, outcome), made: { count: sent.length, outcome } })
      return
    }
    const conflicts = outcome.conflicts.flatMap(({ change: place, mine, theirs }): RowConflict[] => {
      const row = sent[place]?.row
      return row === undefined ? [] : [{ row, read: mine, theirs }]
    })
    const { failure } = outcome
    const at = failure?.change == null ? undefined : sent[failure.change]
    change(id, {
      ...ended,
      conflicts,
      failure: failure === null ? null : { row: at?.row ?? null, column: failure.column, fault: failure.fault },
    })
  }

  return {
    editing: new Map(),

    askEditable: async (index) => {
      const id = idAt(index)
      if (id === null || get().editing.has(id)) return
      // Those of runs before have no result any more.
      const live = new Set(get().run?.results.map((result) => result.id))
      const kept = [...get().editing].filter(([each]) => live.has(each))
      set({ editing: new Map([...kept, [id, nothingYet]]) })
      try {
        change(id, { editable: await api.editor.editable({ result: id }, { signal }) })
      } catch (thrown) {
        if (!signal.aborted) change(id, { refusal: toFault(thrown) })
      }
    },

    setCells: (index, rows, columns, to) =>
      step(index, ({ editable, list, current }) => {
        let next = list
        for (const row of rows) {
          for (const column of columns) {
            checkCell(editable, next, current, row, column, to)
            next = withValue(next, row, column, to, readAt(index, row, column))
          }
          if (countChanges(next) > mostChanges) throw new Failure(tooMany)
        }
        return next
      }),

    addRow: (index) =>
      step(index, ({ editable, list }) => {
        if (!editable.mayInsert) throw refused(`Your role may not insert into ${editable.schema}.${editable.table}.`)
        return withRow(list)
      }),

    deleteRows: (index, rows) =>
      step(index, ({ editable, list, current }) => {
        const there = rows.filter((row) => current.get(row) !== null)
        if (there.some((row) => row >= 0) && !editable.mayDelete) {
          throw refused(`Your role may not delete from ${editable.schema}.${editable.table}.`)
        }
        return withDeleted(list, there)
      }),

    undoEdit: (index) => {
      const editing = editingAt(index)
      const before = editing?.past.at(-1)
      if (editing === undefined || before === undefined || editing.applying) return
      change(idAt(index), { list: before, past: editing.past.slice(0, -1), failure: null, fault: null })
    },

    discardEdits: (index) => step(index, ({ list }) => withoutChanges(list)),

    reviewEdits: review,

    applyEdits: async (index) => {
      const id = idAt(index)
      const editing = editingAt(index)
      if (id === null || editing === undefined || editing.applying) return
      const sent = changesOf(editing.list, editing.current)
      own = new AbortController()
      change(id, { applying: true, failure: null, fault: null, conflicts: [] })
      try {
        const outcome = await api.editor.applyEdits(
          {
            result: id,
            changes: sent.map((each) => each.change),
            ...saidReasons(get().reasons),
          },
          { signal: AbortSignal.any([signal, own.signal]) },
        )
        settle(id, sent, outcome)
      } catch (thrown) {
        fail(id, { applying: false }, thrown)
      } finally {
        own = null
      }
    },

    cancelApply: () => own?.abort(),

    dismissEdit: (index) => {
      if (editingAt(index)?.applying === false) {
        change(idAt(index), { review: null, conflicts: [], fault: null, failure: null, made: null })
      }
    },

    resolveConflict: async (index, row, which) => {
      const editing = editingAt(index)
      const found = editing?.conflicts.find((each) => each.row === row)
      if (editing === undefined || found === undefined) return
      const { list, past } = editing
      // A row that is gone cannot be changed, and need not be deleted.
      const dropped = which === 'theirs' || found.theirs === null
      const conflicts = editing.conflicts.filter((each) => each !== found)
      change(idAt(index), {
        conflicts,
        current: new Map(editing.current).set(row, found.theirs),
        list: dropped ? withoutChange(list, row) : list,
        past: dropped && found.theirs !== null ? [...past, list] : past,
      })
      if (conflicts.length === 0) await review(index)
    },

    valueToEdit: async (index, row, column) => {
      const read = readAt(index, row, column)
      if (read !== undefined && (read?.length ?? 0) <= longestEdited) return read
      const { text, length } = await get().valueAt(index, row, column, longestEdited)
      if (read !== undefined || length > longestEdited) {
        throw refused(
          `This value has ${(read?.length ?? length).toLocaleString('en')} characters, too many to be changed in a cell.`,
          'Change it by an update of your own.',
        )
      }
      return text
    },
  }
}

const nothingYet: Editing = {
  editable: null,
  refusal: null,
  list: noEdits,
  past: [],
  current: new Map(),
  applying: false,
  review: null,
  conflicts: [],
  failure: null,
  fault: null,
  made: null,
}

/** The rows as the server has them now stand in the place of those that were read. */
function afterMaking({ list, current, editable }: Editing, sent: readonly RowChange[], { rows }: EditOutcome) {
  const now = new Map(current)
  const added = [...list.added]
  for (const [place, { row, change }] of sent.entries()) {
    const made = rows[place] ?? null
    const addedPlace = -1 - row
    const each = added[addedPlace]
    if (change.kind !== 'insert') now.set(row, made)
    else if (each !== undefined) added[addedPlace] = { ...each, made: made ?? editable?.columns.map(() => null) ?? [] }
  }
  return { current: now, list: { ...noEdits, added }, past: [], conflicts: [], failure: null, fault: null }
}

function checkCell(
  editable: Editable,
  list: EditList,
  current: ReadonlyMap<number, Row | null>,
  row: number,
  place: number,
  to: NewValue,
): void {
  const column = editable.columns[place]
  if (column == null) throw refused('This column is computed by the query: it is no column of the table.')
  // The server says which columns a role may insert; a row that is not there yet is not updated.
  if (column.locked !== null && row >= 0) throw refused(`${column.name}: ${column.locked}`)
  if (list.deleted.has(row)) throw refused('This row is to be deleted. Undo that first.')
  if (current.get(row) === null) throw refused('This row is gone.')
  if (row < 0 && list.added[-1 - row]?.made != null) {
    throw refused('This row has been added. Run the query again to change it.')
  }
  if (to !== 'default' && to.text === null && column.notNull) throw refused(`${column.name} cannot be null.`)
}

function refused(message: string, hint?: string): Failure {
  return new Failure({ code: 'refused', message, ...(hint === undefined ? {} : { hint }) })
}

const notYet: Fault = {
  code: 'unavailable',
  message: 'Whether this result can be changed is not known yet. Try again.',
}

const tooMany: Fault = {
  code: 'refused',
  message: `These would be more than ${mostChanges.toLocaleString('en')} changes, which is what one operation takes.`,
  hint: 'Apply those that you have, or write a statement.',
}
