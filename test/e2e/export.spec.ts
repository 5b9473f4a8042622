import { readFile } from 'node:fs/promises'
import { expect, test } from './ground.ts'
import { connectTo, newQuery, openHistory, operations, outcome, panel, runAll } from './window.ts'

test('a result is exported whole by the browser, with progress, and recorded', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Export')
  await newQuery(app)
  await runAll(
    app,
    "select n, case n % 2 when 0 then null else 'odd, ' || n end as word from generate_series(1, 20000) n",
  )
  await expect(outcome(app)).toContainText('More rows at the server')

  await app.keyboard.press('ControlOrMeta+Shift+E')
  const dialog = app.getByRole('dialog', { name: 'Export the result' })
  await dialog.getByLabel('File name').fill('numbers/1')
  const downloading = app.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('numbers 1.csv')
  const lines = (await readFile(await download.path(), 'utf8')).split('\n')
  expect(lines).toHaveLength(20_002)
  expect(lines.slice(0, 3)).toEqual(['n,word', '1,"odd, 1"', '2,'])
  expect(lines[20_000]).toBe('20000,')
  await expect(panel(app).getByRole('region', { name: 'Export' })).toContainText('20,000 rows')
  await expect(panel(app).getByRole('region', { name: 'Export' })).toContainText('run again, in one snapshot')
  // The result is as far as it was.
  await expect(outcome(app)).toContainText('More rows at the server')

  await app.keyboard.press('ControlOrMeta+Shift+E')
  await dialog.getByRole('combobox', { name: 'Rows' }).click()
  await app.getByRole('option', { name: 'As shown' }).click()
  const again = app.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export' }).click()
  expect((await readFile(await (await again).path(), 'utf8')).split('\n')).toEqual(lines)
  await expect(outcome(app)).toContainText('Completed')

  await panel(app).getByRole('button', { name: 'Show in the history' }).first().click()
  await expect(app.getByRole('article', { name: 'Operation' })).toContainText('TypeExport')
  await openHistory(app)
  await expect(operations(app).filter({ hasText: 'Export as CSV' })).toHaveCount(2)
})

test('an export that is cancelled says so, and leaves no file', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Long')
  await newQuery(app)
  await runAll(app, 'select n, repeat(md5(n::text), 20) as text from (select generate_series(1, 20000000) n) s')
  await expect(outcome(app)).toContainText('More rows at the server')
  await panel(app).getByRole('button', { name: 'Export', exact: true }).click()
  const downloading = app.waitForEvent('download')
  await app.getByRole('dialog', { name: 'Export the result' }).getByRole('button', { name: 'Export' }).click()
  const download = await downloading
  await expect(panel(app).getByRole('region', { name: 'Export' })).toContainText('MB/s')
  await panel(app).getByRole('button', { name: 'Cancel the export' }).click()
  await expect(panel(app).getByRole('alert')).toContainText('cancelled')
  expect(await download.failure()).not.toBeNull()
})
