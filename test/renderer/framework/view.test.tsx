// @vitest-environment jsdom
import { within } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { FrameworkStatus } from '../../../src/core/framework/contract.ts'
import { closePages, openPage, screen } from '../page.tsx'
import { openConnection, type Parts } from '../window.ts'
import { frameworkSettings, frameworkStatus, healthChecks } from './status.ts'

afterEach(closePages)

const seal = (number: number) => ({
  number,
  epoch: 1,
  at: '2026-03-01T10:00:00.000000Z',
  by: 'dba',
  rows: 1200,
  head: `${number}`.repeat(64),
})
const report = { steps: 2, durationMs: 12, version: 1, capabilities: [] }
const removed = {
  exportedTo: '/exports/clinic.jsonl',
  executions: 42,
  rolesRemoved: ['tracking_reader'],
  rolesKept: ['tracking_owner'],
}

const installed = frameworkStatus({
  state: 'current',
  installedVersion: 1,
  plan: { steps: [], refusal: null, warnings: [] },
})

async function setUp(
  status: FrameworkStatus,
  settings: Parameters<typeof openConnection>[0] = {},
  parts: Parts['framework'] = {},
) {
  const install = vi.fn(() => report)
  const uninstall = vi.fn(() => removed)
  const page = openPage({
    connections: {
      list: () => ({ connections: [], passwordsKept: 'memory', notice: null }),
      watch: () => new Promise<never>(() => undefined),
    },
    framework: {
      status: () => status,
      settings: () => frameworkSettings(),
      health: () => ({ checks: [...healthChecks] }),
      seals: () => ({ seals: [seal(1)], findings: [] }),
      install,
      uninstall,
      ...parts,
    },
  })
  page.session.getState().connected(openConnection(settings))
  page.session.getState().open({ view: 'framework' })
  if (status.installedVersion === null) await screen.findByText('What it can do here')
  else await screen.findByRole('tab', { name: 'Installation' })
  return { ...page, install, uninstall, show: (name: RegExp) => page.user.click(screen.getByRole('tab', { name })) }
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

it('asks first in production, and for the reasons', async () => {
  const { user, install } = await setUp(frameworkStatus(), { kind: 'production' })
  await user.click(screen.getByRole('button', { name: 'Install version 1' }))
  const dialog = await screen.findByRole('dialog', { name: 'Install version 1 in production?' })
  expect(install).not.toHaveBeenCalled()
  await user.type(within(dialog).getByLabelText('Ticket'), 'OPS-7')
  await user.click(within(dialog).getByRole('button', { name: 'Install' }))
  await vi.waitFor(() => expect(install).toHaveBeenCalledTimes(1))
  expect(install.mock.lastCall?.at(0)).toEqual({ connection: 'clinic', ticket: 'OPS-7' })
})

it('offers nothing where the plan is refused, and says why', async () => {
  const refusal = 'routines/tracking.sql was changed in the database.'
  await setUp(frameworkStatus({ plan: { ...frameworkStatus().plan, refusal } }))
  expect(screen.getByText(refusal)).toBeDefined()
  expect(screen.queryByRole('button', { name: /Install/ })).toBeNull()
})

it('uninstalls only when the database’s name was typed, and says where the trail went', async () => {
  const { user, uninstall, show } = await setUp(installed)
  await show(/Installation/)
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

it('shows first what needs attention, with what to do', async () => {
  await setUp(installed)
  expect((await screen.findByRole('status', { name: 'Verdict' })).textContent).toBe('1 of 2 checks needs attention')
  expect(screen.getByRole('tab', { name: 'Health 1' }).getAttribute('aria-selected')).toBe('true')
  const [worst] = within(screen.getByRole('list', { name: 'Needs attention' })).getAllByRole('listitem')
  for (const text of ['Last seal', '9 days', 'select script_tracking.seal()'])
    expect(worst?.textContent).toContain(text)
  expect(within(screen.getByRole('list', { name: 'Fine' })).getAllByRole('listitem')).toHaveLength(1)
})

it('shows all else where the health cannot be read', async () => {
  const { show } = await setUp(
    installed,
    {},
    {
      health: () => {
        throw new Error('permission denied')
      },
    },
  )
  expect((await screen.findByRole('alert')).textContent).toContain('permission denied')
  await show(/Settings/)
  expect(screen.getByText(/It takes effect with a warning/)).toBeDefined()
})

it('changes a setting at once, and asks before it switches tracking off', async () => {
  const change = vi.fn(() => frameworkSettings({ onFailure: { value: 'error', source: 'database', refusal: null } }))
  const { user, show } = await setUp(installed, {}, { change })
  await show(/Settings/)
  await user.click(screen.getByRole('radio', { name: 'Undo it' }))
  await screen.findByText(/It is undone: in this database nothing may happen/)
  expect(change.mock.lastCall?.at(0)).toEqual({ connection: 'clinic', onFailure: 'error' })

  await user.click(screen.getByRole('radio', { name: 'Off' }))
  const dialog = await screen.findByRole('dialog', { name: 'Switch automatic tracking off?' })
  expect(change).toHaveBeenCalledTimes(1)
  await user.click(within(dialog).getByRole('button', { name: 'Switch off' }))
  await vi.waitFor(() => expect(change.mock.lastCall?.at(0)).toEqual({ connection: 'clinic', tracking: 'off' }))
})

it('lets nobody change what the role may not, and says who may', async () => {
  const refusal = 'Only owner, who owns the database clinic, its members and superusers may change this.'
  const settings = frameworkSettings({ onFailure: { value: 'warn', source: 'default', refusal } })
  const { show } = await setUp(installed, {}, { settings: () => settings })
  await show(/Settings/)
  expect(screen.getByText(refusal)).toBeDefined()
  expect(screen.getByRole('radio', { name: 'Undo it' }).hasAttribute('disabled')).toBe(true)
})

it('goes to the plan where an upgrade is ready', async () => {
  await setUp({ ...installed, state: 'outdated', plan: frameworkStatus().plan })
  expect(screen.getByRole('tab', { name: 'Installation' }).getAttribute('aria-selected')).toBe('true')
  expect(screen.getByRole('heading', { name: 'The upgrade' })).toBeDefined()
})

it('exports the trail, and says where it went', async () => {
  const exportTrail = vi.fn(() => ({ exportedTo: '/exports/trail.jsonl', executions: 1200 }))
  const { user, show } = await setUp(installed, {}, { exportTrail })
  await show(/Installation/)
  await user.click(screen.getByRole('button', { name: 'Export the trail' }))
  expect((await screen.findByRole('status')).textContent).toBe('1,200 executions in /exports/trail.jsonl')
})

it('seals what is new, and lists the seal with its head', async () => {
  let made = [seal(1)]
  const sealing = vi.fn(() => {
    made = [seal(2), seal(1)]
    return { rows: 1200, newest: seal(2), findings: [] }
  })
  const { user, show } = await setUp(
    installed,
    {},
    {
      seal: sealing,
      seals: () => ({ seals: made, findings: [] }),
    },
  )
  await show(/Seals/)
  expect(screen.getAllByRole('row')).toHaveLength(2)
  await user.click(screen.getByRole('button', { name: 'Seal now' }))
  expect((await screen.findByRole('status')).textContent).toBe('Seal 2 covers 1,200 rows.')
  const [, newest] = screen.getAllByRole('row')
  expect(newest?.textContent).toContain('222222222222…')
})

it('names the first wrong row of each seal that does not verify, and what this machine remembers otherwise', async () => {
  const verdict = { at: seal(1).at, rows: 1200, head: seal(1).head, wrongVersion: null, problem: null }
  const verify = vi.fn(() => ({
    seals: [{ ...verdict, number: 1, ok: false, wrongVersion: '4711', problem: 'its text was changed' }],
    findings: [{ number: 1, kind: 'tampered' as const, message: 'Seal 1 had another head.' }],
  }))
  const { user, show } = await setUp(installed, {}, { verify })
  await show(/Seals/)
  await user.click(screen.getByRole('button', { name: 'Verify all' }))
  const { textContent } = await screen.findByRole('status', { name: 'Verdict' })
  expect(textContent).toBe('1 of 1 seal is wrongSeal 1, state 4711: its text was changed')
  expect(screen.getByRole('alert').textContent).toBe('Seal 1 had another head.')
  expect(screen.getByText('Wrong')).toBeDefined()
})

it('calls right what was recomputed, and not what is in an archive', async () => {
  const verdict = { at: seal(1).at, rows: 1200, head: seal(1).head, wrongVersion: null, problem: null }
  const verdicts = [
    { ...verdict, number: 1, ok: null },
    { ...verdict, number: 2, ok: true },
  ]
  const { user, show } = await setUp(
    installed,
    {},
    {
      verify: () => ({ seals: verdicts, findings: [] }),
      seals: () => ({ seals: [seal(2), seal(1)], findings: [] }),
    },
  )
  await show(/Seals/)
  await user.click(screen.getByRole('button', { name: 'Verify all' }))
  expect((await screen.findByRole('status', { name: 'Verdict' })).textContent).toBe(
    '1 of 2 seals recomputed, 1,200 rows as they were recorded; the others are in an archive',
  )
  expect(screen.getByText('In an archive')).toBeDefined()
})

it('changes and exports nothing without the reasons that the connection demands, and keeps them for the next time', async () => {
  const sealing = vi.fn((_: unknown) => ({ rows: 0, newest: seal(1), findings: [] }))
  const change = vi.fn((_: unknown) => frameworkSettings())
  const exportSeals = vi.fn((_: unknown) => ({ exportedTo: '/exports/seals.json', seals: 1, signer: 'a' }))
  const exportTrail = vi.fn((_: unknown) => ({ exportedTo: '/exports/trail.jsonl', executions: 1 }))
  const verify = vi.fn((_: unknown) => ({ seals: [], findings: [] }))
  const parts = { seal: sealing, change, exportSeals, exportTrail, verify }
  const { user, show } = await setUp(installed, { askReasons: 'require' }, parts)
  const asked = async (title: string) => within(await screen.findByRole('dialog', { name: title }))
  const given = { connection: 'clinic', ticket: 'OPS-1', justification: 'audit' }

  await show(/Seals/)
  await user.click(screen.getByRole('button', { name: 'Verify all' }))
  await vi.waitFor(() => expect(verify).toHaveBeenCalledTimes(1))
  await user.click(screen.getByRole('button', { name: 'Seal now' }))
  const dialog = await asked('Seal the trail?')
  const confirm = dialog.getByRole<HTMLButtonElement>('button', { name: 'Seal' })
  await user.type(dialog.getByLabelText(/Ticket/), 'OPS-1')
  expect(confirm.disabled).toBe(true)
  await user.type(dialog.getByLabelText(/Justification/), 'audit')
  expect(sealing).not.toHaveBeenCalled()
  await user.click(confirm)
  await vi.waitFor(() => expect(sealing.mock.lastCall?.at(0)).toEqual(given))

  await user.click(screen.getByRole('button', { name: 'Export the seals' }))
  await user.click((await asked('Export the seals?')).getByRole('button', { name: 'Export' }))
  await vi.waitFor(() => expect(exportSeals.mock.lastCall?.at(0)).toEqual(given))
  await show(/Settings/)
  await user.click(screen.getByRole('radio', { name: 'Undo it' }))
  await user.click((await asked('Change this setting?')).getByRole('button', { name: 'Change it' }))
  await vi.waitFor(() => expect(change.mock.lastCall?.at(0)).toEqual({ ...given, onFailure: 'error' }))
  await show(/Installation/)
  await user.click(screen.getByRole('button', { name: 'Export the trail' }))
  await user.click((await asked('Export the trail?')).getByRole('button', { name: 'Export' }))
  await vi.waitFor(() => expect(exportTrail.mock.lastCall?.at(0)).toEqual(given))
})
