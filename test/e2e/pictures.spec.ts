import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './ground.ts'
import { connectTracked, drop, test as logTest, prefix } from './serverLog.ts'
import {
  cellsOf,
  fillInConnection,
  grid,
  newQuery,
  openHistory,
  operations,
  outcome,
  panel,
  runAll,
  tryIt,
  write,
} from './window.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'test', 'output', 'pictures')
const sizes = [
  { width: 1280, height: 800 },
  { width: 1440, height: 900 },
  // A screen of 1280 by 800 at 125 %.
  { width: 1024, height: 640 },
]

/** Takes a view in all sizes and both colour schemes, and leaves the window at its first size. */
async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    for (const size of sizes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize(size)
      await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme)
      await page.screenshot({ path: join(folder, `${name}-${size.width}-${colorScheme}.png`), caret: 'hide' })
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

/** The README's pictures are files of the repository: they change only when somebody says so. */
async function publish(name: string, as: string): Promise<void> {
  if (process.env['UPDATE_IMAGES'] === undefined) return
  const images = join(root, 'docs', 'images')
  await mkdir(images, { recursive: true })
  await copyFile(join(folder, `${name}.png`), join(images, `${as}.png`))
}

const results = `-- How busy the clinics are, and for how long people stay
select t.name as clinic, t.country, date_trunc('month', v.started_at)::date as month,
       count(*) as visits, avg(v.duration) as stay, min(v.vitals ->> 'pulse') as lowest_pulse
from care.visit v
join people.tenant t on t.id = v.tenant_id
where v.started_at < now()
group by t.name, t.country, month
order by month desc, visits desc;

select * from people.person order by id limit 100;
`

test('pictures of the views', async ({ app }) => {
  test.setTimeout(300_000)
  await expect(app.getByRole('button', { name: 'Start the sample clinic' })).toBeVisible()
  await take(app, 'first-run')

  await fillInConnection(app, 'postgres://auditor@db.clinic.example:5432/clinic?sslmode=verify-full', 'Clinic, live')
  await app.getByText('production', { exact: true }).click()
  await take(app, 'connection')
  await app.getByRole('button', { name: 'Close New connection' }).click()

  await tryIt(app)
  await take(app, 'home')

  await newQuery(app)
  await app.getByLabel('Ticket').fill('OPS-214')
  await app.getByLabel('Justification').fill('monthly figures')
  await runAll(app, results)
  await expect(outcome(app)).toContainText('Recorded at the server')
  await expect(cellsOf(app, 1).first()).toBeVisible()
  await take(app, 'editor')
  await publish('editor-1440-light', 'editor')

  await runAll(
    app,
    `create table care.follow_up (visit_id bigint primary key, due date not null);
insert into care.follow_up (visit_id, due) select id, started_at::date + 14 from care.visit limit 100;
update care.follow_up set duedate = due + 1 where visit_id < 50;
`,
  )
  await expect(panel(app).getByRole('alert')).toContainText('duedate')
  await take(app, 'error')

  await runAll(app, 'begin; delete from care.follow_up; rollback; drop table care.follow_up')
  await expect(outcome(app)).toContainText('Completed')
  await openHistory(app)
  await operations(app)
    .filter({ hasText: 'update care.follow_up' })
    .or(operations(app).filter({ hasText: 'Failed' }))
    .first()
    .click()
  await expect(app.getByRole('article', { name: 'Operation' }).locator('.monaco-editor')).toBeVisible()
  await take(app, 'history')
  await publish('history-1440-light', 'history')

  await app.keyboard.press('ControlOrMeta+Alt+F')
  await expect(app.getByText('Installed, up to date')).toBeVisible()
  for (const part of ['Health', 'Seals', 'Settings', 'Installation']) {
    await app.getByRole('tab', { name: part }).click()
    if (part === 'Seals') {
      await app.getByRole('button', { name: 'Seal now' }).click()
      await app.getByRole('button', { name: 'Verify all' }).click()
      await expect(app.getByRole('status', { name: 'Verdict' })).toContainText('The seal is right')
    }
    await take(app, `framework-${part.toLowerCase()}`)
  }
})

test('pictures of the desk', async ({ app }) => {
  test.setTimeout(300_000)
  await tryIt(app)

  // The object tree, down to the columns of a table.
  const tree = app.getByRole('tree', { name: 'Objects' })
  for (const name of [/^care/, /^Tables/, /^visit/]) {
    await tree.getByRole('treeitem', { name }).first().click()
    await app.keyboard.press('ArrowRight')
  }
  await expect(tree.getByRole('treeitem', { name: /tenant_id/ })).toBeVisible()
  await take(app, 'tree')

  await app.getByRole('textbox', { name: /Find an object/ }).fill('visit')
  await expect(tree.getByRole('treeitem', { name: /visit/ }).first()).toBeVisible()
  await take(app, 'tree-search')
  await app.getByRole('textbox', { name: /Find an object/ }).fill('')

  await newQuery(app)
  await write(app, 'select v.id, v.started_at from care.visit v where v.st')
  await app.keyboard.press('ControlOrMeta+End')
  await app.keyboard.press('ControlOrMeta+Space')
  await expect(app.locator('.suggest-widget.visible .monaco-list-row').first()).toBeVisible()
  await take(app, 'completion')
  await app.keyboard.press('Escape')

  await write(app, 'select * from care.visit where started_at > :since and tenant_id = :tenant')
  await app.keyboard.press('ControlOrMeta+Enter')
  await expect(app.getByRole('dialog', { name: 'Parameters' })).toBeVisible()
  await take(app, 'parameters')
  await app.keyboard.press('Escape')

  await write(app, results)
  await app.keyboard.press('ControlOrMeta+Home')
  await app.keyboard.press('ControlOrMeta+Alt+Shift+E')
  await expect(panel(app).getByRole('treegrid', { name: 'Plan' })).toContainText('on visit')
  await take(app, 'plan')

  await app.keyboard.press('ControlOrMeta+S')
  await app.getByRole('dialog').getByLabel('Name').fill('How busy the clinics are')
  await app.getByRole('dialog').getByLabel('Folder').fill('reports/monthly')
  await take(app, 'save')
  await app.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(app.getByRole('dialog')).toBeHidden()
  await app.getByRole('button', { name: 'Saved queries' }).click()
  await expect(app.getByRole('list', { name: 'Saved queries' })).toContainText('How busy the clinics are')
  await take(app, 'saved-queries')

  // Changes that are not applied, with what is found and the value that one is at.
  await runAll(app, 'select * from people.person order by id limit 100')
  await expect(panel(app).getByRole('button', { name: 'Edit', exact: true })).toBeVisible()
  await cellsOf(app, 3).first().click()
  await app.keyboard.press('ControlOrMeta+Delete')
  await app.keyboard.press('Insert')
  await grid(app).focus()
  await app.keyboard.press('ControlOrMeta+F')
  await app.keyboard.type('an')
  await cellsOf(app, 3).nth(1).click()
  await app.keyboard.press('Enter')
  await expect(panel(app).getByRole('region', { name: 'Changes' })).toContainText('2 changes')
  await take(app, 'changes')
  await panel(app).getByRole('region', { name: 'Changes' }).getByRole('button', { name: 'Discard' }).click()
  await cellsOf(app, 1).nth(1).click()
  await app.keyboard.press('ControlOrMeta+Alt+L')
  await app.getByRole('dialog', { name: 'Filter the result' }).getByRole('button', { name: 'Add a condition' }).click()
  await take(app, 'filter')
  await app.keyboard.press('Escape')
  await expect(app.getByRole('dialog')).toBeHidden()

  // Rows in an order and under a filter of this program's own, by a type whose order is the server's.
  await runAll(
    app,
    "select n, ('10.0.0.' || n % 250)::inet as address, 'Ward ' || n as ward from generate_series(1, 300) n",
  )
  await expect(panel(app).getByText('200 rows so far')).toBeVisible()
  await grid(app).getByRole('columnheader', { name: 'address' }).click()
  await expect(panel(app).getByRole('note')).toContainText('address as text')
  await take(app, 'arranged')

  await panel(app).getByText('Manual', { exact: true }).click()
  await runAll(app, "update care.visit set vitals = '{}' where id < 10; select * from care.visit limit 500")
  await expect(panel(app).getByRole('status', { name: 'Transaction' })).toContainText('Transaction open')
  await take(app, 'transaction')
  await app.keyboard.press('ControlOrMeta+Shift+E')
  await expect(app.getByRole('dialog')).toBeVisible()
  await take(app, 'export')
  await app.keyboard.press('Escape')
  await panel(app).getByRole('button', { name: 'Roll back' }).click()

  await openHistory(app)
  await expect(operations(app).first()).toBeVisible()
  await operations(app)
    .filter({ hasText: 'How busy' })
    .or(operations(app).filter({ hasText: 'date_trunc' }))
    .first()
    .click()
  await expect(app.getByRole('article', { name: 'Operation' }).locator('.monaco-editor').first()).toBeVisible()
  await take(app, 'history-timeline')
  await app.keyboard.press('ControlOrMeta+Shift+E')
  await expect(app.getByRole('dialog', { name: 'Export the history' })).toBeVisible()
  await take(app, 'history-export')
  await app.keyboard.press('Escape')

  await app.keyboard.press('F1')
  await expect(app.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Run the statement')
  await take(app, 'keys')
  await app.keyboard.press('Escape')
  await app.keyboard.press('ControlOrMeta+K')
  await app.getByLabel('Search the actions').fill('co')
  await take(app, 'palette')
})

test('pictures of production', async ({ app, server, database }) => {
  test.setTimeout(300_000)
  await fillInConnection(app, server.url(database), 'Ward, live')
  await app.getByText('production', { exact: true }).click()
  await app.getByRole('combobox', { name: 'Colour' }).click()
  await app.getByRole('option', { name: 'Violet' }).click()
  await app.getByRole('button', { name: 'Save and open' }).click()
  await expect(app.getByRole('heading', { name: 'Ward, live', exact: true })).toBeVisible()
  await newQuery(app)
  await runAll(app, 'create table visit (id int primary key, note text); create table ward (id int)')
  const why = app.getByRole('dialog', { name: 'Why is this run?' })
  await expect(why).toBeVisible()
  await take(app, 'reasons')
  await why.getByLabel('Ticket').fill('OPS-7')
  await why.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(outcome(app)).toContainText('Completed')
  await runAll(app, 'with gone as (delete from visit returning *) select count(*) from gone; truncate ward')
  const dialog = app.getByRole('dialog', { name: 'This cannot be taken back' })
  await dialog.getByLabel('Type visit').fill('visit')
  await take(app, 'production')
  await app.keyboard.press('Escape')
})

logTest('pictures of imported logs', async ({ app, server, database }) => {
  logTest.setTimeout(300_000)
  await connectTracked(app, server, database)
  await app.keyboard.press('ControlOrMeta+Alt+B')
  await expect(app.getByText('No log has been imported yet')).toBeVisible()
  await take(app, 'logs-empty')
  await app.keyboard.press('ControlOrMeta+Alt+Shift+B')
  await expect(app.getByText('Drop server logs on this window', { exact: true })).toBeVisible()
  await take(app, 'logs-import-empty')

  await drop(app, [
    { name: 'server.log', text: server.log },
    { name: 'z, cut in the middle.log', text: server.log.slice(server.log.length / 2) },
    { name: 'shopping.txt', text: 'apples\npears\n' },
  ])
  const log = app.getByRole('article', { name: 'Log' })
  await expect(log.getByRole('region', { name: 'Look at this first' })).toBeVisible()
  await expect(app.getByText('Cannot be imported')).toBeVisible()
  await take(app, 'logs-import-doubt')
  await log.getByRole('combobox', { name: 'log_line_prefix' }).fill(prefix)
  await app.keyboard.press('Escape')
  await expect(log.getByRole('status')).toContainText(/^100 % of the first/)
  await take(app, 'logs-import')
  await app.getByRole('button', { name: 'Import 1 log' }).click()
  await expect(app.getByRole('region', { name: 'Summary' })).toContainText('imported', { timeout: 60_000 })
  await take(app, 'logs-summary')

  await app.getByRole('button', { name: 'Open the logs' }).click()
  await expect(app.getByRole('list', { name: 'Timeline' }).getByRole('listitem').first()).toBeVisible()
  await app.getByRole('list', { name: 'Timeline' }).getByRole('button').nth(3).click()
  await expect(app.getByRole('article', { name: 'Line', exact: true })).toContainText('Stands in')
  await take(app, 'logs-timeline')
  await app.getByRole('tab', { name: 'Statements' }).click()
  await app.getByRole('table', { name: 'Statements' }).getByRole('button').first().click()
  await expect(app.getByRole('region', { name: 'Lines behind it' })).toContainText('line')
  await take(app, 'logs-statements')
  for (const section of ['Errors', 'Connections', 'Locks', 'Temporary files', 'Checkpoints', 'Files']) {
    await app.getByRole('tab', { name: section, exact: true }).click()
    await expect(app.getByRole('tabpanel', { name: section, exact: true })).toBeVisible()
    await take(app, `logs-${section.toLowerCase().replace(' ', '-')}`)
  }
  await app.getByRole('button', { name: 'More about the logs' }).click()
  await app.getByRole('menuitem', { name: 'What the server should log…' }).click()
  await expect(app.getByRole('list', { name: 'Settings' })).toContainText('log_line_prefix')
  await take(app, 'logs-settings')
})
