// @vitest-environment jsdom
import { waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { HistoryDetail, HistoryEntry } from '../../../src/core/history/contract.ts'
import type { Services } from '../../../src/core/wire.ts'
import { closePages, openPage, screen } from '../page.tsx'
import { openConnection } from '../window.ts'

type HistoryServices = Services<Api>['history']

afterEach(closePages)

const entry: HistoryEntry = {
  id: 'op-1',
  connection: 'Clinic',
  database: 'clinic',
  name: 'query',
  type: 'MANUAL',
  category: 'DML',
  status: 'FAILED',
  startedAt: '2026-03-01T10:00:00.000Z',
  durationMs: 12,
  rows: 3,
  user: 'ada',
  application: null,
  excerpt: 'update visit',
  ticket: 'OPS-1',
  waiting: true,
  kept: false,
  tags: ['audit'],
  match: null,
}
const detail: HistoryDetail = {
  ...entry,
  sql: 'update visit set note = 1',
  justification: 'because',
  errorMessage: 'no such column',
  errorCode: '42703',
  filePath: null,
  objects: { created: [], modified: ['care.visit'], dropped: [] },
  plan: null,
  note: '',
  own: true,
  states: [{ status: 'FAILED', at: entry.startedAt, recorded: 'waiting' }],
  caused: [],
}
const nothing = { users: [], types: [], databases: [], tags: [{ value: 'audit', count: 1 }], total: 1, kept: 0 }

async function setUp(parts: Partial<HistoryServices> = {}) {
  const search = vi.fn<HistoryServices['search']>(() => ({ entries: [entry], next: null, reached: null, unindexed: 0 }))
  const page = openPage({
    connections: {
      list: () => ({ connections: [], passwordsKept: 'memory', notice: null }),
      watch: () => new Promise<never>(() => undefined),
    },
    history: {
      search,
      timeline: () => ({ step: 'day', buckets: [], total: 1, approximate: false, unindexed: 0 }),
      facets: () => nothing,
      sources: () => [],
      waiting: () => ({ count: 0, unwritten: null }),
      sync: () => ({ sent: 0, received: 0, waiting: 0 }),
      watch: () => new Promise<never>(() => undefined),
      get: () => detail,
      ...parts,
    },
  })
  page.session.getState().connected(openConnection())
  page.session.getState().open({ view: 'history' })
  await screen.findByRole('toolbar', { name: 'Search the history' })
  return { ...page, search }
}

describe('the history', () => {
  it('says first what to do where nothing was recorded', async () => {
    await setUp({ search: () => ({ entries: [], next: null, reached: null, unindexed: 0 }) })
    expect(await screen.findByText('Nothing has been recorded yet')).toBeTruthy()
  })

  it('says that nothing is like what was searched for, and shows all again', async () => {
    const { user } = await setUp({
      search: ({ text }) => ({ entries: text === '' ? [entry] : [], next: null, reached: null, unindexed: 7 }),
      timeline: () => ({ step: 'day', buckets: [], total: 0, approximate: false, unindexed: 7 }),
    })
    await user.type(screen.getByRole('searchbox', { name: 'Search' }), 'zzz')
    expect(await screen.findByText('No operation is like that')).toBeTruthy()
    expect(screen.getByText(/^7 operations are still being indexed/)).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Show all' }))
    await waitFor(() => expect(screen.queryByText('No operation is like that')).toBeNull())
  })

  it('says what could not be written, what waits, and which server could not be read', async () => {
    await setUp({
      waiting: () => ({
        count: 3,
        unwritten: { operations: 2, fault: { code: 'SQLITE_FULL', message: 'disk is full' } },
      }),
      sync: () => {
        throw new Failure({ code: 'postgres', message: 'permission denied', sqlstate: '42501' })
      },
    })
    const unwritten = await screen.findByText(/^2 operations could not be written to this machine’s history/)
    expect(unwritten.closest('[role="alert"]')?.textContent).toContain('disk is full')
    expect(screen.getByText(/3 records wait to be sent/)).toBeTruthy()
    expect(screen.getByText('Clinic could not be synchronised').closest('[role="alert"]')?.textContent).toContain(
      '42501',
    )
  })

  it('exports what the filters mean, shows how far that is, and how it ended', async () => {
    let finish: (outcome: Awaited<ReturnType<HistoryServices['export']>>) => void = () => undefined
    const write = vi.fn<HistoryServices['export']>((_, { emit }) => {
      emit({ kind: 'started', operation: 'x', file: '/tmp/history.json' })
      emit({ kind: 'progress', rows: 1200, bytes: 5000, elapsedMs: 10 })
      return new Promise((resolve) => {
        finish = resolve
      })
    })
    const { user } = await setUp({ export: write })
    await user.type(screen.getByRole('searchbox', { name: 'Search' }), 'visit')
    await user.click(screen.getByRole('button', { name: 'More about the history' }))
    await user.click(await screen.findByText('Export…'))
    const dialog = await screen.findByRole('dialog', { name: 'Export the history' })
    expect(dialog.textContent).toContain('1 operation that the filters show')
    await user.type(within(dialog).getByLabelText('Ticket'), 'OPS-2')
    await user.click(within(dialog).getByRole('button', { name: 'Export' }))
    await screen.findByText(/Exporting: 1,200 operations/)
    expect(write.mock.calls[0]?.[0]).toMatchObject({ text: 'visit', ticket: 'OPS-2', format: { kind: 'csv' } })
    finish({
      operation: 'x',
      file: '/tmp/history.json',
      operations: 1_300,
      bytes: 6_000,
      durationMs: 20,
      sha256: 'a',
      recordingFault: null,
    })
    const bar = await screen.findByRole('region', { name: 'Export' })
    await within(bar).findByText(/1,300 operations, 6.0 kB, to/)
    await user.click(within(bar).getByRole('button', { name: 'Dismiss' }))
    expect(screen.queryByRole('region', { name: 'Export' })).toBeNull()
  })

  it('says why there is no file where an export fails, and takes a cancel for what it is', async () => {
    const { user } = await setUp({
      export: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () =>
            reject(new Failure({ code: 'cancelled', message: 'No file was left.' })),
          )
        }),
    })
    await user.click(screen.getByRole('button', { name: 'More about the history' }))
    await user.click(await screen.findByText('Export…'))
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Export' }))
    await user.click(await screen.findByRole('button', { name: 'Cancel the export' }))
    expect(await screen.findByText('The export was stopped')).toBeTruthy()
  })

  it('erases a secret, in saved queries too where that is asked for, and says where it was left', async () => {
    const erase = vi.fn<HistoryServices['erase']>(() => ({
      operations: 2,
      parameters: 1,
      savedQueries: 1,
      tabs: 0,
      openTabs: 1,
      left: ['the snippet login'],
      inFile: 'no room',
    }))
    const { user } = await setUp({ erase })
    await user.click(screen.getByRole('button', { name: 'More about the history' }))
    await user.click(await screen.findByText('Erase a secret…'))
    const dialog = await screen.findByRole('dialog')
    expect(within(dialog).getByRole('button', { name: 'Erase' }).hasAttribute('disabled')).toBe(true)
    await user.type(within(dialog).getByLabelText('The secret'), 'hunter2')
    await user.click(within(dialog).getByLabelText('In saved queries too'))
    await user.click(within(dialog).getByRole('button', { name: 'Erase' }))
    expect((await within(dialog).findByRole('status')).textContent).toBe(
      'Masked in 2 operations, masked in 1 saved query, 1 value of parameters forgotten. 1 open tab still holds it: take it out there. It was left in: the snippet login. Its letters still stand in the file cache.db: no room',
    )
    expect(erase.mock.calls[0]?.[0]).toEqual({ text: 'hunter2', savedQueries: true })
  })

  it('says what a limit would delete before it deletes it', async () => {
    const retain = vi.fn<HistoryServices['retain']>(() => ({ deleted: 12 }))
    const { user } = await setUp({
      retention: () => ({ retention: { days: null, megabytes: null }, bytes: 5_000_000, operations: 40 }),
      prunePlan: () => ({ operations: 12, from: entry.startedAt, to: entry.startedAt, kept: 2, waiting: 1 }),
      retain,
    })
    await user.click(screen.getByRole('button', { name: 'More about the history' }))
    await user.click(await screen.findByText('How long it is held…'))
    const dialog = await screen.findByRole('dialog')
    await within(dialog).findByText(/40 operations in 4.8 MB/)
    await user.type(within(dialog).getByLabelText('Delete after (days)'), '30')
    await user.click(within(dialog).getByRole('button', { name: 'What would that delete?' }))
    expect((await within(dialog).findByRole('status')).textContent).toMatch(
      /deletes 12 operations now.*2 older ones kept/,
    )
    expect(retain).not.toHaveBeenCalled()
    await user.click(within(dialog).getByRole('button', { name: 'Delete 12 operations, and save' }))
    await within(dialog).findByText(/Saved\. 12 operations deleted/)
    expect(retain.mock.calls[0]?.[0]).toEqual({ days: 30, megabytes: null })
  })

  it('names each source, what is missing of it and why it could not be read', async () => {
    const { user } = await setUp({
      sources: () => [
        {
          identity: '7/clinic',
          connection: 'Clinic',
          database: 'clinic',
          askedAt: entry.startedAt,
          readAt: null,
          readTo: null,
          fault: { code: 'postgres', message: 'the server is starting up', sqlstate: '57P03' },
          limits: ['The database was restored or made anew before 2026-03-01 10:00 UTC: \u202eolder.'],
        },
      ],
    })
    await user.click(screen.getByRole('button', { name: 'More about the history' }))
    await user.click(await screen.findByText('Where it comes from…'))
    const source = await screen.findByRole('region', { name: 'Clinic' })
    expect(source.textContent).toContain('Never in full')
    expect(source.textContent).toContain('57P03')
    expect(source.textContent).toContain('restored or made anew')
    // A mark that turns the text round is shown, not obeyed.
    expect(source.textContent).not.toContain('\u202e')
  })
})
