import { afterEach, expect, test, vi } from 'vitest'
import { Failure } from '../../../src/core/fault.ts'
import type { Layout } from '../../../src/core/workspace/contract.ts'
import { keepWorkspace } from '../../../src/renderer/session/workspace.ts'
import { memoryStorage, openConnection, openWindow, type Window } from '../window.ts'

let opened: Window | undefined
afterEach(() => opened?.close())

const empty: Layout = { tabs: [], closed: [], active: null, current: null }
const id = '3f0c9a52-9a7a-4a7e-8a53-6f2f0f6f1c11'

async function setUp(left: Partial<Layout> = {}, save: () => null = () => null) {
  const open = vi.fn(() => ({ workspace: id, layout: { ...empty, ...left } }))
  const saves = vi.fn<(layout: Layout) => null>(save)
  const window = openWindow({ workspace: { open, save: saves } })
  opened = window
  const storage = memoryStorage()
  await keepWorkspace(window.session.scopes.window().api, window.session, storage)
  return { session: window.session, state: window.session.getState, open, saves, storage }
}

test('every change of the tabs is kept, without texts, passwords and what was to be done once', async () => {
  const { state, saves, storage } = await setUp()
  expect(storage.getItem('pgsteward.workspace')).toBe(id)
  state().connected(openConnection())
  state().open({ view: 'editor', sql: 'select secret', name: 'mine', run: true })
  state().open({ view: 'connection', url: 'postgres://a:secret@b' })
  await vi.waitFor(() => expect(saves.mock.lastCall?.[0].tabs).toHaveLength(2))
  const kept = saves.mock.lastCall?.[0]
  expect(JSON.stringify(kept)).not.toContain('secret')
  expect(kept?.tabs.map(({ target }) => JSON.parse(target))).toEqual([
    { view: 'editor', name: 'mine', kept: true },
    { view: 'connection' },
  ])
  // Many changes at once are told once, and a text that changes is none.
  const calls = saves.mock.calls.length
  state().keep('tab-2', { view: 'editor', sql: 'select 2', name: 'mine' })
  state().closeTab('tab-3')
  state().closeTab('tab-2')
  await vi.waitFor(() => expect(saves.mock.lastCall?.[0].tabs).toEqual([]))
  expect(saves.mock.calls.length).toBe(calls + 1)
  expect(saves.mock.lastCall?.[0].closed.map(({ view }) => view)).toEqual(['connection', 'editor'])
})

test('what was left is there again, in its order, and what is no tab here is passed over', async () => {
  const tab = (tabId: string, target: unknown) => ({
    id: tabId,
    connection: 'clinic',
    view: 'editor',
    target: JSON.stringify(target),
    title: tabId,
  })
  const { state, saves } = await setUp({
    tabs: [
      tab('tab-9', { view: 'editor', kept: true }),
      tab('tab-4', { view: 'editor', kept: true, name: 'b', sql: 'not from here' }),
      tab('tab-5', { view: 'no such view' }),
      { ...tab('tab-6', null), target: 'no json' },
    ],
    closed: [tab('tab-12', { view: 'editor', kept: true })],
    active: 'tab-4',
    current: 'clinic',
  })
  expect(state().tabs.map((each) => each.id)).toEqual(['tab-9', 'tab-4'])
  expect(state().tabs[1]?.target).toEqual({ view: 'editor', kept: true, name: 'b' })
  expect(state()).toMatchObject({ active: 'tab-4', current: 'clinic' })
  state().open({ view: 'history' })
  expect(state().active).toBe('tab-13')
  state().reopenTab()
  expect(state()).toMatchObject({ active: 'tab-12', closed: [] })
  await vi.waitFor(() => expect(saves.mock.lastCall?.[0].tabs).toHaveLength(4))
})

test('where tabs cannot be kept, it is said, until they can', async () => {
  let full = true
  const { session, state } = await setUp({}, () => {
    if (full) throw new Failure({ code: 'SQLITE_FULL', message: 'database or disk is full' })
    return null
  })
  state().open({ view: 'history' })
  await vi.waitFor(() => expect(state().unkept).toMatchObject({ message: 'database or disk is full' }))
  full = false
  state().open({ view: 'connection' })
  await vi.waitFor(() => expect(session.getState().unkept).toBeNull())
})

test('a tab is opened again only beside its own connection; one of which there is one is shown', () => {
  const window = openWindow({})
  opened = window
  const { getState: state } = window.session
  state().connected(openConnection())
  state().open({ view: 'editor', sql: 'a' })
  state().closeTab(state().active ?? '')
  state().connected(openConnection({ id: 'other' }))
  state().reopenTab()
  expect(state().tabs).toEqual([])
  state().open({ view: 'history', text: 'x' })
  state().closeTab(state().active ?? '')
  state().open({ view: 'history' })
  state().reopenTab()
  expect(state().tabs).toHaveLength(1)
  state().select('clinic')
  state().reopenTab()
  expect(state().tabs.map(({ target }) => target)).toContainEqual({ view: 'editor', sql: 'a' })
  state().forgotten('clinic')
  expect(state().closed).toEqual([])
})

test('a tab is opened again where it stood', () => {
  const window = openWindow({})
  opened = window
  const { getState: state } = window.session
  for (const which of ['a', 'b', 'c', 'd']) state().open({ view: 'connection', id: which })
  const order = () => state().tabs.map(({ target }) => (target.view === 'connection' ? target.id : null))
  state().closeTab('tab-2')
  state().closeTab('tab-1')
  state().reopenTab()
  expect(order()).toEqual(['a', 'c', 'd'])
  state().reopenTab()
  expect(order()).toEqual(['a', 'b', 'c', 'd'])
  state().closeTab('tab-2')
  state().closeTab('tab-3')
  state().reopenTab()
  expect(order()).toEqual(['a', 'c', 'd'])
  state().closeTab('tab-3')
  state().closeTab('tab-1')
  expect(order()).toEqual(['d'])
  for (let closed = 0; closed < 3; closed += 1) state().reopenTab()
  expect(order()).toEqual(['a', 'b', 'c', 'd'])
})

test('a tab can be put at another place', () => {
  const window = openWindow({})
  opened = window
  const { getState: state } = window.session
  for (const which of ['a', 'b', 'c']) state().open({ view: 'connection', id: which })
  const order = () => state().tabs.map(({ target }) => target.view === 'connection' && target.id)
  state().moveTab('tab-1', 'tab-3')
  expect(order()).toEqual(['b', 'c', 'a'])
  state().moveTab('tab-1', 'tab-2')
  expect(order()).toEqual(['a', 'b', 'c'])
  state().moveTab('tab-1', 'nowhere')
  expect(order()).toEqual(['a', 'b', 'c'])
})
