import { stat } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import pg from 'pg'
import { startServer } from '../ground/server.ts'
import { expect, test } from './ground.ts'
import { cellsOf, connectTo, grid, newQuery, outcome, panel, runAll } from './window.ts'

/** Columns that are hard to show: by name, and what PostgreSQL makes of them. */
const hard: readonly (readonly [name: string, sql: string])[] = [
  ['pairs', `array[row(1, 'a "b"'), row(null, 'c,\\d')]::pair[]`],
  ['nested', `array[[['a b', null], ['"', '']], [['{', '}'], ['\\', ',']]]::text[]`],
  ['shifted', `'[2:3]={7,8}'::int[]`],
  ['range', `int8range(null, 9223372036854775806)`],
  ['ranges', `'{[2024-01-01,2024-02-01), (2024-03-01,)}'::tsmultirange`],
  ['bc', `date '0044-03-15 BC'`],
  ['ever', `timestamptz 'infinity'`],
  ['never', `date '-infinity'`],
  ['moment', `timestamptz '2024-02-29 23:59:59.999999+05:45'`],
  ['span', `interval '-1 year 2 mons -3 days 04:05:06.000007'`],
  ['bytes', `'\\x00ff0a'::bytea`],
  ['shape', `polygon '((0,0),(1,1),(1,0))'`],
  ['exact', `123456789012345678901234567890.1234567890::numeric`],
  ['large', `9223372036854775807::int8`],
  ['nan', `'NaN'::float8`],
  ['document', `'{"b": 12345678901234567890, "a": "<b>&", "__proto__": null}'::json`],
  ['control', `E'bell\\x07 tab\\t line\\nreturn\\r end'`],
  ['direction', `U&'\\202Egnp.exe\\202C \\200Fx\\2066y\\2069 \\05D0\\05D1 \\FEFF.'`],
  ['__proto__', `'a prototype'::text`],
  ['constructor', `'a constructor'::text`],
  ['same', `'first'::text`],
  ['same', `'second'::text`],
  ['a "b" ; -- <i>', `'<script>alert(1)</script>'::text`],
  ['empty', `''::text`],
  ['nothing', `null::text`],
]
const query = `select ${hard.map(([name, sql]) => `${sql} as "${name.replaceAll('"', '""')}"`).join(', ')}`

async function atServer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => (text: string) => text } })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText())

test('values of every kind are shown for what they are, and copied exactly', async ({ app, server, database }) => {
  test.slow()
  let wanted: (string | null)[] = []
  await atServer(server.url(database), async (client) => {
    await client.query('create type pair as (n int, word text)')
    const { rows } = await client.query<(string | null)[]>({ text: query, rowMode: 'array' })
    wanted = rows[0] ?? []
  })
  await connectTo(app, server, database, 'Hard')
  await newQuery(app)
  await runAll(app, query)
  await expect(outcome(app)).toContainText('Completed')
  await expect(grid(app)).toHaveAttribute('aria-colcount', String(hard.length))

  await cellsOf(app, 1).first().click()
  const active = grid(app).locator('td[data-active]')
  for (const [place, [name]] of hard.entries()) {
    await expect(active).toHaveAttribute('aria-colindex', String(place + 1))
    // What was copied before must not be taken for this one.
    await app.evaluate(() => navigator.clipboard.writeText('nothing was copied'))
    await app.keyboard.press('ControlOrMeta+C')
    await expect.poll(() => clipboard(app), name).toBe(wanted[place] ?? '')
    await app.keyboard.press('ArrowRight')
  }

  const shown = async (place: number): Promise<void> => {
    await app.keyboard.press('Home')
    for (let step = 0; step < place; step += 1) await app.keyboard.press('ArrowRight')
  }
  const place = (name: string): number => hard.findIndex(([each]) => each === name)
  // Characters that hide or turn what stands beside them are signs here, and isolated.
  await shown(place('control'))
  await expect(active).toHaveText('bell␇ tab⇥ line↵return␍ end')
  await shown(place('direction'))
  await expect(active).toHaveText('U+202Egnp.exeU+202C U+200FxU+2066yU+2069 אב U+FEFF.')
  await expect(active.locator('bdi')).toHaveCount(1)
  await expect(active.locator('[title="U+202E right-to-left override"]')).toHaveCount(1)
  await shown(place('nothing'))
  await expect(active).toHaveText('NULL')
  await app.keyboard.press('ArrowLeft')
  await expect(active).toHaveText('')

  // Whole, with line ends that do their work.
  await shown(place('control'))
  await app.keyboard.press('Enter')
  await expect(app.getByRole('complementary', { name: 'Value of control' }).locator('pre')).toHaveText(
    'bell␇ tab\t line\nreturn␍ end',
    { useInnerText: true },
  )
  await shown(place('document'))
  const tree = app.getByRole('complementary', { name: 'Value of document' })
  await expect(tree).toContainText('12345678901234567890')
  await expect(tree).toContainText('__proto__')

  // All of the row, as a person takes it along.
  await app.keyboard.press('Home')
  await app.keyboard.press('Shift+End')
  await grid(app).focus()
  await app.keyboard.press('ControlOrMeta+C')
  await expect.poll(() => clipboard(app)).toContain('a prototype\ta constructor\tfirst\tsecond\t<script>')

  // In another style, they are as the session says.
  await runAll(
    app,
    `set intervalstyle = 'iso_8601'; set datestyle = 'German'; set timezone = 'Asia/Kathmandu'; ${query}`,
  )
  await expect(outcome(app)).toContainText('4 statements')
  await cellsOf(app, 1).first().click()
  await shown(place('span'))
  await expect(active).toHaveText('P-10M-3DT4H5M6.000007S')
  await shown(place('moment'))
  await expect(active).toHaveText('29.02.2024 23:59:59.999999 +0545')
  await shown(place('bc'))
  await expect(active).toHaveText('15.03.0044 BC')
})

test('rows without columns are counted', async ({ app, server, database }) => {
  await connectTo(app, server, database, 'Bare')
  await newQuery(app)
  await runAll(app, 'create table bare (); insert into bare default values; select from bare')
  await expect(outcome(app)).toContainText('Completed')
  await expect(panel(app).getByRole('tabpanel', { name: 'Messages' })).toContainText('1 row')
  await runAll(app, 'select from generate_series(1, 3000)')
  await expect(outcome(app)).toContainText('Completed')
  await expect(panel(app).getByRole('tabpanel', { name: 'Messages' })).toContainText('3,000 rows')
})

test('a cell of 200 MB is shown in part, and goes whole into a file', async ({ app, server, database }) => {
  test.setTimeout(240_000)
  const length = 200_000_000
  await connectTo(app, server, database, 'Large')
  await newQuery(app)
  await runAll(app, `select 1 as n, repeat('pgSteward.', ${length / 10}) as large, 'behind' as last`)
  await expect(outcome(app)).toContainText('Completed', { timeout: 60_000 })
  await expect(cellsOf(app, 1).nth(1)).toHaveText(/^(pgSteward\.){30}…$/)
  await expect(cellsOf(app, 1).last()).toHaveText('behind')

  await cellsOf(app, 1).nth(1).click()
  await app.keyboard.press('Enter')
  const value = app.getByRole('complementary', { name: 'Value of large' })
  await expect(value).toContainText('200,000,000 characters')
  await expect(value).toContainText('199,800,000 more characters. Export the result')

  await grid(app).focus()
  await app.keyboard.press('ControlOrMeta+C')
  await expect(panel(app).getByRole('alert')).toContainText('too long')
  await expect(panel(app).getByRole('alert')).toContainText('export the result')
  await panel(app).getByRole('alert').getByRole('button', { name: 'Dismiss' }).click()
  // What stands beside it is copied without it.
  await cellsOf(app, 1).last().click()
  await app.keyboard.press('ControlOrMeta+C')
  await expect.poll(() => clipboard(app)).toBe('behind')

  await app.keyboard.press('ControlOrMeta+Shift+E')
  const downloading = app.waitForEvent('download')
  await app.getByRole('dialog', { name: 'Export the result' }).getByRole('button', { name: 'Export' }).click()
  const download = await downloading
  const file = await download.path()
  expect((await stat(file)).size).toBe(length + 'n,large,last\n1,,behind\n'.length)
  // The window never held it.
  const session = await app.context().newCDPSession(app)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  expect(usedSize).toBeLessThan(150_000_000)
})

test('a server that dies in the middle of a result leaves what was read, and says so', async ({ app }) => {
  test.slow()
  const server = await startServer()
  try {
    await connectTo(app, server, 'postgres', 'Mortal')
    await newQuery(app)
    await runAll(app, `select n, repeat('x', 2000) as filler from generate_series(1, 1000000) n`)
    await expect(outcome(app)).toContainText('More rows at the server')
    await cellsOf(app, 1).first().click()
    await app.keyboard.press('PageDown')
    await server.kill()
    // Nobody has to ask: the loss is told with the rows that are there.
    await expect(panel(app).getByRole('alert').first()).toContainText(/Only the first [\d,]+ rows could be read/)
    // What was read is there, can be copied, and can be written to a file as far as it goes, or not at all.
    await app.keyboard.press('Escape')
    await cellsOf(app, 1).first().click()
    await app.keyboard.press('ControlOrMeta+Home')
    await app.keyboard.press('ControlOrMeta+C')
    await expect.poll(() => clipboard(app)).toBe('1')
    await expect(outcome(app)).toContainText('Interrupted')
  } finally {
    await server.stop()
  }
})
