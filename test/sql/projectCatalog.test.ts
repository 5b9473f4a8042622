import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

/** What holds for every table of project_schema, so that none is forgotten. */
describe.each(majors())('the catalog of project_schema on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let admin: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    admin = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  it('has the tables that it says it has, and no other', async () => {
    const tables = await rowsOf(
      admin,
      `select c.relname as name from pg_class c
       where c.relnamespace = 'project_schema'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    )
    const named = await onlyValue(admin, 'select array_agg(t order by t) from unnest(project_schema.tables()) t')
    expect(tables.map(({ name }) => name)).toEqual(named)
    expect(named).toEqual(
      expect.arrayContaining(
        `users data_sources raw_data processed_data audit_logs metadata incident_reports risks analytics user_sessions
         project_activities notifications data_quality_rules data_quality_results retention_policies subject_requests
         subject_request_items legal_holds`.split(/\s+/),
      ),
    )
  })

  it('gives every relation, column, routine, policy and trigger a comment', async () => {
    const silent = await rowsOf(
      admin,
      `select c.relname || coalesce('.' || a.attname, '') as name
       from pg_class c
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not c.relispartition and not a.attisdropped
       where c.relnamespace = 'project_schema'::regnamespace and c.relkind in ('r', 'p', 'v')
         and (obj_description(c.oid, 'pg_class') is null or a.attnum is not null and col_description(c.oid, a.attnum) is null)
       union all
       select p.oid::regprocedure::text from pg_proc p
       where p.pronamespace = 'project_schema'::regnamespace and obj_description(p.oid, 'pg_proc') is null
       union all
       select p.polname || ' on ' || p.polrelid::regclass from pg_policy p
       join pg_class c on c.oid = p.polrelid
       where c.relnamespace = 'project_schema'::regnamespace and obj_description(p.oid, 'pg_policy') is null
       union all
       select t.tgname || ' on ' || t.tgrelid::regclass from pg_trigger t
       join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = 'project_schema'::regnamespace and not t.tgisinternal and obj_description(t.oid, 'pg_trigger') is null`,
    )
    expect(silent).toEqual([])
  })

  it('has an index that begins with the columns of each foreign key', async () => {
    const bare = await rowsOf(
      admin,
      `select f.conname as name
       from pg_constraint f
       where f.connamespace = 'project_schema'::regnamespace and f.contype = 'f'
         and not exists (
           select from pg_index i
           where i.indrelid = f.conrelid and i.indpred is null
             and f.conkey @> (i.indkey::int2[])[0:cardinality(f.conkey) - 1]
             and f.conkey <@ (i.indkey::int2[])[0:cardinality(f.conkey) - 1])`,
    )
    expect(bare).toEqual([])
  })

  it('has a GIN index on every jsonb column, but those that are only looked at', async () => {
    const bare = await rowsOf(
      admin,
      `select c.relname || '.' || a.attname as name
       from pg_attribute a
       join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'project_schema'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and a.atttypid = 'jsonb'::regtype
         and not exists (
           select from pg_index i
           join pg_class x on x.oid = i.indexrelid
           join pg_am m on m.oid = x.relam
           where i.indrelid = c.oid and m.amname = 'gin' and a.attnum = any (i.indkey::int2[]))
       order by 1`,
    )
    // What an audited thing was and became: found by the thing, not by what it says.
    expect(bare.map(({ name }) => name)).toEqual(['audit_logs.new_values', 'audit_logs.old_values'])
  })

  it('guards every table by policies, and gives nothing to public', async () => {
    const open = await rowsOf(
      admin,
      `select c.relname as name from pg_class c
       where c.relnamespace = 'project_schema'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and (not c.relrowsecurity or not exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd = 'r'))
       union all
       select c.relname || ': ' || a.privilege_type from pg_class c
       cross join lateral aclexplode(c.relacl) a
       where c.relnamespace = 'project_schema'::regnamespace and a.grantee = 0
       union all
       select p.oid::regprocedure::text from pg_proc p
       cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
       where p.pronamespace = 'project_schema'::regnamespace and a.grantee = 0
       union all
       select nspname from pg_namespace n cross join lateral aclexplode(n.nspacl) a where nspname = 'project_schema' and a.grantee = 0`,
    )
    expect(open).toEqual([])
  })

  it('lets no function with its owner’s rights look anything up in a schema of somebody else’s', async () => {
    const loose = await rowsOf(
      admin,
      `select p.oid::regprocedure::text as name from pg_proc p
       where p.pronamespace in ('project_schema'::regnamespace, 'script_tracking'::regnamespace)
         and p.prosecdef and not 'search_path=pg_catalog, pg_temp' = any (coalesce(p.proconfig, '{}'))`,
    )
    expect(loose).toEqual([])
  })

  it('makes keys of version 7 that sort by time', async () => {
    const keys = await rowsOf(admin, 'select project_schema.uuid_v7()::text as key from generate_series(1, 50)')
    const slower = await rowsOf(
      admin,
      `select project_schema.uuid_v7()::text as key, pg_sleep(0.002)::text from generate_series(1, 20)`,
    )
    const all = [...keys, ...slower].map(({ key }) => String(key))
    expect(new Set(all).size).toBe(70)
    for (const key of all) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const late = slower.map(({ key }) => String(key))
    expect(late.toSorted()).toEqual(late)
    const [first = ''] = late
    const age = await onlyValue(
      admin,
      `select abs(extract(epoch from clock_timestamp()) * 1000 - ('x' || lpad(replace(left($1, 13), '-', ''), 16, '0'))::bit(64)::bigint)::float < 60000`,
      [first],
    )
    expect(age).toBe(true)
  })

  it('refuses what is out of range, each by a constraint of its own', async () => {
    const rule = `insert into project_schema.data_quality_rules (name, dimension, check_kind, schema_name, table_name`
    const cases: [string, string][] = [
      [`${rule}) values ('a', 'beauty', 'not_null', 'public', 't')`, 'data_quality_rules_dimension_is_known'],
      [
        `${rule}, mostly) values ('a', 'validity', 'between', 'public', 't', 1.1)`,
        'data_quality_rules_mostly_is_a_share',
      ],
      [
        `${rule}, severity) values ('a', 'validity', 'between', 'public', 't', 5)`,
        'data_quality_rules_severity_is_1_to_4',
      ],
      [
        `${rule}, warn_above, fail_above) values ('a', 'validity', 'between', 'public', 't', 5, 1)`,
        'data_quality_rules_thresholds_are_in_order',
      ],
      [
        `insert into project_schema.incident_reports (title, severity, category) values ('x', 0, 'quality')`,
        'incident_reports_severity_is_1_to_4',
      ],
      [
        `insert into project_schema.incident_reports (title, severity, category, status) values ('x', 1, 'quality', 'resolved')`,
        'incident_reports_are_resolved_with_a_reason',
      ],
      [`insert into project_schema.risks (title, likelihood, impact) values ('x', 6, 1)`, 'risks_inherent_is_1_to_5'],
      [
        `insert into project_schema.risks (title, likelihood, impact, residual_likelihood) values ('x', 5, 1, 2)`,
        'risks_residual_is_1_to_5',
      ],
      [
        `insert into project_schema.subject_requests (request_type, status) values ('access', 'denied')`,
        'subject_requests_refusal_has_a_reason',
      ],
      [`insert into project_schema.legal_holds (name, reason) values ('x', 'court')`, 'legal_holds_hold_something'],
      [
        `insert into project_schema.retention_policies (name, schema_name, table_name, age_column, retention_period, action, status)
         values ('x', 'public', 't', 'at', '1 year', 'delete', 'approved')`,
        'retention_policies_have_four_eyes_or_a_reason',
      ],
      [
        `insert into project_schema.users (user_name, password_hash) values ('x', 'in clear')`,
        'users_password_is_hashed',
      ],
      [
        `insert into project_schema.metadata (schema_name, table_name, frameworks) values ('a', 'b', '{ISO}')`,
        'metadata_frameworks_are_known',
      ],
    ]
    for (const [sql, constraint] of cases) {
      expect({ sql, constraint: (await refusalOf(admin, sql)).constraint }).toEqual({ sql, constraint })
    }
    expect(
      await rowsOf(
        admin,
        `insert into project_schema.risks (title, likelihood, impact, residual_likelihood, residual_impact)
         values ('flood', 4, 5, 1, 5) returning score, residual_score, number::int`,
      ),
    ).toEqual([{ score: 20, residual_score: 5, number: expect.any(Number) }])
  })

  it('computes what follows from other columns, whatever the statement says, and again when they change', async () => {
    expect(
      await rowsOf(
        admin,
        `update project_schema.risks set impact = 2, score = 25, residual_likelihood = null, residual_impact = null
         where title = 'flood' returning score, residual_score`,
      ),
    ).toEqual([{ score: 8, residual_score: null }])
    const same = `content_hash = sha256(convert_to(content::text, 'UTF8')) as same`
    expect(
      await rowsOf(
        admin,
        `with source as (insert into project_schema.data_sources (name) values ('derived') returning id)
         insert into project_schema.raw_data (data_source_id, content, content_hash)
         select id, '{"a": "\\\\ é"}', 'forged' from source returning ${same}`,
      ),
    ).toEqual([{ same: true }])
    const changed = `update project_schema.raw_data set content = '{"a": 2}' returning ${same}`
    expect(await rowsOf(admin, changed)).toEqual([{ same: true }])
  })

  it('refuses a breach told after 72 hours without the reason of the delay', async () => {
    const incident = await onlyValue(
      admin,
      `insert into project_schema.incident_reports (title, severity, category) values ('lost laptop', 1, 'privacy_breach') returning id`,
    )
    const told = `insert into project_schema.privacy_breaches (incident_id, aware_at, authority_told_at, delay_reason) values ($1, '2026-01-01Z', $2, $3)`
    expect((await refusalOf(admin, told, [incident, '2026-01-05Z', null])).constraint).toBe(
      'privacy_breaches_delay_has_a_reason',
    )
    await admin.query(told, [incident, '2026-01-05Z', 'the extent was unknown'])
  })

  it('says who made a row and who last changed it, whatever the statement says', async () => {
    const id = await onlyValue(
      admin,
      `insert into project_schema.data_sources (name, created_by, created_at) values ('forged', 'somebody', '2000-01-01') returning id`,
    )
    await admin.query(
      `update project_schema.data_sources set description = 'x', created_by = 'nobody', updated_by = 'nobody' where id = $1`,
      [id],
    )
    expect(
      await rowsOf(
        admin,
        `select created_by, updated_by, created_at > now() - interval '1 hour' as recent, updated_at > created_at as later
         from project_schema.data_sources where id = $1`,
        [id],
      ),
    ).toEqual([{ created_by: 'postgres', updated_by: 'postgres', recent: true, later: true }])
  })

  it('keeps timelines and the audit as they were written', async () => {
    await admin.query(`select project_schema.write_audit('kept')`)
    for (const relation of [
      'audit_logs',
      'incident_events',
      'risk_reviews',
      'subject_request_events',
      'erasure_ledger',
    ]) {
      for (const sql of [
        `update project_schema.${relation} set id = id`,
        `delete from project_schema.${relation}`,
        `truncate project_schema.${relation}`,
      ]) {
        expect({ sql, message: (await refusalOf(admin, sql)).message }).toEqual({
          sql,
          message: expect.stringContaining('insert-only'),
        })
      }
    }
    const month = await onlyValue(
      admin,
      `select tableoid::regclass::text from project_schema.audit_logs where action = 'kept'`,
    )
    expect(month).toMatch(/^project_schema\.audit_logs_\d{4}_\d{2}$/)
    expect((await refusalOf(admin, `delete from ${month}`)).message).toContain('insert-only')
  })
})
