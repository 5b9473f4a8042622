import { describe, expect, it } from 'vitest'
import {
  type AppliedFile,
  hasDirective,
  type Installed,
  migrationNumber,
  newestMigration,
  plan,
  type SqlFile,
  trackingStateOf,
} from '../../../src/core/framework/plan.ts'

const file = (name: string, version = 1, sql = 'select 1'): SqlFile => ({
  name,
  sql,
  checksum: `${name} ${version}`,
})
const applied = (name: string, version = 1, breaking = false): AppliedFile => ({
  name,
  checksum: `${name} ${version}`,
  breaking,
})

const bundled = [
  file('routines/b.sql'),
  file('migrations/0002_two.sql'),
  file('migrations/0001_one.sql'),
  file('routines/a.sql'),
]
const all = bundled.map(({ name }) => applied(name))

const superuser = { name: 'dba', superuser: true, mayCreateRoles: true, mayCreateSchemas: true, ownsFramework: true }
const user = { name: 'joe', superuser: false, mayCreateRoles: false, mayCreateSchemas: false, ownsFramework: false }

function database(files: AppliedFile[] | null, rest: Partial<Installed> = {}): Installed {
  return {
    serverVersion: 180_004,
    role: superuser,
    foreignSchemas: [],
    collisions: [],
    framework: files === null ? null : { files, owner: 'steward_owner', missing: [] },
    ...rest,
  }
}

const namesOf = (installed: Installed) => plan(installed, bundled).steps.map(({ name }) => name)

describe('plan', () => {
  it('runs migrations by number, then routines by name, in an empty database', () => {
    expect(namesOf(database(null))).toEqual([
      'migrations/0001_one.sql',
      'migrations/0002_two.sql',
      'routines/a.sql',
      'routines/b.sql',
    ])
    expect(trackingStateOf(database(null), bundled)).toBe('absent')
  })

  it('runs the routines once more where something is missing that this role may make', () => {
    const framework = { files: all, owner: 'steward_owner', missing: ['event trigger auto_ddl_tracker'] }
    const incomplete = database(all, { framework })
    expect(namesOf(incomplete)).toEqual(['routines/a.sql', 'routines/b.sql'])
    expect(plan(incomplete, bundled).warnings).toEqual([
      'Missing here, and made by running the routines once more: event trigger auto_ddl_tracker.',
    ])
    expect(trackingStateOf(incomplete, bundled)).toBe('current')
  })

  it('runs a routine that says last after the others, whatever its name', () => {
    const rights = { ...file('routines/a_rights.sql'), sql: '--! as installer\n--! last\nselect 1' }
    expect(plan(database(null), [...bundled, rights]).steps.map(({ name }) => name)).toEqual([
      'migrations/0001_one.sql',
      'migrations/0002_two.sql',
      'routines/a.sql',
      'routines/b.sql',
      'routines/a_rights.sql',
    ])
  })

  it('does nothing where all is there', () => {
    expect(plan(database(all), bundled)).toEqual({ steps: [], refusal: null, warnings: [] })
    expect(trackingStateOf(database(all), bundled)).toBe('current')
  })

  it('runs what is missing, and all routines', () => {
    const old = database(all.filter(({ name }) => name !== 'migrations/0002_two.sql'))
    expect(namesOf(old)).toEqual(['migrations/0002_two.sql', 'routines/a.sql', 'routines/b.sql'])
    expect(trackingStateOf(old, bundled)).toBe('outdated')
  })

  it('runs all routines again where one of them changed', () => {
    const old = database([...all.filter(({ name }) => name !== 'routines/b.sql'), applied('routines/b.sql', 0)])
    expect(namesOf(old)).toEqual(['routines/a.sql', 'routines/b.sql'])
  })

  it('goes by the newest application of a file', () => {
    expect(namesOf(database([applied('routines/b.sql', 0), ...all]))).toEqual([])
  })

  it('refuses a migration that differs from ours', () => {
    const changed = database([...all, applied('migrations/0001_one.sql', 9)])
    expect(plan(changed, bundled)).toMatchObject({
      steps: [],
      refusal: expect.stringMatching(/^migrations\/0001_one\.sql was installed here from a file that differs/),
    })
    expect(trackingStateOf(changed, bundled)).toBe('incompatible')
  })

  it('leaves a newer framework as it is, and warns', () => {
    const newer = database([...all, applied('migrations/0003_three.sql')])
    const { steps, refusal, warnings } = plan(newer, bundled)
    expect({ steps, refusal }).toEqual({ steps: [], refusal: null })
    expect(warnings).toEqual([expect.stringMatching(/newer release \(it has migrations\/0003_three\.sql\)/)])
    expect(trackingStateOf(newer, bundled)).toBe('newer')
  })

  it('knows routines of a newer release by ours having stood there before', () => {
    const newer = database([...all, applied('routines/a.sql', 2)])
    expect(plan(newer, bundled)).toMatchObject({ steps: [], refusal: null })
    expect(trackingStateOf(newer, bundled)).toBe('newer')
  })

  it('refuses a newer framework that breaks with ours', () => {
    const { refusal } = plan(database([...all, applied('migrations/0003_three.sql', 1, true)]), bundled)
    expect(refusal).toMatch(/cannot work with \(migrations\/0003_three\.sql\): use the newer release\.$/)
  })

  it('refuses a server that is too old, and a schema that is not ours', () => {
    expect(plan(database(null, { serverVersion: 110_022 }), bundled).refusal).toMatch(/^PostgreSQL 11 is too old/)
    const occupied = database(null, { collisions: ['relation users', 'routine notify'] })
    expect(plan(occupied, bundled)).toMatchObject({
      steps: [],
      refusal:
        'The schema project_schema here has what pgSteward would make there too (relation users, routine notify): rename it, or track another database.',
    })
    expect(trackingStateOf(occupied, bundled)).toBe('incompatible')
    const foreign = database(null, { foreignSchemas: ['script_tracking'] })
    expect(plan(foreign, bundled).refusal).toMatch(
      /^There is a schema "script_tracking" here that pgSteward did not make/,
    )
    expect(trackingStateOf(foreign, bundled)).toBe('incompatible')
  })

  it('refuses a role without the right to it, and only where there is something to do', () => {
    expect(plan(database(null, { role: user }), bundled).refusal).toMatch(/^The role joe may not create a schema/)
    expect(plan(database([], { role: user }), bundled).refusal).toMatch(
      /^Only steward_owner, its members and superusers/,
    )
    expect(plan(database(all, { role: user }), bundled).refusal).toBeNull()
  })

  it('says what a role without a superuser’s rights will miss', () => {
    const owner = { ...user, mayCreateSchemas: true }
    const { refusal, warnings } = plan(database(null, { role: owner }), bundled)
    expect(refusal).toBeNull()
    expect(warnings).toEqual([expect.stringContaining('event triggers'), expect.stringContaining('roles')])
    expect(plan(database(null), bundled).warnings).toEqual([])
  })
})

describe('names and directives of files', () => {
  it('numbers migrations alone', () => {
    expect(migrationNumber('migrations/0012_more_tables.sql')).toBe(12)
    expect(migrationNumber('routines/0012_more.sql')).toBeNull()
    expect(newestMigration(bundled)).toBe(2)
    expect(newestMigration([])).toBe(0)
  })

  it('reads directives from the first lines', () => {
    expect(hasDirective('--! as installer\n--! breaking\nselect 1', 'breaking')).toBe(true)
    expect(hasDirective('--! as installer\nselect 1', 'breaking')).toBe(false)
    expect(hasDirective('-- text\n--! breaking', 'breaking')).toBe(false)
  })
})
