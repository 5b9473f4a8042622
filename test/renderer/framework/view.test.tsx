// @vitest-environment jsdom
import { within } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { ConnectionKind } from '../../../src/core/connection.ts'
import type { FrameworkStatus } from '../../../src/core/framework/contract.ts'
import { closePages, openPage, screen } from '../page.tsx'
import { openConnection, type Parts } from '../window.ts'
import { frameworkStatus } from './status.ts'

afterEach(closePages)

const report = { steps: 2, durationMs: 12, version: 1, capabilities: [] }
const removed = {
  exportedTo: '/exports/clinic.jsonl',
  executions: 42,
  rolesRemoved: ['tracking_reader'],
  rolesKept: ['tracking_owner'],
}

async function setUp(status: FrameworkStatus, kind: ConnectionKind = 'development', parts: Parts['framework'] = {}) {
  const install = vi.fn(() => report)
  const uninstall = vi.fn(() => removed)
  const page = openPage({
    connections: {
      list: () => ({ connections: [], passwordsKept: 'memory', notice: null }),
      watch: () => new Promise<never>(() => undefined),
    },
    framework: { status: () => status, install, uninstall, ...parts },
  })
  page.session.getState().connected(openConnection({ kind }))
  page.session.getState().open({ view: 'framework' })
  await screen.findByText('What it can do here')
  return { ...page, install, uninstall }
}

it('shows each step of the plan, with its SQL before anything is run', async () => {
  const { user, install } = await setUp(frameworkStatus())
  const plan = screen.getByRole('region', { name: 'Plan' })
  expect(within(plan).getAllByRole('listitem')).toHaveLength(2)
  expect(plan.textContent).not.toContain('create schema script_tracking')
  await user.click(within(plan).getByRole('button', { name: /^migrations.0001_trail/ }))
  expect(plan.textContent).toContain('create schema script_tracking')
  expect(install).not.toHaveBeenCalled()
})

it('says what the role may not do, and what follows', async () => {
  await setUp(frameworkStatus())
  const list = screen.getByRole('region', { name: 'Capabilities' })
  expect(list.textContent).toContain('1 of 2')
  const [missing] = within(list).getAllByRole('listitem')
  expect(missing?.textContent).toContain('Only a superuser may make them: ask one.')
})

it('installs at once in development, and says what was done', async () => {
  const { user, install } = await setUp(frameworkStatus())
  await user.click(screen.getByRole('button', { name: 'Install version 1' }))
  expect((await screen.findByRole('status')).textContent).toContain('2 steps in 12 ms')
  expect(install).toHaveBeenCalledTimes(1)
})

it('asks first in production', async () => {
  const { user, install } = await setUp(frameworkStatus(), 'production')
  await user.click(screen.getByRole('button', { name: 'Install version 1' }))
  const dialog = await screen.findByRole('dialog', { name: 'Install version 1 in production?' })
  expect(install).not.toHaveBeenCalled()
  await user.click(within(dialog).getByRole('button', { name: 'Install' }))
  await vi.waitFor(() => expect(install).toHaveBeenCalledTimes(1))
})

it('offers nothing where the plan is refused, and says why', async () => {
  const refusal = 'routines/tracking.sql was changed in the database.'
  await setUp(frameworkStatus({ plan: { ...frameworkStatus().plan, refusal } }))
  expect(screen.getByText(refusal)).toBeDefined()
  expect(screen.queryByRole('button', { name: /Install/ })).toBeNull()
})

it('uninstalls only when the database’s name was typed, and says where the trail went', async () => {
  const installed = frameworkStatus({ state: 'current', installedVersion: 1 })
  const { user, uninstall } = await setUp(installed)
  await user.click(screen.getByRole('button', { name: 'Uninstall…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Uninstall the framework?' })
  const button = within(dialog).getByRole('button', { name: 'Export and uninstall' })
  expect(button.hasAttribute('disabled')).toBe(true)
  await user.type(within(dialog).getByRole('textbox'), 'clini{Enter}')
  expect(uninstall).not.toHaveBeenCalled()
  await user.type(within(dialog).getByRole('textbox'), 'c{Enter}')
  const { textContent } = await screen.findByRole('status')
  for (const text of [removed.exportedTo, 'tracking_reader', 'tracking_owner']) expect(textContent).toContain(text)
  expect(uninstall.mock.lastCall?.at(0)).toEqual({ connection: 'clinic', confirm: 'clinic' })
})
