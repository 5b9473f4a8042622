import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import ExcelJS from 'exceljs'
import pg from 'pg'
import { openDoor } from './door.ts'
import { expect, test } from './ground.ts'
import {
  cellsOf,
  connectTo,
  fillInConnection,
  newQuery,
  openHistory,
  operations,
  outcome,
  panel,
  runAction,
  runAll,
  searchHistory,
  write,
} from './window.ts'

// What a day at the desk asks for beside the great things.

test.describe.configure({ timeout: 240_000 })

const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText())

test('a read-only connection refuses, here and at the server; one that requires reasons runs nothing without', async ({
  app,
  server,
  database,
}) => {
  await fillInConnection(app, server.url(database), 'Look only')
  await app.getByRole('switch', { name: /^Read-only/ }).check()
  await app.getByRole('button', { name: 'Save and open' }).click()
  await expect(app.getByRole('heading', { name: 'Look only', exact: true })).toBeVisible()
  await expect(app.getByRole('region', { name: 'Status' })).toContainText('read-only')
  await newQuery(app)
  await runAll(app, 'show default_transaction_read_only')
  await expect(cellsOf(app, 1)).toHaveText(['on'])
  await runAll(app, 'create table visit (id int)')
  await expect(panel(app).getByRole('alert')).toContainText('read-only transaction')
  await runAll(app, 'set transaction_read_only = off; create table visit (id int)')
  await expect(panel(app).getByRole('alert')).toContainText(/read-only/)
  await runAll(app, "select to_regclass('visit') as there")
  await expect(cellsOf(app, 1)).toHaveText(['NULL'])

  await fillInConnection(app, server.url(database), 'Asked')
  await app.getByRole('combobox', { name: 'Ticket and justification' }).click()
  await app.getByRole('option', { name: 'Required for each run' }).click()
  await app.getByRole('button', { name: 'Save and open' }).click()
  await expect(app.getByRole('heading', { name: 'Asked', exact: true })).toBeVisible()
  await newQuery(app)
  await runAll(app, 'select 1 as ran')
  const why = app.getByRole('dialog', { name: 'Why is this run?' })
  const run = why.getByRole('button', { name: 'Run', exact: true })
  await expect(why.getByRole('button', { name: 'Run without a ticket' })).toHaveCount(0)
  await why.getByLabel('Ticket').fill('OPS-9')
  await run.click()
  await expect(why.getByLabel('Justification')).toBeFocused()
  await why.getByLabel('Justification').fill('to see')
  await run.click()
  await expect(cellsOf(app, 1)).toHaveText(['1'])
})

test('positions are asked for; a plan marks what is costly and what was misjudged, and tells its buffers', async ({
  app,
  server,
  database,
}) => {
  await connectTo(app, server, database, 'Plans')
  await newQuery(app)
  await runAll(app, 'select $1::int + $2::int as sum')
  const dialog = app.getByRole('dialog', { name: 'Parameters' })
  await dialog.getByLabel('$1', { exact: true }).fill('40')
  await dialog.getByLabel('$2', { exact: true }).fill('2')
  await dialog.getByRole('button', { name: 'Run' }).click()
  await expect(cellsOf(app, 1)).toHaveText(['42'])

  // Two columns that say the same: the planner takes them for independent.
  await runAll(
    app,
    `create table visit as select g as id, g % 100 as ward, g % 100 as floor from generate_series(1, 50000) g; analyze visit`,
  )
  await expect(outcome(app)).toContainText('Completed')
  await write(app, 'select * from visit where ward = 7 and floor = 7 and (ward + floor) % 2 = 0')
  await app.keyboard.press('ControlOrMeta+Alt+Shift+E')
  const scan = panel(app)
    .getByRole('treegrid', { name: 'Plan' })
    .getByRole('row', { name: /Seq Scan on visit/ })
  await expect(scan).toContainText(/\d+ %/)
  await expect(scan).toContainText(/[\d,]+ × more rows/)
  await scan.click()
  await expect(panel(app)).toContainText(/Buffers|Shared/)
  await panel(app).getByRole('tab', { name: 'JSON' }).click()
  await expect(panel(app).getByRole('region', { name: 'Plan as JSON' })).toContainText('"Node Type": "Seq Scan"')
})

test('a selection is copied in each form, and a result goes into JSON and Excel', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Copies')
  await newQuery(app)
  await runAll(app, `select n as id, 'a "b", c' as word, null as nothing from generate_series(1, 2) n`)
  await expect(outcome(app)).toContainText('Completed')
  await cellsOf(app, 1).first().click()
  await app.keyboard.press('Shift+End')
  await app.keyboard.press('Shift+ArrowDown')
  const forms = {
    'Copy as CSV': 'id,word,nothing\n1,"a ""b"", c",\n2,"a ""b"", c",\n',
    'Copy as JSON': '"word":"a \\"b\\", c"',
    'Copy as insert statements': `'a "b", c', null)`,
    'Copy as a Markdown table': '| --- |',
    'Copy as text with column names': 'id\tword\tnothing\n1\t',
  }
  for (const [action, expected] of Object.entries(forms)) {
    await app.evaluate(() => navigator.clipboard.writeText('nothing was copied'))
    await runAction(app, action)
    await expect
      .poll(async () => (await clipboard(app)).replaceAll('\r\n', '\n'), action)
      .not.toBe('nothing was copied')
    expect((await clipboard(app)).replaceAll('\r\n', '\n').replaceAll('": ', '":').toLowerCase(), action).toContain(
      expected.trim().toLowerCase(),
    )
  }

  const exportAs = async (format: string): Promise<string> => {
    await app.keyboard.press('ControlOrMeta+Shift+E')
    const dialog = app.getByRole('dialog', { name: 'Export the result' })
    await dialog.getByRole('combobox', { name: 'Format' }).click()
    await app.getByRole('option', { name: format }).click()
    const downloading = app.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Export' }).click()
    const path = await (await downloading).path()
    await panel(app).getByRole('region', { name: 'Export' }).getByRole('button', { name: 'Dismiss' }).click()
    return path
  }
  expect(JSON.parse(await readFile(await exportAs('JSON'), 'utf8'))).toEqual([
    { id: 1, word: 'a "b", c', nothing: null },
    { id: 2, word: 'a "b", c', nothing: null },
  ])
  const book = new ExcelJS.Workbook()
  await book.xlsx.readFile(await exportAs('Excel'))
  expect(book.worksheets[0]?.getRow(3).values).toEqual([undefined, 2, 'a "b", c'])
})

test('a transaction that nobody uses is warned of, then rolled back, and the history says why', async ({
  app,
  server,
  database,
}) => {
  await fillInConnection(app, server.url(database), 'Idle')
  await app.getByLabel('Roll back an idle transaction after').fill('1')
  await app.getByRole('button', { name: 'Save and open' }).click()
  await expect(app.getByRole('heading', { name: 'Idle', exact: true })).toBeVisible()
  await newQuery(app)
  await runAll(app, 'begin; create table forgotten (id int)')
  const notice = panel(app).getByRole('status', { name: 'Idle transaction' })
  await expect(notice).toContainText('It is rolled back in', { timeout: 60_000 })
  await expect(notice.getByRole('button', { name: 'Keep it open' })).toBeVisible()
  await expect(panel(app).getByRole('status', { name: 'Transaction', exact: true })).toHaveText('Autocommit', {
    timeout: 90_000,
  })
  await expect(notice).toContainText('Rolled back by pgSteward')
  await openHistory(app)
  await searchHistory(app, 'forgotten')
  await expect(operations(app).first()).toContainText('Rolled back')
})

test('the program is killed in the middle of an export and an edit: it says what became of each', async ({
  app,
  door,
  server,
  database,
}) => {
  const client = new pg.Client({ connectionString: server.url(database) })
  await client.connect()
  try {
    await client.query('create table person (id int primary key, name text)')
    await client.query("insert into person values (1, 'Ada')")
    await connectTo(app, server, database, 'Killed')

    // An export that is far from its end.
    await newQuery(app)
    await runAll(app, 'select n, repeat(md5(n::text), 20) as text from (select generate_series(1, 20000000) n) s')
    await expect(outcome(app)).toContainText('More rows at the server')
    await app.keyboard.press('ControlOrMeta+Shift+E')
    const downloading = app.waitForEvent('download')
    await app.getByRole('dialog', { name: 'Export the result' }).getByRole('button', { name: 'Export' }).click()
    const download = await downloading

    // An edit that waits for a row that somebody else holds.
    await client.query("begin; update person set name = 'Bob' where id = 1")
    await newQuery(app)
    await runAll(app, 'select * from person')
    await expect(outcome(app)).toContainText('Completed')
    await cellsOf(app, 1).nth(1).dblclick()
    await app.getByRole('textbox', { name: 'New value of name' }).fill('Eve')
    await app.keyboard.press('Enter')
    await app.keyboard.press('ControlOrMeta+Alt+U')
    await app
      .getByRole('dialog', { name: 'Apply these changes?' })
      .getByRole('button', { name: 'Apply 1 change' })
      .click()
    const waiting = async () => {
      // Within a transaction the server shows what it showed first.
      await client.query('select pg_stat_clear_snapshot()')
      const waits = "select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'"
      return (await client.query(waits, [database])).rowCount
    }
    await expect.poll(waiting, { intervals: [100] }).toBe(1)

    await door.kill()
    await expect(app.getByText('pgSteward has ended behind this window')).toBeVisible()
    expect(await download.failure()).not.toBeNull()
    await client.query('rollback')
  } finally {
    await client.end()
  }

  const again = await openDoor(door.dataFolder)
  try {
    const page = await app.context().newPage()
    await page.goto(again.link)
    const tabs = page.getByRole('tablist', { name: 'Open tabs' }).getByRole('tab')
    await expect(tabs).toHaveCount(2)
    await openHistory(page)
    await searchHistory(page, 'person')
    await expect(operations(page).filter({ hasText: 'Changed in the grid' })).toContainText('Interrupted')
    await expect(operations(page).filter({ hasText: 'select * from person' })).toContainText('Completed')
    await searchHistory(page, 'export')
    await expect(operations(page).first()).toContainText('Interrupted')
  } finally {
    await again.close()
  }
})

test('what others do in the database comes into the history, and stays there without the server', async ({
  app,
  door,
  server,
  database,
}) => {
  await connectTo(app, server, database, 'Shared')
  await app.keyboard.press('ControlOrMeta+Alt+F')
  await app.getByRole('button', { name: /^Install version/ }).click()
  await app.getByText('Installed, up to date').waitFor({ timeout: 60_000 })
  const client = new pg.Client({ connectionString: server.url(database), application_name: 'nightly job' })
  await client.connect()
  try {
    await client.query('create table made_by_others (id int)')
  } finally {
    await client.end()
  }
  await openHistory(app)
  await runAction(app, 'Synchronise the history')
  await searchHistory(app, 'made_by_others')
  await expect(operations(app).first()).toContainText('create table made_by_others', { timeout: 60_000 })
  await door.close()
  const again = await openDoor(door.dataFolder)
  try {
    const page = await app.context().newPage()
    await page.goto(again.link)
    await openHistory(page)
    await searchHistory(page, 'made_by_others')
    await expect(operations(page).first()).toContainText('create table made_by_others')
  } finally {
    await again.close()
  }
})

test('the program is killed while runs go on: its tabs are there again, and what became of each run', async ({
  app,
  door,
  server,
  database,
}) => {
  const client = new pg.Client({ connectionString: server.url(database) })
  await client.connect()
  const sessions = async (which: string) =>
    (
      await client.query(
        `select from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() and backend_type = 'client backend' and ${which}`,
        [database],
      )
    ).rowCount
  try {
    await connectTo(app, server, database, 'Killed')
    await newQuery(app)
    await runAll(app, 'create table deed (id int);\ninsert into deed values (1)')
    await expect(outcome(app)).toContainText('Completed')

    // One that has committed a part of its work when the program goes.
    await newQuery(app)
    await runAll(app, 'insert into deed values (2);\nselect pg_sleep(600)')
    await expect.poll(() => sessions("query like '%pg_sleep(600)%'"), { intervals: [100] }).toBe(1)

    // And one whose transaction is open.
    await newQuery(app)
    await runAll(app, 'begin;\ninsert into deed values (3)')
    await expect(panel(app).getByRole('status', { name: 'Transaction' })).toContainText('Transaction open')

    await door.kill()
    await expect(app.getByText('pgSteward has ended behind this window')).toBeVisible()
    // The server has undone what was open; it sleeps on in the other session until somebody ends it.
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep(600)%'",
    )
    await expect.poll(() => sessions('true'), { intervals: [100] }).toBe(0)
    expect((await client.query('select id from deed order by id')).rows).toEqual([{ id: 1 }, { id: 2 }])
  } finally {
    await client.end()
  }

  const again = await openDoor(door.dataFolder)
  try {
    const page = await app.context().newPage()
    await page.goto(again.link)
    const tabs = page.getByRole('tablist', { name: 'Open tabs' }).getByRole('tab')
    await expect(tabs).toHaveText([/create table deed/, /insert into deed values \(2\)/, /begin/])
    const text = panel(page).locator('.monaco-editor .view-lines')
    await expect(text).toContainText('insert into deed values (3)', { timeout: 45_000 })
    await tabs.nth(1).click()
    await expect(text).toContainText('select pg_sleep(600)')

    await openHistory(page)
    await searchHistory(page, 'deed')
    await expect(operations(page)).toHaveCount(3)
    await expect(operations(page).filter({ hasText: 'create table deed' })).toContainText('Completed')
    for (const id of [3, 2]) {
      const interrupted = operations(page).filter({ hasText: `values (${id})` })
      await expect(interrupted).toContainText('Interrupted')
      await interrupted.click()
      const detail = page.getByRole('article', { name: 'Operation' })
      await expect(detail).toContainText(`insert into deed values (${id})`)
      await expect(detail).toContainText('Interrupted')
    }
  } finally {
    await again.close()
  }
})
