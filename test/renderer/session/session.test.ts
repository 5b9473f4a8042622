import { afterEach, describe, expect, it, vi } from 'vitest'
import { createStore } from 'zustand'
import type { ConnectionEvent } from '../../../src/core/connections/contract.ts'
import type { Context } from '../../../src/core/wire.ts'
import type { Scope } from '../../../src/renderer/session/scope.ts'
import { watchConnections } from '../../../src/renderer/session/session.ts'
import { visibleTabs } from '../../../src/renderer/session/state.ts'
import { openConnection, openWindow, type Parts, type Window } from '../window.ts'

let opened: Window | undefined
afterEach(() => opened?.close())

function setUp(parts: Parts = {}) {
  opened = openWindow(parts)
  const { session } = opened
  return { session, state: session.getState, views: () => visibleTabs(session.getState()).map(({ view }) => view) }
}

describe('tabs', () => {
  it('are shared by targets of one thing, and made anew for each query', () => {
    const { state, views } = setUp()
    state().connected(openConnection())
    state().open({ view: 'framework' })
    state().open({ view: 'editor' })
    state().open({ view: 'editor', sql: 'select 1' })
    state().open({ view: 'history', text: 'drop' })
    const { active } = state()
    state().open({ view: 'framework' })
    state().open({ view: 'history', text: 'truncate' })
    expect(views()).toEqual(['framework', 'editor', 'editor', 'history'])
    expect(state().active).toBe(active)
    expect(state().tabs.at(-1)?.target).toEqual({ view: 'history', text: 'truncate' })
  })

  it('tell the forms of different connections apart', () => {
    const { state, views } = setUp()
    state().open({ view: 'connection', id: 'a' })
    state().open({ view: 'connection', id: 'b' })
    state().open({ view: 'connection' })
    state().open({ view: 'connection', id: 'a' })
    expect(views()).toEqual(['connection', 'connection', 'connection'])
    expect(state().active).toBe(state().tabs[0]?.id)
  })

  it('give way to the one that was shown before when they close', () => {
    const { state } = setUp()
    state().connected(openConnection())
    for (const sql of ['a', 'b', 'c']) state().open({ view: 'editor', sql })
    const [a, b, c] = state().tabs.map(({ id }) => id)
    state().activate(a ?? '')
    state().activate(c ?? '')
    state().closeTab(c ?? '')
    expect(state().active).toBe(a)
    state().closeTab(a ?? '')
    expect(state().active).toBe(b)
    state().closeTab(b ?? '')
    expect(state().active).toBeNull()
  })

  it('go round at both ends', () => {
    const { state } = setUp()
    state().connected(openConnection())
    for (const sql of ['a', 'b', 'c']) state().open({ view: 'editor', sql })
    const at = () => state().tabs.findIndex(({ id }) => id === state().active)
    state().step(1)
    expect(at()).toBe(0)
    state().step(-1)
    expect(at()).toBe(2)
  })

  it('are those of the current connection, and come back with it', () => {
    const { state, views } = setUp()
    state().connected(openConnection({ id: 'a' }))
    state().open({ view: 'editor' })
    const editor = state().active
    state().connected(openConnection({ id: 'b' }))
    expect(views()).toEqual([])
    expect(state().active).toBeNull()
    state().open({ view: 'framework' })
    state().select('a')
    expect(views()).toEqual(['editor'])
    expect(state().active).toBe(editor)
  })

  it('stay when their connection is closed, and go when it is deleted', () => {
    const { state, views } = setUp()
    state().connected(openConnection())
    state().open({ view: 'editor', sql: 'select 1' })
    state().disconnected('clinic')
    expect(views()).toEqual(['editor'])
    state().forgotten('clinic')
    expect(state().tabs).toEqual([])
    expect(state().current).toBeNull()
  })
})

describe('a change of connection', () => {
  /** Waits at the server until it is told to stop. */
  const endless =
    (seen: { started: boolean; aborted: boolean }) =>
    (_input: unknown, { signal }: Context) =>
      new Promise<never>((_resolve, reject) => {
        seen.started = true
        signal.addEventListener('abort', () => {
          seen.aborted = true
          reject(new DOMException('stopped', 'AbortError'))
        })
      })

  it.each(['disconnected', 'connected', 'forgotten'] as const)('%s: aborts the calls at the server', async (how) => {
    const seen = { started: false, aborted: false }
    const { session, state } = setUp({ framework: { status: endless(seen) } })
    state().connected(openConnection())
    const scope = session.scopes.connection('clinic')
    const call = scope.api.framework.status({ connection: 'clinic' }, { signal: scope.signal })
    const failed = expect(call).rejects.toMatchObject({ fault: { code: 'cancelled' } })
    await vi.waitFor(() => expect(seen.started).toBe(true))
    if (how === 'connected') state().connected(openConnection())
    else state()[how]('clinic')
    await failed
    expect(seen.aborted).toBe(true)
  })

  it('leaves the calls of other connections alone', () => {
    const { session, state } = setUp()
    state().connected(openConnection({ id: 'a' }))
    state().connected(openConnection({ id: 'b' }))
    const [a, b] = [session.scopes.connection('a'), session.scopes.connection('b')]
    state().disconnected('b')
    expect([a.signal.aborted, b.signal.aborted]).toEqual([false, true])
    expect(session.scopes.connection('a')).toBe(a)
    expect(session.scopes.connection('b')).not.toBe(b)
  })

  it('ends the scopes of its tabs; closing a tab ends only its own', () => {
    const { session, state } = setUp()
    state().connected(openConnection())
    state().open({ view: 'editor' })
    state().open({ view: 'editor' })
    const [first, second] = state().tabs.map(({ id }) => session.scopes.tab('clinic', id))
    state().closeTab(first?.tab ?? '')
    expect([first, second].map((scope) => scope?.signal.aborted)).toEqual([true, false])
    state().disconnected('clinic')
    expect(second?.signal.aborted).toBe(true)
  })

  it('gives each opening its own stores', async () => {
    const { sliceHook } = await import('../../../src/renderer/session/context.ts')
    const made: Scope[] = []
    const useSlice = sliceHook('connection', (scope) => {
      made.push(scope)
      return createStore<{ rows: number }>()(() => ({ rows: 0 }))
    })
    const { session, state } = setUp()
    state().connected(openConnection())
    const first = useSlice.storeOf(session.scopes.connection('clinic'))
    first.setState({ rows: 7 })
    expect(useSlice.storeOf(session.scopes.connection('clinic'))).toBe(first)
    state().connected(openConnection())
    expect(useSlice.storeOf(session.scopes.connection('clinic')).getState()).toEqual({ rows: 0 })
    expect(made).toHaveLength(2)
  })
})

describe('watching the connections', () => {
  async function watched() {
    let emit: ((event: ConnectionEvent) => void) | undefined
    const window = setUp({
      connections: {
        watch: (_input, context) => {
          emit = context.emit
          return new Promise<never>(() => undefined)
        },
      },
    })
    void watchConnections(window.session.scopes.window().api, window.session)
    await vi.waitFor(() => expect(emit).toBeDefined())
    window.state().connected(openConnection())
    const live = () => window.state().connections.get('clinic')
    return { ...window, live, emit: (event: ConnectionEvent) => emit?.(event) }
  }

  it('keeps how many records wait, why a connection was lost, and forgets that when it is back', async () => {
    const { emit, live } = await watched()
    const problem = { code: 'postgres', sqlstate: '57P01', message: 'terminating connection' }
    emit({ connection: 'clinic', state: 'lost', waiting: 2, problem })
    await vi.waitFor(() => expect(live()).toMatchObject({ state: 'lost', waiting: 2, problem }))
    emit({ connection: 'clinic', state: 'lost', waiting: 3 })
    await vi.waitFor(() => expect(live()).toMatchObject({ waiting: 3, problem }))
    emit({ connection: 'clinic', state: 'open', waiting: 0 })
    await vi.waitFor(() => expect(live()).toMatchObject({ state: 'open', waiting: 0, problem: null }))
  })

  it('closes what the main process closed, and passes over strangers', async () => {
    const { emit, session, state } = await watched()
    const { signal } = session.scopes.connection('clinic')
    emit({ connection: 'stranger', state: 'open', waiting: 9 })
    emit({ connection: 'clinic', state: 'closed', waiting: 0 })
    await vi.waitFor(() => expect(state().connections.size).toBe(0))
    expect(signal.aborted).toBe(true)
  })

  it('says that the main process has gone', async () => {
    const { state } = await watched()
    opened?.close()
    await vi.waitFor(() => expect(state().severed?.code).toBe('wire_closed'))
  })
})
