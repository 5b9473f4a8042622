import type { Page } from '@playwright/test'
import { openDoor } from './door.ts'
import { expect, test } from './ground.ts'
import { connectTo, newQuery, panel, write } from './window.ts'

const tabs = (page: Page) => page.getByRole('tablist', { name: 'Open tabs' }).getByRole('tab')
const text = (page: Page) => panel(page).locator('.monaco-editor .view-lines')

test('tabs and their texts survive a program that is killed, are read offline, and go on when connected', async ({
  app,
  door,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTo(app, server, database, 'Clinic')
  await newQuery(app)
  await write(app, "select 'first tab'")
  await newQuery(app)
  await write(app, "select 'second tab'")
  await expect(tabs(app)).toHaveText(["select 'first tab'", "select 'second tab'"])
  // Killed, with no time to say goodbye.
  await door.kill()
  await expect(app.getByText('pgSteward has ended behind this window')).toBeVisible()

  const again = await openDoor(door.dataFolder)
  try {
    const page = await app.context().newPage()
    await page.goto(again.link)
    await expect(tabs(page)).toHaveText(["select 'first tab'", "select 'second tab'"])
    await expect(tabs(page).nth(1)).toHaveAttribute('aria-selected', 'true')
    await expect(text(page)).toContainText("select 'second tab'", { timeout: 45_000 })
    await expect(page.getByText('Not connected: the text can be read and changed')).toBeVisible()

    // A second window begins with none of them.
    const other = await app.context().newPage()
    await other.goto(`${new URL(again.link).origin}/`)
    await expect(other.getByText('Choose a connection on the left')).toBeVisible()
    await expect(tabs(other)).toHaveCount(0)
    await other.close()

    // What is changed offline is kept, through a reload.
    await write(page, "select 'changed offline'")
    await expect(tabs(page).nth(1)).toHaveText("select 'changed offline'")
    await page.reload()
    await expect(text(page)).toContainText("select 'changed offline'", { timeout: 45_000 })

    await page.keyboard.press('ControlOrMeta+Alt+W')
    await expect(tabs(page)).toHaveText(["select 'first tab'"])
    await page.keyboard.press('ControlOrMeta+Alt+Shift+W')
    await expect(tabs(page)).toHaveText(["select 'first tab'", "select 'changed offline'"])
    await expect(text(page)).toContainText("select 'changed offline'")
  } finally {
    await again.close()
  }
})
