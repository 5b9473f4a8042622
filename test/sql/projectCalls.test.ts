import { createHash } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { type ProjectRole, projectRoles, projectSessions } from './projectRoles.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('the calls of project_schema on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let superuser: pg.Client
  let as: Record<ProjectRole, pg.Client>

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    superuser = await database.session()
    // PostgreSQL 12 has no random numbers of its own that are fit for a token.
    if (major === 12) await superuser.query('create extension pgcrypto')
    as = await projectSessions(database)
  })
  afterAll(async () => {
    await database.close()
  })

  /** Which of the roles may run a statement; each tries it and takes it back. */
  async function allowed(sql: string): Promise<string[]> {
    const may: string[] = []
    for (const name of projectRoles) {
      await as[name].query('begin')
      const refusal = await as[name].query(sql).then(
        () => null,
        (thrown: pg.DatabaseError) => thrown,
      )
      await as[name].query('rollback')
      if (refusal === null) may.push(name)
      else
        expect({ sql, name, code: refusal.code, message: refusal.message }).toMatchObject({ sql, name, code: '42501' })
    }
    return may
  }

  it('lets each role make the calls that are its own, and no other', async () => {
    const everybody = ['admin', 'editor', 'analyst', 'auditor']
    const calls: [string, string[]][] = [
      ['create_session()', everybody],
      [`create_session('analyst')`, ['admin', 'analyst']],
      [`check_session('pgs_unknown')`, everybody],
      ['list_sessions()', everybody],
      [`write_audit('looked')`, ['admin', 'editor', 'analyst']],
      ['query_audit()', ['admin', 'auditor']],
      [`record_activity('looked')`, ['admin', 'editor', 'analyst']],
      ['list_activities()', everybody],
      [`notify('analyst', 'hello')`, ['admin', 'editor', 'analyst']],
      [`notify('editor', 'hello')`, ['admin', 'editor']],
      ['list_notifications()', everybody],
      ['mark_read()', everybody],
      ['prune(true)', ['admin']],
      [`create_user('another')`, ['admin']],
      [`set_password('editor', 'long enough')`, ['admin', 'editor']],
      [`verify_password('nobody', 'x')`, ['admin', 'editor']],
      ['backfill_data_sources()', ['admin']],
    ]
    for (const [call, roles] of calls) {
      expect({ call, roles: await allowed(`select * from project_schema.${call}`) }).toEqual({ call, roles })
    }
    // What the calls are made of is nobody's.
    for (const call of [
      `hash_password('x')`,
      `password_matches('x', 'y')`,
      'random_bytes()',
      'caller_id()',
      `retention_of('x')`,
      `redact_json('{}')`,
    ]) {
      expect({ call, roles: await allowed(`select project_schema.${call}`) }).toEqual({ call, roles: [] })
    }
  })

  it('gives each role the tables that are its own, and no other', async () => {
    const tables: [string, string[], string[], string[], string[]][] = [
      // relation, select, insert, update, delete
      ['users', ['admin', 'editor', 'analyst', 'auditor'], ['admin'], ['admin'], []],
      ['user_sessions', ['admin', 'editor', 'analyst', 'auditor'], [], [], []],
      ['audit_logs', ['admin', 'auditor'], [], [], []],
      [
        'notifications',
        ['admin', 'editor', 'analyst', 'auditor'],
        [],
        ['admin', 'editor', 'analyst', 'auditor'],
        ['admin', 'editor', 'analyst', 'auditor'],
      ],
      ['data_sources', ['admin', 'editor', 'analyst', 'auditor'], ['admin', 'editor'], ['admin', 'editor'], ['admin']],
      ['metadata', ['admin', 'editor', 'analyst', 'auditor'], ['admin', 'editor'], ['admin', 'editor'], ['admin']],
      [
        'data_quality_rules',
        ['admin', 'editor', 'analyst', 'auditor'],
        ['admin', 'editor'],
        ['admin', 'editor'],
        ['admin'],
      ],
      ['data_quality_results', ['admin', 'editor', 'analyst', 'auditor'], ['admin', 'editor'], [], ['admin']],
      ['data_quality_failures', ['admin', 'editor', 'auditor'], ['admin', 'editor'], [], ['admin']],
      [
        'incident_reports',
        ['admin', 'editor', 'analyst', 'auditor'],
        ['admin', 'editor', 'analyst'],
        ['admin', 'editor'],
        [],
      ],
      ['incident_events', ['admin', 'editor', 'analyst', 'auditor'], ['admin', 'editor', 'analyst'], [], []],
      ['privacy_breaches', ['admin', 'editor', 'auditor'], ['admin', 'editor'], ['admin', 'editor'], []],
      ['risks', ['admin', 'editor', 'analyst', 'auditor'], ['admin', 'editor'], ['admin', 'editor'], ['admin']],
      ['subject_requests', ['admin', 'editor', 'auditor'], ['admin', 'editor'], ['admin', 'editor'], []],
      ['legal_holds', ['admin', 'editor', 'auditor'], ['admin'], ['admin'], []],
      [
        'retention_policies',
        ['admin', 'editor', 'analyst', 'auditor'],
        ['admin', 'editor'],
        ['admin', 'editor'],
        ['admin'],
      ],
      ['erasure_ledger', ['admin', 'auditor'], ['admin'], [], []],
    ]
    for (const [relation, ...expected] of tables) {
      const found: string[][] = []
      for (const privilege of ['select', 'insert', 'update', 'delete']) {
        const may: string[] = []
        for (const name of projectRoles) {
          const test = privilege === 'delete' ? 'has_table_privilege' : 'has_any_column_privilege'
          const role = `${name}_${database.name}`.slice(0, 63)
          const has = await onlyValue(superuser, `select ${test}($1, $2::regclass::oid, $3)`, [
            role,
            `project_schema.${relation}`,
            privilege,
          ])
          if (has === true) may.push(name)
        }
        found.push(may)
      }
      expect({ relation, found }).toEqual({ relation, found: expected })
    }
  })

  it('knows its roles, and says so where there is none of a name', async () => {
    const asked = `select project_schema.has_project_role('steward_admin') as admin, project_schema.has_project_role('steward_editor') as editor,
      project_schema.has_project_role('steward_analyst') as analyst, project_schema.has_project_role('steward_auditor') as auditor`
    expect(await rowsOf(as.admin, asked)).toEqual([{ admin: true, editor: true, analyst: true, auditor: true }])
    expect(await rowsOf(as.editor, asked)).toEqual([{ admin: false, editor: true, analyst: true, auditor: false }])
    expect(await rowsOf(as.analyst, asked)).toEqual([{ admin: false, editor: false, analyst: true, auditor: false }])
    expect(await rowsOf(as.auditor, asked)).toEqual([{ admin: false, editor: false, analyst: false, auditor: true }])
    expect((await refusalOf(as.admin, `select project_schema.has_project_role('root')`)).code).toBe('22023')
    expect((await refusalOf(as.stranger, asked)).code).toBe('42501')
  })

  it('follows set role, not who logged in', async () => {
    const analyst = `analyst_${database.name}`.slice(0, 63)
    await superuser.query(`set role ${quoteName(analyst)}`)
    expect((await refusalOf(superuser, 'select project_schema.prune()')).code).toBe('42501')
    expect((await refusalOf(superuser, 'select * from project_schema.query_audit()')).code).toBe('42501')
    await superuser.query('reset role')
  })

  describe('sessions', () => {
    it('are opened by a token that is told once and kept as its hash', async () => {
      const [opened] = await rowsOf(
        as.analyst,
        `select * from project_schema.create_session(lifetime => '1 hour', client_ip => '10.1.2.3', user_agent => 'test')`,
      )
      const token = String(opened?.['token'])
      expect(token).toMatch(/^pgs_[A-Za-z0-9_-]{43}$/)
      expect(await rowsOf(as.editor, 'select user_name from project_schema.check_session($1)', [token])).toEqual([
        { user_name: 'analyst' },
      ])
      expect(
        await rowsOf(
          superuser,
          `select encode(s.token_hash, 'hex') as hash, host(s.client_ip) as client_ip, s.user_agent, expires_at - created_at = '1 hour' as an_hour
           from project_schema.user_sessions s where id = $1`,
          [opened?.['session_id']],
        ),
      ).toEqual([
        {
          hash: createHash('sha256').update(token).digest('hex'),
          client_ip: '10.1.2.3',
          user_agent: 'test',
          an_hour: true,
        },
      ])
      // Nothing that anybody may read says it again.
      expect((await refusalOf(as.admin, 'select token_hash from project_schema.user_sessions')).code).toBe('42501')
    })

    it('end when they are revoked, and when their time is over', async () => {
      const open = async (lifetime: string) =>
        (
          await rowsOf(as.analyst, `select * from project_schema.create_session(lifetime => $1::interval)`, [lifetime])
        )[0]
      const check = (token: unknown) => rowsOf(as.admin, 'select * from project_schema.check_session($1)', [token])
      const revoked = await open('1 hour')
      expect(await onlyValue(as.analyst, 'select project_schema.revoke_session($1)', [revoked?.['session_id']])).toBe(
        true,
      )
      expect(await onlyValue(as.analyst, 'select project_schema.revoke_session($1)', [revoked?.['session_id']])).toBe(
        false,
      )
      expect(await check(revoked?.['token'])).toEqual([])

      const expired = await open('1 hour')
      await superuser.query(
        `update project_schema.user_sessions set created_at = now() - interval '2 hours', expires_at = now() - interval '1 second' where id = $1`,
        [expired?.['session_id']],
      )
      expect(await check(expired?.['token'])).toEqual([])

      const left = await open('1 hour')
      await superuser.query(`update project_schema.users set is_active = false where user_name = 'analyst'`)
      expect(await check(left?.['token'])).toEqual([])
      await superuser.query(`update project_schema.users set is_active = true where user_name = 'analyst'`)
      expect(await check(left?.['token'])).toHaveLength(1)
    })

    it('are one’s own, but for who sees all', async () => {
      const mine = await onlyValue(as.analyst, 'select session_id from project_schema.create_session()')
      const foreign = await onlyValue(as.editor, 'select session_id from project_schema.create_session()')
      for (const client of [as.analyst]) {
        const refusal = await refusalOf(client, 'select project_schema.revoke_session($1)', [foreign])
        const unknown = await refusalOf(client, 'select project_schema.revoke_session($1)', [
          '00000000-0000-7000-8000-000000000000',
        ])
        expect(refusal.message.replace(String(foreign), 'X')).toBe(
          unknown.message.replace('00000000-0000-7000-8000-000000000000', 'X'),
        )
      }
      const names = async (client: pg.Client) =>
        new Set(
          (await rowsOf(client, 'select user_name from project_schema.list_sessions()')).map((row) => row['user_name']),
        )
      expect(await names(as.analyst)).toEqual(new Set(['analyst']))
      expect((await names(as.auditor)).has('editor')).toBe(true)
      expect((await names(as.admin)).has('editor')).toBe(true)
      const direct = async (client: pg.Client) =>
        (await rowsOf(client, 'select id from project_schema.user_sessions')).map(({ id }) => id)
      expect(await direct(as.analyst)).toContain(mine)
      expect(await direct(as.analyst)).not.toContain(foreign)
      expect(await onlyValue(as.admin, 'select project_schema.revoke_session($1)', [foreign])).toBe(true)
    })

    it('are listed by pages', async () => {
      for (let i = 0; i < 5; i += 1) await as.auditor.query('select project_schema.create_session()')
      const seen: unknown[] = []
      let after: unknown = null
      for (;;) {
        const page = await rowsOf(
          as.auditor,
          `select session_id from project_schema.list_sessions('auditor', true, 2, $1)`,
          [after],
        )
        if (page.length === 0) break
        seen.push(...page.map((row) => row['session_id']))
        after = seen.at(-1)
      }
      expect(seen).toHaveLength(5)
      expect(new Set(seen).size).toBe(5)
    })

    it('are refused for bad input, in words', async () => {
      const cases: [ProjectRole, string, RegExp][] = [
        ['admin', `select project_schema.create_session('nobody')`, /no active user "nobody"/],
        ['admin', `select project_schema.create_session(lifetime => '0')`, /up to 30 days, not/],
        ['admin', `select project_schema.create_session(lifetime => '31 days')`, /up to 30 days/],
        ['admin', `select project_schema.create_session(lifetime => null)`, /not null/],
        ['admin', `select project_schema.revoke_session(null)`, /no session null of yours/],
        ['admin', `select project_schema.list_sessions(page_size => 0)`, /1 to 1000 rows, not 0/],
        ['admin', `select project_schema.list_sessions(page_size => null)`, /not null/],
      ]
      for (const [name, sql, message] of cases) expect((await refusalOf(as[name], sql)).message).toMatch(message)
    })

    it.runIf(major === 12)('need pgcrypto on 12, and say so', async () => {
      await superuser.query('begin; drop extension pgcrypto')
      const refusal = await refusalOf(superuser, `select project_schema.create_session('analyst')`)
      expect(refusal).toMatchObject({ code: '0A000', hint: expect.stringContaining('create extension pgcrypto') })
      await superuser.query('rollback')
    })
  })

  describe('the audit', () => {
    it('keeps who, when and what, and no secret', async () => {
      const token = await onlyValue(as.analyst, 'select token from project_schema.create_session()')
      await as.editor.query(`set script_tracking.operation = '01890000-0000-7000-8000-000000000001'`)
      const id = await onlyValue(
        as.editor,
        `select project_schema.write_audit('report.exported', 'report', '7', '{"a": 1}',
           '{"name": "x", "password": "s3cret", "nested": [{"api_key": "k-123", "url": "postgres://u:pw@host/db"}]}',
           '{"why": "asked"}', token => $1)`,
        [token],
      )
      const [row] = await rowsOf(as.auditor, `select * from project_schema.query_audit(of_type => 'report')`)
      expect(row).toMatchObject({
        id,
        actor: `editor_${database.name}`.slice(0, 63),
        executed_by: null,
        user_name: 'analyst',
        action: 'report.exported',
        outcome: 'success',
        entity_id: '7',
        old_values: { a: 1 },
        new_values: {
          name: 'x',
          password: '********',
          nested: [{ api_key: '********', url: 'postgres://u:********@host/db' }],
        },
        detail: { why: 'asked' },
        caused_by: '01890000-0000-7000-8000-000000000001',
      })
      expect(row?.['session_id']).toMatch(/^[0-9a-f-]{36}$/)
    })

    it('refuses a token that is worth nothing, and what is no action', async () => {
      const cases: [string, RegExp][] = [
        [`select project_schema.write_audit('x', token => 'pgs_made_up')`, /unknown, expired or revoked/],
        ['select project_schema.write_audit(null)', /needs an action/],
        [`select project_schema.write_audit(' ')`, /needs an action/],
        [`select project_schema.write_audit('x', outcome => 'maybe')`, /audit_logs_outcome_is_known/],
        [`select project_schema.write_audit('x', detail => '[1]')`, /audit_logs_detail_is_an_object/],
      ]
      for (const [sql, message] of cases) expect((await refusalOf(as.editor, sql)).message).toMatch(message)
      expect(
        (
          await refusalOf(
            as.auditor,
            `select project_schema.query_audit(after => '00000000-0000-7000-8000-000000000000')`,
          )
        ).message,
      ).toMatch(/no audit record/)
    })

    it('is filtered and paged by key, newest first, each once', async () => {
      for (let i = 0; i < 7; i += 1) {
        await as.editor.query(`select project_schema.write_audit('paged', 'thing', $1, outcome => $2)`, [
          String(i),
          i === 3 ? 'denied' : 'success',
        ])
      }
      const seen: unknown[] = []
      let after: unknown = null
      for (;;) {
        const page = await rowsOf(
          as.auditor,
          `select id, entity_id from project_schema.query_audit(for_action => 'paged', page_size => 3, after => $1)`,
          [after],
        )
        if (page.length === 0) break
        seen.push(...page.map((row) => row['entity_id']))
        after = page.at(-1)?.['id']
      }
      expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0'])
      expect(
        await rowsOf(
          as.auditor,
          `select entity_id from project_schema.query_audit(for_action => 'paged', with_outcome => 'denied')`,
        ),
      ).toEqual([{ entity_id: '3' }])
      expect(
        await rowsOf(as.auditor, `select entity_id from project_schema.query_audit(until => now() - interval '1 day')`),
      ).toEqual([])
      expect(
        await onlyValue(
          as.auditor,
          `select count(*)::int from project_schema.query_audit(by_actor => 'editor', for_action => 'paged')`,
        ),
      ).toBe(7)
    })
  })

  it('lists the activities of everybody to everybody in the project, by pages', async () => {
    await as.analyst.query(
      `select project_schema.record_activity('report.read', 'password=hunter2 x=y', 'report', '9', '{"token": "t"}')`,
    )
    for (let i = 0; i < 4; i += 1)
      await as.editor.query(`select project_schema.record_activity('rule.changed', entity_id => $1)`, [String(i)])
    expect(
      await rowsOf(
        as.auditor,
        `select user_name, description, metadata from project_schema.list_activities(for_type => 'report.read')`,
      ),
    ).toEqual([{ user_name: 'analyst', description: 'password=******** x=y', metadata: { token: '********' } }])
    const first = await rowsOf(
      as.analyst,
      `select id, entity_id from project_schema.list_activities(by_actor => 'editor', page_size => 3)`,
    )
    const second = await rowsOf(
      as.analyst,
      `select id, entity_id from project_schema.list_activities(by_actor => 'editor', page_size => 3, after => $1)`,
      [first.at(-1)?.['id']],
    )
    expect([...first, ...second].map((row) => row['entity_id'])).toEqual(['3', '2', '1', '0'])
    expect((await refusalOf(as.editor, 'select project_schema.record_activity(null)')).message).toMatch(/needs a type/)
  })

  describe('notifications', () => {
    it('are seen and marked by whom they are for alone', async () => {
      const told: string[] = []
      as.editor.on('notification', ({ channel, payload }) => told.push(`${channel} ${payload}`))
      await as.editor.query('listen "project_schema.notifications"')
      const id = await onlyValue(
        as.editor,
        `select project_schema.notify('Analyst', 'Look', 'at this', 'rule.failed', 'critical', '{"rule": 1}')`,
      )
      const own = `select id, title, severity, link, created_by from project_schema.list_notifications(true)`
      expect(await rowsOf(as.analyst, own)).toEqual([
        {
          id,
          title: 'Look',
          severity: 'critical',
          link: { rule: 1 },
          created_by: `editor_${database.name}`.slice(0, 63),
        },
      ])
      for (const name of ['admin', 'editor', 'auditor'] as const) {
        expect(await rowsOf(as[name], own)).toEqual([])
        expect(await rowsOf(as[name], 'select id from project_schema.notifications where id = $1', [id])).toEqual([])
        expect((await refusalOf(as[name], 'select project_schema.mark_read($1)', [id])).message).toMatch(
          /no notification/,
        )
        const { rowCount } = await as[name].query('update project_schema.notifications set read_at = now()')
        expect(rowCount).toBe(0)
      }
      expect((await refusalOf(as.analyst, `update project_schema.notifications set title = 'x'`)).code).toBe('42501')
      expect(await onlyValue(as.analyst, 'select project_schema.mark_read($1)', [id])).toBe(1)
      expect(await onlyValue(as.analyst, 'select project_schema.mark_read($1)', [id])).toBe(0)
      expect(await rowsOf(as.analyst, own)).toEqual([])
      expect(await rowsOf(as.analyst, 'select id from project_schema.list_notifications()')).toEqual([{ id }])
      // The channel says that there is something; what it is stays with whom it is for.
      expect(told).toEqual([expect.stringContaining(String(id))])
      expect(told[0]).not.toContain('Look')
    })

    it('are not repeated while they stand unread, and not shown when their time is over', async () => {
      const again = `select project_schema.notify('analyst', 'disk full', deduplication_key => 'disk')`
      const first = await onlyValue(as.admin, again)
      expect(first).not.toBeNull()
      expect(await onlyValue(as.editor, again)).toBeNull()
      await as.analyst.query('select project_schema.mark_read($1)', [first])
      expect(await onlyValue(as.admin, again)).not.toBeNull()
      const short = await onlyValue(
        as.admin,
        `select project_schema.notify('analyst', 'soon gone', expires_at => clock_timestamp() + interval '1 hour')`,
      )
      await superuser.query(
        `update project_schema.notifications set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' where id = $1`,
        [short],
      )
      const titles = await rowsOf(as.analyst, 'select title from project_schema.list_notifications()')
      expect(titles.map(({ title }) => title)).not.toContain('soon gone')
    })

    it('are refused for bad input, in words', async () => {
      const cases: [string, RegExp][] = [
        [`select project_schema.notify('nobody', 'x')`, /no active user "nobody"/],
        [`select project_schema.notify(null, 'x')`, /no active user null/],
        [`select project_schema.notify('analyst', ' ')`, /needs a title/],
        [`select project_schema.notify('analyst', 'x', severity => 'loud')`, /severity_is_known/],
        [`select project_schema.notify('analyst', 'x', expires_at => '2000-01-01')`, /expire_later/],
        [`select project_schema.list_notifications(after => '00000000-0000-7000-8000-000000000000')`, /to go on from/],
      ]
      for (const [sql, message] of cases) expect((await refusalOf(as.admin, sql)).message).toMatch(message)
    })
  })

  it('shows analysts the raw data that is not confidential, and lets editors work on drafts of policies alone', async () => {
    await as.editor.query(`
      insert into project_schema.data_sources (name) values ('feed');
      insert into project_schema.raw_data (data_source_id, content, classification)
      select id, jsonb_build_object('c', c), c from project_schema.data_sources, unnest(array['public', 'internal', 'confidential', 'restricted']) c
      where name = 'feed'`)
    const seen = async (client: pg.Client) =>
      (await rowsOf(client, `select content ->> 'c' as c from project_schema.raw_data order by 1`)).map(({ c }) => c)
    expect(await seen(as.analyst)).toEqual(['internal', 'public'])
    expect(await seen(as.editor)).toHaveLength(4)
    expect(await seen(as.auditor)).toHaveLength(4)
    await as.editor.query(
      `insert into project_schema.retention_policies (name, schema_name, table_name, age_column, retention_period, action)
       values ('old rows', 'public', 't', 'at', '1 year', 'delete')`,
    )
    const approve = `update project_schema.retention_policies set status = 'approved', approved_at = now(), approved_by = current_user where name = 'old rows'`
    // Who wrote it would need a reason; and not even with one may an editor approve.
    expect((await refusalOf(as.editor, approve)).constraint).toBe('retention_policies_have_four_eyes_or_a_reason')
    const withReason = approve.replace('approved_at = now()', `approval_reason = 'in a hurry'`)
    expect((await refusalOf(as.editor, withReason)).code).toBe('42501')
    expect((await as.admin.query(approve)).rowCount).toBe(1)
    expect(
      (await as.editor.query(`update project_schema.retention_policies set batch_size = 1 where name = 'old rows'`))
        .rowCount,
    ).toBe(0)
    expect(
      (
        await refusalOf(
          as.analyst,
          `insert into project_schema.incident_reports (title, severity, category, status, resolved_at, resolution_reason, resolution_comment)
      values ('x', 4, 'quality', 'closed', now(), 'fixed', 'y')`,
        )
      ).code,
    ).toBe('42501')
  })

  it('knows who changed what is governed, and nothing of a person that it need not know', async () => {
    await as.analyst.query(
      `insert into project_schema.incident_reports (title, severity, category) values ('audited one', 2, 'security')`,
    )
    const number = await onlyValue(
      as.editor,
      `update project_schema.incident_reports set severity = 1 where title = 'audited one' returning number`,
    )
    expect(
      await rowsOf(
        as.auditor,
        `select action, executed_by, old_values ->> 'severity' as old, new_values ->> 'severity' as new
         from script_tracking.get_row_changes('project_schema.incident_reports')
         where coalesce(new_values, '{}') ?| array['severity'] and (new_values ->> 'number' = $1 or action = 'UPDATE') order by recorded_at`,
        [String(number)],
      ),
    ).toEqual([
      { action: 'INSERT', executed_by: `analyst_${database.name}`.slice(0, 63), old: null, new: '2' },
      { action: 'UPDATE', executed_by: `editor_${database.name}`.slice(0, 63), old: '2', new: '1' },
    ])
    await as.editor.query(
      `insert into project_schema.subject_requests (request_type, subject_name, subject_contact, subject_identifiers)
       values ('access', 'Needle Haystack', 'needle@example.org', '{"email": "needle@example.org"}')`,
    )
    await as.admin.query(
      `select project_schema.create_user('dora', email => 'needle@example.org', password => 'needle needle')`,
    )
    const requests = await rowsOf(
      as.auditor,
      `select new_values ->> 'request_type' as type, new_values ->> 'subject_name' as name from script_tracking.get_row_changes('project_schema.subject_requests')`,
    )
    expect(requests).toEqual([{ type: 'access', name: '***' }])
    expect(
      await onlyValue(
        superuser,
        `select count(*)::int from script_tracking.row_change c where c::text ~* 'needle|hmac-sha256|bcrypt'`,
      ),
    ).toBe(0)
    expect(await rowsOf(superuser, 'select * from script_tracking.row_audit_gap')).toEqual([])
  })
})
