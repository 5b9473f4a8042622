import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import SQLite from 'better-sqlite3'
import { z } from 'zod'
import { expect, test } from './ground.ts'
import { connectTracked } from './serverLog.ts'
import { connectTo, newQuery, openHistory, operations, outcome, panel, runAll, searchHistory } from './window.ts'

test('the history as a person uses it: search, filters, timeline, detail, marks, compare, export, retention, erase', async ({
  app,
  server,
  database,
}) => {
  test.setTimeout(240_000)
  await connectTo(app, server, database, 'Ward')
  await newQuery(app)
  const run = async (sql: string, ends = 'Completed'): Promise<void> => {
    await runAll(app, sql)
    await expect(outcome(app)).toContainText(ends)
  }
  await run('create table visit (id int primary key, note text);\ninsert into visit values (1, null)')
  await run("update visit set note = 'a needle in the hay' where id = 1")
  await run("update visit set note = 'another needle' where id = 2")
  await run('select nothing_of_the_kind from visit', 'Failed')
  await run('select * from visit where id = 1')
  await app.keyboard.press('ControlOrMeta+Alt+Shift+E')
  await expect(panel(app).getByRole('treegrid', { name: 'Plan' })).toBeVisible()

  // As one types: each key is a search of its own.
  await openHistory(app)
  const field = app.getByRole('searchbox', { name: 'Search' })
  await field.pressSequentially('needl')
  await expect(operations(app)).toHaveCount(2)
  await expect(operations(app).first().locator('mark')).toHaveText(['needl'])
  await field.pressSequentially(' hay')
  await expect(operations(app)).toHaveCount(1)
  await searchHistory(app, 'no such words anywhere')
  await expect(app.getByText('No operation is like that')).toBeVisible()
  await app.getByRole('button', { name: 'Show all' }).click()
  await expect(operations(app).first()).toBeVisible()

  // Filters, together with the timeline that counts what they leave.
  await app.getByRole('button', { name: 'Status: any' }).click()
  await app.getByRole('menuitemcheckbox', { name: 'Failed' }).click()
  await app.keyboard.press('Escape')
  await expect(operations(app)).toHaveCount(1)
  await expect(operations(app)).toContainText('nothing_of_the_kind')
  await operations(app).click()
  const detail = app.getByRole('article', { name: 'Operation' })
  await expect(detail.getByRole('alert')).toContainText('42703')
  await expect(detail).toContainText('on this machine only')
  await app.getByRole('button', { name: 'Status: Failed' }).click()
  await app.getByRole('menuitem', { name: 'Any' }).click()
  await app.keyboard.press('Escape')

  // Keep and tag; a tag is a filter.
  await searchHistory(app, 'needle hay')
  await expect(operations(app)).toHaveCount(1)
  await operations(app).click()
  await detail.getByRole('button', { name: 'Keep', exact: true }).click()
  await expect(detail.getByRole('button', { name: 'Keep no longer' })).toBeVisible()
  await detail.getByLabel('Tags').fill('audit')
  await app.keyboard.press('Enter')
  await detail.getByLabel('Note').fill('asked for by Clara')
  await detail.getByRole('button', { name: 'Save the note' }).click()
  await expect(operations(app)).toContainText('audit')
  await searchHistory(app, 'clara')
  await expect(operations(app)).toHaveCount(1)

  // Compare it with the other update.
  await detail.getByRole('button', { name: /Compare with another one/ }).click()
  await searchHistory(app, 'another needle')
  await operations(app).first().click()
  await detail.getByRole('button', { name: /Compare with the one/ }).click()
  const comparison = app.getByRole('region', { name: 'Comparison' })
  await expect(comparison).toContainText('the older one on the left')
  await comparison.getByRole('button', { name: 'Back to the list' }).click()

  // What the filters show, as a file.
  await searchHistory(app, 'needle')
  await expect(operations(app)).toHaveCount(2)
  await app.keyboard.press('ControlOrMeta+Shift+E')
  const dialog = app.getByRole('dialog', { name: 'Export the history' })
  await expect(dialog).toContainText('2 operations that the filters show')
  await dialog.getByLabel('Ticket').fill('OPS-77')
  const downloading = app.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('history.csv')
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain('a needle in the hay')
  const exported = app.getByRole('region', { name: 'Export' })
  await expect(exported).toContainText('2 operations')
  await exported.getByRole('button', { name: 'Show its record' }).click()
  await expect(detail).toContainText('OPS-77')
  await exported.getByRole('button', { name: 'Dismiss' }).click()
  await expect(exported).toBeHidden()

  // A limit says first what it would delete: nothing here is that old.
  await app.getByRole('button', { name: 'More about the history' }).click()
  await app.getByRole('menuitem', { name: 'How long it is held…' }).click()
  const retention = app.getByRole('dialog', { name: 'How long the history is held' })
  await retention.getByLabel('Delete after (days)').fill('30')
  await retention.getByRole('button', { name: 'What would that delete?' }).click()
  await expect(retention.getByRole('status')).toContainText('deletes nothing now')
  await retention.getByRole('button', { name: 'Save' }).click()
  await expect(retention.getByRole('status')).toContainText('Saved')
  await retention.getByRole('button', { name: 'Close', exact: true }).last().click()

  // A secret that no rule took for one.
  await app.getByRole('button', { name: 'More about the history' }).click()
  await app.getByRole('menuitem', { name: 'Erase a secret…' }).click()
  const erase = app.getByRole('dialog', { name: 'Erase a secret from the history' })
  await erase.getByLabel('The secret').fill('needle')
  await erase.getByRole('button', { name: 'Erase' }).click()
  await expect(erase.getByRole('status')).toContainText('Masked in')
  await erase.getByRole('button', { name: 'Close', exact: true }).last().click()
  await searchHistory(app, 'needle')
  await expect(app.getByText('No operation is like that')).toBeVisible()

  // Its plan, and back into an editor.
  await searchHistory(app, 'visit where id = 1')
  await operations(app).first().click()
  await expect(detail.getByRole('treegrid', { name: 'Plan' })).toContainText('visit')
  await operations(app).nth(1).click()
  await detail.getByRole('button', { name: 'Open in editor' }).click()
  await expect(panel(app).locator('.monaco-editor')).toContainText('select * from visit')
})

/** Fills in the filters behind the button More, and applies them. */
async function filterBy(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  await page.getByRole('button', { name: 'More', exact: true }).click()
  const form = page.getByRole('dialog').filter({ has: page.getByRole('button', { name: 'Apply' }) })
  for (const [label, text] of Object.entries(fields)) await form.getByLabel(label).fill(text)
  await form.getByRole('button', { name: 'Apply' }).click()
  await expect(form).toBeHidden()
}

const tookRow = z.object({ sql: z.string(), ms: z.number() })

/** What was run by hand and how long it took, the shortest first: nobody can say before what will take how long. */
function durations(dataFolder: string): z.output<typeof tookRow>[] {
  const db = new SQLite(join(dataFolder, 'cache.db'), { readonly: true })
  try {
    const rows = db.prepare("select sql, duration_ms as ms from operation where type = 'MANUAL' order by duration_ms")
    return z.array(tookRow).parse(rows.all())
  } finally {
    db.close()
  }
}

test('the history is filtered by object, by duration and by database', async ({ app, door, server, database }) => {
  test.setTimeout(300_000)
  const other = await server.createDatabase()
  const run = async (sql: string): Promise<void> => {
    await runAll(app, sql)
    await expect(outcome(app)).toContainText('Completed')
  }
  // What event triggers see of objects: for that, the framework has to be there.
  await connectTracked(app, server, database)
  await newQuery(app)
  await run('create table visit (id int primary key)')
  await run('create table "Odd ""name""" (id int)')
  await run('alter table visit add note text')
  await run('select pg_sleep(1.5)')
  await connectTo(app, server, other, 'Elsewhere')
  await newQuery(app)
  await run("select 'elsewhere'")
  await openHistory(app)
  // What the server saw comes with the connection that is in front, which is the other one.
  await app.getByRole('button', { name: /^Ward, / }).click()
  await openHistory(app)
  await app.getByRole('button', { name: 'Synchronise' }).click()

  // By object: what the server saw of it.
  await filterBy(app, { Object: 'public.visit' })
  await expect(operations(app)).toContainText(['alter table visit', 'create table visit'])
  await expect(operations(app)).toHaveCount(2)
  await searchHistory(app, 'note')
  await expect(operations(app)).toHaveCount(1)
  await expect(operations(app)).toContainText('add note text')
  await searchHistory(app, '')
  await filterBy(app, { Object: 'public."Odd ""name"""' })
  await expect(operations(app)).toHaveCount(1)
  await expect(operations(app)).toContainText('create table "Odd ""name"""')
  await filterBy(app, { Object: 'public.nothing' })
  await expect(app.getByText('No operation is like that')).toBeVisible()
  await app.getByRole('button', { name: 'Take away: Object: public.nothing' }).click()

  // By duration, between the two that lie furthest apart.
  await app.getByRole('button', { name: 'Type: any' }).click()
  await app.getByRole('menuitemcheckbox', { name: /^Run by hand/ }).click()
  await app.keyboard.press('Escape')
  const all = durations(door.dataFolder)
  await expect(operations(app)).toHaveCount(all.length)
  const gaps = all.slice(1).map(({ ms }, at) => ms - (all[at]?.ms ?? 0))
  const cut = gaps.indexOf(Math.max(...gaps)) + 1
  const seconds = (((all[cut - 1]?.ms ?? 0) + (all[cut]?.ms ?? 0)) / 2000).toFixed(3)
  const expectListed = async (wanted: typeof all): Promise<void> => {
    await expect(operations(app)).toHaveCount(wanted.length)
    for (const { sql } of wanted) await expect(operations(app).filter({ hasText: sql })).toHaveCount(1)
  }
  await filterBy(app, { 'Took at least (s)': seconds })
  await expectListed(all.slice(cut))
  await filterBy(app, { 'Took at least (s)': '', 'At most (s)': seconds })
  await expectListed(all.slice(0, cut))
  await app.getByRole('button', { name: /^Take away: Took/ }).click()
  await expectListed(all)

  // By database.
  await app.getByRole('button', { name: 'More', exact: true }).click()
  await app.getByRole('combobox', { name: 'Database' }).click()
  await app.getByRole('option', { name: other }).click()
  await app.getByRole('button', { name: 'Apply' }).click()
  await expect(operations(app)).toHaveCount(1)
  await expect(operations(app)).toContainText("select 'elsewhere'")
  await expect(operations(app)).toContainText('Elsewhere')
  await app.getByRole('button', { name: `Take away: Database: Elsewhere (${other})` }).click()
  await expectListed(all)
  await server.dropDatabase(other)
})
