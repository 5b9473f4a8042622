import type { Page } from '@playwright/test'
import { expect, test } from './ground.ts'
import { cellsOf, fillInConnection, newQuery, outcome, panel, runAll, write } from './window.ts'

// How statements are run: with parameters, explained, in transactions, and guarded in production.

test.describe.configure({ timeout: 240_000 })

const tables = `create table visit (id int primary key, note text);
insert into visit select g, 'note ' || g from generate_series(1, 100) g;`

async function openProduction(page: Page, url: string): Promise<void> {
  await fillInConnection(page, url, 'Ward')
  await page.getByText('production', { exact: true }).click()
  await page.getByRole('button', { name: 'Save and open' }).click()
  await expect(page.getByRole('heading', { name: 'Ward', exact: true })).toBeVisible()
}

async function openDevelopment(page: Page, url: string): Promise<void> {
  await fillInConnection(page, url, 'Ward')
  await page.getByRole('button', { name: 'Save and open' }).click()
  await expect(page.getByRole('heading', { name: 'Ward', exact: true })).toBeVisible()
}

test('parameters are asked for, bound, and offered again', async ({ app, server, database }) => {
  await openDevelopment(app, server.url(database))
  await newQuery(app)
  await runAll(app, tables)
  await expect(outcome(app)).toContainText('Completed')

  const query = 'select id, note, :missing::text as nothing from visit where id = :id and note <> :password'
  await runAll(app, query)
  const dialog = app.getByRole('dialog', { name: 'Parameters' })
  await expect(dialog).toContainText('integer')
  await dialog.getByLabel(':id', { exact: true }).fill('7')
  await dialog.getByLabel(':missing is NULL').check()
  await dialog.getByLabel(':password', { exact: true }).fill("o'); drop table visit; --")
  await expect(dialog.getByLabel(':password', { exact: true })).toHaveAttribute('type', 'password')
  await dialog.getByRole('button', { name: 'Run' }).click()
  await expect(cellsOf(app, 1)).toHaveText(['7', 'note 7', 'NULL'])

  await app.keyboard.press('ControlOrMeta+Shift+Enter')
  await expect(dialog.getByLabel(':id', { exact: true })).toHaveValue('7')
  await expect(dialog.getByLabel(':missing is NULL')).toBeChecked()
  await expect(dialog.getByLabel(':password', { exact: true })).toHaveValue('')
  await app.keyboard.press('Escape')

  await runAll(app, 'create table t (a int default :x)')
  await dialog.waitFor({ state: 'hidden' })
  await expect(panel(app).getByRole('alert')).toContainText('CREATE TABLE cannot take parameters')
})

test('a plan is a tree with what is costly in it; a change that is analyzed is rolled back', async ({
  app,
  server,
  database,
}) => {
  await openDevelopment(app, server.url(database))
  await newQuery(app)
  await runAll(app, tables)
  await expect(outcome(app)).toContainText('Completed')

  await write(app, 'select v.* from visit v join visit w on w.note = v.note where v.id < 90')
  await panel(app).getByRole('button', { name: 'Explain' }).click()
  const tree = panel(app).getByRole('treegrid', { name: 'Plan' })
  await expect(tree).toContainText('Hash Join')
  await expect(tree).toContainText('on visit v')
  await expect(tree).toContainText('on visit w')

  await write(app, "update visit set note = 'changed'")
  await app.keyboard.press('ControlOrMeta+Alt+Shift+E')
  await expect(panel(app).getByRole('tab', { name: 'Plan, rolled back' })).toBeVisible()
  await expect(outcome(app)).toContainText('Rolled back')
  await expect(tree).toContainText('Update on visit')
  await panel(app).getByRole('tab', { name: 'Text' }).click()
  await expect(panel(app).getByRole('region', { name: 'Plan as text' })).toContainText('actual time=')
  await runAll(app, "select count(*) from visit where note = 'changed'")
  await expect(cellsOf(app, 1)).toHaveText(['0'])
})

test('a transaction by hand is shown until it is ended, and a tab that holds one asks before it closes', async ({
  app,
  server,
  database,
}) => {
  await openDevelopment(app, server.url(database))
  await newQuery(app)
  await runAll(app, tables)
  await expect(outcome(app)).toContainText('Completed')
  await panel(app).getByText('Manual', { exact: true }).click()
  await runAll(app, 'delete from visit where id <= 50')
  const transaction = panel(app).getByRole('status', { name: 'Transaction' })
  await expect(transaction).toContainText('Transaction open')
  await expect(outcome(app)).toContainText('Undecided')
  await expect(app.getByRole('region', { name: 'Status' })).toContainText('Transaction open')

  // A statement that fails leaves it to be rolled back alone.
  await runAll(app, 'select 1 / 0')
  await expect(transaction).toContainText('Transaction failed')
  await expect(panel(app).getByRole('button', { name: 'Commit' })).toHaveCount(0)
  await panel(app).getByRole('button', { name: 'Roll back' }).click()
  await expect(transaction).toHaveText('No transaction')

  await runAll(app, 'delete from visit where id <= 10')
  await expect(transaction).toContainText('Transaction open')
  await panel(app).getByRole('button', { name: 'Commit' }).click()
  await expect(transaction).toHaveText('No transaction')
  await runAll(app, 'select count(*) from visit')
  await expect(cellsOf(app, 1)).toHaveText(['90'])
  await expect(transaction).toContainText('Transaction open')

  await app.keyboard.press('ControlOrMeta+Alt+W')
  const question = app.getByRole('dialog', { name: 'Close this tab?' })
  await expect(question).toContainText('open transaction')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(transaction).toContainText('Transaction open')
  await app.keyboard.press('ControlOrMeta+Alt+W')
  await question.getByRole('button', { name: 'Roll back and close' }).click()
  await expect(app.getByRole('region', { name: 'Status' })).not.toContainText('Transaction open')
})

test('in production, what cannot be taken back needs its name typed', async ({ app, server, database }) => {
  await openProduction(app, server.url(database))
  await newQuery(app)
  await runAll(app, tables)
  await app.getByRole('dialog', { name: 'Why is this run?' }).getByLabel('Ticket').fill('OPS-7')
  await app.getByRole('dialog', { name: 'Why is this run?' }).getByRole('button', { name: 'Run', exact: true }).click()
  await expect(outcome(app)).toContainText('Completed')

  await runAll(app, 'with gone as (delete from visit where 1 = 1 returning *) select count(*) from gone')
  const dialog = app.getByRole('dialog', { name: 'This cannot be taken back' })
  await expect(dialog).toContainText('Statement 1 deletes every row of table visit')
  const run = dialog.getByRole('button', { name: 'Run it', exact: true })
  await expect(run).toBeDisabled()
  await dialog.getByLabel('Type visit').fill('Visit')
  await expect(run).toBeDisabled()
  await app.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await runAll(app, 'select count(*) from visit')
  await expect(cellsOf(app, 1)).toHaveText(['100'])

  await runAll(app, 'drop table visit')
  await dialog.getByLabel('Type visit').fill('visit')
  await run.click()
  await expect(panel(app).getByRole('log')).toContainText('DROP TABLE')

  // What has a condition is run as it is.
  await runAll(app, 'create table ward (id int); delete from ward where id = 1')
  await expect(outcome(app)).toContainText('Completed')
})

test('Escape closes what is open before it cancels the run behind it', async ({ app, server, database }) => {
  await openDevelopment(app, server.url(database))
  await newQuery(app)
  await runAll(app, tables)
  await expect(outcome(app)).toContainText('Completed')
  const cancel = panel(app).getByRole('button', { name: 'Cancel', exact: true })
  const suggestions = app.locator('.suggest-widget.visible .monaco-list-row')

  await runAll(app, 'select pg_sleep(600)')
  await expect(cancel).toBeEnabled()
  await app.keyboard.press('ControlOrMeta+End')
  await app.keyboard.type(';\nselect * from vis', { delay: 30 })
  await expect(suggestions.first()).toContainText('visit')
  await app.keyboard.press('Escape')
  await expect(suggestions).toHaveCount(0)
  await expect(cancel).toBeEnabled()

  // A menu, the search for objects: neither is the run.
  await app.getByRole('button', { name: 'More about Ward' }).click()
  await expect(app.getByRole('menuitem').first()).toBeVisible()
  await app.keyboard.press('Escape')
  await expect(app.getByRole('menuitem')).toHaveCount(0)
  await expect(cancel).toBeEnabled()
  await app.getByPlaceholder('Find an object').fill('vis')
  await app.keyboard.press('Escape')
  await expect(app.getByPlaceholder('Find an object')).toHaveValue('')
  await expect(cancel).toBeEnabled()

  // Where nothing is open, and also where text is selected, it is the run.
  await panel(app).locator('.monaco-editor .view-lines').click()
  await app.keyboard.press('ControlOrMeta+A')
  await app.keyboard.press('Escape')
  await expect(panel(app).getByRole('alert')).toContainText('canceling statement due to user request')
  await expect(cancel).toHaveCount(0)
})
