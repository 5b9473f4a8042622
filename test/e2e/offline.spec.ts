import { type Server, startServer } from '../ground/server.ts'
import { expect, openDoor, test } from './door.ts'
import { connectTo, newQuery, openHistory, operations, outcome, panel, runAll, searchHistory } from './window.ts'

/** A server that the test stops. */
let server: Server
test.beforeAll(async () => {
  server = await startServer()
})
test.afterAll(async () => {
  await server.stop()
})

test('with the server away, what it had open is told, and the history opens and searches', async ({ app, door }) => {
  const database = await server.createDatabase()
  await connectTo(app, server, database, 'Gone soon')
  await newQuery(app)
  await runAll(app, "select 'a needle in the hay'")
  await expect(outcome(app)).toContainText('Completed')
  await runAll(app, 'begin;\ncreate table lost_work (id int)')
  await expect(panel(app).getByRole('status', { name: 'Transaction' })).toContainText('Transaction open')

  await server.kill()
  await expect(app.getByText('The connection to Gone soon was lost')).toBeVisible()
  await expect(panel(app).getByRole('status', { name: 'Transaction' })).toHaveText('Autocommit')

  await openHistory(app)
  await expect(app.getByText('Offline: this is what this machine knows.')).toBeVisible()
  await searchHistory(app, 'needle')
  await expect(operations(app)).toHaveCount(1)
  await expect(operations(app).locator('mark')).toHaveText(['needle'])

  // Another day: the program is started again, the server is still away.
  await door.close()
  const again = await openDoor(door.dataFolder)
  try {
    const page = await app.context().newPage()
    await page.goto(again.link)
    await openHistory(page)
    await searchHistory(page, 'lost_work')
    await expect(operations(page)).toContainText(['create table lost_work'])
    await expect(operations(page).first()).toContainText(/Rolled back|Interrupted/)
    await operations(page).first().click()
    await expect(page.getByRole('article', { name: 'Operation' })).toContainText('Gone soon')
  } finally {
    await again.close()
  }
})
