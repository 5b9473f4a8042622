import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { connectTracked, drop, expect, test } from './serverLog.ts'

interface Told {
  second: number
  message: string
  severity?: string
  sqlstate?: string
  detail?: string
  query?: string
  user?: string
  application?: string
}

/** A csvlog of one minute that tells of everything that has a view of its own. */
const told: readonly Told[] = [
  { second: 0, message: 'connection authorized: user=ann database=shop application_name=psql' },
  { second: 1, message: 'duration: 900.000 ms  statement: select * from parcel where weight > 3' },
  ...[2, 3, 4].map((second) => ({
    second,
    message: `duration: 1.000 ms  statement: select * from visit where id = ${second}`,
  })),
  {
    second: 5,
    message: 'duration: 2.000 ms  statement: select * from visit where id = 5',
    user: 'bob',
    application: 'report',
  },
  {
    second: 6,
    message: 'relation "acount" does not exist',
    severity: 'ERROR',
    sqlstate: '42P01',
    query: 'select * from acount',
  },
  {
    second: 7,
    message: 'temporary file: path "base/pgsql_tmp/pgsql_tmp42.0", size 1500000',
    query: 'select * from visit order by note',
  },
  {
    second: 8,
    message: 'process 42 still waiting for ShareLock on transaction 773 after 1500.250 ms',
    detail: 'Process holding the lock: 43. Wait queue: 42.',
    query: 'update visit set note = null',
  },
  {
    second: 9,
    message: 'deadlock detected',
    severity: 'ERROR',
    sqlstate: '40P01',
    detail: 'Process 42 waits for ShareLock on transaction 773; blocked by process 43.',
    query: 'update visit set note = 1',
  },
  {
    second: 10,
    message: 'checkpoint complete: wrote 27 buffers (0.2%); 0 WAL file(s) added, 0 removed, 0 recycled',
    user: '',
    application: '',
  },
  {
    second: 11,
    message: 'automatic vacuum of table ""shop.public.visit"": index scans: 0',
    user: '',
    application: '',
  },
  { second: 12, message: 'disconnection: session time: 0:00:12.000 user=ann database=shop host=127.0.0.1 port=5000' },
]

const log = told
  .map((line, index) => {
    const { second, message, severity = 'LOG', sqlstate = '00000', detail = '', query = '' } = line
    const { user = 'ann', application = 'psql' } = line
    const at = `2026-03-01 10:00:${String(second).padStart(2, '0')}.000 UTC`
    const backend = user === '' ? 'background' : 'client backend'
    // As the server writes it: what may hold anything is quoted.
    const session = user === '' ? ',,7,,65a1b2c3.7' : `"${user}","shop",42,"127.0.0.1:5000",65a1b2c3.2a`
    const quoted = (text: string): string => (text === '' ? '' : `"${text.replaceAll(/(?<!")"(?!")/g, '""')}"`)
    const said = [quoted(message), quoted(detail), '', '', '', '', quoted(query), '', '']
    const who = `${session},${index + 1},"",2026-03-01 09:59:00 UTC,3/17,0,${severity},${sqlstate}`
    return `${at},${who},${said.join(',')},"${application}","${backend}",,0\n`
  })
  .join('')

/** What each view counts, what stands behind one of the bars of its chart, and what is told of it there. */
const views = [
  { name: 'Statements', counted: '6 statements', text: 'select * from parcel', lines: 'Lines behind it' },
  { name: 'Errors', counted: '2 errors', text: 'deadlock detected', lines: 'Lines behind it' },
  { name: 'Connections', counted: '2 events', text: 'connection authorized', lines: 'Lines' },
  { name: 'Locks', counted: '2 events', text: 'update visit set note = null', lines: 'Lines', fact: '1.50 s' },
  {
    name: 'Temporary files',
    counted: '1 file',
    text: 'select * from visit order by note',
    lines: 'Lines',
    fact: '1.5 MB',
  },
  { name: 'Checkpoints', counted: '1 event', text: 'checkpoint complete', lines: 'Lines', fact: '27 buffers' },
  { name: 'Autovacuum', counted: '1 run', text: 'automatic vacuum of table', lines: 'Lines' },
] as const

test('each view counts its own, and its chart opens the lines behind it', async ({ app, server, database }) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  await importLog(app)

  // The timeline holds all of it, whatever it is.
  await expect(chartOf(app, 'Timeline').getByRole('status')).toContainText(`${told.length} lines`)
  await chooseAll(app, 'Timeline')
  await expect(app.getByRole('region', { name: 'Lines behind it' }).getByRole('status')).toHaveText(
    `${told.length} lines`,
  )

  for (const view of views) {
    await app.getByRole('tab', { name: view.name, exact: true }).click()
    await expect(chartOf(app, view.name).getByRole('status')).toContainText(view.counted)
    await chooseAll(app, view.name)
    const lines = app.getByRole('region', { name: view.lines, exact: true })
    await expect(lines.getByRole('button', { name: 'Show only this time' })).toBeVisible()
    const line = lines.getByRole('list', { name: 'Lines' }).getByRole('button').filter({ hasText: view.text })
    await expect(line).toHaveCount(1)
    if ('fact' in view) await expect(line).toContainText(view.fact)
    await line.click()
    await expect(app.getByRole('article', { name: 'Line', exact: true })).toContainText('all.csv, line')
  }
})

test('statements by what they cost, errors by SQLSTATE, all of it by who did it, and an export of what is shown', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  await importLog(app)

  await app.getByRole('tab', { name: 'Statements' }).click()
  const first = app.getByRole('table', { name: 'Statements' }).getByRole('row').nth(1)
  for (const [order, statement, figure] of [
    ['Slowest once', 'select * from parcel where weight > ?', '900 ms'],
    ['Slowest on average', 'select * from parcel where weight > ?', '900 ms'],
    ['Most frequent', 'select * from visit where id = ?', '4'],
    ['Most failures', 'select * from acount', '1'],
  ] as const) {
    await app.getByText(order, { exact: true }).click()
    await expect(first).toContainText(statement)
    await expect(first.getByRole('cell', { name: figure, exact: true }).first()).toBeVisible()
  }

  await app.getByRole('tab', { name: 'Errors' }).click()
  const errors = app.getByRole('table', { name: 'Errors' })
  await expect(errors.getByRole('row').filter({ hasText: '40P01' })).toContainText('deadlock detected')
  await errors.getByRole('row').filter({ hasText: '42P01' }).getByRole('button').click()
  const behind = app.getByRole('region', { name: 'Lines behind it' })
  await expect(behind.getByRole('status')).toHaveText('1 line')
  await expect(behind.getByRole('list', { name: 'Lines' })).toContainText('relation "acount" does not exist')

  // What is chosen at the top holds for every view.
  await app.getByRole('tab', { name: 'Statements' }).click()
  for (const [label, option] of [
    ['User', 'bob (1)'],
    ['Database', 'shop (1)'],
    ['Application', 'report (1)'],
  ] as const) {
    await app.getByRole('combobox', { name: label, exact: true }).click()
    await app.getByRole('option', { name: option }).click()
    await expect(chartOf(app, 'Statements').getByRole('status')).toContainText('1 statement,')
  }
  await app.getByRole('tab', { name: 'Timeline' }).click()
  await expect(app.getByRole('list', { name: 'Timeline' }).getByRole('listitem')).toHaveCount(1)

  await app.getByRole('button', { name: 'More about the logs' }).click()
  await app.getByRole('menuitem', { name: 'Export what is shown…' }).click()
  const downloading = app.waitForEvent('download')
  await app.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click()
  const download = await downloading
  const [head, line, end] = (await readFile(await download.path(), 'utf8')).split('\n')
  expect(head).toContain('user_name,database_name,application_name')
  expect(line).toContain('2026-03-01T10:00:05')
  expect(line).toContain('bob,shop,report')
  expect(line).toContain('select * from visit where id = 5')
  expect(end).toBe('')
})

async function importLog(app: Page): Promise<void> {
  await drop(app, [{ name: 'all.csv', text: log }])
  await app.getByRole('button', { name: 'Import 1 log' }).click()
  const summary = app.getByRole('region', { name: 'Summary' })
  await expect(summary).toContainText(`${told.length} operations and events imported`, { timeout: 60_000 })
  await summary.getByRole('button', { name: 'Open the logs' }).click()
  await expect(app.getByRole('list', { name: 'Timeline' }).getByRole('listitem')).not.toHaveCount(0)
}

function chartOf(app: Page, name: string): Locator {
  return app.getByRole('region', { name: `${name} over time` })
}

/** Chooses all bars of a chart, as somebody does who has no mouse: no more than the seconds that the log is long. */
async function chooseAll(app: Page, name: string): Promise<void> {
  await chartOf(app, name).getByRole('slider').focus()
  await app.keyboard.press('ArrowRight')
  for (const _ of told) await app.keyboard.press('Shift+ArrowRight')
  await app.keyboard.press('Enter')
}
