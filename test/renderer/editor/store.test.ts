import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import type { RunEvent, RunOutcome, Statement, TransactionEvent } from '../../../src/core/editor/contract.ts'
import { statementAt } from '../../../src/core/editor/statementAt.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { Span } from '../../../src/core/token.ts'
import type { Services } from '../../../src/core/wire.ts'
import { createEditorStore } from '../../../src/renderer/editor/store.ts'
import { memoryStorage, openConnection, openWindow, type Window } from '../window.ts'

type EditorServices = Services<Api>['editor']

const completed: RunOutcome = {
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

/** Statements are what stands between semicolons. */
function split({ sql }: { sql: string }): { statements: Statement[] } {
  return {
    statements: [...sql.matchAll(/[^\s;][^;]*/g)].map(({ 0: text, index }) => ({
      start: index,
      end: index + text.trimEnd().length,
      class: 'SELECT',
    })),
  }
}

function at({ sql, cursor }: { sql: string; cursor: number }): { statement: Span | null } {
  return { statement: statementAt(split({ sql }).statements, sql, cursor) ?? null }
}

function rowsEvent(index: number, rows: string[], done = true): RunEvent {
  const columns = [{ name: 'n', type: 'integer', typeOid: 23 }]
  return {
    kind: 'result',
    result: {
      index,
      command: 'SELECT',
      rowCount: rows.length,
      columns,
      rows: rows.map((n) => [n]),
      cut: [],
      result: `result-${index}`,
      known: rows.length,
      done,
      fault: null,
      dateStyle: 'ISO, MDY',
      durationMs: 1,
    },
  }
}

let opened: Window | undefined
afterEach(() => opened?.close())

function setUp(
  editor: Partial<EditorServices>,
  options: {
    production?: boolean
    keeping?: Services<Api>['history']['keeping']
    workspace?: Partial<Services<Api>['workspace']>
  } = {},
) {
  const opens = vi.fn(() => ({ session: `session-${opens.mock.calls.length}`, backendPid: 4242 }))
  const closes = vi.fn(() => null)
  const window = openWindow({
    editor: { split, statementAt: at, open: opens, close: closes, ...editor },
    history: options.keeping === undefined ? {} : { keeping: options.keeping },
    workspace: options.workspace ?? {},
  })
  opened = window
  const { session } = window
  session.getState().connected(openConnection(options.production ? { kind: 'production' } : {}))
  session.getState().open({ view: 'editor' })
  const storage = { reasons: memoryStorage(), modes: memoryStorage() }
  const makeStore = (tab = session.getState().active ?? '') =>
    createEditorStore(session.scopes.tab('clinic', tab), storage)
  return { session, storage, opens, closes, store: makeStore(), makeStore }
}

describe('running', () => {
  it('opens a session once, runs what it is given, and keeps results, messages and outcome', async () => {
    const runs = vi.fn<EditorServices['run']>((_input, { emit }) => {
      emit({ kind: 'started', operation: completed.operation, statements: 2 })
      emit({ kind: 'statement', index: 0 })
      emit({ kind: 'notice', index: 0, notice: { severity: 'NOTICE', message: 'hello' } })
      emit(rowsEvent(0, ['1', '2']))
      emit({
        kind: 'result',
        result: {
          index: 1,
          command: 'INSERT',
          rowCount: 5,
          columns: [],
          rows: [],
          cut: [],
          result: null,
          known: 0,
          done: true,
          fault: null,
          dateStyle: 'ISO, MDY',
          durationMs: 2,
        },
      })
      return { ...completed, statements: 2, completed: 2, transaction: 'open' }
    })
    const { store, opens } = setUp({ run: runs })
    await store.getState().runPart({ sql: 'select 1; insert', base: 0 })
    await store.getState().runPart({ sql: 'select 2', base: 0 })

    expect(opens).toHaveBeenCalledTimes(1)
    expect(runs.mock.calls.map(([{ session, sql }]) => [session, sql])).toEqual([
      ['session-1', 'select 1; insert'],
      ['session-1', 'select 2'],
    ])
    const { run, transaction, backendPid, shown } = store.getState()
    expect(run).toMatchObject({ state: 'done', operation: completed.operation, statements: 2, fault: null })
    expect(run?.results).toMatchObject([{ index: 0, id: 'result-0', known: 2, done: true }])
    expect(run?.results[0]?.first.byNumber.get(0)?.rows).toEqual([['1'], ['2']])
    expect(run?.messages).toMatchObject([
      { kind: 'notice', notice: { message: 'hello' } },
      { kind: 'command', index: 0, command: 'SELECT', rowCount: 2 },
      { kind: 'command', index: 1, command: 'INSERT', rowCount: 5 },
    ])
    expect({ transaction, backendPid, shown }).toEqual({ transaction: 'open', backendPid: 4242, shown: 0 })
  })

  it('follows the record of its last run until the server has it', async () => {
    const fault = { code: 'postgres', sqlstate: '42501', message: 'permission denied' } as const
    const answers = [
      { recorded: 'waiting', fault: null },
      { recorded: 'waiting', fault },
      { recorded: 'server', fault: null },
    ] as const
    const keeping = vi.fn(() => answers[Math.min(keeping.mock.calls.length, answers.length) - 1] ?? answers[0])
    const { store, session } = setUp({ run: () => ({ ...completed, recorded: 'waiting' }) }, { keeping })
    const kept = () => {
      const { recorded, recordingFault } = store.getState().run?.outcome ?? {}
      return { recorded, fault: recordingFault }
    }
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    await vi.waitFor(() => expect(keeping).toHaveBeenCalledTimes(1))
    expect(kept()).toEqual(answers[0])
    // Each time that the main process tells of this connection, the record may have come further.
    session.getState().update('clinic', { tracking: 'current' })
    await vi.waitFor(() => expect(kept()).toEqual(answers[1]))
    session.getState().update('clinic', { tracking: 'current' })
    await vi.waitFor(() => expect(kept()).toEqual(answers[2]))
    expect(keeping).toHaveBeenLastCalledWith({ connection: 'clinic', id: completed.operation }, expect.anything())
  })

  it('runs the statement at the cursor', async () => {
    const runs = vi.fn<EditorServices['run']>(() => completed)
    const { store } = setUp({ run: runs })
    await store.getState().runStatement('select 1;\nselect 2;\nselect 3', 14)
    expect(runs.mock.calls[0]?.[0].sql).toBe('select 2')
    expect(store.getState().run?.base).toBe(10)
  })

  it('keeps transactions by hand through a reload of the window, for that tab alone', () => {
    const { store, session, makeStore } = setUp({})
    const tab = session.getState().active ?? ''
    store.getState().setMode('manual')
    expect(makeStore(tab).getState().mode).toBe('manual')
    session.getState().open({ view: 'editor' })
    const other = session.getState().active ?? ''
    expect(other).not.toBe(tab)
    expect(makeStore(other).getState().mode).toBe('auto')
    store.getState().setMode('auto')
    expect(makeStore(tab).getState().mode).toBe('auto')
    store.getState().setMode('manual')
    session.scopes.endTab(tab)
    expect(makeStore(tab).getState().mode).toBe('auto')
  })

  it('says so when there is nothing to run, and asks no server', async () => {
    const { store, opens } = setUp({})
    await store.getState().runStatement('  \n', 0)
    expect(store.getState().run?.fault?.message).toBe('There is no statement to run.')
    await store.getState().runPart({ sql: ' ', base: 0 })
    expect(store.getState().run?.fault?.message).toBe('There is no statement to run.')
    expect(opens).not.toHaveBeenCalled()
  })

  it('runs one thing at a time', async () => {
    let end = (_: RunOutcome): void => undefined
    const runs = vi.fn<EditorServices['run']>(() => new Promise((resolve) => (end = resolve)))
    const { store } = setUp({ run: runs })
    const first = store.getState().runPart({ sql: 'select 1', base: 0 })
    await vi.waitFor(() => expect(runs).toHaveBeenCalledTimes(1))
    await store.getState().runPart({ sql: 'select 2', base: 0 })
    expect(runs).toHaveBeenCalledTimes(1)
    end(completed)
    await first
    expect(store.getState().run?.state).toBe('done')
  })

  it('cancels by the signal of its call, and takes the outcome that comes of it', async () => {
    const cancelled: RunOutcome = {
      ...completed,
      status: 'FAILED',
      completed: 0,
      failure: {
        fault: { code: 'postgres', sqlstate: '57014', message: 'canceling statement due to user request' },
        statement: 0,
        offset: null,
      },
    }
    const { store } = setUp({
      run: (_input, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(cancelled))),
    })
    const running = store.getState().runPart({ sql: 'select pg_sleep(60)', base: 7 })
    await vi.waitFor(() => expect(store.getState().backendPid).toBe(4242))
    store.getState().cancel()
    expect(store.getState().run?.state).toBe('cancelling')
    await running
    const { run, mark, lost } = store.getState()
    expect(run?.outcome?.failure?.fault.sqlstate).toBe('57014')
    expect(mark).toBeNull()
    expect(lost).toBeNull()
  })

  it('marks the statement that failed where the server names no place in it', async () => {
    const fault = { code: 'postgres', message: 'canceling statement due to statement timeout', sqlstate: '57014' }
    const { store } = setUp({
      run: () => ({ ...completed, status: 'FAILED', statements: 2, failure: { fault, statement: 1, offset: null } }),
    })
    await store.getState().runPart({ sql: 'select 1; select pg_sleep(9)', base: 7 })
    expect(store.getState().mark).toEqual({ offset: 17, end: 35, fault })
  })

  it('marks a failure at its place in the text until the text changes', async () => {
    const fault = { code: 'postgres', message: 'column "x" does not exist', sqlstate: '42703' }
    const { store } = setUp({
      run: () => ({ ...completed, status: 'FAILED', failure: { fault, statement: 0, offset: 7 } }),
    })
    await store.getState().runPart({ sql: 'select x', base: 100 })
    expect(store.getState().mark).toEqual({ offset: 107, end: null, fault })
    expect(store.getState().shown).toBe('messages')
    store.getState().unmark()
    expect(store.getState().mark).toBeNull()
    expect(store.getState().run?.outcome?.failure?.fault).toEqual(fault)
  })

  it('runs once, however often the key is pressed while a long text is looked through', async () => {
    const found = Promise.withResolvers<{ statement: Span | null }>()
    const run = vi.fn(() => completed)
    const looks = vi.fn(() => found.promise)
    const { store } = setUp({ statementAt: looks, run })
    const presses = [1, 2, 3].map(() => store.getState().runStatement('insert into t', 0))
    found.resolve(at({ sql: 'insert into t', cursor: 0 }))
    await Promise.all(presses)
    expect([looks, run].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    await store.getState().runStatement('insert into t', 0)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('shows that it looks for the statement in a long text, and stops when it is told to', async () => {
    const run = vi.fn(() => completed)
    const looks = vi.fn<EditorServices['statementAt']>(
      (_input, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const { store } = setUp({ statementAt: looks, run })
    const pressed = store.getState().runStatement('select 1', 0)
    await vi.waitFor(() => expect(store.getState().looking).not.toBeNull())
    store.getState().cancel()
    await pressed
    expect(store.getState()).toMatchObject({ looking: null, run: null })
    expect(run).not.toHaveBeenCalled()
  })

  it('marks nothing in a text that has changed meanwhile, or that the failed statement does not stand in', async () => {
    const fault = { code: 'postgres', message: 'column "x" does not exist', sqlstate: '42703' }
    const failed: RunOutcome = { ...completed, status: 'FAILED', failure: { fault, statement: 0, offset: 7 } }
    const answer = Promise.withResolvers<RunOutcome>()
    const { store } = setUp({
      run: ({ sql }) => (sql === 'select x' ? answer.promise : { ...failed, transaction: 'open' }),
    })
    const running = store.getState().runPart({ sql: 'select x', base: 100 })
    await vi.waitFor(() => expect(store.getState().run?.state).toBe('running'))
    store.getState().unmark()
    answer.resolve({ ...failed, transaction: 'open' })
    await running
    expect(store.getState().mark).toBeNull()
    await store.getState().endTransaction('commit')
    expect(store.getState().run?.outcome?.failure?.fault).toEqual(fault)
    expect(store.getState().mark).toBeNull()
  })

  it('keeps the earliest of very many notices out, and says how many', async () => {
    const { store } = setUp({
      run: (_input, { emit }) => {
        for (let index = 0; index < 12_000; index += 1) {
          emit({ kind: 'notice', index: 0, notice: { severity: 'NOTICE', message: String(index) } })
        }
        return completed
      },
    })
    await store.getState().runPart({ sql: 'do', base: 0 })
    expect(store.getState().run?.dropped).toBe(2000)
    expect(store.getState().run?.messages.at(-1)).toMatchObject({ notice: { message: '11999' } })
  })
})

describe('rows', () => {
  const reach = { fault: null, notices: [] }
  const cells = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => [String(from + at + 1)])

  /** A result of `total` rows, of which 200 come at once; tells what was asked for. */
  function big(total: number, services: Partial<EditorServices> = {}) {
    let known = 200
    const asked: string[] = []
    const made = setUp({
      run: (_input, { emit }) => {
        emit(rowsEvent(0, cells(0, 200).flat(), false))
        return completed
      },
      rows: ({ from, count }) => {
        asked.push(`rows ${from}`)
        return { ...reach, rows: cells(from, Math.min(known, from + count)), cut: [], known, done: known === total }
      },
      readOn: ({ to = total }, { emit }) => {
        asked.push(`to ${to}`)
        known = Math.min(to, total)
        emit({ known })
        return { ...reach, known, done: known === total }
      },
      ...services,
    })
    const result = () => made.store.getState().run?.results[0]
    const pages = () => made.store.getState().pagesAt(0)
    return { ...made, asked, result, pages }
  }

  it('are read on before one gets to the end, and loaded where one looks', async () => {
    const { store, asked, result, pages } = big(100_000)
    await store.getState().runPart({ sql: 'select n', base: 0 })
    store.getState().need(0, 0, 40)
    store.getState().need(0, 150, 190)
    await vi.waitFor(() => expect(result()?.known).toBe(600))
    store.getState().need(0, 390, 430)
    await vi.waitFor(() => expect(pages()?.byNumber.get(2)?.rows).toHaveLength(200))
    expect(asked).toEqual(['to 600', 'rows 200', 'rows 400'])
    expect(result()).toMatchObject({ reading: null, done: false })
  })

  it('of a result that is scrolled to its end stay few', async () => {
    const { store, result, pages } = big(50_000)
    await store.getState().runPart({ sql: 'select n', base: 0 })
    expect(await store.getState().readToEnd(0)).toBe(true)
    expect(result()).toMatchObject({ known: 50_000, done: true })
    const { run } = store.getState()
    for (let row = 0; row < 50_000; row += 200) {
      store.getState().need(0, row, row + 40)
      await vi.waitFor(() => expect(pages()?.byNumber.has(row / 200)).toBe(true))
    }
    expect(pages()?.byNumber.size).toBeLessThanOrEqual(30)
    expect(pages()?.byNumber.get(249)?.rows.at(-1)).toEqual(['50000'])
    // What is drawn beside the grid is not drawn again for a page.
    expect(store.getState().run).toBe(run)
  })

  it('that one has scrolled past meanwhile are not loaded', async () => {
    const waits: (() => void)[] = []
    const { store, asked, pages } = big(20_000, {
      rows: async ({ from, count }) => {
        asked.push(`rows ${from}`)
        await new Promise<void>((resolve) => waits.push(resolve))
        return { ...reach, rows: cells(from, from + count), cut: [], known: 20_000, done: true }
      },
    })
    await store.getState().runPart({ sql: 'select n', base: 0 })
    await store.getState().readToEnd(0)
    for (const row of [2_000, 4_000, 8_000, 16_000]) store.getState().need(0, row, row + 40)
    await vi.waitFor(() => expect(waits).toHaveLength(1))
    waits[0]?.()
    await vi.waitFor(() => expect(waits).toHaveLength(2))
    waits[1]?.()
    await vi.waitFor(() => expect(pages()?.byNumber.has(80)).toBe(true))
    expect(asked).toEqual(['to 20000', 'rows 2000', 'rows 16000'])
  })

  it('stop being read when somebody says so', async () => {
    const { store, result } = big(1_000_000, {
      readOn: (_input, { signal, emit }) =>
        new Promise((resolve) => {
          emit({ known: 5_000 })
          signal.addEventListener('abort', () => resolve({ ...reach, known: 5_000, done: false }))
        }),
    })
    await store.getState().runPart({ sql: 'select n', base: 0 })
    const reading = store.getState().readToEnd(0)
    await vi.waitFor(() => expect(result()).toMatchObject({ reading: 'toEnd', known: 5_000 }))
    store.getState().stopReading(0)
    expect(await reading).toBe(false)
    expect(result()).toMatchObject({ reading: null, known: 5_000, done: false, fault: null })
  })

  it('say why no more of them come, and what the server said meanwhile', async () => {
    const fault = { code: 'postgres', message: 'division by zero', sqlstate: '22012' }
    const { store, result } = big(1_000, {
      readOn: () => ({ known: 299, done: false, fault, notices: [{ severity: 'NOTICE', message: 'mind this' }] }),
    })
    await store.getState().runPart({ sql: 'select n', base: 0 })
    store.getState().need(0, 160, 200)
    await vi.waitFor(() => expect(result()).toMatchObject({ known: 299, fault: { sqlstate: '22012' } }))
    expect(store.getState().lost).toBeNull()
    expect(store.getState().run?.messages.at(-1)).toMatchObject({ kind: 'notice', notice: { message: 'mind this' } })
  })
})

describe('a lost session', () => {
  const cut = { code: 'connection_lost', message: 'Connection terminated unexpectedly' }

  it('is told with the transaction that it had, and the next run opens another', async () => {
    const outcomes: RunOutcome[] = [
      { ...completed, transaction: 'open' },
      { ...completed, status: 'INTERRUPTED', failure: { fault: cut, statement: 0, offset: null } },
      completed,
    ]
    const { store, opens } = setUp({ run: () => outcomes.shift() ?? completed })
    await store.getState().runPart({ sql: 'begin', base: 0 })
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    expect(store.getState()).toMatchObject({ lost: { fault: cut, transaction: 'open' }, transaction: 'idle' })
    await store.getState().runPart({ sql: 'select 2', base: 0 })
    expect(store.getState().lost).toBeNull()
    expect(opens).toHaveBeenCalledTimes(2)
  })

  it('is noticed when it alone is cut, at once while nothing runs, and behind a run that went well', async () => {
    const standing = {
      transaction: 'open',
      ageMs: 5,
      warn: false,
      rollBackInMs: null,
      ended: null,
      lost: null,
    } as const
    const sessions: ((event: TransactionEvent) => void)[] = []
    const answer = Promise.withResolvers<RunOutcome>()
    const { store } = setUp({
      follow: (_input, { emit }) => {
        sessions.push(emit)
        emit(standing)
        return new Promise(() => {})
      },
      run: ({ sql }) =>
        sql === 'select 2' ? answer.promise : { ...completed, status: 'STARTED', transaction: 'open' },
    })
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    sessions[0]?.({ ...standing, transaction: 'idle', lost: cut })
    await vi.waitFor(() => expect(store.getState().lost).toEqual({ fault: cut, transaction: 'open' }))
    expect(store.getState()).toMatchObject({ transaction: 'idle', standing: null })

    const running = store.getState().runPart({ sql: 'select 2', base: 0 })
    await vi.waitFor(() => expect(sessions).toHaveLength(2))
    sessions[1]?.({ ...standing, transaction: 'idle', lost: cut })
    answer.resolve({ ...completed, status: 'STARTED', transaction: 'open' })
    await running
    expect(store.getState()).toMatchObject({ lost: { fault: cut, transaction: 'open' }, transaction: 'idle' })
  })

  it('is noticed when the connection is lost while nothing runs', async () => {
    const { store, session, closes } = setUp({
      run: (_input, { emit }) => {
        emit(rowsEvent(0, ['1'], false))
        return { ...completed, transaction: 'open' }
      },
    })
    await store.getState().runPart({ sql: 'begin', base: 0 })
    const live = session.getState().connections.get('clinic')
    if (live === undefined) throw new Error('The connection should be open.')
    session.setState({ connections: new Map([['clinic', { ...live, state: 'lost', problem: cut }]]) })
    expect(store.getState().lost).toEqual({ fault: cut, transaction: 'open' })
    expect(store.getState().run?.results[0]).toMatchObject({ known: 1, done: false, fault: cut })
    // The rows that were read stay until something else is run.
    expect(closes).not.toHaveBeenCalled()
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    await vi.waitFor(() => expect(closes).toHaveBeenCalledTimes(1))
  })

  it('is closed with its tab', async () => {
    const { store, session, closes } = setUp({ run: () => completed })
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    session.getState().closeTab(session.getState().active ?? '')
    await vi.waitFor(() => expect(closes).toHaveBeenCalledTimes(1))
  })
})

describe('reasons', () => {
  it('go with each run, and are remembered for the connection', async () => {
    const runs = vi.fn<EditorServices['run']>(() => completed)
    const { store, makeStore } = setUp({ run: runs })
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    expect(runs.mock.calls[0]?.[0]).not.toHaveProperty('ticket')
    store.getState().setReasons({ ticket: 'OPS-7', justification: 'cleaning up' })
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    expect(runs.mock.calls[1]?.[0]).toMatchObject({ ticket: 'OPS-7', justification: 'cleaning up' })
    expect(makeStore().getState().reasons).toEqual({ ticket: 'OPS-7', justification: 'cleaning up' })
  })

  it('are asked for in production before anything runs', async () => {
    const runs = vi.fn<EditorServices['run']>(() => completed)
    const { store } = setUp({ run: runs }, { production: true })
    await store.getState().runPart({ sql: 'delete from visit', base: 0 })
    expect(runs).not.toHaveBeenCalled()
    expect(store.getState().asking?.request.part.sql).toBe('delete from visit')
    store.getState().dismiss()
    expect(store.getState().asking).toBeNull()

    await store.getState().runPart({ sql: 'select 1', base: 0 })
    await store.getState().answer({ ticket: 'OPS-8', justification: '' })
    expect(runs.mock.calls.map(([{ sql, ticket }]) => [sql, ticket])).toEqual([['select 1', 'OPS-8']])
    await store.getState().runPart({ sql: 'select 2', base: 0 })
    expect(runs).toHaveBeenCalledTimes(2)
  })

  it('are not asked for again where somebody went on without', async () => {
    const runs = vi.fn<EditorServices['run']>(() => completed)
    const { store } = setUp({ run: runs }, { production: true })
    await store.getState().runPart({ sql: 'select 1', base: 0 })
    await store.getState().answer(null)
    await store.getState().runPart({ sql: 'select 2', base: 0 })
    expect(runs.mock.calls.map(([{ sql }]) => sql)).toEqual(['select 1', 'select 2'])
  })
})

describe('the text of a tab', () => {
  it('is had from the workspace where it was kept, and is not written back unchanged', async () => {
    const writes = vi.fn(() => ({ masked: false }))
    const text = vi.fn(async () => ({ text: 'select 1', masked: false }))
    const { session, makeStore } = setUp({}, { workspace: { write: writes, text } })
    session.getState().open({ view: 'editor', kept: true })
    const store = makeStore()
    store.getState().begin()
    expect(store.getState().text).toBeNull()
    await vi.waitFor(() => expect(store.getState().text).toBe('select 1'))
    await store.getState().changed('select 1')
    expect(session.getState().tabs.at(-1)?.title).toBe('select 1')
    expect(writes).not.toHaveBeenCalled()
    await store.getState().changed('select 12')
    await vi.waitFor(() => expect(writes).toHaveBeenCalledTimes(1))
  })

  it('stays unknown, and unwritten, where the workspace does not answer; it can be asked for again', async () => {
    const writes = vi.fn(() => ({ masked: false }))
    const answers = [() => Promise.reject(new Error('disk')), async () => ({ text: 'select 1', masked: false })]
    const { session, makeStore } = setUp(
      {},
      { workspace: { write: writes, text: () => answers.shift()?.() ?? { text: null, masked: false } } },
    )
    session.getState().open({ view: 'editor', kept: true })
    const store = makeStore()
    store.getState().begin()
    await vi.waitFor(() => expect(store.getState().textFault).toMatchObject({ message: 'disk' }))
    expect(store.getState().text).toBeNull()
    store.getState().begin()
    await vi.waitFor(() => expect(store.getState().text).toBe('select 1'))
    expect(writes).not.toHaveBeenCalled()
  })

  it('says when it is not kept, and when it is again', async () => {
    let full = true
    const write = () => {
      if (full) throw new Failure({ code: 'SQLITE_FULL', message: 'database or disk is full' })
      return { masked: false }
    }
    const { store } = setUp({}, { workspace: { write } })
    store.getState().begin()
    await store.getState().changed('select 1')
    await vi.waitFor(() => expect(store.getState().unkept).toMatchObject({ message: 'database or disk is full' }))
    full = false
    await store.getState().changed('select 1')
    await vi.waitFor(() => expect(store.getState().unkept).toBeNull())
    await store.getState().changed('x'.repeat(20_000_001))
    expect(store.getState().unkept).toMatchObject({ message: expect.stringContaining('too long') })
  })

  it('says that it is kept without its secrets, and still says so at the next start', async () => {
    const write = vi.fn(({ text }: { text: string }) => ({ masked: text.includes('secret') }))
    const kept = { text: 'alter role dba password ***', masked: true }
    const { session, store, makeStore } = setUp({}, { workspace: { write, text: () => kept } })
    store.getState().begin()
    await store.getState().changed("alter role dba password 'secret'")
    await vi.waitFor(() => expect(store.getState().masked).toBe(true))
    await store.getState().changed('select 1')
    await vi.waitFor(() => expect(store.getState().masked).toBe(false))
    session.getState().open({ view: 'editor', kept: true })
    const again = makeStore()
    again.getState().begin()
    await vi.waitFor(() => expect(again.getState()).toMatchObject(kept))
  })

  it('is written one at a time: what is typed meanwhile is written after it, the last of it alone', async () => {
    const first = Promise.withResolvers<{ masked: boolean }>()
    const write = vi.fn((_: { text: string }) => first.promise)
    const { store } = setUp({}, { workspace: { write } })
    store.getState().begin()
    for (const text of ['a', 'ab', 'abc']) await store.getState().changed(text)
    await vi.waitFor(() => expect(write).toHaveBeenCalledTimes(1))
    first.resolve({ masked: false })
    await vi.waitFor(() => expect(write.mock.calls.map(([{ text }]) => text)).toEqual(['a', 'abc']))
  })

  it('survives a reconnect with the tab', async () => {
    const { session, store, makeStore } = setUp({})
    store.getState().begin()
    await store.getState().changed('select 1')
    session.getState().connected(openConnection())
    const again = makeStore()
    again.getState().begin()
    expect(again.getState().text).toBe('select 1')
  })

  it('is kept to its last word when its tab closes', async () => {
    const writes = vi.fn((_: { tab: string; text: string }) => ({ masked: false }))
    const { session, store } = setUp({}, { workspace: { write: writes } })
    store.getState().begin()
    const long = `select '${'x'.repeat(1_000_001)}'`
    await store.getState().changed(long)
    expect(writes).not.toHaveBeenCalled()
    session.getState().closeTab(session.getState().active ?? '')
    await vi.waitFor(() => expect(writes.mock.calls.map(([{ text }]) => text.length)).toEqual([long.length]))
  })

  it('begins with what the tab was opened for, which gives it its title', () => {
    const { session, makeStore } = setUp({})
    session.getState().open({ view: 'editor', sql: '-- a note\nselect * from care.visit where seen_at > now()' })
    const store = makeStore()
    store.getState().begin()
    const tab = session.getState().tabs.at(-1)
    expect(store.getState().text).toMatch(/^-- a note/)
    expect(tab?.title).toBe('select * from care.visit where …')
  })
})
