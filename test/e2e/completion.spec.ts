import type { Page } from '@playwright/test'
import { openDoor } from './door.ts'
import { expect, test } from './ground.ts'
import { cellsOf, connectTo, newQuery, outcome, panel, runAll, write } from './window.ts'

const setUp = `create type mood as enum ('sad', 'glad');
create table customer (id int primary key, name text, mood mood);
comment on table customer is 'Who buys';
create table orders (id int primary key, customer_id int references customer, total numeric);
insert into customer values (1, 'Ada', 'glad');
insert into orders values (7, 1, 12.50);`

const suggestions = (page: Page) => page.locator('.suggest-widget.visible .monaco-list-row')
const lines = (page: Page) => panel(page).locator('.monaco-editor .view-lines').first()

/** Types as a person does, one key after the other. */
async function type(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text, { delay: 30 })
}

test('types a query with what is offered, and formats it', async ({ app, server, database }) => {
  test.setTimeout(240_000)
  await connectTo(app, server, database, 'Shop')
  await newQuery(app)
  await runAll(app, setUp)
  await expect(outcome(app)).toContainText('Completed')

  // A relation by its first letters, a join by its keys, a column by its alias.
  await write(app, 'select')
  await app.keyboard.press('End')
  await type(app, ' * from ord')
  await expect(suggestions(app).first()).toContainText('orders')
  await app.keyboard.press('Tab')
  await type(app, ' o join cust')
  await expect(suggestions(app).first()).toContainText('customer c on o.customer_id = c.id')
  await app.keyboard.press('Tab')
  await expect(lines(app)).toContainText('select * from orders o join customer c on o.customer_id = c.id')
  await type(app, ' where c.mo')
  await expect(suggestions(app).first()).toContainText('mood')
  await app.keyboard.press('Tab')
  await type(app, " = '")
  await expect(suggestions(app)).toHaveCount(2)
  await expect(suggestions(app).first()).toContainText('sad')
  await app.keyboard.press('ArrowDown')
  await app.keyboard.press('Tab')
  await expect(lines(app)).toContainText("where c.mood = 'glad'")
  await runAll(app)
  await expect(cellsOf(app, 1).first()).toHaveText('7')

  // What a name means.
  await panel(app).locator('.view-line span span', { hasText: 'customer' }).first().hover()
  await expect(app.locator('.monaco-hover-content').filter({ hasText: 'Who buys' })).toBeVisible()

  // Into form, and back by undo.
  await lines(app).click()
  await app.keyboard.press('Alt+Shift+F')
  await expect(panel(app).locator('.monaco-editor .view-line').first()).toHaveText('select')
  await runAll(app)
  await expect(cellsOf(app, 1).first()).toHaveText('7')
  await app.keyboard.press('ControlOrMeta+Z')
  await expect(lines(app)).toContainText('select * from orders o')
  await write(app, "select 1; select 'never closed")
  await app.keyboard.press('Alt+Shift+F')
  await expect(panel(app).getByRole('status', { name: 'Formatting' })).toContainText('it is not understood')
})

test('saves a query, finds it after a restart, and says when it has changed', async ({
  app,
  page,
  door,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTo(app, server, database, 'Shop')
  await newQuery(app)
  await write(app, 'select 41 + 1 as answer')
  await app.keyboard.press('ControlOrMeta+S')
  await app.getByRole('dialog').getByLabel('Name').fill('The answer')
  await app.getByRole('dialog').getByLabel('Folder').fill('reports/monthly')
  await app.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(app.getByRole('dialog')).toBeHidden()
  await expect(app.getByRole('tab', { name: /The answer/ })).not.toContainText('•')
  await write(app, 'select 6 * 7 as answer')
  await expect(app.getByRole('tab', { name: /The answer/ })).toContainText('•')
  await app.keyboard.press('ControlOrMeta+S')
  await expect(app.getByRole('tab', { name: /The answer/ })).not.toContainText('•')

  // A text with a secret is refused, and stays.
  await newQuery(app)
  await write(app, "create role x password 'hunter2'")
  await app.keyboard.press('ControlOrMeta+S')
  await app.getByRole('dialog').getByLabel('Name').fill('role')
  await app.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(app.getByRole('dialog')).toContainText('secret in line 1')
  await app.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()

  const { dataFolder } = door
  await door.close()
  const again = await openDoor(dataFolder)
  try {
    await page.goto(again.link)
    await page.getByRole('button', { name: /^Shop/ }).first().click()
    await page.getByRole('textbox', { name: 'Password' }).fill(server.password)
    await page.getByRole('dialog').getByRole('button', { name: 'Connect' }).click()
    await page.getByRole('button', { name: 'Saved queries' }).click()
    const list = page.getByRole('list', { name: 'Saved queries' })
    await expect(list.getByRole('listitem')).toHaveText([/reports/, /monthly/, /The answer/])
    await list.getByRole('button', { name: 'The answer', exact: true }).click()
    await expect(panel(page).locator('.monaco-editor .view-lines')).toContainText('select 6 * 7', { timeout: 45_000 })

    // Removed, and back.
    await list.getByRole('button', { name: 'More about The answer' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await expect(list).not.toContainText('The answer')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(list).toContainText('The answer')
  } finally {
    await again.close()
  }
})
