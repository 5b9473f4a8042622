import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('the history of objects on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  const now = (): Promise<unknown> => onlyValue(client, 'select clock_timestamp()::text')
  const record = () => onlyValue(client, 'select script_tracking.record_object_versions()')
  const drift = () =>
    rowsOf(client, 'select object_type as type, identity, kind, clue from script_tracking.drift()').then((rows) => rows)
  const definitionAt = async (at: unknown, identity: string) =>
    (
      await rowsOf(client, 'select definition from script_tracking.schema_at($1) where identity = $2', [at, identity])
    )[0]?.['definition']

  it('tells of a table at each moment, with what stands on it, and follows it when it is renamed', async () => {
    await client.query('create table orders (id int primary key, total numeric(10,2) default 0)')
    const created = await now()
    expect(
      await rowsOf(
        client,
        `select object_type, identity, definition, exact, definition_hash = sha256(convert_to(definition::text, 'UTF8')) as hashed
         from script_tracking.schema_at($1) where identity like '%orders%'`,
        [created],
      ),
    ).toEqual([
      {
        object_type: 'index',
        identity: 'public.orders_pkey',
        definition: { definition: 'CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id)' },
        exact: true,
        hashed: true,
      },
      {
        object_type: 'table',
        identity: 'public.orders',
        definition: { owner: 'postgres', columns: ['id', 'total'] },
        exact: true,
        hashed: true,
      },
      {
        object_type: 'table column',
        identity: 'public.orders.id',
        definition: { type: 'integer', not_null: true },
        exact: true,
        hashed: true,
      },
      {
        object_type: 'table column',
        identity: 'public.orders.total',
        definition: { type: 'numeric(10,2)', default: '0' },
        exact: true,
        hashed: true,
      },
      {
        object_type: 'table constraint',
        identity: 'orders_pkey on public.orders',
        definition: { definition: 'PRIMARY KEY (id)' },
        exact: true,
        hashed: true,
      },
    ])

    await client.query('alter table orders rename to purchases')
    await client.query(`comment on column purchases.total is 'with tax'`)
    const renamed = await now()
    expect(await definitionAt(created, 'public.purchases')).toBeUndefined()
    expect(await definitionAt(renamed, 'public.orders')).toBeUndefined()
    expect(await definitionAt(renamed, 'public.purchases.total')).toEqual({
      type: 'numeric(10,2)',
      default: '0',
      comment: 'with tax',
    })
    expect(
      await rowsOf(
        client,
        `select change, former_identity, changed from script_tracking.schema_diff($1, $2) where identity = 'public.purchases.total'`,
        [created, renamed],
      ),
    ).toEqual([
      {
        change: 'modified',
        former_identity: 'public.orders.total',
        changed: [{ path: ['comment'], before: null, after: 'with tax' }],
      },
    ])
    await client.query('drop table purchases')
    expect(await definitionAt(await now(), 'public.purchases')).toBeUndefined()
    expect(await definitionAt(renamed, 'public.purchases')).toEqual({ owner: 'postgres', columns: ['id', 'total'] })
  })

  it('blames whoever did it, with statement and ticket, by a former name and after the end', async () => {
    const operation = '6a5cbb8a-7a53-4a3c-9d7c-0d4f5a1d2c11'
    await client.query(
      `select script_tracking.record_execution($1, 0, '{"execution_status": "STARTED", "script_name": "deploy", "related_ticket": "T-9"}')`,
      [operation],
    )
    await client.query('create table "Strange ""one""" (a int)')
    await record()
    await client.query(`set script_tracking.operation = '${operation}'`)
    await client.query('alter table "Strange ""one""" alter a type bigint')
    await client.query('reset script_tracking.operation')
    await record()
    await client.query('alter table "Strange ""one""" rename a to b')
    await record()
    const column = await rowsOf(
      client,
      `select change, identity, session_user_name as who, related_ticket as ticket, script_content as statement, changed
       from script_tracking.blame('public."Strange ""one"""', 'a') where object_type = 'table column'`,
    )
    expect(column).toEqual([
      {
        change: 'renamed',
        identity: 'public."Strange ""one""".b',
        who: 'postgres',
        ticket: null,
        statement: 'alter table "Strange ""one""" rename a to b',
        changed: [{ path: ['identity'], before: 'public."Strange ""one""".a', after: 'public."Strange ""one""".b' }],
      },
      {
        change: 'modified',
        identity: 'public."Strange ""one""".a',
        who: 'postgres',
        ticket: 'T-9',
        statement: 'alter table "Strange ""one""" alter a type bigint',
        changed: [{ path: ['type'], before: 'integer', after: 'bigint' }],
      },
      {
        change: 'created',
        identity: 'public."Strange ""one""".a',
        who: 'postgres',
        ticket: null,
        statement: 'create table "Strange ""one""" (a int)',
        changed: null,
      },
    ])
    await client.query('drop table "Strange ""one"""')
    const changes = await rowsOf(
      client,
      `select change from script_tracking.blame('public."Strange ""one"""') where object_type = 'table'`,
    )
    expect(changes.map(({ change }) => change)).toEqual(['dropped', 'modified', 'created'])
    const refusal = await refusalOf(client, `select * from script_tracking.blame('public.never')`)
    expect(refusal.message).toBe('Nothing is known of "public.never".')
    expect(refusal.hint).toMatch(/public\.orders, public\.f\(integer\)/)
  })

  it('says where it does not know: an object that changed twice between two recordings', async () => {
    await client.query('create table twice (a int)')
    await record()
    await client.query('alter table twice alter a set default 1')
    const between = await now()
    await client.query('alter table twice alter a set default 2')
    await record()
    expect(
      await rowsOf(
        client,
        `select definition, exact from script_tracking.schema_at($1) where identity = 'public.twice.a'`,
        [between],
      ),
    ).toEqual([{ definition: { type: 'integer' }, exact: false }])
    expect(
      await rowsOf(
        client,
        `select definition, exact from script_tracking.schema_at($1) where identity = 'public.twice.a'`,
        [await now()],
      ),
    ).toEqual([{ definition: { type: 'integer', default: '2' }, exact: true }])
    const statements = await rowsOf(
      client,
      `select script_content from script_tracking.blame('twice'::regclass) where script_content like 'alter%' order by recorded_at`,
    )
    expect(new Set(statements.map((row) => row['script_content']))).toEqual(
      new Set(['alter table twice alter a set default 1', 'alter table twice alter a set default 2']),
    )
  })

  it('finds what nobody tracked, and takes it into the history when it is accepted', async () => {
    await client.query('create table kept (a int); create table lost (a int)')
    expect(await drift()).toEqual([])
    await client.query(
      'alter event trigger auto_ddl_tracker disable; alter event trigger auto_ddl_drop_tracker disable',
    )
    await client.query(`alter table kept add b int; drop table lost; create view sneaky as select 1 as x`)
    await client.query('alter event trigger auto_ddl_tracker enable; alter event trigger auto_ddl_drop_tracker enable')
    await client.query('create table honest ()')
    const found = await drift()
    expect(found.map(({ type, identity, kind }) => [type, identity, kind])).toEqual([
      ['table', 'public.kept', 'modified'],
      ['table', 'public.lost', 'dropped'],
      ['table column', 'public.kept.b', 'created'],
      ['table column', 'public.lost.a', 'dropped'],
      ['view', 'public.sneaky', 'created'],
      ['view column', 'public.sneaky.x', 'created'],
    ])
    expect(found[0]?.['clue']).toMatch(
      /^Its row of the catalog was written by transaction \d+, of which nothing is recorded/,
    )
    expect(found[1]?.['clue']).toBe('It is gone, and no command that was recorded dropped it.')

    expect((await refusalOf(client, `select script_tracking.accept_drift(' ')`)).message).toMatch(
      /A justification is needed/,
    )
    expect(
      (await refusalOf(client, `select script_tracking.accept_drift('why not', null, array['public.honest'])`)).message,
    ).toBe(`There is no drift of 'public.honest'.`)
    await client.query(
      `select script_tracking.accept_drift('the view is wanted', 'T-1', array['public.sneaky', 'public.sneaky.x'])`,
    )
    expect((await drift()).map(({ identity }) => identity)).toEqual([
      'public.kept',
      'public.lost',
      'public.kept.b',
      'public.lost.a',
    ])
    const hk = await onlyValue(client, `select script_tracking.accept_drift('so be it', 'T-2')`)
    expect(await drift()).toEqual([])
    expect(
      await rowsOf(
        client,
        `select script_type, execution_status, related_ticket, business_justification, objects_created, objects_modified, objects_dropped
         from script_tracking.script_execution_current where script_execution_hk = $1`,
        [hk],
      ),
    ).toEqual([
      {
        script_type: 'DRIFT',
        execution_status: 'COMPLETED',
        related_ticket: 'T-2',
        business_justification: 'so be it',
        objects_created: ['public.kept.b'],
        objects_modified: ['public.kept'],
        objects_dropped: ['public.lost', 'public.lost.a'],
      },
    ])
    expect(
      await rowsOf(client, `select change, related_ticket from script_tracking.blame('public.kept', 'b')`),
    ).toEqual([{ change: 'created', related_ticket: 'T-2' }])
  })

  it('notices a trigger that was switched off, and a function of its own that was replaced', async () => {
    await client.query('alter event trigger auto_ddl_tracker disable')
    await client.query(
      `create or replace function script_tracking.months_ahead() returns integer language sql stable as 'select 60'`,
    )
    const found = await rowsOf(client, 'select object_type, identity, kind, changed from script_tracking.drift()')
    expect(found.map(({ identity }) => identity)).toEqual(['auto_ddl_tracker', 'script_tracking.months_ahead()'])
    expect(found[0]).toEqual({
      object_type: 'event trigger',
      identity: 'auto_ddl_tracker',
      kind: 'modified',
      changed: [{ path: ['enabled'], before: null, after: 'disabled' }],
    })
    await client.query('alter event trigger auto_ddl_tracker enable')
    await client.query(`select script_tracking.accept_drift('the next upgrade puts it right')`)
  })

  it('tells nobody of what others own but those who see everything, and tells owners of what is theirs', async () => {
    const owner = await database.role('owner')
    const stranger = await database.session(await database.role('stranger'))
    const auditor = await database.session(await database.role('auditor', 'in role steward_auditor'))
    await client.query(`create schema hers authorization ${owner}`)
    const hers = await database.session(owner)
    await hers.query('create table hers.diary (secret text)')
    await record()
    const seen = (session: pg.Client) =>
      rowsOf(
        session,
        `select identity from script_tracking.schema_at(clock_timestamp()) where identity like 'hers.%' order by 1`,
      ).then((rows) => rows.map(({ identity }) => identity))
    expect(await seen(auditor)).toEqual(['hers.diary', 'hers.diary.secret'])
    expect(await seen(hers)).toEqual(['hers.diary', 'hers.diary.secret'])
    expect(await seen(stranger)).toEqual([])
    expect((await refusalOf(stranger, `select * from script_tracking.blame('hers.diary')`)).message).toBe(
      'Nothing is known of "hers.diary".',
    )
    expect((await refusalOf(hers, 'select * from script_tracking.drift()')).code).toBe('42501')
    expect(await rowsOf(auditor, `select from script_tracking.drift() where identity like 'hers.%'`)).toEqual([])
    expect((await refusalOf(auditor, `select script_tracking.accept_drift('mine')`)).code).toBe('42501')
    for (const inner of ['drift_found()', `catalog_now()`, 'newest_versions()', `add_versions('{}')`]) {
      expect((await refusalOf(stranger, `select * from script_tracking.${inner}`)).code).toBe('42501')
    }
    await client.query('drop schema hers cascade')
    expect(await seen(hers)).toEqual([])
    expect(
      await rowsOf(auditor, `select change from script_tracking.blame('hers.diary') where object_type = 'table'`),
    ).toEqual([{ change: 'dropped' }, { change: 'created' }])
  })

  it('leaves no lock, and does not wait for somebody who holds a view', async () => {
    await client.query('create table held (a int); create view holding as select * from held')
    await record()
    const holder = await database.session()
    await holder.query('begin; lock table held in access exclusive mode')
    await client.query('begin; alter view holding rename to held_by_me')
    expect(
      await rowsOf(
        client,
        `select from script_tracking.schema_at(clock_timestamp()) where identity = 'public.holding'`,
      ),
    ).toHaveLength(1)
    await holder.query('commit')
    expect(
      await rowsOf(
        client,
        `select identity from script_tracking.schema_at(clock_timestamp()) where identity in ('public.holding', 'public.held_by_me')`,
      ),
    ).toEqual([{ identity: 'public.held_by_me' }])
    expect(
      await rowsOf(client, `select from pg_locks where pid = pg_backend_pid() and relation = 'held'::regclass`),
    ).toEqual([])
    await client.query('rollback')
    expect(
      await rowsOf(
        client,
        `select identity from script_tracking.schema_at(clock_timestamp()) where identity in ('public.holding', 'public.held_by_me')`,
      ),
    ).toEqual([{ identity: 'public.holding' }])
  })

  it('answers in a transaction that may not write, and says what it does not know', async () => {
    await client.query('begin read only')
    expect(await definitionAt(await now(), 'public')).toMatchObject({ comment: 'standard public schema' })
    await client.query('rollback')
    expect((await refusalOf(client, `select * from script_tracking.schema_at('2001-01-01')`)).message).toMatch(
      /^What the schema was at 2001-01-01 .* is not known\.$/,
    )
    expect((await refusalOf(client, 'select * from script_tracking.schema_at(null)')).code).toBe('22004')
    expect((await refusalOf(client, `select * from script_tracking.schema_diff(now(), null)`)).code).toBe('22004')
  })

  it('links executions and objects as a Data Vault does', async () => {
    await client.query('create table linked (a int)')
    expect(
      await rowsOf(
        client,
        `select s.script_name, h.object_type, h.identity, h.db_object_hk = sha256(convert_to(h.object_type || ':' || h.identity, 'UTF8')) as keyed,
           l.record_source
         from script_tracking.execution_object_l l
         join script_tracking.db_object_h h using (db_object_hk)
         join script_tracking.script_execution_current s using (script_execution_hk)
         where h.identity = 'public.linked'`,
      ),
    ).toEqual([
      {
        script_name: 'CREATE TABLE public.linked',
        object_type: 'table',
        identity: 'public.linked',
        keyed: true,
        record_source: 'EVENT_TRIGGER',
      },
    ])
    expect(
      await onlyValue(client, 'select count(*) = count(distinct db_object_hk) from script_tracking.db_object_h'),
    ).toBe(true)
  })

  it('says of a role that was renamed, and of what is older than the tracker, what can be said', async () => {
    const name = await database.role('renamed')
    await client.query(`create table owned (a int); grant select on owned to "${name}"; create type mood as enum ('x')`)
    expect(await drift()).toEqual([])
    await client.query(`alter role "${name}" rename to "${name}_2"`)
    try {
      expect(await drift()).toEqual([
        {
          type: 'table',
          identity: 'public.owned',
          kind: 'modified',
          clue: 'Its own row of the catalog is older than that: something else that its definition tells of was changed, such as a comment, a label, a default, or the name of a role.',
        },
      ])
    } finally {
      await client.query(`alter role "${name}_2" rename to "${name}"`)
    }
    expect(await drift()).toEqual([])
    await client.query(`drop table owned; drop type mood`)
  })

  it('finds what reassign owned gave away, of which no event tells', async () => {
    const name = await database.role('giver')
    await client.query(
      `create schema given authorization "${name}"; create table given.thing (a int); alter table given.thing owner to "${name}"`,
    )
    expect(await drift()).toEqual([])
    const before = await onlyValue(client, 'select count(*) from script_tracking.ledger')
    await client.query(`reassign owned by "${name}" to postgres`)
    expect(await onlyValue(client, 'select count(*) from script_tracking.ledger')).toBe(before)
    expect((await drift()).map(({ type, identity, kind }) => ({ type, identity, kind }))).toEqual([
      { type: 'schema', identity: 'given', kind: 'modified' },
      { type: 'table', identity: 'given.thing', kind: 'modified' },
    ])
    await client.query(`select script_tracking.accept_drift('the role leaves', 'OPS-4')`)
    expect(await drift()).toEqual([])
    await client.query('drop schema given cascade')
  })

  it('goes on in a copy of the database, by name, and finds there what the copy lacks', async () => {
    const original = await TestDatabase.tracked(sharedServer(major))
    let copy: TestDatabase | undefined
    try {
      const there = await original.session()
      await there.query('create table kept (a int); create table forgotten (a int)')
      await there.query('select script_tracking.record_object_versions()')
      await there.query(`comment on table kept is 'not yet recorded'`)
      await there.end()
      // The one that installed it: no session may be in a database that is copied.
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [original.name])
      copy = await TestDatabase.open(
        original.server,
        await original.server.createDatabase(`${original.name}_copy`, original.name),
      )
      const here = await copy.session()
      await here.query(
        'alter event trigger auto_ddl_drop_tracker disable; alter event trigger auto_ddl_tracker disable',
      )
      await here.query('drop table forgotten')
      await here.query('alter event trigger auto_ddl_drop_tracker enable; alter event trigger auto_ddl_tracker enable')
      await here.query('create table later (a int)')
      await here.query('select script_tracking.record_object_versions()')
      await here.query('alter table kept rename to still_kept')
      const told = (sql: string) => rowsOf(here, sql)
      expect(await told('select identity, kind from script_tracking.drift()')).toEqual([
        { identity: 'public.forgotten', kind: 'dropped' },
        { identity: 'public.forgotten.a', kind: 'dropped' },
      ])
      expect(
        await told(
          `select identity, definition ->> 'comment' as comment from script_tracking.schema_at(clock_timestamp())
           where object_type = 'table' and schema_name = 'public' order by 1`,
        ),
      ).toEqual([
        { identity: 'public.forgotten', comment: null },
        { identity: 'public.later', comment: null },
        { identity: 'public.still_kept', comment: 'not yet recorded' },
      ])
      expect(
        await told(
          `select change from script_tracking.blame('public.still_kept') where object_type = 'table' order by recorded_at`,
        ),
      ).toEqual([{ change: 'carried over' }, { change: 'modified' }, { change: 'renamed' }])
      await here.query(`select script_tracking.accept_drift('the copy is smaller')`)
      expect(await told('select from script_tracking.drift()')).toEqual([])
    } finally {
      await copy?.close()
      await original.close()
    }
  })
})
