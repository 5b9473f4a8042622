import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { Services } from '../../../src/core/wire.ts'
import { createConnectionsStore } from '../../../src/renderer/connections/store.ts'
import { openConnection, openWindow, type Window } from '../window.ts'

let opened: Window | undefined
afterEach(() => opened?.close())

const { connection } = openConnection()
const { id: _id, hasPassword: _has, lastOpenedAt: _at, ...settings } = connection

async function setUp(services: Partial<Services<Api>['connections']>) {
  opened = openWindow({
    connections: { list: () => ({ connections: [connection], passwordsKept: 'keychain', notice: null }), ...services },
  })
  const { session } = opened
  const store = createConnectionsStore(session.scopes.window())
  await store.getState().load()
  return { session, state: store.getState }
}

const passwordRequired = () => {
  throw new Failure({ code: 'password_required', message: 'A password is needed.' })
}

describe('the list', () => {
  it('is read with where passwords are kept', async () => {
    const { state } = await setUp({})
    expect(state()).toMatchObject({ saved: [connection], passwordsKept: 'keychain', fault: null })
  })

  it('keeps why it could not be read', async () => {
    const { state } = await setUp({
      list: () => {
        throw new Failure({ code: 'internal', message: 'The cache is locked.', detail: 'by another process' })
      },
    })
    expect(state()).toMatchObject({
      saved: null,
      fault: { message: 'The cache is locked.', detail: 'by another process' },
    })
  })
})

describe('opening', () => {
  it('makes the connection the current one', async () => {
    const { session, state } = await setUp({ open: () => openConnection() })
    await state().show('clinic')
    expect(session.getState()).toMatchObject({ current: 'clinic' })
    expect(session.getState().connections.get('clinic')?.server.database).toBe('clinic')
    expect(state().opening.size).toBe(0)
  })

  it('goes to one that is open without opening it again', async () => {
    const open = vi.fn(() => openConnection())
    const { session, state } = await setUp({ open })
    await state().show('clinic')
    session.getState().select(null)
    await state().show('clinic')
    expect(session.getState().current).toBe('clinic')
    expect(open).toHaveBeenCalledTimes(1)
  })

  it('keeps the whole fault, until it is dismissed or tried again', async () => {
    const fault = { code: 'postgres', sqlstate: '3D000', message: 'no such database', hint: 'Is it spelt so?' }
    const open = vi
      .fn(() => openConnection())
      .mockImplementationOnce(() => {
        throw new Failure(fault)
      })
    const { state } = await setUp({ open })
    await state().show('clinic')
    expect(state().faults.get('clinic')).toEqual(fault)
    await state().open('clinic')
    expect(state().faults.size).toBe(0)
  })

  it('asks for a password that is missing, and sends the one that is typed', async () => {
    const open = vi.fn(() => openConnection()).mockImplementationOnce(passwordRequired)
    const { state } = await setUp({ open })
    await state().show('clinic')
    expect(state().request).toMatchObject({ connection, fault: { code: 'password_required' } })
    expect(state().faults.size).toBe(0)
    await state().open('clinic', { text: 'geheim', keep: false })
    expect(open.mock.lastCall?.at(0)).toEqual({ id: 'clinic', password: 'geheim' })
    expect(state().request).toBeNull()
  })

  it('asks again when the server refuses the password', async () => {
    const open = vi
      .fn(() => openConnection())
      .mockImplementationOnce(() => {
        throw new Failure({
          code: 'postgres',
          sqlstate: '28P01',
          message: 'password authentication failed for user "dba"',
        })
      })
    const { state } = await setUp({ open })
    await state().open('clinic', { text: 'wrong', keep: true })
    expect(state().request?.fault.sqlstate).toBe('28P01')
  })

  it('keeps a password only when told to, and only once the server has taken it', async () => {
    const save = vi.fn(() => connection)
    const open = vi.fn(() => openConnection()).mockImplementationOnce(passwordRequired)
    const { state } = await setUp({ open, save })
    await state().open('clinic', { text: 'wrong', keep: true })
    expect(save).not.toHaveBeenCalled()
    await state().open('clinic', { text: 'geheim', keep: true })
    expect(save.mock.lastCall?.at(0)).toEqual({ id: 'clinic', settings, password: 'geheim' })
  })

  it('can be stopped, which reaches the main process and is no fault', async () => {
    let stopped = false
    const { state } = await setUp({
      open: (_input, { signal }) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped = true
            reject(new DOMException('stopped', 'AbortError'))
          })
        }),
    })
    const showing = state().show('clinic')
    expect(state().opening.has('clinic')).toBe(true)
    state().cancel('clinic')
    await showing
    await vi.waitFor(() => expect(stopped).toBe(true))
    expect(state()).toMatchObject({ opening: new Map(), faults: new Map() })
  })
})

describe('removing', () => {
  it('closes an open connection first, and takes its tabs with it', async () => {
    const calls: string[] = []
    const { session, state } = await setUp({
      open: () => openConnection(),
      close: () => {
        calls.push('close')
        return null
      },
      remove: () => {
        calls.push('remove')
        return null
      },
    })
    await state().show('clinic')
    session.getState().open({ view: 'framework' })
    await state().remove('clinic')
    expect(calls).toEqual(['close', 'remove'])
    expect(session.getState()).toMatchObject({ tabs: [], current: null })
  })
})
