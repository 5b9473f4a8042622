import { expect, test } from './door.ts'
import {
  cellsOf,
  newQuery,
  openHistory,
  operations,
  outcome,
  panel,
  runAll,
  searchHistory,
  tryIt,
  write,
} from './window.ts'

test('from an empty folder to a searched history, on the sample clinic', async ({ app }) => {
  test.setTimeout(180_000)
  await tryIt(app)
  await expect(app.getByText('Tracking on')).toBeVisible()

  // Results.
  await newQuery(app)
  await app.getByLabel('Ticket').fill('OPS-42')
  await runAll(app, 'select 1 as one, null as nothing, $$$$ as empty;\nselect count(*) from people.person')
  await expect(outcome(app)).toContainText('Completed')
  await expect(outcome(app)).toContainText('2 statements')
  await expect(outcome(app)).toContainText('Recorded at the server')
  await expect(cellsOf(app, 1)).toHaveText(['1', 'NULL', ''])
  await panel(app)
    .getByRole('tab', { name: /^Result 2/ })
    .click()
  await expect(cellsOf(app, 1)).toHaveText([/^\d+$/])

  // The statement at the cursor alone.
  await write(app, "select 'first';\nselect 'second'")
  await app.keyboard.press('ControlOrMeta+Enter')
  await expect(cellsOf(app, 1)).toHaveText(['second'])

  // Notices and command tags.
  await runAll(app, "create table visit_note (id int);\ndo $$ begin raise notice 'well noted'; end $$")
  await expect(outcome(app)).toContainText('Completed')
  await expect(panel(app).getByRole('log')).toContainText('CREATE TABLE')
  await expect(panel(app).getByRole('log')).toContainText('well noted')

  // An error, at its place, until the text changes.
  await runAll(app, 'select 1;\nselect nmae from visit_note')
  await expect(outcome(app)).toContainText('Failed')
  const error = panel(app).getByRole('alert')
  await expect(error).toContainText('column "nmae" does not exist')
  await expect(error).toContainText('42703')
  const underline = panel(app).locator('.monaco-editor .squiggly-error')
  await expect(underline).toHaveCount(1)
  await underline.hover({ force: true })
  await expect(app.locator('.monaco-hover-content').filter({ hasText: 'does not exist' })).toBeVisible()
  await app.keyboard.type(' ')
  await expect(underline).toHaveCount(0)
  await expect(error).toContainText('column "nmae" does not exist')

  // A transaction that is rolled back.
  await runAll(app, 'begin;\ndelete from visit_note')
  await expect(panel(app).getByRole('status', { name: 'Transaction' })).toContainText('Transaction open')
  await runAll(app, 'rollback')
  await expect(panel(app).getByRole('status', { name: 'Transaction' })).toHaveText('Autocommit')

  // A cancel, once the server says that it is at it.
  await runAll(app, "do $$ begin raise notice 'asleep'; perform pg_sleep(60); end $$")
  await expect(panel(app).getByRole('log')).toContainText('asleep')
  await expect(outcome(app)).toContainText('Running')
  await app.keyboard.press('Escape')
  await expect(panel(app).getByRole('alert')).toContainText('canceling statement due to user request')

  // All of it is in the history, newest first, with what the trigger saw.
  await openHistory(app)
  await expect(operations(app).first()).toContainText('perform pg_sleep(60)')
  await expect(operations(app).filter({ hasText: 'perform pg_sleep(60)' })).toContainText('Failed')
  await expect(operations(app).filter({ hasText: 'delete from visit_note' })).toContainText('Rolled back')
  await expect(operations(app).filter({ hasText: 'select nmae' })).toContainText('Failed')
  await expect(operations(app).filter({ hasText: 'select 1 as one' })).toContainText('OPS-42')
  await expect(operations(app).filter({ hasText: 'Automatic DDL' })).toContainText('create table visit_note (id int)')

  // A search as one types, its match marked; a detail with what it caused.
  await searchHistory(app, 'well noted')
  await expect(operations(app)).toHaveCount(1)
  await expect(operations(app).locator('mark').first()).toHaveText('well')
  await operations(app).click()
  const detail = app.getByRole('article', { name: 'Operation' })
  await expect(detail).toContainText('OPS-42')
  await expect(detail).toContainText('recorded at the server')
  await expect(detail.getByRole('heading', { name: 'Changes that the database saw during it' })).toBeVisible()

  // And back into an editor.
  await detail.getByRole('button', { name: 'Open in editor' }).click()
  await expect(panel(app).locator('.monaco-editor')).toContainText('raise notice')
})
