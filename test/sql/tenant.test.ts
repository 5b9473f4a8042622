import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('tenants on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  /** The hash keys of the tenants north and south, and of one that nobody made. */
  let tenants: Record<'north' | 'south' | 'nowhere', unknown>
  const roles: Record<string, string> = {}
  const sessions: Record<string, pg.Client> = {}

  /** Who may record for which tenant, and whose executions everybody sees beside their own. */
  const matrix = [
    { who: 'amber', records: ['north'], sees: ['amber', 'both', 'gale'] },
    { who: 'beryl', records: ['south'], sees: ['beryl', 'both'] },
    { who: 'both', records: ['north', 'south'], sees: ['amber', 'beryl', 'both', 'gale'] },
    { who: 'gale', records: ['north'], sees: ['amber', 'both', 'gale'] },
    { who: 'outsider', records: [], sees: ['outsider'] },
    { who: 'former', records: [], sees: ['former'] },
    { who: 'auditor', records: [], sees: ['amber', 'auditor', 'beryl', 'both', 'former', 'gale', 'outsider', 'admin'] },
    {
      who: 'admin',
      records: ['north', 'south'],
      sees: ['admin', 'amber', 'auditor', 'beryl', 'both', 'former', 'gale', 'outsider'],
    },
  ]

  const session = (who: string): pg.Client => {
    const found = sessions[who]
    if (found === undefined) throw new Error(`There is no ${who}.`)
    return found
  }
  const role = (who: string): string => roles[who] ?? ''
  const track = (who: string, name: string, tenant: unknown) =>
    onlyValue(session(who), `select script_tracking.track_script_execution($1, 'manual', tenant_hk => $2)`, [
      name,
      tenant,
    ])
  const addMember = (tenant: unknown, who: string, until: string | null = null) =>
    onlyValue(client, 'select script_tracking.add_tenant_member($1, $2, $3)', [tenant, role(who), until])
  const removeMember = (tenant: unknown, who: string) =>
    onlyValue(client, 'select script_tracking.remove_tenant_member($1, $2)', [tenant, role(who)])
  const tenantsOf = async (who: string) =>
    (await rowsOf(session(who), 'select name from script_tracking.tenant_h order by 1')).map(({ name }) => name)

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    roles['staff'] = await database.role('staff')
    for (const [who, attributes] of [
      ['amber', ''],
      ['beryl', ''],
      ['both', ''],
      ['gale', `in role ${quoteName(role('staff'))}`],
      ['outsider', ''],
      ['former', ''],
      ['auditor', 'in role steward_auditor'],
      ['admin', 'in role steward_admin'],
    ] as const) {
      roles[who] = await database.role(who, attributes)
      sessions[who] = await database.session(role(who))
    }
    tenants = {
      north: await onlyValue(session('admin'), `select script_tracking.create_tenant('N-1', 'north')`),
      south: await onlyValue(session('admin'), `select script_tracking.create_tenant('S-1', 'south')`),
      nowhere: await onlyValue(client, `select script_tracking.calculate_hash_key('X-1')`),
    }
    for (const who of ['amber', 'both', 'staff', 'former']) await addMember(tenants.north, who)
    for (const who of ['beryl', 'both']) await addMember(tenants.south, who)
    await removeMember(tenants.north, 'former')

    for (const { who, records } of matrix) {
      for (const tenant of records) {
        if (tenant === 'north' || tenant === 'south') await track(who, `${who} for ${tenant}`, tenants[tenant])
      }
      await track(who, `${who} alone`, null)
    }
  })
  afterAll(async () => {
    await database.close()
  })

  it.each(matrix)('shows $who what it did itself and what its tenants have', async ({ who, records, sees }) => {
    const sawAll = who === 'admin' || who === 'auditor'
    const expected = matrix
      .flatMap((each) => [
        ...each.records
          .filter((tenant) => sawAll || records.includes(tenant))
          .map((tenant) => `${each.who} for ${tenant}`),
        ...(sawAll || each.who === who ? [`${each.who} alone`] : []),
      ])
      .toSorted()
    expect(new Set(expected.map((name) => name.split(' ')[0])).size).toBe(
      new Set([...sees, ...(records.includes('south') || records.includes('north') ? ['admin'] : [])]).size,
    )
    const isOurs = `~ '^[a-z]+ (for|alone)'`
    for (const source of [
      `select script_name as name from script_tracking.script_execution_s where script_name ${isOurs}`,
      `select script_name as name from script_tracking.script_execution_current where script_name ${isOurs}`,
      `select script_name as name from script_tracking.execution_state where script_name ${isOurs}`,
      `select s.script_name as name from script_tracking.script_execution_h h
         join script_tracking.script_execution_s s using (script_execution_hk) where script_name ${isOurs}`,
      `select script_name as name from script_tracking.get_execution_history() where script_name ${isOurs}`,
      `select state ->> 'script_name' as name from script_tracking.read_changes(0, 0, 100000) where state ->> 'script_name' ${isOurs}`,
    ]) {
      const names = (await rowsOf(session(who), source)).map(({ name }) => String(name))
      expect(names.toSorted(), source).toEqual(expected)
    }
    expect(await tenantsOf(who)).toEqual(sawAll ? ['north', 'south'] : records.toSorted())
  })

  it('records each decision as an execution, which is sealed, and shows it to no member', async () => {
    const decided = async (who: string) =>
      await rowsOf(
        session(who),
        `select script_name as name, script_category as category, execution_status as status, executed_by, metadata
         from script_tracking.script_execution_current where script_type = 'ADMINISTRATION' and metadata -> 'role' = to_jsonb($1::text) order by version_number`,
        [role('former')],
      )
    const key = Buffer.isBuffer(tenants.north) ? tenants.north.toString('hex') : ''
    const decision = (call: string, more: object) => ({
      name: `${call}(${key}, ${role('former')})`,
      category: 'TENANT_MEMBERSHIP',
      status: 'COMPLETED',
      executed_by: sharedServer(major).superuser,
      metadata: { tenant_hk: key, role: role('former'), role_oid: expect.any(Number), ...more },
    })
    expect(await decided('auditor')).toEqual([
      decision('add_tenant_member', { is_member: true }),
      decision('remove_tenant_member', { is_member: false }),
    ])
    for (const who of ['amber', 'former', 'outsider']) expect(await decided(who)).toEqual([])
    expect(
      await rowsOf(
        session('admin'),
        `select metadata ->> 'tenant_bk' as bk from script_tracking.script_execution_current where script_category = 'TENANT' order by 1`,
      ),
    ).toEqual([{ bk: 'N-1' }, { bk: 'S-1' }])
    // What changes nothing is no decision.
    expect(await addMember(tenants.north, 'amber')).toBe(false)
    await client.query('select script_tracking.seal()')
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.ledger l where script_type = 'ADMINISTRATION'
           and exists (select from script_tracking.seal_block b where l.version_number = any (b.versions))`,
      ),
    ).toBe(9)
  })

  const recordings = [
    `track_script_execution('x', 'manual', tenant_hk => $1)`,
    `track_migration('x', '1', tenant_hk => $1)`,
    `track_function_execution('x', tenant_hk => $1)`,
  ]
  /** What is said of a tenant, but for the key that was asked for. */
  const refusalFor = async (who: string, call: string, tenant: unknown) => {
    const { message, detail, hint, code, where } = await refusalOf(
      session(who),
      `select from script_tracking.${call}`,
      [tenant],
    )
    expect(message).toMatch(/^There is no tenant \\x[0-9a-f]{64} of yours\.$/)
    return [message.replace(/\\x[0-9a-f]{64}/, 'KEY'), detail, hint, code, where]
  }

  it.each(matrix)('lets $who record for its own tenants, and knows of no other', async ({ who, records }) => {
    for (const call of recordings) {
      const unknown = await refusalFor(who, call, tenants.nowhere)
      for (const tenant of ['north', 'south'] as const) {
        if (records.includes(tenant)) {
          expect(await onlyValue(session(who), `select script_tracking.${call}`, [tenants[tenant]])).toBeInstanceOf(
            Buffer,
          )
        } else {
          // Nothing tells a foreign tenant from one that does not exist.
          expect(await refusalFor(who, call, tenants[tenant]), call).toEqual(unknown)
        }
      }
    }
  })

  it.each(matrix)('gives $who figures of the tenants that it sees, and knows of no other', async ({ who, records }) => {
    const call = 'get_enterprise_dashboard($1)'
    const unknown = await refusalFor(who, call, tenants.nowhere)
    for (const tenant of ['north', 'south'] as const) {
      if (records.includes(tenant) || who === 'auditor') {
        const sql = `select value::int from script_tracking.${call} where metric = 'executions'`
        expect(await onlyValue(session(who), sql, [tenants[tenant]])).toBeGreaterThan(0)
      } else {
        expect(await refusalFor(who, call, tenants[tenant])).toEqual(unknown)
      }
    }
  })

  it('lets a member see an execution of its tenant, and nobody but its author and administrators complete it', async () => {
    const hk = await track('amber', 'mine to end', tenants.north)
    const complete = 'select script_tracking.complete_operation($1)'
    const random = Buffer.alloc(32, 7)
    for (const who of ['both', 'gale', 'beryl', 'outsider', 'auditor']) {
      const [foreign, unknown] = [
        await refusalOf(session(who), complete, [hk]),
        await refusalOf(session(who), complete, [random]),
      ]
      expect(foreign.message.replace(/\\x[0-9a-f]{64}/, '')).toBe(unknown.message.replace(/\\x[0-9a-f]{64}/, ''))
      expect([foreign.code, foreign.hint, foreign.detail]).toEqual([unknown.code, unknown.hint, unknown.detail])
    }
    expect(await onlyValue(session('amber'), complete, [hk])).toBe(true)
    expect(
      await onlyValue(
        session('both'),
        `select string_agg(execution_status, ' ' order by version_number) from script_tracking.script_execution_s where script_execution_hk = $1`,
        [hk],
      ),
    ).toBe('STARTED COMPLETED')
  })

  it('lets steward_admin alone decide who is a member', async () => {
    for (const who of ['amber', 'outsider', 'auditor']) {
      for (const call of [
        `create_tenant('T-${who}')`,
        `add_tenant_member('\\x00', '${role('outsider')}')`,
        `remove_tenant_member('\\x00', '${role('outsider')}')`,
        `decide_membership('\\x00', 'x', true, null)`,
        `require_tenant('\\x00')`,
      ]) {
        expect((await refusalOf(session(who), `select script_tracking.${call}`)).code).toBe('42501')
      }
      for (const table of ['tenant', 'tenant_decision']) {
        expect(
          (await refusalOf(session(who), `insert into script_tracking.${table} (tenant_hk) values ('\\x00')`)).code,
        ).toBe('42501')
      }
    }
    expect(
      await rowsOf(
        session('admin'),
        'select role_name, recorded_by from script_tracking.tenant_membership where tenant_hk = $1 order by 1',
        [tenants.south],
      ),
    ).toEqual([
      { role_name: role('beryl'), recorded_by: 'postgres' },
      { role_name: role('both'), recorded_by: 'postgres' },
    ])
    expect((await refusalOf(session('amber'), 'select from script_tracking.tenant_membership')).code).toBe('42501')
    expect(await rowsOf(session('amber'), 'select distinct role_name from script_tracking.tenant_member')).toEqual([
      { role_name: role('amber') },
    ])
    expect(
      await rowsOf(session('former'), 'select is_member from script_tracking.tenant_member order by state_ordinal'),
    ).toEqual([{ is_member: true }, { is_member: false }])
  })

  it('refuses what makes no sense, in words', async () => {
    const refusals: [string, unknown[], RegExp, string][] = [
      ['create_tenant($1)', [null], /^A tenant needs a business key\.$/, '22004'],
      ['create_tenant($1)', [' \n'], /^A tenant needs a business key\.$/, '22004'],
      ['create_tenant($1)', ['N-1'], /^The tenant "N-1" exists already\.$/, '23505'],
      ['create_tenant($1)', ['x'.repeat(1001)], /1000 characters at the most/, '22001'],
      ['add_tenant_member($1, $2)', [tenants.nowhere, role('amber')], /^There is no tenant \\x/, 'P0002'],
      ['add_tenant_member($1, $2)', [null, role('amber')], /^There is no tenant null\.$/, 'P0002'],
      [
        'add_tenant_member($1, $2)',
        [tenants.north, `no "such" role\n`],
        /^There is no role "no "such" role\n"\.$/,
        '42704',
      ],
      ['add_tenant_member($1, $2)', [tenants.north, null], /^There is no role null\.$/, '42704'],
      ['add_tenant_member($1, $2, $3)', [tenants.north, role('amber'), '2001-01-01'], /that is over/, '22023'],
      ['remove_tenant_member($1, $2)', [tenants.north, 'nobody'], /^There is no role "nobody"\.$/, '42704'],
    ]
    for (const [call, values, message, code] of refusals) {
      const refusal = await refusalOf(client, `select script_tracking.${call}`, values)
      expect(refusal.message).toMatch(message)
      expect(refusal.code).toBe(code)
    }
    expect(await addMember(tenants.north, 'amber')).toBe(false)
    expect(await removeMember(tenants.north, 'outsider')).toBe(false)
  })

  it('goes by the role, not by its name: a rename keeps a membership, a drop ends it', async () => {
    const name = `${role('outsider')}"'\né`.slice(-60)
    const newName = `renamed ${name}`.slice(0, 60)
    const superuser = await database.session()
    await superuser.query(`create role ${quoteName(name)}`)
    const sees = async () => {
      const [row] = await rowsOf(superuser, 'select count(*)::int as seen from script_tracking.tenant_h')
      return row?.['seen']
    }
    expect(await onlyValue(client, 'select script_tracking.add_tenant_member($1, $2)', [tenants.south, name])).toBe(
      true,
    )
    await superuser.query(`set role ${quoteName(name)}`)
    expect(await sees()).toBe(1)
    await superuser.query('reset role')
    await superuser.query(`alter role ${quoteName(name)} rename to ${quoteName(newName)}`)
    await superuser.query(`set role ${quoteName(newName)}`)
    expect(await sees()).toBe(1)
    await superuser.query('reset role')
    // The new name is noted on request; in another cluster it is the one that counts.
    expect(await onlyValue(client, 'select script_tracking.add_tenant_member($1, $2)', [tenants.south, newName])).toBe(
      true,
    )
    expect(await onlyValue(client, 'select script_tracking.add_tenant_member($1, $2)', [tenants.south, newName])).toBe(
      false,
    )
    await superuser.query(
      `drop role ${quoteName(newName)}; create role ${quoteName(newName)}; set role ${quoteName(newName)}`,
    )
    expect(await sees()).toBe(0)
    await superuser.query(`reset role; drop role ${quoteName(newName)}`)
    await superuser.end()
  })

  it('goes by the name in another cluster, where an OID may be anybody', async () => {
    await client.query('begin')
    await client.query('alter table script_tracking.tenant_decision disable trigger user')
    // As after a restore elsewhere, where the OID of amber belongs to outsider.
    await client.query(
      `update script_tracking.tenant_decision set cluster_identifier = cluster_identifier - 1, role_oid = $1::regrole
       where role_name = $2`,
      [quoteName(role('outsider')), role('amber')],
    )
    for (const [who, seen] of [
      ['amber', 1],
      ['outsider', 0],
    ] as const) {
      await client.query(`set local role ${quoteName(role(who))}`)
      expect(await onlyValue(client, 'select count(*)::int from script_tracking.tenant_h')).toBe(seen)
      await client.query('reset role')
    }
    await client.query('rollback')
  })

  it('ends a membership when its time is over', async () => {
    await addMember(tenants.south, 'former', 'infinity')
    expect(await tenantsOf('former')).toEqual(['south'])
    await client.query('begin')
    await client.query('alter table script_tracking.tenant_decision disable trigger user')
    await client.query(
      `update script_tracking.tenant_decision set valid_until = now() where role_name = $1 and is_member`,
      [role('former')],
    )
    await client.query(`set local role ${quoteName(role('former'))}`)
    expect(await onlyValue(client, 'select count(*)::int from script_tracking.tenant_h')).toBe(0)
    await client.query('rollback')
    expect(await removeMember(tenants.south, 'former')).toBe(true)
    expect(await tenantsOf('former')).toEqual([])
  })

  it('asks who one is at each run, also of a plan that was made for somebody else', async () => {
    const superuser = await database.session()
    await superuser.query(`set plan_cache_mode = force_generic_plan`)
    await superuser.query(
      `prepare seen as select count(*)::int as seen from script_tracking.script_execution_s where script_name ~ ' for '`,
    )
    const seen = async () => (await rowsOf(superuser, 'execute seen'))[0]?.['seen']
    const all = await seen()
    await superuser.query(`set role ${quoteName(role('outsider'))}`)
    expect(await seen()).toBe(0)
    await superuser.query(`set role ${quoteName(role('amber'))}`)
    const north = await seen()
    await superuser.query(`set role ${quoteName(role('beryl'))}`)
    const south = await seen()
    await superuser.query('reset role')
    expect(await seen()).toBe(all)
    expect(Number(north)).toBeGreaterThan(0)
    expect(Number(south)).toBeGreaterThan(0)
    expect([north, south]).not.toContain(all)
    await superuser.end()
  })

  it("follows PostgreSQL in functions with their owner's rights: they see what their owner sees", async () => {
    await client.query('create schema shared; grant usage, create on schema shared to public')
    const source = `returns bigint language sql security definer as $$
      select count(*) from script_tracking.script_execution_s where script_name ~ ' for north' $$`
    await session('outsider').query(`create function shared.by_outsider() ${source}`)
    await session('amber').query(`create function shared.by_amber() ${source}`)
    // A trap for amber shows its owner nothing; what amber publishes is amber's to publish.
    expect(await onlyValue(session('amber'), 'select shared.by_outsider()')).toBe('0')
    expect(Number(await onlyValue(session('outsider'), 'select shared.by_amber()'))).toBeGreaterThan(0)
    await client.query('drop schema shared cascade')
  })

  it('believes nothing that a session sets', async () => {
    const outsider = await database.session(role('outsider'))
    for (const setting of ['tenant', 'tenant_hk', 'caller', 'session_role', 'operation', 'member']) {
      await outsider.query('select set_config($1, $2, false)', [`script_tracking.${setting}`, role('amber')])
    }
    await outsider.query('set row_security = off')
    expect(
      await rowsOf(outsider, `select from script_tracking.script_execution_s where script_name ~ ' for '`),
    ).toEqual([])
    await outsider.query('reset row_security')
    expect(await rowsOf(outsider, 'select from script_tracking.tenant_h')).toEqual([])
    for (const statement of [
      `set role ${quoteName(role('amber'))}`,
      `set session authorization ${quoteName(role('amber'))}`,
    ]) {
      expect((await refusalOf(outsider, statement)).code).toBe('42501')
    }
    // Its own objects under the names that ours look up.
    await outsider.query(`create temporary view visible_tenant as select '\\x00'::bytea as tenant_hk`)
    await outsider.query(`set search_path = pg_temp, public, pg_catalog`)
    await outsider.query(
      `create function pg_temp.pg_has_role(name, oid, text) returns boolean language sql as 'select true'`,
    )
    await outsider.query(`create function pg_temp.may_read_all() returns boolean language sql as 'select true'`)
    expect(
      await rowsOf(outsider, `select from script_tracking.script_execution_s where script_name ~ ' for '`),
    ).toEqual([])
    await outsider.end()
  })

  it('shows a condition no row of another tenant', async () => {
    await client.query(`create function public.tell(text) returns boolean language plpgsql cost 0.0001 as
      $$ begin raise notice 'saw %', $1; return true; end $$`)
    const seen: string[] = []
    const listen = ({ message }: { message?: string | undefined }) => seen.push(message ?? '')
    session('beryl').on('notice', listen)
    for (const view of ['script_execution_s', 'script_execution_current', 'execution_state']) {
      await session('beryl').query(`select from script_tracking.${view} where public.tell(script_name)`)
    }
    await session('beryl').query(
      'select from script_tracking.script_execution_h where public.tell(encode(tenant_hk, $$hex$$))',
    )
    await session('beryl').query('select from script_tracking.tenant_h where public.tell(name)')
    await session('beryl').query('select from script_tracking.tenant_member where public.tell(role_name)')
    await session('beryl').query(
      'select from script_tracking.visible_tenant where public.tell(encode(tenant_hk, $$hex$$))',
    )
    session('beryl').off('notice', listen)
    const north = Buffer.isBuffer(tenants.north) ? tenants.north.toString('hex') : ''
    expect(seen.some((message) => message.includes('beryl for south'))).toBe(true)
    expect(seen.filter((message) => /north|amber|gale/.test(message) || message.includes(north))).toEqual([])
  })

  it('shows nothing of others in any relation that everybody may read', async () => {
    await client.query(`create schema amber_only; grant all on schema amber_only to ${quoteName(role('amber'))}`)
    await session('amber').query('create table amber_only.hidden_table (a int)')
    await track('amber', 'quiet plan', tenants.north)
    const relations = await rowsOf(
      session('outsider'),
      `select c.oid::regclass::text as name from pg_class c
       where c.relnamespace = 'script_tracking'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and has_table_privilege(c.oid, 'select')`,
    )
    expect(relations.length).toBeGreaterThan(10)
    const north = Buffer.isBuffer(tenants.north) ? tenants.north.toString('hex') : 'none'
    const marks = ['quiet plan', 'hidden_table', north, role('amber'), role('gale')]
    for (const { name } of relations) {
      const text = String(
        await onlyValue(session('outsider'), `select string_agg(r::text, ' ') from ${String(name)} r`),
      )
      expect(
        marks.filter((mark) => text.includes(mark)),
        String(name),
      ).toEqual([])
    }
    // The same question finds them where they may be seen.
    const seen = await onlyValue(
      session('auditor'),
      `select string_agg(r::text, ' ') from script_tracking.execution_state r`,
    )
    for (const mark of ['quiet plan', 'hidden_table', north]) expect(String(seen)).toContain(mark)
  })

  it('explains a foreign tenant as one that does not exist, and tells nothing by statistics', async () => {
    await client.query('analyze')
    const plans = async (who: string, condition: string, view: string, option = 'verbose') =>
      (await rowsOf(session(who), `explain (${option}) select * from script_tracking.${view} where ${condition}`)).map(
        (row) => String(Object.values(row)[0]),
      )
    const literal = (value: unknown) => (Buffer.isBuffer(value) ? `'\\x${value.toString('hex')}'` : '')
    for (const view of ['script_execution_h', 'execution_state', 'tenant_h', 'tenant_member', 'visible_tenant']) {
      for (const option of ['verbose', 'analyze, timing off, summary off, costs off, buffers off']) {
        const [foreign, unknown] = await Promise.all(
          [tenants.north, tenants.nowhere].map((tenant) =>
            plans('outsider', `tenant_hk = ${literal(tenant)}`, view, option),
          ),
        )
        expect(foreign?.join('\n').replaceAll(literal(tenants.north), '')).toBe(
          unknown?.join('\n').replaceAll(literal(tenants.nowhere), ''),
        )
      }
    }
    for (const [condition, other] of [
      [`session_user_name = '${role('amber')}'`, `session_user_name = '${role('amber')}x'`],
      [`script_name < 'b'`, `script_name < 'zz'`],
      [`script_type = 'MANUAL'`, `script_type = 'NOTHING'`],
    ] as const) {
      const rows = async (text: string) => (await plans('outsider', text, 'execution_state'))[0]?.match(/rows=\d+/)?.[0]
      expect(await rows(condition)).toBe(await rows(other))
    }
    const tables = `('ledger', 'text', 'client_state', 'tenant', 'tenant_decision')`
    expect(
      await rowsOf(
        session('outsider'),
        `select from pg_stats where schemaname = 'script_tracking' and tablename ~ '^(ledger|text|client_state|tenant)'`,
      ),
    ).toEqual([])
    // Not even for the superuser: there are none, in no month and of no index.
    expect(
      await rowsOf(
        client,
        `select distinct s.attname from pg_stats s
         where s.schemaname = 'script_tracking' and (s.tablename in ${tables} or s.tablename ~ '^(ledger|text)_')
           and s.attname not in ('version_number', 'xid', 'recorded_at', 'state_ordinal', 'source', 'status')`,
      ),
    ).toEqual([])
    expect(
      (await refusalOf(session('outsider'), 'select last_value from script_tracking.script_execution_version_seq'))
        .code,
    ).toBe('42501')
    expect(
      await onlyValue(
        session('outsider'),
        `select last_value from pg_sequences where sequencename = 'script_execution_version_seq'`,
      ),
    ).toBeNull()
  })

  it('stands behind the views for whoever is granted a table by mistake', async () => {
    const tables = (
      await rowsOf(
        client,
        `select c.oid::regclass::text as name from pg_class c
      where c.relnamespace = 'script_tracking'::regnamespace and c.relname ~ '^(ledger|text|client_state|tenant)' and c.relkind in ('r', 'p')`,
      )
    ).map(({ name }) => String(name))
    await client.query('begin')
    await client.query(
      `grant select on ${tables.join(', ')} to ${quoteName(role('amber'))}, ${quoteName(role('outsider'))}`,
    )
    await client.query(`set local role ${quoteName(role('amber'))}`)
    const seen = await rowsOf(
      client,
      `select distinct script_name as name from script_tracking.ledger where script_name ~ '^[a-z]+ for' order by 1`,
    )
    expect(seen.map(({ name }) => name)).toEqual([
      'admin for north',
      'amber for north',
      'both for north',
      'gale for north',
    ])
    await client.query('reset role')
    await client.query(`set local role ${quoteName(role('outsider'))}`)
    for (const name of tables) expect(await rowsOf(client, `select from ${name}`), name).toEqual([])
    await client.query('rollback')
  })
})
