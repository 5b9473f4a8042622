// @vitest-environment jsdom
import { within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ConnectionEvent } from '../../../src/core/connections/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import { closePages, openPage, screen } from '../page.tsx'
import { openConnection, type Parts } from '../window.ts'

afterEach(closePages)

const hostile = '<img src=x onerror=alert(1)>\u202Egnp'
const { connection: clinic } = openConnection()
const production = openConnection({ id: 'prod', name: hostile, kind: 'production' })

let emit: ((event: ConnectionEvent) => void) | undefined

function setUp(connections: Parts['connections'] = {}, parts: Parts = {}) {
  return openPage({
    ...parts,
    connections: {
      list: () => ({ connections: [clinic, production.connection], passwordsKept: 'keychain', notice: null }),
      watch: (_input, context) => {
        emit = context.emit
        return new Promise<never>(() => undefined)
      },
      open: ({ ...input }) => ('id' in input && input.id === 'prod' ? production : openConnection()),
      close: () => null,
      ...connections,
    },
  })
}

const item = (name: RegExp) => screen.findByRole('button', { name })

describe('the first run', () => {
  it('offers two ways in, and says nothing of connections that are not there', async () => {
    setUp({ list: () => ({ connections: [], passwordsKept: 'memory', notice: null }) })
    expect(await screen.findByRole('heading', { name: 'Welcome to pgSteward' })).toBeDefined()
    expect(screen.getByRole('button', { name: 'Start the sample clinic' })).toBeDefined()
    expect(screen.getByRole('button', { name: 'Fill in the form' })).toBeDefined()
  })

  it('opens no view about a connection while there is none', async () => {
    const { user, session } = setUp({ list: () => ({ connections: [], passwordsKept: 'memory', notice: null }) })
    await screen.findByRole('heading', { name: 'Welcome to pgSteward' })
    await user.keyboard('{Control>}{Alt>}nf{/Alt}{/Control}')
    expect(session.getState().tabs).toEqual([])
    await user.keyboard('{Control>}{Shift>}h{/Shift}{/Control}')
    expect(session.getState().tabs).toHaveLength(1)
  })

  it('takes a URL to the form, and does not keep it in the tab', async () => {
    const { user, session } = setUp({ list: () => ({ connections: [], passwordsKept: 'memory', notice: null }) })
    await user.type(await screen.findByLabelText('Connection URL'), 'postgres://eve:geheim@db1/clinic')
    await user.click(screen.getByRole('button', { name: 'Go on with this URL' }))
    expect(await screen.findByDisplayValue('db1')).toBeDefined()
    expect(screen.getByDisplayValue('geheim').getAttribute('type')).toBe('password')
    expect(JSON.stringify(session.getState().tabs)).not.toContain('geheim')
  })

  it('says that the cache was broken and put aside, until that is read', async () => {
    const notice = 'The cache was damaged. It is kept as cache.broken.db.'
    const { user } = setUp({ list: () => ({ connections: [], passwordsKept: 'memory', notice }) })
    expect(await screen.findByText(notice)).toBeDefined()
    await user.click(screen.getByRole('button', { name: 'Dismiss the notice' }))
    expect(screen.queryByText(notice)).toBeNull()
  })
})

describe('connections', () => {
  it('are opened by a click, and stand in the status bar with role, database and tracking', async () => {
    const { user } = setUp()
    await user.click(await item(/^Clinic, development/))
    const status = screen.getByRole('region', { name: 'Status' })
    expect(await within(status).findByText('Tracking on')).toBeDefined()
    for (const text of ['Clinic', 'clinic', 'dba', 'development', 'PostgreSQL 18.4']) {
      expect(within(status).getByText(text)).toBeDefined()
    }
    expect((await item(/^Clinic, development/)).getAttribute('aria-current')).toBe('true')
  })

  it('are marked with their colour in the list, on their tabs and in the status bar, or with that of their kind', async () => {
    const blue = openConnection({ colour: 'blue' })
    const { user, session } = setUp({
      list: () => ({ connections: [blue.connection, production.connection], passwordsKept: 'keychain', notice: null }),
      open: ({ ...input }) => ('id' in input && input.id === 'prod' ? production : blue),
    })
    const tints = (of: Element | null | undefined) =>
      [of, ...(of?.querySelectorAll('[data-tint]') ?? [])].map((each) => each?.getAttribute('data-tint'))
    const clinicItem = await item(/^Clinic, development/)
    expect(tints(clinicItem.closest('li'))).toEqual(['blue', 'blue'])
    expect(tints((await item(/^<img src=x/)).closest('li'))).toEqual(['production', 'production'])

    await user.click(clinicItem)
    await screen.findByRole('heading', { level: 1, name: 'Clinic' })
    session.getState().open({ view: 'framework' })
    session.getState().open({ view: 'history' })
    const tab = async (name: RegExp) => (await screen.findByRole('tab', { name })).parentElement
    expect(tints(await tab(/framework/i))).toEqual(['blue'])
    expect(tints(await tab(/history/i))).toEqual([null])
    const status = screen.getByRole('region', { name: 'Status' })
    expect(status.getAttribute('data-tint')).toBe('blue')
    expect(within(status).getByRole('img', { name: 'blue' })).toBeDefined()
    // The word of the kind keeps the kind's colour.
    expect(within(status).getByText('development').getAttribute('data-tint')).toBe('development')
  })

  it('show hostile names as text, with what would hide in them', async () => {
    const { user } = setUp()
    const hidden = await item(/^<img src=x/)
    expect(hidden.textContent).toContain('U+202E')
    expect(hidden.textContent).not.toContain('\u202E')
    await user.click(hidden)
    expect(await screen.findByRole('heading', { level: 1, name: /<img src=x onerror=alert\(1\)>/ })).toBeDefined()
    expect(document.querySelector('img')).toBeNull()
  })

  it('say in full why one cannot be opened', async () => {
    const fault = {
      code: 'postgres',
      severity: 'FATAL',
      sqlstate: '53300',
      message: 'sorry, too many clients already',
      detail: 'All 100 are taken.',
      hint: 'Close some.',
      context: 'startup',
    }
    const { user } = setUp({
      open: () => {
        throw new Failure(fault)
      },
    })
    await user.click(await item(/^Clinic, development/))
    const alert = await screen.findByRole('alert', { name: 'Could not connect to Clinic' })
    for (const text of Object.values(fault)) {
      if (text !== 'postgres') expect(alert.textContent).toContain(text)
    }
  })

  it('say what was lost with a connection, what waits, and connect again', async () => {
    const { user, session } = setUp()
    await user.click(await item(/^Clinic, development/))
    await screen.findByRole('heading', { level: 1, name: 'Clinic' })
    const problem = {
      code: 'postgres',
      sqlstate: '57P01',
      message: 'terminating connection due to administrator command',
    }
    emit?.({ connection: 'clinic', state: 'lost', waiting: 2, problem })
    const alert = await screen.findByRole('alert', { name: 'The connection to Clinic was lost' })
    expect(alert.textContent).toContain(problem.message)
    expect(alert.textContent).toContain('2 records of operations wait on this machine')
    await user.click(within(alert).getByRole('button', { name: 'Reconnect' }))
    await vi.waitFor(() => expect(session.getState().connections.get('clinic')?.state).toBe('open'))
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('ask for a password, and send it', async () => {
    const open = vi
      .fn(() => openConnection())
      .mockImplementationOnce(() => {
        throw new Failure({ code: 'password_required', message: 'A password is needed.' })
      })
    const { user } = setUp({ open })
    await user.click(await item(/^Clinic, development/))
    const dialog = await screen.findByRole('dialog', { name: 'Password' })
    await user.type(within(dialog).getByLabelText('Password'), 'geheim{Enter}')
    await vi.waitFor(() => expect(open.mock.lastCall?.at(0)).toEqual({ id: 'clinic', password: 'geheim' }))
  })

  it('are removed only after a question', async () => {
    const remove = vi.fn(() => null)
    const { user } = setUp({ remove })
    await user.click(await screen.findByRole('button', { name: 'More about Clinic' }))
    // jsdom lays nothing out, so the menu thinks that its button has been scrolled away, and hides.
    await user.click(await screen.findByRole('menuitem', { name: 'Remove…', hidden: true }))
    const dialog = await screen.findByRole('dialog', { name: 'Remove the connection?' })
    expect(remove).not.toHaveBeenCalled()
    await user.click(within(dialog).getByRole('button', { name: 'Remove' }))
    await vi.waitFor(() => expect(remove.mock.lastCall?.at(0)).toEqual({ id: 'clinic' }))
  })
})

describe('the keyboard', () => {
  it('opens the palette, which finds and runs an action', async () => {
    const { user, session } = setUp()
    await item(/^Clinic, development/)
    await user.keyboard('{Control>}k{/Control}')
    await user.type(await screen.findByLabelText('Search the actions'), 'new conn{Enter}')
    await vi.waitFor(() => expect(session.getState().tabs.map(({ view }) => view)).toEqual(['connection']))
  })

  it('runs a shortcut wherever the focus is, but not behind a dialog', async () => {
    const { user, session } = setUp()
    await item(/^Clinic, development/)
    await user.keyboard('{Control>}{Alt>}[KeyC]{/Alt}{/Control}')
    await user.type(await screen.findByLabelText('Host'), 'x')
    await user.keyboard('{F1}')
    const dialog = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })
    expect(within(dialog).getByText('Save and open the connection')).toBeDefined()
    await user.keyboard('{Control>}{Alt>}[KeyW]{/Alt}{/Control}')
    expect(session.getState().tabs).toHaveLength(1)
    // At once, not when it has faded away.
    await user.keyboard('{Escape}{Control>}{Alt>}[KeyW]{/Alt}{/Control}')
    expect(session.getState().tabs).toEqual([])
  })

  it('has in a palette that is opened again at once nothing of what was sought before', async () => {
    const { user } = setUp()
    const clinicItem = await item(/^Clinic, development/)
    clinicItem.focus()
    await user.keyboard('{Control>}k{/Control}')
    await user.type(await screen.findByLabelText('Search the actions'), 'dark col{Escape}')
    expect(document.activeElement).toBe(clinicItem)
    await user.keyboard('{Control>}k{/Control}')
    expect(await screen.findByLabelText('Search the actions')).toHaveProperty('value', '')
    await user.type(screen.getByLabelText('Search the actions'), 'light{Enter}')
    await vi.waitFor(() => expect(document.documentElement.dataset['mantineColorScheme']).toBe('light'))
    expect(document.activeElement).toBe(clinicItem)
  })

  it('keeps the keys from the window as soon as a dialog opens, before it is drawn', async () => {
    const { user, session } = setUp()
    await item(/^Clinic, development/)
    session.getState().open({ view: 'history' })
    await user.keyboard('{F1}{Control>}{Alt>}[KeyW]{/Alt}{/Control}')
    expect(session.getState().tabs).toHaveLength(1)
  })

  it('is listed with every action, also of views that are not in front, and searched by word and by key', async () => {
    const { user } = setUp()
    await item(/^Clinic, development/)
    await user.keyboard('{F1}')
    const dialog = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })
    const lines = (): string[] =>
      within(dialog)
        .queryAllByRole('listitem')
        .map((line) => line.textContent ?? '')
    for (const line of ['Run allCtrlShiftEnter', 'Search the historyCtrlF', 'Copy as CSV', 'Find an objectCtrlP']) {
      expect(lines()).toContain(line)
    }
    const search = within(dialog).getByLabelText('Search the shortcuts')
    expect(document.activeElement).toBe(search)
    await user.type(search, 'ctrl+shift+enter')
    expect(lines()).toEqual(['Run allCtrlShiftEnter', 'Test the connectionCtrlShiftEnter'])
    await user.clear(search)
    await user.type(search, 'plan explain')
    expect(lines().map((line) => line.slice(0, 7))).toEqual(['Explain', 'Explain'])
    await user.clear(search)
    await user.type(search, 'no such thing')
    expect(lines()).toEqual([])
    expect(within(dialog).getByRole('status').textContent).toContain('No action has such a name')
  })

  it('finds in the palette what cannot be run now, and says what to do first', async () => {
    const { user, session } = setUp()
    await item(/^Clinic, development/)
    await user.keyboard('{Control>}k{/Control}')
    await user.type(await screen.findByLabelText('Search the actions'), 'run all')
    const action = await screen.findByRole('button', { name: /^Run all/ })
    expect(action).toHaveProperty('disabled', true)
    // The heading is drawn from the attribute.
    expect(document.querySelector('[style*="Editor: go to a query first"]')).not.toBeNull()
    expect(session.getState().tabs).toEqual([])
  })

  it('goes along the connections by the arrow keys', async () => {
    const { user } = setUp()
    const first = await item(/^Clinic, development/)
    first.focus()
    await user.keyboard('{ArrowDown}')
    expect(document.activeElement?.getAttribute('data-connection')).toBe('prod')
    await user.keyboard('{ArrowDown}{ArrowUp}')
    expect(document.activeElement).toBe(first)
  })
})

it('says that the main process has ended, and leaves the rest readable', async () => {
  const { user, close } = setUp()
  await user.click(await item(/^Clinic, development/))
  await screen.findByRole('heading', { level: 1, name: 'Clinic' })
  close()
  expect(await screen.findByRole('alert', { name: 'pgSteward has ended behind this window' })).toBeDefined()
  expect(screen.getByRole('heading', { level: 1, name: 'Clinic' })).toBeDefined()
})
