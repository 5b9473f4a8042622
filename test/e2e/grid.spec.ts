import pg from 'pg'
import { expect, test } from './ground.ts'
import { cellsOf, connectTo, grid, newQuery, outcome, panel, runAll } from './window.ts'

async function atServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

test('rows come as one scrolls, and copy takes what is selected', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Grid')
  await newQuery(app)
  await runAll(
    app,
    "select n, case when n % 2 = 0 then null else 'odd ' || n end as word from generate_series(1, 5000) n",
  )
  await expect(outcome(app)).toContainText('More rows at the server')
  const counts = panel(app).getByText(/rows so far, more as you scroll/)
  await expect(counts).toContainText('200 rows so far')

  await cellsOf(app, 1).first().click()
  await app.keyboard.press('Shift+ArrowRight')
  await app.keyboard.press('Shift+ArrowDown')
  await expect(panel(app).getByText('2 rows × 2 columns selected')).toBeVisible()
  await app.keyboard.press('ControlOrMeta+C')
  expect(await app.evaluate(() => navigator.clipboard.readText())).toBe('1\todd 1\n2\t')

  // To the end, with all rows that were not read yet.
  await app.keyboard.press('ControlOrMeta+End')
  await expect(panel(app).getByText('5,000 rows, all of them')).toBeVisible()
  await expect(outcome(app)).toContainText('Completed')
  await expect(cellsOf(app, 5000)).toHaveText(['5000', 'NULL'])
  // Only what can be seen is drawn.
  expect(await grid(app).getByRole('row').count()).toBeLessThan(60)
})

test('rows that are higher than a browser can draw are scrolled to their end, and back', async ({
  app,
  server,
  database,
}) => {
  await connectTo(app, server, database, 'High')
  await newQuery(app)
  await runAll(app, 'select n from generate_series(1, 500000) n')
  await cellsOf(app, 1).click()
  await app.keyboard.press('ControlOrMeta+End')
  await expect(panel(app).getByText('500,000 rows, all of them')).toBeVisible({ timeout: 60_000 })
  await expect(cellsOf(app, 500_000)).toHaveText('500000')
  await app.mouse.wheel(0, -2_500)
  await expect(cellsOf(app, 499_900)).toHaveText('499900')
  const elements = await grid(app).evaluateHandle((sheet) => new Set(sheet.querySelectorAll('tbody tr')))
  await app.mouse.wheel(0, -2_500)
  await expect(cellsOf(app, 499_800)).toHaveText('499800')
  // The elements that drew other rows before: new ones would stay in memory for long.
  expect(
    await grid(app).evaluate(
      (sheet, known) => [...sheet.querySelectorAll('tbody tr')].filter((row) => !known.has(row)).length,
      elements,
    ),
  ).toBe(0)
  // The bar leaps; the rows that are drawn stay in view meanwhile, and those of its place follow.
  const scroller = grid(app).locator('xpath=..')
  const share = await scroller.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 8
    const rows = [...element.querySelectorAll('tbody tr')].map((row) => row.getBoundingClientRect())
    const { top, bottom } = element.getBoundingClientRect()
    return rows.filter((row) => row.bottom > top && row.top < bottom).length / rows.length
  })
  expect(share).toBeGreaterThan(0.5)
  await expect(cellsOf(app, 62_505)).toBeInViewport()
  await expect(cellsOf(app, 62_505)).toHaveText('62505')
  await app.keyboard.press('ControlOrMeta+Home')
  await expect(cellsOf(app, 1)).toHaveText('1')
  expect(await grid(app).getByRole('row').count()).toBeLessThan(60)
})

test('1,600 columns stay fluid, and a long value is shown whole on demand', async ({ app, server, database }) => {
  const columns = Array.from({ length: 1600 }, (_, index) => `c${index} int default ${index}`).join(', ')
  await atServer(server.url(database), `create table wide (${columns}); insert into wide default values`)
  await connectTo(app, server, database, 'Wide')
  await newQuery(app)
  await runAll(app, 'select wide.* from wide, generate_series(1, 100)')
  await expect(outcome(app)).toContainText('Completed')
  await expect(grid(app)).toHaveAttribute('aria-colcount', '1600')
  expect(await grid(app).getByRole('columnheader').count()).toBeLessThan(40)
  await cellsOf(app, 1).first().click()
  await app.keyboard.press('End')
  await expect(grid(app).getByRole('columnheader', { name: 'c1599' })).toBeVisible()
  await expect(cellsOf(app, 1).last()).toHaveText('1599')

  await runAll(app, "select repeat('long ', 2000) as text")
  await expect(grid(app)).toHaveAttribute('aria-colcount', '1')
  await expect(cellsOf(app, 1)).toHaveText(/…$/)
  await cellsOf(app, 1).click()
  await app.keyboard.press('Enter')
  const value = app.getByRole('complementary', { name: 'Value of text' })
  await expect(value).toContainText('10,000 characters')
  await expect(value.locator('pre')).toHaveText('long '.repeat(2000))
})

test('a cancel ends the statement at the server', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Slow')
  await newQuery(app)
  const client = new pg.Client({ connectionString: server.url() })
  await client.connect()
  try {
    const sleeping = async (): Promise<number> => {
      const found = await client.query(
        "select 1 from pg_stat_activity where datname = $1 and state = 'active' and query like '%pg_sleep%'",
        [database],
      )
      return found.rows.length
    }
    await runAll(app, 'select pg_sleep(600)')
    await expect.poll(sleeping).toBe(1)
    await app.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(sleeping).toBe(0)
    await expect(panel(app).getByRole('alert')).toContainText('canceling statement due to user request')
    await runAll(app, 'select 1')
    await expect(outcome(app)).toContainText('Completed')
  } finally {
    await client.end()
  }
})
