import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { connectTracked, drop, dropPaths, expect, prefix, test, withGate } from './serverLog.ts'

test('a log is dropped, read by the prefix that somebody gives, imported, and looked at', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  await drop(app, [{ name: 'server.log', text: server.log }])

  // No library knows this prefix: it is asked for, and nothing can be imported before.
  const log = app.getByRole('article', { name: 'Log' })
  await expect(log.getByRole('heading', { name: 'server.log' })).toBeVisible()
  await expect(log.getByRole('region', { name: 'Look at this first' })).toContainText('log_line_prefix')
  await expect(app.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()

  // Each change is seen at once.
  await log.getByRole('combobox', { name: 'log_line_prefix' }).fill(prefix.slice(0, 12))
  await expect(log.getByRole('status')).not.toContainText('100 %')
  await log.getByRole('combobox', { name: 'log_line_prefix' }).fill(prefix)
  await expect(log.getByRole('status')).toContainText(/^100 % of the first/)
  await expect(log.getByRole('table', { name: 'Sample' })).toContainText('create table ground')
  await app.keyboard.press('Escape')
  await log.getByRole('tab', { name: /^Masked/ }).click()
  await expect(log.getByRole('table', { name: 'Sample' })).toContainText('create role keeper password ***')
  await expect(log).not.toContainText('S3CRET')

  await app.getByRole('button', { name: 'Import 1 log' }).click()
  const summary = app.getByRole('region', { name: 'Summary' })
  await expect(summary).toContainText(/operations and events imported/, { timeout: 60_000 })
  await expect(summary).toContainText('with a secret')

  await summary.getByRole('button', { name: 'Open the logs' }).click()
  await expect(app.getByRole('list', { name: 'Timeline' }).getByRole('listitem').first()).toBeVisible()

  // The statement that ran with two values is one, and behind it stand both of its runs.
  await app.getByRole('tab', { name: 'Statements' }).click()
  await app.getByText('Most frequent', { exact: true }).click()
  const statements = app.getByRole('table', { name: 'Statements' })
  await statements.getByRole('button', { name: /select \* from ground where id = / }).click()
  const behind = app.getByRole('region', { name: 'Lines behind it' })
  await expect(behind.getByRole('status')).toHaveText('2 lines')
  await behind.getByRole('list', { name: 'Lines' }).getByRole('button').first().click()
  await expect(app.getByRole('article', { name: 'Line', exact: true })).toContainText('by id')

  // A lock wait tells its statement, and what it waited for.
  await app.getByRole('tab', { name: 'Locks' }).click()
  const locks = app.getByRole('tabpanel', { name: 'Locks', exact: true }).getByRole('list', { name: 'Lines' })
  await locks.getByRole('button').filter({ hasText: 'Lock wait' }).first().click()
  await expect(app.getByRole('article', { name: 'Line', exact: true })).toContainText('ShareLock')

  // A bar of the chart opens the lines behind it.
  await app.getByRole('tab', { name: 'Errors' }).click()
  await expect(app.getByRole('table', { name: 'Errors' })).toBeVisible()
  const slider = app.getByRole('region', { name: 'Errors over time' }).getByRole('slider')
  await slider.focus()
  await app.keyboard.press('ArrowRight')
  await app.keyboard.press('Shift+ArrowRight')
  for (let bar = 0; bar < 130; bar += 1) await app.keyboard.press('Shift+ArrowRight')
  await app.keyboard.press('Enter')
  await expect(behind.getByRole('list', { name: 'Lines' })).toContainText('division by zero')

  await app.getByRole('tab', { name: 'Locks' }).click()
  await expect(app.getByRole('region', { name: 'Lines' })).toContainText('deadlock')

  // Dropped once more, it adds nothing.
  await drop(app, [{ name: 'renamed.log', text: server.log }])
  await app
    .getByRole('list', { name: 'Logs' })
    .getByRole('button', { name: /renamed/ })
    .click()
  await log.getByRole('combobox', { name: 'log_line_prefix' }).fill(prefix)
  await app.getByRole('button', { name: 'Import 1 log' }).click()
  await expect(summary).toContainText('nothing was added', { timeout: 60_000 })
})

test('the server’s own log is read by SQL, and what it should log is shown before it is changed', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  await app.keyboard.press('ControlOrMeta+Alt+Shift+B')
  await app.getByRole('button', { name: 'From the server' }).click()
  const dialog = app.getByRole('dialog')
  await dialog.getByText('server.log').click()
  await dialog.getByRole('button', { name: 'Look at 1 log' }).click()
  const log = app.getByRole('article', { name: 'Log' })
  await log.getByRole('button', { name: 'Take the prefix that the connected server writes' }).click()
  await expect(log.getByRole('status')).toContainText(/^100 % of the first/)
  await app.getByRole('button', { name: 'Import 1 log' }).click()
  await expect(app.getByRole('region', { name: 'Summary' })).toContainText(/operations and events imported/, {
    timeout: 60_000,
  })

  await app.keyboard.press('ControlOrMeta+Alt+B')
  await app.getByRole('button', { name: 'More about the logs' }).click()
  await app.getByRole('menuitem', { name: 'What the server should log…' }).click()
  const settings = app.getByRole('dialog')
  await settings.getByRole('checkbox', { name: 'log_disconnections' }).check()
  await settings.getByRole('button', { name: 'See what would be run' }).click()
  await expect(settings.locator('.monaco-editor')).toContainText('alter system set log_disconnections')
  await settings.getByRole('button', { name: 'Change them' }).click()
  await expect(settings.getByRole('status')).toContainText('1 setting changed')
})

test('a folder is dropped: the logs in it are looked at, in the order of their names, and one that is none is refused', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-folder-'))
  try {
    await mkdir(join(folder, 'old'))
    await writeFile(join(folder, 'postgresql-1.log'), simpleLog(1, 3))
    await writeFile(join(folder, 'old', 'postgresql-0.log.gz'), gzipSync(simpleLog(0, 2)))
    await writeFile(join(folder, 'empty.log'), '')
    await dropPaths(app, [folder])
    const list = app.getByRole('list', { name: 'Logs' }).getByRole('listitem')
    await expect(list).toHaveCount(3)
    await expect(list.nth(0)).toContainText('empty.log')
    await expect(list.nth(1)).toContainText('postgresql-0.log.gz')
    await expect(list.nth(2)).toContainText('postgresql-1.log')
    await expect(app.getByRole('article', { name: 'Log' })).toContainText('The file is empty')
    await app.getByRole('button', { name: 'Import 2 logs' }).click()
    await app.getByRole('button', { name: /postgresql-1/ }).click()
    const summary = app.getByRole('region', { name: 'Summary' })
    await expect(summary).toContainText('3 operations and events imported', { timeout: 60_000 })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a log of the same time in another format waits until somebody says that it is wanted too', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  await drop(app, [
    { name: 'postgresql.log', text: simpleLog(0, 60) },
    { name: 'postgresql.csv', text: csvLog(0, 60) },
  ])
  const list = app.getByRole('list', { name: 'Logs' }).getByRole('listitem')
  await expect(list.nth(0)).toContainText('csvlog, 100 % explained')
  await expect(list.nth(1)).toContainText('stderr, 100 % explained')
  // Neither is imported yet: nothing speaks against either.
  await app.getByRole('button', { name: 'Import 2 logs' }).click()
  await expect(list.nth(0)).toContainText('60 operations', { timeout: 60_000 })
  await list.nth(1).getByRole('button').click()
  const look = app.getByRole('region', { name: 'Look at this first' })
  await expect(look).toContainText('“postgresql.csv” (csvlog), which is imported already, tells of the same operations')
  await expect(app.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()
  await look.getByLabel('Import it all the same').check()
  await app.getByRole('button', { name: 'Import 1 log' }).click()
  const summary = app.getByRole('region', { name: 'Summary' })
  await expect(summary).toContainText('60 operations and events imported', { timeout: 60_000 })
  await expect(summary).toContainText('“postgresql.csv” (csvlog) tells of the same operations')
})

test('the server goes away while a log is imported: that is said, the import connects again, and nothing is lost or doubled', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  const running = app.getByRole('region', { name: 'Import', exact: true })
  await drop(app, [{ name: 'long.log', text: simpleLog(0, 1_000), times: 20 }])
  await withGate(server.url(database), async (gate) => {
    await gate.shut()
    await app.getByRole('button', { name: 'Import 1 log' }).click()
    // Its first part is at the server, and waits there.
    await expect(running.getByRole('button', { name: 'Pause' })).toBeEnabled()
    await server.kill()
    await expect(running.getByRole('status')).toContainText('The server cannot be reached: trying again')
    await expect(app.getByRole('list', { name: 'Logs' })).toContainText('Connecting again')
    await server.restart()
  })
  const summary = app.getByRole('region', { name: 'Summary' })
  await expect(summary).toContainText('20,000 operations and events imported', { timeout: 120_000 })
})

test('an import is paused, stopped and gone on with, and what was committed stays', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  // Eight parts of what is committed at once, of which an import reads no more than three ahead.
  const lines = Array.from({ length: 1_000 }, (_, index) => {
    const at = new Date(Date.UTC(2026, 2, 1, 10, 0, 0, index)).toISOString().replace('T', ' ').replace('Z', ' UTC')
    return `${at} [42] LOG:  duration: 1.000 ms  statement: select ${index} from visit where note = '${'n'.repeat(900)}'\n`
  })
  const running = app.getByRole('region', { name: 'Import', exact: true })
  const summary = app.getByRole('region', { name: 'Summary' })
  await drop(app, [{ name: 'large.log', text: lines.join(''), times: 64 }])
  await withGate(server.url(database), async (gate) => {
    await gate.shut()
    await app.getByRole('button', { name: 'Import 1 log' }).click()
    await running.getByRole('button', { name: 'Pause' }).click()
    await expect(running.getByRole('status')).toHaveText('Paused.')
    // What was read before the pause is committed, and no more than that.
    await gate.open()
    await expect.poll(() => gate.committed()).toBeGreaterThan(0)
    await gate.shut()
    for (const fact of ['Read', 'Committed', 'Rate', 'Time left']) await expect(running).toContainText(fact)
    await running.getByRole('button', { name: 'Go on' }).click()
    await expect(running.getByRole('status')).toHaveText('Importing.')
    await running.getByRole('button', { name: 'Stop' }).click()
    await expect(summary).toContainText('Stopped.', { timeout: 30_000 })
    expect(await gate.committed()).toBeLessThan(64 * lines.join('').length)
    await gate.open()
  })
  await app.getByRole('button', { name: 'Resume' }).click()
  await expect(summary).toContainText('operations and events imported', { timeout: 120_000 })
  await summary.getByRole('button', { name: 'Open the logs' }).click()
  await expect(app.getByRole('region', { name: 'Timeline over time' }).getByRole('status')).toContainText(
    '64,000 lines',
    {
      timeout: 60_000,
    },
  )
})

/** What `simpleLog` tells, as csvlog. */
function csvLog(minute: number, statements: number): string {
  return Array.from({ length: statements }, (_, index) => {
    const at = new Date(Date.UTC(2026, 2, 1, 10, minute, 0, index)).toISOString().replace('T', ' ').replace('Z', ' UTC')
    const who = `"ann","shop",42,"127.0.0.1:5000",65a1b2c3.2a,${index + 1},"SELECT",2026-03-01 09:59:00 UTC,3/17,0`
    const told = `LOG,00000,"duration: 1.000 ms  statement: select ${index} from visit",,,,,,,,,"psql","client backend",,0`
    return `${at},${who},${told}\n`
  }).join('')
}

/** Statements of one minute, by a prefix that is known. */
function simpleLog(minute: number, statements: number): string {
  return Array.from({ length: statements }, (_, index) => {
    const at = new Date(Date.UTC(2026, 2, 1, 10, minute, 0, index)).toISOString().replace('T', ' ').replace('Z', ' UTC')
    return `${at} [42] LOG:  duration: 1.000 ms  statement: select ${index} from visit\n`
  }).join('')
}
