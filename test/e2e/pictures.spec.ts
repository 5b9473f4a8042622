import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './door.ts'
import {
  cellsOf,
  fillInConnection,
  newQuery,
  openHistory,
  operations,
  outcome,
  panel,
  runAll,
  tryIt,
} from './window.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'test', 'output', 'pictures')
const sizes = [
  { width: 1280, height: 800 },
  { width: 1440, height: 900 },
]

/** Takes a view in both sizes and both colour schemes. */
async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    for (const size of sizes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize(size)
      await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme)
      await page.screenshot({ path: join(folder, `${name}-${size.width}-${colorScheme}.png`), caret: 'hide' })
    }
  }
}

/** The README's pictures are files of the repository: they change only when somebody says so. */
async function publish(name: string, as: string): Promise<void> {
  if (process.env['UPDATE_IMAGES'] === undefined) return
  const images = join(root, 'docs', 'images')
  await mkdir(images, { recursive: true })
  await copyFile(join(folder, `${name}.png`), join(images, `${as}.png`))
}

const results = `-- How busy the clinics are, and for how long people stay
select t.name as clinic, t.country, date_trunc('month', v.started_at)::date as month,
       count(*) as visits, avg(v.duration) as stay, min(v.vitals ->> 'pulse') as lowest_pulse
from care.visit v
join people.tenant t on t.id = v.tenant_id
where v.started_at < now()
group by t.name, t.country, month
order by month desc, visits desc;

select * from people.person order by id limit 100;
`

test('pictures of the views', async ({ app }) => {
  test.setTimeout(300_000)
  await expect(app.getByRole('button', { name: 'Start the sample clinic' })).toBeVisible()
  await take(app, 'first-run')

  await fillInConnection(app, 'postgres://auditor@db.clinic.example:5432/clinic?sslmode=verify-full', 'Clinic, live')
  await app.getByText('production', { exact: true }).click()
  await take(app, 'connection')
  await app.getByRole('button', { name: 'Close New connection' }).click()

  await tryIt(app)
  await take(app, 'home')

  await newQuery(app)
  await app.getByLabel('Ticket').fill('OPS-214')
  await app.getByLabel('Justification').fill('monthly figures')
  await runAll(app, results)
  await expect(outcome(app)).toContainText('Recorded at the server')
  await expect(cellsOf(app, 1).first()).toBeVisible()
  await take(app, 'editor')
  await publish('editor-1440-light', 'editor')

  await runAll(
    app,
    `create table care.follow_up (visit_id bigint primary key, due date not null);
insert into care.follow_up (visit_id, due) select id, started_at::date + 14 from care.visit limit 100;
update care.follow_up set duedate = due + 1 where visit_id < 50;
`,
  )
  await expect(panel(app).getByRole('alert')).toContainText('duedate')
  await take(app, 'error')

  await runAll(app, 'begin; delete from care.follow_up; rollback; drop table care.follow_up')
  await expect(outcome(app)).toContainText('Completed')
  await openHistory(app)
  await operations(app)
    .filter({ hasText: 'update care.follow_up' })
    .or(operations(app).filter({ hasText: 'Failed' }))
    .first()
    .click()
  await expect(app.getByRole('article', { name: 'Operation' }).locator('.monaco-editor')).toBeVisible()
  await take(app, 'history')
  await publish('history-1440-light', 'history')

  await app.keyboard.press('ControlOrMeta+Alt+F')
  await expect(app.getByText('Installed, up to date')).toBeVisible()
  for (const part of ['Health', 'Seals', 'Settings', 'Installation']) {
    await app.getByRole('tab', { name: part }).click()
    if (part === 'Seals') {
      await app.getByRole('button', { name: 'Seal now' }).click()
      await app.getByRole('button', { name: 'Verify all' }).click()
      await expect(app.getByRole('status', { name: 'Verdict' })).toContainText('The seal is right')
    }
    await take(app, `framework-${part.toLowerCase()}`)
  }
})
