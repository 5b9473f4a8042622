import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plan, trackingStateOf } from '../../../src/core/framework/plan.ts'
import { bundled } from '../../../src/main/framework/bundle.ts'
import { inspect } from '../../../src/main/framework/inspect.ts'
import { installFramework } from '../../../src/main/framework/install.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from '../../sql/tracked.ts'
import { definitionsOf } from './catalog.ts'
import { breakingRelease, nextRelease } from './releases.ts'

const noSteps = () => {}

describe.each(majors())('upgrading on PostgreSQL %i', (major) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
  })
  afterAll(() => database.close())

  it('carries what was recorded over, and comes to the same as a fresh installation', async () => {
    const client = await database.session()
    await client.query(`create table carried (id int); create index on carried (id); comment on table carried is 'x'`)
    const hk = await onlyValue(client, `select track_operation('open across the upgrade', 'MIGRATION')`)
    const trail = 'select * from script_tracking.script_execution_s order by version_number'
    const before = await rowsOf(client, trail)
    expect(before.length).toBeGreaterThanOrEqual(4)

    const { installed } = await inspect(client, nextRelease)
    expect(trackingStateOf(installed, nextRelease)).toBe('outdated')
    expect(
      plan(installed, nextRelease)
        .steps.filter(({ kind }) => kind === 'migration')
        .map(({ name }) => name),
    ).toEqual(['migrations/9000_next.sql'])
    const report = await installFramework(client, noSteps, nextRelease)
    expect(report.version).toBe(9000)
    expect(await rowsOf(client, trail)).toEqual(before)
    expect(await onlyValue(client, 'select complete_operation($1)', [hk])).toBe(true)
    await client.query('drop table carried')
    expect(await rowsOf(client, trail)).toHaveLength(before.length + 2)
    expect((await installFramework(client, noSteps, nextRelease)).steps).toBe(0)

    const fresh = await TestDatabase.create(sharedServer(major))
    try {
      const other = await fresh.session()
      await installFramework(other, noSteps, nextRelease)
      expect(await definitionsOf(client)).toEqual(await definitionsOf(other))
    } finally {
      await fresh.close()
    }
  })

  it('leaves a newer framework as it is, works with it, and refuses a breaking one in a sentence', async () => {
    const client = await database.session()
    const newer = await inspect(client, bundled)
    expect(trackingStateOf(newer.installed, bundled)).toBe('newer')
    expect(plan(newer.installed, bundled).warnings.join()).toContain(
      'of a newer release (it has migrations/9000_next.sql)',
    )
    expect((await installFramework(client)).steps).toBe(0)

    await installFramework(client, noSteps, [...nextRelease, ...breakingRelease.slice(-1)])
    await expect(installFramework(client)).rejects.toThrow(
      /^A newer release has changed this framework in a way that this one cannot work with \(migrations\/9001_breaking\.sql\)/,
    )
    expect(await onlyValue(client, `select to_regclass('script_tracking.other_shape') is not null`)).toBe(true)
  })

  it('rolls all of an upgrade back where one step of it fails', async () => {
    const other = await TestDatabase.tracked(sharedServer(major))
    try {
      const client = await other.session()
      const before = await definitionsOf(client)
      const broken = nextRelease.map((file) =>
        file.name === 'routines/access.sql' ? { ...file, sql: 'select 1/0', checksum: 'f'.repeat(64) } : file,
      )
      await expect(installFramework(client, noSteps, broken)).rejects.toThrow('routines/access.sql: division by zero')
      expect(await definitionsOf(client)).toEqual(before)
    } finally {
      await other.close()
    }
  })
})
