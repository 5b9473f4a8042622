import type { Page } from '@playwright/test'
import { openDoor } from './door.ts'
import { connectTracked, expect, test } from './serverLog.ts'
import { newQuery, outcome, panel, runAction, runAll, write } from './window.ts'

// What the editor offers, where a person would look for it.

const setUp = `create table customer (id int primary key, name text, note text);
create table orders (id int primary key, customer_id int references customer, total numeric);
comment on column customer.name is 'As in the passport';
insert into project_schema.metadata (schema_name, table_name, column_name, classification)
values ('public', 'customer', 'name', 'restricted');
create function fee_of(visit int, at_night boolean default false) returns numeric language sql as 'select 1.0';`

const suggestions = (page: Page) => page.locator('.suggest-widget.visible .monaco-list-row')

/** Writes the beginning at once, and the rest as a person does, one key after the other. */
async function writeOn(page: Page, beginning: string, rest: string): Promise<void> {
  await write(page, beginning)
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type(rest, { delay: 30 })
}

async function expectOffered(page: Page, ...texts: string[]): Promise<void> {
  for (const text of texts) await expect(suggestions(page).filter({ hasText: text }).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(suggestions(page)).toHaveCount(0)
}

test('knows CTEs, subqueries, targets, signatures, snippets and what is sensitive; offline too', async ({
  app,
  door,
  server,
  database,
}) => {
  test.setTimeout(300_000)
  await connectTracked(app, server, database)
  await newQuery(app)
  await runAll(app, setUp)
  await expect(outcome(app)).toContainText('Completed')
  await runAction(app, 'Read the objects again')
  await expect(app.getByRole('tree', { name: 'Objects' })).toContainText('public')

  await writeOn(app, 'with rich as (select id as rich_id, total as much from orders) select r', '.')
  await app.keyboard.press('Escape')
  await writeOn(app, 'with rich as (select id as rich_id, total as much from orders) select * from ri', 'c')
  await expectOffered(app, 'rich')
  await writeOn(app, 'with rich as (select id as rich_id, total as much from orders) select * from rich r where r', '.')
  await expectOffered(app, 'rich_id', 'much')
  await writeOn(app, 'select * from (select name as who from customer) sub where sub', '.')
  await expectOffered(app, 'who')
  await writeOn(app, 'insert into customer (id, ', 'n')
  await expectOffered(app, 'name', 'note')
  await writeOn(app, 'update customer set ', 'n')
  await expectOffered(app, 'name', 'note')

  await writeOn(app, 'select fee_of(7', ', ')
  const hints = app.locator('.parameter-hints-widget.visible')
  await expect(hints).toContainText('fee_of')
  await expect(hints.locator('.parameter.active')).toContainText('at_night')
  await app.keyboard.press('Escape')

  // A snippet, with its place to fill in.
  await writeOn(app, '-- large ones', '\nsizes')
  await expect(suggestions(app).filter({ hasText: 'sizes' }).first()).toBeVisible()
  await app.keyboard.press('Tab')
  await expect(panel(app).locator('.monaco-editor .view-lines').first()).toContainText('pg_size_pretty')

  // One of one's own, out of the dialog.
  await runAction(app, 'Snippets')
  const dialog = app.getByRole('dialog', { name: 'Snippets' })
  await dialog.getByRole('button', { name: 'New snippet' }).click()
  await dialog.getByLabel('Name').fill('mine')
  await dialog.getByLabel('Title').fill('All customers')
  await dialog.getByLabel('Text').fill('select * from customer;')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('region', { name: 'Yours' })).toContainText('All customers')
  await app.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await writeOn(app, '-- own', '\nmine')
  await expect(suggestions(app).first()).toContainText('All customers')
  await app.keyboard.press('Tab')
  await expect(panel(app).locator('.monaco-editor .view-lines').first()).toContainText('select * from customer;')

  // Type, comment and classification of a column.
  const hovered = async (page: Page): Promise<void> => {
    await write(page, 'select c.name from customer c')
    await panel(page).locator('.view-line span span', { hasText: 'name' }).first().hover()
    const hover = page.locator('.monaco-hover-content').filter({ hasText: 'As in the passport' })
    await expect(hover).toContainText('text')
    await expect(hover).toContainText('restricted')
  }
  await hovered(app)

  // Another day, without the server: the copy answers, and says so.
  await door.close()
  const again = await openDoor(door.dataFolder)
  try {
    const page = await app.context().newPage()
    await page.goto(again.link)
    await expect(panel(page).locator('.monaco-editor .view-lines')).toBeVisible({ timeout: 45_000 })
    await writeOn(page, 'select * from orders o join ', 'cu')
    await expect(suggestions(page).first()).toContainText('customer')
    await page.keyboard.press('Escape')
    await hovered(page)
  } finally {
    await again.close()
  }
})
