// @vitest-environment jsdom
import { fireEvent, within } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { Failure } from '../../../src/core/fault.ts'
import type { LogReading, LogSampleEvent } from '../../../src/core/logs/contract.ts'
import { closePages, openPage, screen } from '../page.tsx'
import { openConnection, type Parts } from '../window.ts'

afterEach(closePages)

const event: LogSampleEvent = {
  line: 7,
  kind: 'statement',
  time: '2026-03-01T10:00:00.000Z',
  pid: 1,
  user: 'dba',
  database: 'clinic',
  application: 'psql',
  client: null,
  severity: 'LOG',
  sqlstate: null,
  statement: "alter role keeper password '***'",
  message: null,
  durationMs: 12,
  redacted: true,
}
const reading: LogReading = {
  format: 'stderr',
  prefix: '%m ',
  timeZone: null,
  explains: 0.5,
  rivals: [],
  trusted: false,
  lines: 4,
  unexplained: ['what is \u202ethis'],
  events: [],
  refusals: [],
  redacted: 0,
  unknownZones: [],
}
const detection = { ...reading, sample: 's', name: 'a.log', bytes: 3, packing: 'gzip', overlaps: [] }

function setUp(logs: NonNullable<Parts['logs']>) {
  const page = openPage({
    connections: {
      list: () => ({ connections: [], passwordsKept: 'memory', notice: null }),
      watch: () => new Promise<never>(() => undefined),
    },
    queries: {
      list: () => ({ folders: [], queries: [] }),
      watch: () => new Promise<never>(() => undefined),
    },
    logs,
  })
  page.session.getState().connected(openConnection())
  return page
}

function dropFiles(files: readonly File[]): void {
  const dataTransfer = { types: ['Files'], items: [], files, dropEffect: 'none' }
  fireEvent.dragEnter(document.body, { dataTransfer })
  expect(screen.getByText('Drop PostgreSQL server logs here')).toBeDefined()
  fireEvent.drop(document.body, { dataTransfer })
}

it('takes a log that is dropped anywhere, and shows what does not fit before anything is imported', async () => {
  const { user } = setUp({
    detect: () => detection,
    preview: ({ prefix = '' }) => ({
      ...reading,
      prefix,
      explains: 1,
      trusted: true,
      events: [event],
      unexplained: [],
      redacted: 1,
    }),
  })
  dropFiles([new File(['abc'], 'a.log')])
  const log = await screen.findByRole('article', { name: 'Log' })
  await within(log).findByText(/packed with gzip/)
  expect(screen.queryByText('Drop PostgreSQL server logs here')).toBeNull()
  // What hides in a line is shown, and the import waits.
  expect(within(log).getByRole('list', { name: 'Lines that are not explained' }).textContent).toContain('U+202E')
  expect(screen.getByRole('button', { name: 'Import' }).hasAttribute('disabled')).toBe(true)

  // Prefixes are offered until somebody types: they would stand above what comes of it.
  const field = within(log).getByLabelText('log_line_prefix')
  await user.click(field)
  expect(screen.getAllByRole('option', { name: /%/, hidden: true }).length).toBeGreaterThan(10)
  fireEvent.change(field, { target: { value: '%m [%p] ' } })
  expect(screen.queryAllByRole('option', { name: /%/, hidden: true })).toEqual([])
  const sample = await within(log).findByRole('table', { name: 'Sample' })
  expect(sample.textContent).toContain('dba@clinic')
  expect(within(sample).getByLabelText('A secret was masked')).toBeDefined()
  expect(within(log).queryByRole('region', { name: 'Look at this first' })).toBeNull()
  expect(screen.getByRole('button', { name: 'Import 1 log' }).hasAttribute('disabled')).toBe(false)
  await user.click(within(log).getByRole('tab', { name: 'Masked (1)' }))
  expect(within(log).getByRole('table', { name: 'Sample' }).textContent).toContain('***')
})

it('says of a file that is no log what it is', async () => {
  setUp({
    detect: () => {
      throw new Failure({ code: 'refused', message: 'This is a log of pgBouncer.' })
    },
  })
  dropFiles([new File(['abc'], 'bouncer.log')])
  const log = await screen.findByRole('article', { name: 'Log' })
  expect((await within(log).findByRole('alert')).textContent).toContain('This is a log of pgBouncer.')
})

it('says what to do first where nothing is imported', async () => {
  const { session, user } = setUp({
    facets: () => ({ users: [], databases: [], applications: [], kinds: [], first: null, last: null, total: 0 }),
    files: () => [],
    series: () => ({ step: 1, buckets: [], total: 0, withoutTime: 0 }),
  })
  session.getState().open({ view: 'logs' })
  await user.click(await screen.findByRole('button', { name: 'Import logs…' }))
  expect(await screen.findByText('Drop server logs on this window')).toBeDefined()
})

it('shows the file that it was opened for until another one is asked for', async () => {
  const asked: (number | undefined)[] = []
  const log = (file: number, name: string) => ({
    file,
    name,
    format: 'stderr' as const,
    prefix: '%m ',
    timeZone: null,
    bytes: 3,
    events: 1,
    merged: 0,
    redacted: 0,
    refused: 0,
    first: null,
    last: null,
    importedAt: '2026-03-01T10:00:00Z',
    importedBy: 'dba',
  })
  const { session, user } = setUp({
    facets: ({ file }) => {
      asked.push(file)
      return { users: [], databases: [], applications: [], kinds: [], first: null, last: null, total: 1 }
    },
    files: () => [log(3, 'a.log'), log(4, 'b.log')],
    series: () => ({ step: 1, buckets: [], total: 0, withoutTime: 0 }),
    timeline: () => ({ entries: [], next: null }),
  })
  const { open, activate } = session.getState()
  open({ view: 'logs', file: 3 })
  await user.click((await screen.findAllByLabelText('File'))[0] ?? document.body)
  await user.click(await screen.findByRole('option', { name: 'b.log', hidden: true }))
  await vi.waitFor(() => expect(asked).toEqual([3, 4]))
  open({ view: 'logImport' })
  await screen.findByText('Drop server logs on this window')
  activate(session.getState().tabs.find(({ view }) => view === 'logs')?.id ?? '')
  await vi.waitFor(() => expect(asked).toEqual([3, 4, 4]))
  open({ view: 'logs', file: null })
  await vi.waitFor(() => expect(asked).toEqual([3, 4, 4, undefined]))
})

it('exports nothing without the reasons that the connection demands', async () => {
  const exported = vi.fn((_: unknown) => null)
  const { session, user } = setUp({
    facets: () => ({
      users: [],
      databases: [],
      applications: [],
      kinds: [],
      first: '2026-03-01T10:00:00Z',
      last: '2026-03-01T11:00:00Z',
      total: 1,
    }),
    files: () => [],
    series: () => ({ step: 1, buckets: [], total: 0, withoutTime: 0 }),
    timeline: () => ({ entries: [], next: null }),
    export: exported,
  })
  session.getState().connected(openConnection({ askReasons: 'require' }))
  session.getState().open({ view: 'logs' })
  await user.click(await screen.findByRole('button', { name: 'More about the logs' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Export what is shown…', hidden: true }))
  const dialog = within(await screen.findByRole('dialog'))
  const button = dialog.getByRole<HTMLButtonElement>('button', { name: 'Export' })
  await user.type(dialog.getByLabelText(/Ticket/), 'OPS-1')
  expect(button.disabled).toBe(true)
  await user.type(dialog.getByLabelText(/Justification/), 'why')
  await user.click(button)
  expect(exported.mock.lastCall?.at(0)).toMatchObject({ list: 'timeline', ticket: 'OPS-1', justification: 'why' })
})

it('changes nothing of the server before somebody has seen what is run', async () => {
  const setting = {
    name: 'log_statement',
    current: 'none',
    proposed: 'ddl',
    why: 'Logs DDL.',
    good: false,
    needsRestart: false,
    sql: "alter system set log_statement = 'ddl';",
  }
  const applySettings = vi.fn(() => ({ settings: [{ ...setting, current: 'ddl', good: true }], problem: null }))
  const { session, user } = setUp({
    facets: () => ({ users: [], databases: [], applications: [], kinds: [], first: null, last: null, total: 0 }),
    files: () => [],
    series: () => ({ step: 1, buckets: [], total: 0, withoutTime: 0 }),
    settings: () => ({ settings: [setting], problem: null }),
    applySettings,
  })
  session.getState().open({ view: 'logs' })
  await user.click(await screen.findByRole('button', { name: 'What should the server log?' }))
  await user.click(await screen.findByRole('checkbox', { name: 'log_statement' }))
  await user.click(screen.getByRole('button', { name: 'See what would be run' }))
  expect((await screen.findByText(/alter system set log_statement/)).textContent).toContain('pg_reload_conf')
  expect(applySettings).not.toHaveBeenCalled()
  await user.click(screen.getByRole('button', { name: 'Change them' }))
  await screen.findByText(/1 setting changed/)
  expect(applySettings.mock.lastCall?.at(0)).toEqual({
    connection: 'clinic',
    names: ['log_statement'],
    confirmed: true,
  })
})
