import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import type { RunOutcome } from '../../../src/core/editor/contract.ts'
import type { Editable, EditOutcome } from '../../../src/core/editor/edit.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { Services } from '../../../src/core/wire.ts'
import {
  changesOf,
  countChanges,
  lookOf,
  noEdits,
  shownRow,
  withDeleted,
  withoutChanges,
  withRow,
  withValue,
} from '../../../src/renderer/editor/grid/editList.ts'
import { createEditorStore } from '../../../src/renderer/editor/store.ts'
import { memoryStorage, openConnection, openWindow, type Window } from '../window.ts'

type EditorServices = Services<Api>['editor']

const editable: Editable = {
  schema: 'care',
  table: 'patient',
  key: [0],
  columns: [
    { name: 'id', locked: null, hasDefault: true, notNull: true },
    { name: 'name', locked: null, hasDefault: false, notNull: false },
    null,
    { name: 'twice', locked: 'The server computes this column.', hasDefault: false, notNull: false },
  ],
  mayInsert: true,
  mayDelete: true,
}

const ran: RunOutcome = {
  operation: '0190a1b2-0000-7000-8000-000000000001',
  status: 'COMPLETED',
  statements: 1,
  completed: 1,
  durationMs: 3,
  transaction: 'idle',
  recorded: 'server',
  failure: null,
  recordingFault: null,
  plan: null,
}

const applied: EditOutcome = {
  operation: '0190a1b2-0000-7000-8000-000000000002',
  made: true,
  rows: [],
  conflicts: [],
  failure: null,
  recorded: 'server',
  recordingFault: null,
}

let opened: Window | undefined
afterEach(() => opened?.close())

async function setUp(editor: Partial<EditorServices> = {}) {
  let results = 0
  const run = vi.fn<EditorServices['run']>((_input, { emit }) => {
    results += 1
    emit({
      kind: 'result',
      result: {
        index: 0,
        command: 'SELECT',
        rowCount: 3,
        columns: ['id', 'name', 'sum', 'twice'].map((name) => ({ name, type: 'text', typeOid: 25 })),
        rows: [
          ['1', 'Ada', '5', '2'],
          ['2', null, '5', '4'],
          ['3', 'x'.repeat(301), '5', '6'],
        ],
        cut: [{ row: 2, column: 1, length: 200_000 }],
        result: `result-${results}`,
        known: 3,
        done: true,
        fault: null,
        dateStyle: 'ISO, MDY',
        durationMs: 1,
      },
    })
    return ran
  })
  const window = openWindow({
    editor: {
      open: () => ({ session: 'session', backendPid: 1 }),
      close: () => null,
      follow: () => null,
      editable: () => editable,
      reviewEdits: ({ changes }) => changes.map(({ kind }) => ({ sql: kind, values: [] })),
      run,
      ...editor,
    },
  })
  opened = window
  const { session } = window
  session.getState().connected(openConnection())
  session.getState().open({ view: 'editor' })
  const tab = session.getState().active ?? ''
  const store = createEditorStore(session.scopes.tab('clinic', tab), {
    reasons: memoryStorage(),
    modes: memoryStorage(),
  })
  await store.getState().runPart({ sql: 'select', base: 0 })
  await store.getState().askEditable(0)
  const editing = () => {
    const found = store.getState().editing.get(`result-${results}`)
    if (found === undefined) throw new Error('Nothing is known of the result.')
    return found
  }
  return { session, tab, store, run, editing, state: store.getState }
}

describe('a list of changes', () => {
  it('counts rows, forgets what is changed back, and tells null from empty', () => {
    const one = withValue(noEdits, 1, 1, { text: '' }, null)
    expect(countChanges(one)).toBe(1)
    expect(changesOf(one, new Map())).toEqual([
      { row: 1, change: { kind: 'update', row: 1, set: [{ column: 1, to: { text: '' } }] } },
    ])
    expect(withValue(one, 1, 1, { text: null }, null)).toEqual(noEdits)
    const two = withValue(withValue(one, 1, 0, { text: '7' }, '2'), 0, 1, 'default', 'Ada')
    expect(countChanges(two)).toBe(2)
  })

  it('deletes first, then updates, then inserts; an added row that is deleted is forgotten', () => {
    let list = withRow(withValue(noEdits, 5, 1, { text: 'x' }, 'y'))
    list = withValue(list, -1, 1, { text: 'new' }, undefined)
    list = withDeleted(withRow(list), [9, 5, -2])
    expect(changesOf(list, new Map([[9, ['9', 'now']]])).map(({ change }) => change)).toEqual([
      { kind: 'delete', row: 5 },
      { kind: 'delete', row: 9, seen: ['9', 'now'] },
      { kind: 'insert', set: [{ column: 1, to: { text: 'new' } }] },
    ])
    expect(withoutChanges(list)).toEqual(noEdits)
  })

  it('shows a row as it is to be', () => {
    const list = withValue(withValue(noEdits, 0, 1, { text: null }, 'a'), 0, 2, 'default', 'b')
    const look = lookOf(list, new Map([[0, ['1', 'a', 'newer', 'd']]]), 0)
    expect(look?.state).toBe('changed')
    expect(shownRow(look, ['1', 'old', 'older', 'd'], 4)).toEqual(['1', null, null, 'd'])
    expect(lookOf(list, new Map([[1, null]]), 1)?.state).toBe('gone')
    expect(lookOf(list, new Map(), 2)).toBeNull()
  })
})

describe('changing cells', () => {
  it('keeps changes, takes steps back, and tells the tab that they would be lost with it', async () => {
    const { session, tab, state, editing } = await setUp()
    state().setCells(0, [0, 1], [1], { text: 'Eve' })
    state().deleteRows(0, [2])
    state().addRow(0)
    expect(countChanges(editing().list)).toBe(4)
    expect(session.getState().held.get(tab)).toEqual({
      transaction: false,
      what: '4 changes in the grid are not applied.',
      loss: 'Discard',
    })
    state().undoEdit(0)
    state().undoEdit(0)
    expect([...editing().list.set.keys()]).toEqual([0, 1])
    state().discardEdits(0)
    expect(countChanges(editing().list)).toBe(0)
    expect(session.getState().held.has(tab)).toBe(false)
    state().undoEdit(0)
    expect(countChanges(editing().list)).toBe(2)
  })

  it('says why a cell cannot have a value, and changes none of those that were meant', async () => {
    const { state, editing } = await setUp()
    for (const [columns, to, reason] of [
      [[0, 1, 2], { text: 'x' }, 'no column of the table'],
      [[1, 3], { text: 'x' }, 'The server computes'],
      [[1, 0], { text: null }, 'id cannot be null'],
    ] as const) {
      state().setCells(0, [0, 1], columns, to)
      expect(editing().fault?.message).toContain(reason)
      expect(countChanges(editing().list)).toBe(0)
    }
    state().deleteRows(0, [1])
    state().setCells(0, [1], [1], { text: 'x' })
    expect(editing().fault?.message).toContain('to be deleted')
    await expect(state().valueToEdit(0, 2, 1)).rejects.toThrow('editor.value')
  })

  it('does not open a value in a cell that nobody could read there', async () => {
    const { state } = await setUp({ value: () => ({ text: 'x', length: 200_000 }) })
    await expect(state().valueToEdit(0, 2, 1)).rejects.toThrow('200,000 characters')
    expect(await state().valueToEdit(0, 1, 1)).toBeNull()
  })

  it('says why nothing can be changed where nothing can', async () => {
    const refusal = 'its rows are groups of rows.'
    const { state, editing } = await setUp({
      editable: () => {
        throw new Failure({ code: 'unsupported', message: refusal })
      },
    })
    expect(editing().refusal?.message).toBe(refusal)
    state().setCells(0, [0], [1], { text: 'x' })
    expect(editing().fault?.message).toBe(refusal)
    expect(countChanges(editing().list)).toBe(0)
  })
})

describe('applying', () => {
  it('sends what was reviewed, and then shows the rows as they are now', async () => {
    const applyEdits = vi.fn<EditorServices['applyEdits']>(() => ({
      ...applied,
      rows: [null, ['1', 'EVE', null, '2'], ['9', 'new', null, '18']],
    }))
    const { state, editing } = await setUp({ applyEdits })
    state().setCells(0, [0], [1], { text: 'Eve' })
    state().addRow(0)
    state().setCells(0, [-1], [1], { text: 'new' })
    state().deleteRows(0, [1])
    await state().reviewEdits(0)
    expect(editing().review?.map(({ sql }) => sql)).toEqual(['delete', 'update', 'insert'])
    state().setReasons({ ticket: 'OPS-1', justification: '' })
    await state().applyEdits(0)
    expect(applyEdits.mock.calls[0]?.[0]).toMatchObject({ result: 'result-1', ticket: 'OPS-1' })
    expect(editing()).toMatchObject({ review: null, applying: false, made: { count: 3 } })
    expect(countChanges(editing().list)).toBe(0)
    const { list, current } = editing()
    expect(lookOf(list, current, 0)?.row).toEqual(['1', 'EVE', null, '2'])
    expect(lookOf(list, current, 1)?.state).toBe('gone')
    expect(lookOf(list, current, -1)).toMatchObject({ state: 'made', row: ['9', 'new', null, '18'] })
    // The next change is made to the row as it is now.
    state().setCells(0, [0], [1], { text: 'Eva' })
    await state().applyEdits(0)
    expect(applyEdits.mock.calls[1]?.[0].changes).toEqual([
      { kind: 'update', row: 0, set: [{ column: 1, to: { text: 'Eva' } }], seen: ['1', 'EVE', null, '2'] },
    ])
  })

  it('keeps the changes of rows that others have changed, until it is said which version stands', async () => {
    const theirs = ['1', 'Bob', '5', '2']
    const applyEdits = vi.fn<EditorServices['applyEdits']>(() => ({
      ...applied,
      made: false,
      conflicts: [
        { change: 0, mine: ['1', 'Ada', '5', '2'], theirs },
        { change: 1, mine: ['2', null, '5', '4'], theirs: null },
      ],
    }))
    const { state, editing } = await setUp({ applyEdits })
    state().setCells(0, [0, 1], [1], { text: 'Eve' })
    await state().applyEdits(0)
    expect(editing().conflicts.map(({ row }) => row)).toEqual([0, 1])
    expect(countChanges(editing().list)).toBe(2)
    // The row is gone: there is nothing to keep.
    await state().resolveConflict(0, 1, 'mine')
    expect(lookOf(editing().list, editing().current, 1)?.state).toBe('gone')
    await state().resolveConflict(0, 0, 'mine')
    // All is said: what will be sent is shown again.
    expect(editing()).toMatchObject({ conflicts: [], review: [{ sql: 'update' }] })
    await state().applyEdits(0)
    expect(applyEdits.mock.calls[1]?.[0].changes).toEqual([
      { kind: 'update', row: 0, set: [{ column: 1, to: { text: 'Eve' } }], seen: theirs },
    ])
    await state().resolveConflict(0, 0, 'theirs')
    expect(countChanges(editing().list)).toBe(0)
    expect(shownRow(lookOf(editing().list, editing().current, 0), undefined, 4)).toEqual(theirs)
    state().undoEdit(0)
    expect(countChanges(editing().list)).toBe(1)
  })

  it('says at which cell a change failed, and keeps all of them; also when the call itself fails', async () => {
    const fault = { code: 'postgres' as const, message: 'value too long', sqlstate: '22001' }
    const applyEdits = vi
      .fn<EditorServices['applyEdits']>()
      .mockImplementationOnce(() => ({ ...applied, made: false, failure: { fault, change: 1, column: 1 } }))
      .mockImplementationOnce(() => {
        throw new Failure({ code: 'connection_lost', message: 'gone' })
      })
    const { state, editing } = await setUp({ applyEdits })
    state().setCells(0, [0, 1], [1], { text: 'Eve' })
    await state().applyEdits(0)
    expect(editing().failure).toEqual({ row: 1, column: 1, fault })
    await state().reviewEdits(0)
    await state().applyEdits(0)
    expect(editing().fault?.message).toBe('gone')
    expect(editing().applying).toBe(false)
    expect(countChanges(editing().list)).toBe(2)
  })
})

describe('a run', () => {
  it('asks before it takes the place of changes that are not applied', async () => {
    const { session, tab, state, run } = await setUp()
    state().setCells(0, [0], [1], { text: 'Eve' })
    await state().runPart({ sql: 'select', base: 0 })
    expect(run).toHaveBeenCalledTimes(1)
    expect(state().discarding?.part.sql).toBe('select')
    state().dismiss()
    expect(state().discarding).toBeNull()
    await state().runPart({ sql: 'select', base: 0 })
    await state().discardAndRun()
    expect(run).toHaveBeenCalledTimes(2)
    expect(session.getState().held.has(tab)).toBe(false)
  })
})
