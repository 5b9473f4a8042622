import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../../src/core/quote.ts'
import { exportWhole } from '../../../src/main/framework/export.ts'
import { healthOf } from '../../../src/main/framework/health.ts'
import { changeSettings, readSettings } from '../../../src/main/framework/settings.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from '../../sql/tracked.ts'

describe.each(majors())('the framework on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let folder: string
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-settings-'))
  })
  afterAll(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })

  it('is set as it says, and what is changed holds for sessions that begin then', async () => {
    const client = await database.session()
    const first = await readSettings(client)
    expect(first).toMatchObject({
      onFailure: { value: 'warn', source: 'default', refusal: null },
      tracking: { value: 'on', refusal: null },
      monthsAhead: { value: 3, refusal: null },
    })
    expect(first.tracking.triggers).toContainEqual({ name: 'auto_ddl_tracker', event: 'ddl_command_end', mode: 'O' })

    const why = { ticket: 'OPS-7', justification: 'replicas too, password=geheim' }
    const changed = await changeSettings(client, { onFailure: 'error', tracking: 'always', monthsAhead: 12, ...why })
    expect(changed).toMatchObject({
      onFailure: { value: 'error', source: 'database' },
      tracking: { value: 'always' },
      monthsAhead: { value: 12 },
    })
    const later = await database.session()
    expect(await onlyValue(later, 'show script_tracking.on_failure')).toBe('error')
    await later.query('set session_replication_role = replica; create table seen_as_replica (id int)')
    const seen = `select count(*)::int from script_tracking.script_execution_s where script_name like '%as_replica'`
    expect(await onlyValue(later, seen)).toBe(1)

    expect(await changeSettings(client, { onFailure: 'warn', tracking: 'off', monthsAhead: 1 })).toMatchObject({
      onFailure: { value: 'warn', source: 'default' },
      tracking: { value: 'off' },
      monthsAhead: { value: 12 },
    })
    await client.query('create table unseen_as_replica (id int)')
    expect(await onlyValue(client, seen)).toBe(1)
    await changeSettings(client, { tracking: 'on' })
    await client.query('alter event trigger auto_ddl_tracker enable replica')
    expect((await readSettings(client)).tracking.value).toBe('partly')
    await changeSettings(client, { tracking: 'on' })
    expect((await readSettings(client)).tracking.value).toBe('on')
  })

  it('says how it is, worst first, with what to do', async () => {
    const client = await database.session()
    expect((await healthOf(client)).find(({ name }) => name === 'event_triggers')).toMatchObject({ status: 'ok' })
    await client.query('alter event trigger auto_ddl_tracker disable')
    const [worst] = await healthOf(client)
    expect(worst).toMatchObject({ name: 'event_triggers', status: expect.stringMatching(/warning|critical/) })
    expect(worst?.message).toContain('auto_ddl_tracker')
    expect(worst?.remedy).toContain('alter event trigger')
    await client.query('alter event trigger auto_ddl_tracker enable')
    const untracked = await TestDatabase.create(sharedServer(major))
    await expect(healthOf(await untracked.session())).rejects.toThrow('does not report its health')
    await untracked.close()
  })

  it('records what was changed, for which there is no event', async () => {
    const client = await database.session()
    const recorded = await rowsOf(
      client,
      `select execution_status as status, script_content as content, related_ticket as ticket,
         business_justification as justification
       from script_tracking.script_execution_current
       where script_category = 'SETTINGS' order by version_number limit 1`,
    )
    expect(recorded).toEqual([
      {
        status: 'COMPLETED',
        content: expect.stringContaining(
          `set script_tracking.on_failure = 'error';\nalter event trigger "auto_ddl_caller" enable always`,
        ),
        ticket: 'OPS-7',
        justification: 'replicas too, password=***',
      },
    ])
  })

  it('lets nobody change what is not theirs, and says who may', async () => {
    const reader = await database.session(await database.role('reader'))
    const { onFailure, tracking, monthsAhead } = await readSettings(reader)
    expect(onFailure.refusal).toMatch(/^Only postgres, who owns the database test_/)
    expect(tracking.refusal).toMatch(/^Only postgres, who owns the event triggers/)
    expect(monthsAhead.refusal).toBe('Only members of steward_admin may make months of the trail.')
    await expect(changeSettings(reader, { tracking: 'off', monthsAhead: 13 })).rejects.toThrow(
      /owns the event triggers/,
    )
    expect(await readSettings(reader)).toMatchObject({ tracking: { value: 'on' }, monthsAhead: { value: 12 } })
    await expect(changeSettings(reader, { monthsAhead: 13 })).rejects.toThrow(/^Only members of steward_admin/)
    const role = await database.role('warden')
    await (await database.session()).query(`grant steward_admin to ${quoteName(role)}`)
    const warden = await database.session(role)
    expect(await changeSettings(warden, { monthsAhead: 13 })).toMatchObject({
      monthsAhead: { value: 13, refusal: null },
    })
  })

  it('writes its whole trail to a file of its owner, and nothing of it for who does not see all', async () => {
    const client = await database.session()
    const exportTo = join(folder, 'deep', 'trail.jsonl')
    const { exportedTo, executions } = await exportWhole(client, { exportTo, exportFolder: folder })
    expect(exportedTo).toBe(exportTo)
    expect((await stat(exportTo)).mode & 0o777).toBe(0o600)
    const lines = (await readFile(exportTo, 'utf8')).trimEnd().split('\n')
    const kinds = lines.map((line) => JSON.parse(line).kind)
    const states = await onlyValue(client, 'select count(*)::int from script_tracking.script_execution_s')
    expect(kinds.filter((kind) => kind === 'state')).toHaveLength(Number(states))
    expect(executions).toBe(await onlyValue(client, 'select count(*)::int from script_tracking.script_execution_h'))
    await expect(exportWhole(client, { exportTo, exportFolder: folder })).rejects.toThrow('EEXIST')

    const reader = await database.session(await database.role('exporter'))
    await expect(exportWhole(reader, { exportFolder: join(folder, 'none') })).rejects.toThrow(
      /^Only steward_owner, its members and superusers may export the whole trail/,
    )
    await expect(stat(join(folder, 'none'))).rejects.toThrow('ENOENT')
  })
})
