import type { Page } from '@playwright/test'
import { openDoor } from './door.ts'
import { expect, test } from './ground.ts'
import { cellsOf, connectTo, newQuery, outcome, panel, runAll, write } from './window.ts'

const tree = (page: Page) => page.getByRole('tree', { name: 'Objects' })
const node = (page: Page, name: string) => tree(page).getByRole('treeitem').filter({ hasText: name }).first()

test('the object tree is opened, searched and walked by keys, selects rows, and is read offline', async ({
  app,
  door,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTo(app, server, database, 'Clinic')
  await newQuery(app)
  await runAll(
    app,
    `create schema care; create table care.visit (id int primary key, "seen ""at""" date);
     insert into care.visit values (7); create view care.recent as select * from care.visit;`,
  )
  await expect(outcome(app)).toContainText('Completed')

  // By keys: down to the schema, into it, to its tables and to the columns.
  await node(app, 'care').click()
  await tree(app).press('ArrowRight')
  await expect(node(app, 'Tables')).toHaveAttribute('aria-level', '2')
  await tree(app).press('ArrowRight')
  await tree(app).press('ArrowRight')
  await expect(node(app, 'visit')).toHaveAttribute('aria-level', '3')
  await tree(app).press('ArrowRight')
  await tree(app).press('ArrowRight')
  await expect(node(app, 'seen "at"')).toBeVisible()
  await tree(app).press('ArrowLeft')
  await expect(node(app, 'seen "at"')).toHaveCount(0)
  await tree(app).press('ArrowLeft')
  await expect(node(app, 'Tables')).toHaveAttribute('aria-selected', 'true')

  const search = app.getByPlaceholder('Find an object')
  await search.fill('recent')
  await expect(node(app, 'recent')).toBeVisible()
  await expect(node(app, 'visit')).toHaveCount(0)
  await search.fill('visit')

  await node(app, 'visit').click({ button: 'right' })
  await app.getByRole('menuitem', { name: 'Select rows' }).click()
  await expect(cellsOf(app, 1).filter({ hasText: '7' })).toBeVisible()

  // The text of a tab is kept without its password, and says so, also at the next start.
  await newQuery(app)
  await write(app, "alter role nobody password 'Sesam4711'")
  const note = (page: Page) => panel(page).getByRole('status', { name: 'Text', exact: true })
  await expect(note(app)).toHaveText('Kept without its secrets')
  await door.close()

  const again = await openDoor(door.dataFolder)
  try {
    const page = await app.context().newPage()
    await page.goto(again.link)
    await expect(panel(page).locator('.monaco-editor .view-lines')).toContainText('password ***', { timeout: 45_000 })
    await expect(note(page)).toHaveText('Kept without its secrets')
    await expect(node(page, 'care')).toBeVisible()
    await page.getByPlaceholder('Find an object').fill('recent')
    await expect(node(page, 'recent')).toBeVisible()
    await node(page, 'recent').click({ button: 'right' })
    await expect(page.getByRole('menuitem', { name: 'Select rows' })).toBeDisabled()
  } finally {
    await again.close()
  }
})
