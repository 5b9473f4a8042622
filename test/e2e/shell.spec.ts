import type { Page } from '@playwright/test'
import pg from 'pg'
import { expect, test } from './ground.ts'
import { connectTo, newQuery, panel } from './window.ts'

const palette = (page: Page) => page.getByRole('dialog').filter({ has: page.getByLabel('Search the actions') })

async function choose(page: Page, text: string, action: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+K')
  await page.getByLabel('Search the actions').fill(text)
  await expect(palette(page).getByRole('button', { name: action })).toBeVisible()
  await page.keyboard.press('Enter')
}

test('every action is found by its name, keys are read in the window, colours are chosen', async ({
  app,
  server,
  database,
}) => {
  await connectTo(app, server, database, 'Shell')
  const status = app.getByRole('region', { name: 'Status' })
  for (const fact of ['development', 'Shell', database, 'postgres', 'superuser'])
    await expect(status).toContainText(fact)

  const colours = app.locator('html')
  await choose(app, 'dark col', 'Dark colours')
  await expect(colours).toHaveAttribute('data-mantine-color-scheme', 'dark')
  await choose(app, 'light', 'Light colours')
  await expect(colours).toHaveAttribute('data-mantine-color-scheme', 'light')
  await app.reload()
  await expect(colours).toHaveAttribute('data-mantine-color-scheme', 'light')

  // What belongs to a query is there before one is, and says what has to be done first.
  await app.keyboard.press('ControlOrMeta+K')
  await app.getByLabel('Search the actions').fill('explain the statement')
  await expect(palette(app).getByRole('button', { name: /Explain the statement/ })).toBeDisabled()
  await app.keyboard.press('Escape')

  // All of it, with keys, by word and by key; what is read there works.
  await app.keyboard.press('F1')
  const keys = app.getByRole('dialog', { name: 'Keyboard shortcuts' })
  for (const group of ['Editor', 'Results', 'Objects', 'View', 'Go to'])
    await expect(keys.getByRole('region', { name: group, exact: true })).toBeVisible()
  expect(await keys.getByRole('listitem').count()).toBeGreaterThan(50)
  await keys.getByLabel('Search the shortcuts').fill('ctrl+alt+n')
  await expect(keys.getByRole('listitem')).toHaveText([/New query/])
  await keys.getByLabel('Search the shortcuts').fill('no such thing')
  await expect(keys.getByRole('status')).toContainText('No action has such a name')
  await app.keyboard.press('Escape')
  await expect(keys).toBeHidden()
})

test('ten thousand relations are opened, walked to the end and searched, and only those in view are drawn', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  const client = new pg.Client({ connectionString: server.url(database) })
  await client.connect()
  try {
    await client.query(`
      do $$ begin
        for n in 1..10000 loop
          execute format('create table many_%s (id int)', to_char(n, 'FM00000'));
          if n % 500 = 0 then commit; end if;
        end loop;
      end $$`)
  } finally {
    await client.end()
  }
  await connectTo(app, server, database, 'Many')
  const tree = app.getByRole('tree', { name: 'Objects' })
  const items = tree.getByRole('treeitem')
  await items.filter({ hasText: 'public' }).first().click()
  await tree.press('ArrowRight')
  await items.filter({ hasText: 'Tables' }).first().click()
  await tree.press('ArrowRight')
  await expect(items.filter({ hasText: 'many_00001' })).toBeVisible()
  expect(await items.count()).toBeLessThan(150)
  await tree.press('End')
  await expect(items.filter({ hasText: 'Roles' })).toBeVisible()
  await expect(items.filter({ hasText: 'many_00001' })).toHaveCount(0)
  expect(await items.count()).toBeLessThan(150)

  await app.keyboard.press('ControlOrMeta+P')
  await app.keyboard.type('y_09999', { delay: 20 })
  await expect(items.filter({ hasText: 'many_09999' })).toBeVisible()
  await expect(items.filter({ hasText: 'many_00001' })).toHaveCount(0)
  // The catalog is on hand for what is written, too.
  await newQuery(app)
  await app.keyboard.type('select * from many_0777', { delay: 20 })
  await expect(app.locator('.suggest-widget.visible .monaco-list-row').first()).toContainText('many_0777')
  await app.keyboard.press('Escape')
  await expect(panel(app)).toBeVisible()
})
