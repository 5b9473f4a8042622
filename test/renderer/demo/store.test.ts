import { afterEach, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { Services } from '../../../src/core/wire.ts'
import { createDemoStore } from '../../../src/renderer/demo/store.ts'
import { openConnection, openWindow, type Window } from '../window.ts'

let opened: Window | undefined
afterEach(() => opened?.close())

function setUp(start: Services<Api>['demo']['start']) {
  opened = openWindow({ demo: { start } })
  const { session } = opened
  return { session, state: createDemoStore(session.scopes.window()).getState }
}

it('tells of its progress, then opens the sample database', async () => {
  let finish: (() => void) | undefined
  const { session, state } = setUp(
    (_input, { emit }) =>
      new Promise((resolve) => {
        emit({ step: 'Filling care.visit', share: 0.5 })
        finish = () => resolve(openConnection({ id: 'sample' }))
      }),
  )
  const starting = state().start()
  await vi.waitFor(() => expect(state().progress).toEqual({ step: 'Filling care.visit', share: 0.5 }))
  finish?.()
  await starting
  expect(state()).toMatchObject({ progress: null, fault: null })
  expect(session.getState().current).toBe('sample')
})

it('keeps why it could not be started', async () => {
  const fault = { code: 'unavailable', message: 'No binary of PostgreSQL for this machine.', hint: 'Run npm install.' }
  const { state } = setUp(() => {
    throw new Failure(fault)
  })
  await state().start()
  expect(state()).toMatchObject({ progress: null, fault })
})

it('can be stopped, which is no fault', async () => {
  const { session, state } = setUp(
    (_input, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
      }),
  )
  const starting = state().start()
  await vi.waitFor(() => expect(state().progress).not.toBeNull())
  state().cancel()
  await starting
  expect(state()).toMatchObject({ progress: null, fault: null })
  expect(session.getState().current).toBeNull()
})
