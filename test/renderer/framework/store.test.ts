import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { Services } from '../../../src/core/wire.ts'
import { createFrameworkStore } from '../../../src/renderer/framework/store.ts'
import { openConnection, openWindow, type Window } from '../window.ts'
import { frameworkStatus } from './status.ts'

let opened: Window | undefined
afterEach(() => opened?.close())

function setUp(framework: Partial<Services<Api>['framework']>) {
  opened = openWindow({ framework })
  const { session } = opened
  session.getState().connected({ ...openConnection(), tracking: 'absent' })
  const store = createFrameworkStore(session.scopes.connection('clinic'))
  const tracking = () => session.getState().connections.get('clinic')?.tracking
  return { session, state: store.getState, tracking }
}

describe('the status', () => {
  it('is read, and told to the window', async () => {
    const { state, tracking } = setUp({ status: () => frameworkStatus({ state: 'outdated' }) })
    await state().load()
    expect(state()).toMatchObject({ status: { state: 'outdated' }, busy: null, fault: null })
    expect(tracking()).toBe('outdated')
  })

  it('keeps why it could not be read', async () => {
    const fault = { code: 'postgres', sqlstate: '42501', message: 'permission denied for schema script_tracking' }
    const { state } = setUp({
      status: () => {
        throw new Failure(fault)
      },
    })
    await state().load()
    expect(state()).toMatchObject({ status: null, fault, faultTitle: 'The framework could not be read' })
  })

  it('says nothing when its connection has gone meanwhile', async () => {
    const { session, state } = setUp({
      status: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
        }),
    })
    const loading = state().load()
    session.getState().disconnected('clinic')
    await loading
    expect(state()).toMatchObject({ fault: null, busy: null })
  })
})

describe('installing', () => {
  it('tells each step, then what was done, and reads the new state', async () => {
    const seen: unknown[] = []
    let installed = false
    const { state, tracking } = setUp({
      status: () => frameworkStatus({ state: installed ? 'current' : 'absent' }),
      install: async (_input, { emit }) => {
        emit({ step: 1, steps: 2, name: 'migrations/0001_trail.sql' })
        await vi.waitFor(() => expect(state().progress?.step).toBe(1))
        seen.push(state().progress?.name)
        installed = true
        return { steps: 2, durationMs: 12, version: 1, capabilities: [] }
      },
    })
    await state().install()
    expect(seen).toEqual(['migrations/0001_trail.sql'])
    expect(state()).toMatchObject({ installed: { steps: 2 }, status: { state: 'current' }, progress: null, busy: null })
    expect(tracking()).toBe('current')
  })

  it('keeps why it failed, and does not claim that anything was done', async () => {
    const fault = { code: 'postgres', sqlstate: '55P03', message: 'canceling statement due to lock timeout' }
    const { state } = setUp({
      install: () => {
        throw new Failure(fault)
      },
    })
    await state().install()
    expect(state()).toMatchObject({ fault, installed: null, busy: null, progress: null })
    expect(state().faultTitle).toContain('Nothing was installed')
  })

  it('does one thing at a time', async () => {
    const install = vi.fn(() => new Promise<never>(() => undefined))
    const uninstall = vi.fn(() => ({ exportedTo: '/x', executions: 0, rolesRemoved: [], rolesKept: [] }))
    const { state } = setUp({ install, uninstall })
    void state().install()
    void state().install()
    await state().uninstall('clinic')
    await vi.waitFor(() => expect(install).toHaveBeenCalledTimes(1))
    expect(uninstall).not.toHaveBeenCalled()
  })
})

it('says where the trail went when it is uninstalled', async () => {
  const uninstall = vi.fn(() => ({
    exportedTo: '/exports/clinic.jsonl',
    executions: 42,
    rolesRemoved: [],
    rolesKept: [],
  }))
  const { state, tracking } = setUp({ uninstall, status: () => frameworkStatus({ state: 'absent' }) })
  await state().uninstall('clinic')
  expect(uninstall.mock.lastCall?.at(0)).toEqual({ connection: 'clinic', confirm: 'clinic' })
  expect(state()).toMatchObject({ uninstalled: { exportedTo: '/exports/clinic.jsonl', executions: 42 } })
  expect(tracking()).toBe('absent')
})
