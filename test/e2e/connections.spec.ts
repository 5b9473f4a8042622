import { expect, test } from './ground.ts'
import {
  cellsOf,
  connectTo,
  fillInConnection,
  newQuery,
  openHistory,
  operations,
  outcome,
  panel,
  runAll,
  write,
} from './window.ts'

test('a wrong password is told in the server’s words, and the right one opens the connection', async ({
  app,
  server,
  database,
}) => {
  await fillInConnection(app, server.url(database), 'Ward')
  await app.getByRole('textbox', { name: 'Password' }).fill('not the password')
  await app.getByRole('button', { name: 'Test', exact: true }).click()
  const answer = app.getByRole('form', { name: 'Connection' }).getByRole('alert')
  await expect(answer).toContainText('password authentication failed for user "postgres"')
  await expect(answer).toContainText('28P01')

  await app.getByRole('textbox', { name: 'Password' }).fill(server.password)
  await app.getByRole('button', { name: 'Test', exact: true }).click()
  await expect(app.getByRole('region', { name: 'The server’s answer' })).toContainText('PostgreSQL 18')

  await app.getByRole('button', { name: 'Save and open' }).click()
  await expect(app.getByRole('heading', { name: 'Ward', exact: true })).toBeVisible()
})

test('names that look like markup or turn the writing are text', async ({ app, server, database }) => {
  const hostile = '<img src=x onerror="document.title=1">\u202etxt.exe'
  await connectTo(app, server, database, hostile.replaceAll('\u202e', ''))
  await newQuery(app)
  await runAll(
    app,
    [
      `create table "<b>bold</b>" ("<i>a</i>\u202eb" text);`,
      `insert into "<b>bold</b>" values ('<script>document.title = 2</script>'), (U&'\\202Eevil\\0007');`,
      `select * from "<b>bold</b>"`,
    ].join('\n'),
  )
  await expect(outcome(app)).toContainText('Completed')
  await expect(panel(app).getByRole('columnheader')).toContainText('<i>a</i>')
  await expect(cellsOf(app, 1)).toHaveText(['<script>document.title = 2</script>'])
  // The mark of direction and the bell are drawn, not obeyed.
  await expect(cellsOf(app, 2)).toHaveText(['U+202Eevil␇'])
  await runAll(app, `do $$ begin raise exception '<h1>%</h1>', 'hostile'; end $$`)
  await expect(panel(app).getByRole('alert')).toContainText('<h1>hostile</h1>')
  await openHistory(app)
  await expect(operations(app).first()).toContainText('<h1>%</h1>')
  await expect(app).toHaveTitle('pgSteward')
  await expect(app.locator('#root img')).toHaveCount(0)
})

test('production asks for the ticket before the first run', async ({ app, server, database }) => {
  await fillInConnection(app, server.url(database), 'Live')
  await app.getByText('production', { exact: true }).click()
  await app.getByRole('combobox', { name: 'Colour' }).click()
  await app.getByRole('option', { name: 'Violet' }).click()
  await app.getByRole('button', { name: 'Save and open' }).click()
  await expect(app.getByRole('heading', { name: 'Live', exact: true })).toBeVisible()
  await expect(app.getByRole('region', { name: 'Status' }).getByRole('img', { name: 'violet' })).toBeVisible()
  await newQuery(app)
  await runAll(app, 'select 1')
  const dialog = app.getByRole('dialog', { name: 'Why is this run?' })
  await dialog.getByLabel('Ticket').fill('OPS-7')
  await dialog.getByLabel('Justification').fill('a look')
  await app.keyboard.press('Tab')
  await dialog.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(outcome(app)).toContainText('Completed')
  await expect(panel(app).getByLabel('Ticket')).toHaveValue('OPS-7')
  await runAll(app, 'select 2')
  await expect(cellsOf(app, 1)).toHaveText(['2'])
})

test('after a reload the connection is at hand, and the text of the tabs is there again', async ({
  app,
  server,
  database,
}) => {
  await connectTo(app, server, database, 'Again')
  await newQuery(app)
  await write(app, 'select 1 -- kept')
  await newQuery(app)
  await write(app, 'select 2 -- kept as well')
  await app.reload()
  await app
    .getByRole('list', { name: 'Connections' })
    .getByRole('button', { name: /^Again/ })
    .click()
  await app.getByRole('tab', { name: /select 1/ }).click()
  await expect(panel(app).locator('.monaco-editor')).toContainText('select 1 -- kept')
  await app.getByRole('tab', { name: /select 2/ }).click()
  await expect(panel(app).locator('.monaco-editor')).toContainText('select 2 -- kept as well')
})
