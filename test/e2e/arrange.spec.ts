import { readFile } from 'node:fs/promises'
import { expect, test } from './ground.ts'
import { cellsOf, connectTo, grid, newQuery, outcome, panel, runAll } from './window.ts'

test('a result is sorted, filtered, searched and counted', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Arrange')
  await newQuery(app)
  await runAll(app, "select n, nullif(n % 7, 0) as rest, 'Word ' || n as word from generate_series(1, 3000) n")
  await expect(panel(app).getByText('200 rows so far')).toBeVisible()
  const heading = (name: string) => grid(app).getByRole('columnheader', { name })
  const state = panel(app).getByRole('region', { name: 'Order and filter' })

  // One click up, another one down; rows that were not read yet are among them.
  await heading('word').click()
  await expect(state).toContainText('Sorted here: by word ↑')
  await heading('n integer').first().click()
  await expect(state).toContainText('by n ↑')
  await heading('n integer').first().click()
  await expect(cellsOf(app, 1)).toHaveText(['3000', '4', 'Word 3000'])
  await expect(heading('n integer').first()).toHaveAttribute('aria-sort', 'descending')
  await expect(panel(app).getByText('3,000 rows, arranged here')).toBeVisible()

  // A condition, by the keyboard's menu of the column.
  await cellsOf(app, 1).nth(1).click()
  await app.keyboard.press('Shift+F10')
  await app.getByRole('menuitem', { name: 'Filter…' }).click()
  const dialog = app.getByRole('dialog', { name: 'Filter the result' })
  await dialog.getByRole('combobox', { name: 'Comparison of condition 1' }).click()
  await app.getByRole('option', { name: 'is null' }).click()
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await expect(panel(app).getByText('428 rows of 3,000, arranged here')).toBeVisible()
  await expect(cellsOf(app, 1)).toHaveText(['2996', 'NULL', 'Word 2996'])
  await expect(state).toContainText('Filtered here: rest is null; by n ↓')
  await expect(panel(app).getByRole('button', { name: 'Not editable' })).toBeVisible()

  // It is exported as it is shown, and no other way is offered.
  await app.keyboard.press('ControlOrMeta+Shift+E')
  const exporting = app.getByRole('dialog', { name: 'Export the result' })
  await expect(exporting).toContainText('in this order, and only those that meet the filter')
  await expect(exporting.getByRole('combobox', { name: 'Rows' })).toHaveCount(0)
  const downloading = app.waitForEvent('download')
  await exporting.getByRole('button', { name: 'Export' }).click()
  const lines = (await readFile(await (await downloading).path(), 'utf8')).trimEnd().split('\n')
  expect(lines.slice(0, 3)).toEqual(['n,rest,word', '2996,,Word 2996', '2989,,Word 2989'])
  expect(lines).toHaveLength(429)
  await panel(app).getByRole('region', { name: 'Export' }).getByRole('button', { name: 'Dismiss' }).click()

  // What is found is gone to.
  await cellsOf(app, 1).first().click()
  await app.keyboard.press('ControlOrMeta+F')
  await app.keyboard.type('word 7')
  const bar = panel(app).getByRole('search', { name: 'Find in the result' })
  await expect(bar.getByRole('status')).toHaveText('18 matches in 428 rows')
  await app.keyboard.press('Shift+Enter')
  await expect(bar.getByRole('status')).toHaveText('18 of 18 matches in 428 rows')
  await expect(grid(app).locator('td[data-active]')).toHaveText('Word 7')
  await expect(grid(app).locator('td[data-active]')).toBeInViewport()
  await app.keyboard.press('Escape')

  await heading('n integer').first().click({ button: 'right' })
  await app.getByRole('menuitem', { name: 'Statistics' }).click()
  const statistics = panel(app).getByRole('complementary', { name: 'Statistics of n' })
  await expect(statistics).toContainText('All 428 rows')
  await expect(statistics).toContainText('1501.5')

  // As it came, with all that was read meanwhile.
  await state.getByRole('button', { name: 'As it came' }).click()
  await expect(panel(app).getByText('3,000 rows, all of them')).toBeVisible()
  await expect(cellsOf(app, 1)).toHaveText(['1', '1', 'Word 1'])
  await expect(state).toHaveCount(0)
})

test('a large result is sorted by the server, once one has agreed', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Large')
  await newQuery(app)
  await runAll(app, 'select n, n % 10 as digit from generate_series(1, 150000) n')
  await expect(panel(app).getByText('200 rows so far')).toBeVisible()
  await grid(app).getByRole('columnheader', { name: 'digit' }).click()
  const dialog = app.getByRole('dialog', { name: 'Run the query again in this order?' })
  await expect(dialog).toContainText('order by q.c2 asc nulls last')
  await dialog.getByRole('button', { name: 'Run again' }).click()
  await expect(panel(app).getByRole('region', { name: 'Order and filter' })).toContainText('Sorted by the server')
  await expect(cellsOf(app, 1).nth(1)).toHaveText('0')
  await expect(outcome(app)).toContainText('More rows at the server')
})
