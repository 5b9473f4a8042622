import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

/** What no event trigger tells of. Other tests make roles and databases meanwhile: only our own are looked at. */
describe.each(majors())('the comparison of shared catalogs on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let role: string

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    role = await database.role('compared "role"')
  })
  afterAll(async () => {
    await database.close()
  })

  /** The changes that this comparison finds and that name one of these. */
  async function changes(...names: string[]): Promise<string[]> {
    const rows = await rowsOf(client, 'select change from script_tracking.compare_shared_catalogs() order by change')
    return rows.map(({ change }) => String(change)).filter((change) => names.some((name) => change.includes(name)))
  }

  it('records nothing the first time, and nothing where nothing changed', async () => {
    expect(await changes(quoteName(role))).toEqual([])
    expect(await changes(quoteName(role))).toEqual([])
  })

  it('records roles, memberships, their settings, databases and event triggers', async () => {
    const group = await database.role('group of compared')
    const name = quoteName(group)
    await client.query(`grant ${name} to ${quoteName(role)} with admin option`)
    await client.query(`alter role ${name} createdb valid until '2030-01-01'`)
    await client.query(`alter role ${name} set work_mem = '7MB'`)
    await client.query(`alter database ${quoteName(database.name)} set statement_timeout = '1h'`)
    await client.query(`alter database ${quoteName(database.name)} connection limit 50`)
    await client.query('alter event trigger auto_ddl_rewrite_tracker disable')
    expect(await changes(name, quoteName(role), database.name, 'auto_ddl_rewrite_tracker')).toEqual([
      `ALTER DATABASE ${database.name}`,
      'ALTER EVENT TRIGGER auto_ddl_rewrite_tracker',
      `ALTER database ${database.name} SET`,
      `ALTER role ${name} SET`,
      `CREATE ROLE ${name}`,
      `GRANT ${name} TO ${quoteName(role)}`,
    ])
    await client.query('alter event trigger auto_ddl_rewrite_tracker enable')
    await client.query(`revoke ${name} from ${quoteName(role)}`)
    await client.query(`alter role ${name} reset work_mem`)
    expect(await changes(name, 'auto_ddl_rewrite_tracker')).toEqual([
      'ALTER EVENT TRIGGER auto_ddl_rewrite_tracker',
      `ALTER role ${name} RESET`,
      `REVOKE ${name} FROM ${quoteName(role)}`,
    ])
  })

  it('says what was before and after, and that it does not know who', async () => {
    await changes(role)
    await client.query(`alter role ${quoteName(role)} connection limit 3`)
    expect(await changes(quoteName(role))).toEqual([`ALTER ROLE ${quoteName(role)}`])
    const [row] = await rowsOf(
      client,
      `select script_type, script_category, execution_status, record_source, objects_modified, metadata,
         hash_diff = (select script_tracking.row_digest(l) from script_tracking.ledger l where l.version_number = c.version_number) as hashed
       from script_tracking.script_execution_current c
       where script_name = $1 order by version_number desc limit 1`,
      [`ALTER ROLE ${quoteName(role)}`],
    )
    expect(row).toMatchObject({
      script_type: 'AUTO_DDL',
      script_category: 'SHARED_CATALOG',
      execution_status: 'COMPLETED',
      record_source: 'CATALOG_COMPARISON',
      objects_modified: [`role ${role}`],
      metadata: {
        noticed: 'by comparison: who did it is not known, nor when exactly',
        kind: 'role',
        before: { name: role, connection_limit: -1 },
        after: { name: role, connection_limit: 3 },
      },
      hashed: true,
    })
  })

  it('takes a renamed role for the same one, and what it owns for unchanged', async () => {
    const owner = await database.role('owner of it')
    await client.query(`grant connect on database ${quoteName(database.name)} to ${quoteName(owner)}`)
    await client.query(`alter role ${quoteName(owner)} set work_mem = '8MB'`)
    await changes(owner)
    const renamed = `new ${owner}`.slice(0, 63)
    await client.query(`alter role ${quoteName(owner)} rename to ${quoteName(renamed)}`)
    expect(await changes(owner, renamed, database.name)).toEqual([`ALTER ROLE ${quoteName(owner)}`])
    await client.query(`alter role ${quoteName(renamed)} rename to ${quoteName(owner)}`)
  })

  it('never reads a password, and blacks out secrets in settings', async () => {
    await client.query(`alter role ${quoteName(role)} password 'xyzzy-password'`)
    expect(await changes(quoteName(role))).toEqual([])
    await client.query(`alter role ${quoteName(role)} set my.dsn = 'host=a password=xyzzy-setting'`)
    expect(await changes(quoteName(role))).toEqual([`ALTER role ${quoteName(role)} SET`])
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.shared_catalog_state s, script_tracking.ledger l
         where concat(s.definition, l.metadata, l.content) like '%xyzzy%'`,
      ),
    ).toBe(0)
  })

  it('is not deceived by what a session has set for itself', async () => {
    await changes(role)
    await client.query(`set work_mem = '123MB'; set timezone = 'Asia/Tokyo'`)
    expect(await changes('work_mem', 'TimeZone')).toEqual([])
    await client.query('reset work_mem; reset timezone')
  })

  it('records a change once when two compare at the same time', async () => {
    await changes(role)
    const other = await database.session()
    await client.query(`comment on role ${quoteName(role)} is 'twice?'`)
    const found = await Promise.all(
      [client, other].map((session) => rowsOf(session, 'select change from script_tracking.compare_shared_catalogs()')),
    )
    expect(found.flat().filter(({ change }) => change === `ALTER ROLE ${quoteName(role)}`)).toHaveLength(1)
  })

  it('may be called by anyone, who may not touch what it keeps', async () => {
    const session = await database.session(await database.role('anyone'))
    await session.query('select * from script_tracking.compare_shared_catalogs()')
    expect((await refusalOf(session, 'select * from script_tracking.shared_catalog_state')).code).toBe('42501')
    expect((await refusalOf(client, 'delete from script_tracking.shared_catalog_state')).message).toContain(
      'insert-only',
    )
  })
})
