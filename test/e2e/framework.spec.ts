import { expect, test } from './ground.ts'
import { connectTo, newQuery, openHistory, operations, outcome, runAll } from './window.ts'

test('the framework is installed from its plan, and runs are recorded at the server from then on', async ({
  app,
  server,
  database,
}) => {
  await connectTo(app, server, database, 'Plain')
  await expect(app.getByText('Tracking off')).toBeVisible()
  await newQuery(app)
  await runAll(app, 'create table before_it (id int)')
  await expect(outcome(app)).toContainText('On this machine only')

  await app.getByRole('button', { name: 'Tracking off' }).click()
  const plan = app.getByRole('region', { name: 'Plan' })
  await expect(plan).toContainText('migrations/0001')
  await plan.getByRole('button', { name: /^Install version/ }).click()
  await expect(app.getByText('Installed, up to date')).toBeVisible()
  await expect(app.getByRole('button', { name: 'Tracking on' })).toBeVisible()

  await newQuery(app)
  await runAll(app, 'create table after_it (id int)')
  await expect(outcome(app)).toContainText('Recorded at the server')
  await openHistory(app)
  await expect(operations(app).filter({ hasText: 'Automatic DDL' })).toContainText('create table after_it')
  await expect(operations(app).filter({ hasText: 'create table before_it' })).toHaveCount(1)
  await expect(operations(app).filter({ hasText: 'Installation of the tracking framework' })).toContainText('Completed')
})
