import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Server } from '../ground/server.ts'
import { connectTracked, drop, dropPaths, expect, test } from './serverLog.ts'
import { connectTo, fillInConnection } from './window.ts'

test('logs are chosen, file by file or by their folder, and go where somebody says', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  const attic = await server.createDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-chosen-'))
  try {
    await connectTo(app, server, attic, 'Attic')
    await mkdir(join(folder, 'old'))
    await writeFile(join(folder, 'one.log'), statements(0, 3))
    await writeFile(join(folder, 'old', 'two.log'), statements(1, 4))
    await writeFile(join(folder, 'old', 'three.log'), statements(2, 5))
    await app.keyboard.press('ControlOrMeta+Alt+Shift+B')
    await app.getByLabel('Log files').setInputFiles(join(folder, 'one.log'))
    await app.getByLabel('Folder of logs').setInputFiles(join(folder, 'old'))
    const list = app.getByRole('list', { name: 'Logs' }).getByRole('listitem')
    await expect(list).toHaveCount(3)
    for (const index of [0, 1, 2]) await expect(list.nth(index)).toContainText('stderr, 100 % explained')

    // The connection in front has no place for logs; the other one has.
    await app.getByRole('combobox', { name: 'Import to' }).click()
    await app.getByRole('option', { name: 'Ward' }).click()
    await app.getByRole('button', { name: 'Import 3 logs' }).click()
    await expect(list.nth(0)).toContainText('3 operations', { timeout: 60_000 })
    await expect(list.nth(1)).toContainText('5 operations', { timeout: 60_000 })
    await expect(list.nth(2)).toContainText('4 operations', { timeout: 60_000 })
    expect(await answer(server, database, 'select count(*) from script_tracking.imported_operation')).toBe('12')
  } finally {
    await rm(folder, { recursive: true })
    await server.dropDatabase(attic)
  }
})

test('a zone that has several meanings is asked for, and the summary tells line by line what was refused and masked', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  const text = statements(0, 60).replaceAll(' UTC ', ' IST ')
  const secret = `2026-03-01 10:05:00.000 IST [42] LOG:  duration: 1.000 ms  statement: alter role ann password 'S3CRET9'\n`
  await drop(app, [{ name: 'delhi.log', text: `what is this\n${text}${secret}` }])
  const log = app.getByRole('article', { name: 'Log' })
  const look = log.getByRole('region', { name: 'Look at this first' })
  await expect(look).toContainText('IST does not say which time zone is meant')
  await expect(app.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()

  // What is no zone yet while it is typed is no mistake; what is left there is.
  const zone = log.getByRole('combobox', { name: 'Time zone' })
  await zone.fill('Asia/Kol')
  await expect(app.getByRole('option', { name: 'Asia/Kolkata' })).toBeVisible()
  await expect(log.getByRole('alert')).toHaveCount(0)
  await zone.press('Escape')
  await log.getByRole('combobox', { name: 'log_line_prefix' }).focus()
  await expect(log.getByRole('alert')).toContainText('There is no time zone Asia/Kol.')
  await zone.fill('Asia/Kolkata')
  await expect(look).toHaveCount(0)
  await expect(log.getByRole('alert')).toHaveCount(0)
  await zone.press('Escape')
  await log.getByRole('tab', { name: 'Refused (1)' }).click()
  await expect(log.getByRole('list', { name: 'Lines that are refused' })).toContainText('what is this')

  await app.getByRole('button', { name: 'Import 1 log' }).click()
  const summary = app.getByRole('region', { name: 'Summary' })
  await expect(summary).toContainText('61 operations and events imported', { timeout: 60_000 })
  await expect(app.getByRole('region', { name: 'Refused lines' }).getByRole('listitem')).toContainText('what is this')
  const first = `select to_char(min(logged_at) at time zone 'UTC', 'HH24:MI:SS') from script_tracking.imported_operation`
  expect(await answer(server, database, first)).toBe('04:30:00')

  await summary.getByRole('button', { name: 'Show what was masked' }).click()
  const lines = app.getByRole('region', { name: 'Lines behind it' })
  await expect(lines.getByRole('status')).toHaveText('1 line')
  await expect(lines.getByRole('list', { name: 'Lines' })).toContainText('alter role ann password ***')
})

test('a log that the server still writes is taken as it is now, although it was dropped before', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTracked(app, server, database)
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-live-'))
  const path = join(folder, 'live.log')
  try {
    await writeFile(path, statements(0, 50))
    await dropPaths(app, [path])
    const log = app.getByRole('article', { name: 'Log' })
    await expect(log.getByRole('status')).toContainText('100 % of the first 50 lines')
    // Longer, and of another second than when it was dropped.
    await appendFile(path, statements(1, 20))
    await utimes(path, new Date(), new Date(Date.now() + 60_000))
    await app.getByRole('button', { name: 'Import 1 log' }).click()
    const summary = app.getByRole('region', { name: 'Summary' })
    await expect(summary).toContainText('70 operations and events imported', { timeout: 60_000 })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('who may not read the server’s log is told who can allow it, and who may not change what is logged is offered no change', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await leaveDisconnections(server, database)
  const role = `guest_${database}`
  await answer(server, database, `create role ${role} login password 'guest'`)
  try {
    const url = new URL(server.url(database))
    url.username = role
    url.password = 'guest'
    await fillInConnection(app, url.href, 'Guest')
    await app.getByRole('button', { name: 'Save and open' }).click()
    await expect(app.getByRole('heading', { name: 'Guest', exact: true })).toBeVisible()
    await app.keyboard.press('ControlOrMeta+Alt+Shift+B')
    await app.getByRole('button', { name: 'From the server' }).click()
    const dialog = app.getByRole('dialog')
    await expect(dialog.getByRole('alert')).toContainText('This role may not read the server’s log files.')
    await expect(dialog.getByRole('alert')).toContainText('grant pg_monitor to')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect(dialog).toBeHidden()

    await app.keyboard.press('ControlOrMeta+Alt+B')
    await app.getByRole('button', { name: 'More about the logs' }).click()
    await app.getByRole('menuitem', { name: 'What the server should log…' }).click()
    await expect(dialog).toContainText('Settings of the whole server are for a superuser to change.')
    await expect(dialog.getByRole('checkbox')).not.toHaveCount(0)
    for (const box of await dialog.getByRole('checkbox').all()) await expect(box).toBeDisabled()
    await expect(dialog.getByRole('button', { name: 'See what would be run' })).toBeDisabled()
  } finally {
    // It goes with the server; until then nobody enters with it.
    await answer(server, database, `alter role ${role} nologin`)
  }
})

test('what the server should log is not changed by whoever has only looked at it', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await leaveDisconnections(server, database)
  await connectTracked(app, server, database)
  await app.keyboard.press('ControlOrMeta+Alt+B')
  await app.getByRole('button', { name: 'What should the server log?' }).click()
  const dialog = app.getByRole('dialog')
  await dialog.getByRole('checkbox', { name: 'log_disconnections' }).check()
  await dialog.getByRole('button', { name: 'See what would be run' }).click()
  await expect(dialog.locator('.monaco-editor')).toContainText('alter system set log_disconnections')
  await dialog.getByRole('button', { name: 'Back' }).click()
  await expect(dialog.getByRole('checkbox', { name: 'log_disconnections' })).toBeChecked()
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
  await expect(dialog).toBeHidden()
  const written = `select count(*) from pg_file_settings where name = 'log_disconnections'`
  expect(await answer(server, database, written)).toBe('0')
})

/** One setting is as it should not be, whatever another test has done to the server. */
async function leaveDisconnections(server: Server, database: string): Promise<void> {
  await answer(server, database, 'alter system reset log_disconnections')
  await answer(server, database, 'select pg_reload_conf()')
  const current = `select setting from pg_settings where name = 'log_disconnections'`
  await expect.poll(() => answer(server, database, current)).toBe('off')
}

/** The first value that the server answers with, as text. */
async function answer(server: Server, database: string, sql: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: server.url(database) })
  await client.connect()
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
    const value = rows[0]?.[0]
    return value === undefined || value === null ? null : String(value)
  } finally {
    await client.end()
  }
}

/** Statements of one minute, by a prefix that is known. */
function statements(minute: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2026, 2, 1, 10, minute, 0, index)).toISOString().replace('T', ' ').replace('Z', ' UTC')
    return `${at} [42] LOG:  duration: 1.000 ms  statement: select ${index} from visit\n`
  }).join('')
}
