import type { Page } from '@playwright/test'
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
