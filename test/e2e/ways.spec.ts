import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { putSsh } from '../ground/ssh.ts'
import { openDoor } from './door.ts'
import { expect, test } from './ground.ts'
import { cellsOf, newQuery, outcome, runAll } from './window.ts'

test('a service of pg_service.conf, through a host of ~/.ssh/config, with the password of a command', async ({
  page,
  server,
  database,
}) => {
  test.setTimeout(180_000)
  const home = await mkdtemp(join(tmpdir(), 'pgsteward-home-'))
  const data = join(home, 'data')
  await mkdir(data)
  await mkdir(join(home, '.ssh'))
  await writeFile(join(home, '.ssh', 'config'), 'Host bastion\n  User eve\n')
  const { hostname, port } = new URL(server.url(database))
  await writeFile(
    join(home, '.pg_service.conf'),
    `[clinic]\nhost=${hostname}\nport=${port}\ndbname=${database}\nuser=postgres\n`,
  )
  const commands = { vault: `echo '${server.password}'` }
  await writeFile(join(data, 'password-commands.json'), JSON.stringify(commands), { mode: 0o600 })
  const ssh = await putSsh(home)
  const door = await openDoor(data, { HOME: home, PATH: ssh.path, PGSERVICEFILE: '', PGHOST: '', PGPASSWORD: '' })
  try {
    await page.goto(door.link)
    await page.getByRole('button', { name: 'New connection' }).click()
    const form = page.getByRole('form', { name: 'Connection' })
    await form.getByRole('combobox', { name: 'Known on this machine' }).click()
    await page.getByRole('option', { name: /Service clinic/ }).click()
    await expect(form.getByLabel('Database')).toHaveValue(database)
    await expect(form).toContainText('Filled in from the service clinic.')
    await form.getByLabel('Name', { exact: true }).fill('Clinic')

    // A host that lets nobody in, in the words of ssh.
    await form.getByRole('combobox', { name: 'Through SSH' }).fill('elsewhere')
    await form.getByRole('combobox', { name: 'Password from' }).click()
    await page.getByRole('option', { name: 'Command vault' }).click()
    await expect(form.getByRole('textbox', { name: 'Password' })).toHaveCount(0)
    await form.getByRole('button', { name: 'Test', exact: true }).click()
    await expect(form.getByRole('alert')).toContainText('elsewhere: Permission denied (publickey)')
    await expect(form.getByRole('alert')).toContainText('add the key to the agent')

    await form.getByRole('combobox', { name: 'Through SSH' }).fill('bast')
    await page.getByRole('option', { name: 'bastion' }).click()
    await form.getByRole('button', { name: 'Test', exact: true }).click()
    await expect(page.getByRole('region', { name: 'The server’s answer' })).toContainText('PostgreSQL 18')

    await form.getByRole('button', { name: 'Save and open' }).click()
    await expect(page.getByRole('heading', { name: 'Clinic', exact: true })).toBeVisible()
    await newQuery(page)
    await runAll(page, "select n, 'through' as how from generate_series(1, 3000) n")
    await cellsOf(page, 1).first().click()
    await page.keyboard.press('ControlOrMeta+End')
    await expect(cellsOf(page, 3000)).toHaveText(['3000', 'through'])
    await expect(outcome(page)).toContainText('Completed')
    // No session of the program has another way.
    const calls = (await readFile(ssh.calls, 'utf8')).trim().split('\n')
    expect(calls.filter((call) => call.endsWith('"--","bastion"]')).length).toBeGreaterThan(2)
  } finally {
    await door.close()
    await rm(home, { recursive: true, force: true })
  }
})
