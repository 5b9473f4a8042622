import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

describe.each(majors())('row auditing on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let admin: pg.Client
  let user: pg.Client
  let userName: string

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    admin = await database.session()
    if (major === 12) await admin.query('create extension pgcrypto')
    userName = await database.role('clerk')
    user = await database.session(userName)
    await admin.query(`grant create, usage on schema public to ${quoteName(userName)}`)
  })
  afterAll(async () => {
    await database.close()
  })
  beforeEach(async () => {
    await admin.query('reset all')
  })

  /** What was recorded of a table, oldest first. */
  async function changesOf(table: string, columns = 'action, row_key, old_values, new_values') {
    return (await rowsOf(admin, `select ${columns} from script_tracking.get_row_changes($1)`, [table])).reverse()
  }

  async function audited(table: string, definition: string, masked = '{}', ignored = '{}') {
    await admin.query(`create table ${table} ${definition}; grant all on ${table} to ${quoteName(userName)}`)
    await admin.query('select script_tracking.enable_row_audit($1, $2, $3)', [table, masked, ignored])
  }

  it('is on for what is governed, which nobody decided', async () => {
    expect(
      await onlyValue(
        admin,
        `select count(*)::int from script_tracking.audited_table where schema_name = 'project_schema'`,
      ),
    ).toBe(12)
    expect(
      await onlyValue(admin, `select count(*)::int from script_tracking.ledger where script_type = 'ADMINISTRATION'`),
    ).toBe(0)
  })

  it('is off until it is switched on, and meets no trigger of ours then', async () => {
    await admin.query('create table plain (id int primary key)')
    await user.query('select 1')
    await admin.query('insert into plain values (1); update plain set id = 2; delete from plain; truncate plain')
    expect(await changesOf('plain')).toEqual([])
    expect(await onlyValue(admin, `select count(*)::int from pg_trigger where tgrelid = 'plain'::regclass`)).toBe(0)
  })

  it('records who, when and each row of each statement, for a user without any right on the trail', async () => {
    await audited('orders', '(id int primary key, item text, price numeric, at timestamptz, tags text[])')
    await user.query(`set application_name = 'till'; set timezone = 'Asia/Tokyo'; set datestyle = 'German'`)
    await user.query(`set script_tracking.operation = '01890000-0000-7000-8000-000000000002'`)
    await user.query(
      `insert into orders values (1, 'tea', 1.50, '2026-01-02 03:04:05+00', '{a,b}'), (2, null, 2, null, null)`,
    )
    await user.query(`update orders set price = price + 1, item = coalesce(item, 'milk')`)
    await user.query(`update orders set item = 'tea' where id = 1`)
    await user.query('delete from orders where id = 2')
    await user.query('truncate orders')
    expect(
      await rowsOf(
        admin,
        `select action, row_key::text as key, old_values::text as old, new_values::text as new
         from script_tracking.get_row_changes('orders') order by recorded_at, statement, ordinal`,
      ),
    ).toEqual([
      {
        action: 'INSERT',
        key: '{"id": 1}',
        old: null,
        new: '{"at": "2026-01-02T03:04:05+00:00", "id": 1, "item": "tea", "tags": ["a", "b"], "price": 1.50}',
      },
      {
        action: 'INSERT',
        key: '{"id": 2}',
        old: null,
        new: '{"at": null, "id": 2, "item": null, "tags": null, "price": 2}',
      },
      { action: 'UPDATE', key: '{"id": 1}', old: '{"price": 1.50}', new: '{"price": 2.50}' },
      { action: 'UPDATE', key: '{"id": 2}', old: '{"item": null, "price": 2}', new: '{"item": "milk", "price": 3}' },
      // A statement that changed nothing of the row touched it all the same.
      { action: 'UPDATE', key: '{"id": 1}', old: '{}', new: '{}' },
      {
        action: 'DELETE',
        key: '{"id": 2}',
        old: '{"at": null, "id": 2, "item": "milk", "tags": null, "price": 3}',
        new: null,
      },
      { action: 'TRUNCATE', key: null, old: null, new: null },
    ])
    expect(
      await rowsOf(
        admin,
        `select distinct session_user_name as who, executed_by as as_whom, application_name as app, caused_by from script_tracking.row_change_history
         where table_name = 'orders'`,
      ),
    ).toEqual([{ who: userName, as_whom: userName, app: 'till', caused_by: '01890000-0000-7000-8000-000000000002' }])
    await user.query('reset all')
  })

  it('records nothing of a statement that changed nothing, or was rolled back', async () => {
    await audited('quiet', '(id int primary key)')
    await user.query('update quiet set id = 1; delete from quiet; insert into quiet select 1 where false')
    await user.query('begin; insert into quiet values (1); rollback')
    await user.query(
      'begin; savepoint a; insert into quiet values (2); rollback to a; insert into quiet values (3); commit',
    )
    expect(await changesOf('quiet', 'new_values')).toEqual([{ new_values: { id: 3 } }])
  })

  it('pairs what a row was with what it became, keys that change and all', async () => {
    await audited('pairs', '(id int primary key, was int)')
    await user.query('insert into pairs select i, i from generate_series(1, 500) i')
    await user.query('update pairs set id = 1000 - id')
    const wrong = await rowsOf(
      admin,
      `select row_key, new_values from script_tracking.get_row_changes('pairs')
       where action = 'UPDATE' and (new_values ->> 'id')::int <> 1000 - (row_key ->> 'id')::int`,
    )
    expect(wrong).toEqual([])
    expect(
      await onlyValue(
        admin,
        `select count(*)::int from script_tracking.get_row_changes('pairs') where action = 'UPDATE'`,
      ),
    ).toBe(500)
  })

  it('sees upsert, copy, merge and a foreign key that cascades', async () => {
    await audited('parents', '(id int primary key, n int)')
    await audited('children', '(id int primary key, parent int references parents on delete cascade on update cascade)')
    await user.query(`insert into parents values (1, 1); insert into children values (10, 1), (11, 1)`)
    await user.query(`insert into parents values (1, 5), (2, 2) on conflict (id) do update set n = excluded.n`)
    await admin.query(`copy parents from program 'printf "3\\t3\\n"'`)
    if (major >= 15) {
      await user.query(
        `merge into parents p using (values (2, 20), (4, 4)) v (id, n) on p.id = v.id
         when matched then update set n = v.n when not matched then insert values (v.id, v.n)`,
      )
    }
    await user.query('update parents set id = 100 where id = 1')
    await user.query('delete from parents where id = 100')
    const actions = (await changesOf('parents', 'action, row_key, new_values')).map(
      ({ action, row_key, new_values }) => `${action} ${JSON.stringify(row_key)} ${JSON.stringify(new_values)}`,
    )
    expect(actions.toSorted()).toEqual(
      [
        'INSERT {"id":1} {"n":1,"id":1}',
        'INSERT {"id":2} {"n":2,"id":2}',
        'UPDATE {"id":1} {"n":5}',
        'INSERT {"id":3} {"n":3,"id":3}',
        ...(major >= 15 ? ['UPDATE {"id":2} {"n":20}', 'INSERT {"id":4} {"n":4,"id":4}'] : []),
        'UPDATE {"id":1} {"id":100}',
        'DELETE {"id":100} null',
      ].toSorted(),
    )
    expect((await changesOf('children', 'action')).map(({ action }) => action)).toEqual([
      'INSERT',
      'INSERT',
      'UPDATE',
      'UPDATE',
      'DELETE',
      'DELETE',
    ])
  })

  it('reads names, types and values that try to be something else', async () => {
    const name = `He said "%s" 'n'; $$ -- ü`
    await admin.query(`create schema ${quoteName(name)}`)
    const table = `${quoteName(name)}.${quoteName('r.s')}`
    await admin.query(`
      create type mood as enum ('sad', 'happy');
      create type pair as (a int, b text);
      create domain small as int check (value < 10);
      create table ${table} (
        "old" int, "new_rows" text, "r" text, "s" text, "n" text, "o" text, "statement" text, ${quoteName(name)} text, "100%" text, "%1$s" text,
        m mood, p pair, d small, ms mood[], ds small[], span daterange, raw bytea, x xml, j jsonb, net inet, f float8, money money, iv interval,
        primary key ("old", ${quoteName(name)}))`)
    await admin.query('select script_tracking.enable_row_audit($1::regclass, $2)', [table, ['%1$s']])
    await admin.query(
      `set extra_float_digits = 0; set bytea_output = 'escape'; set intervalstyle = 'iso_8601'; set datestyle = 'SQL, DMY'`,
    )
    const warnings = await warningsDuring(admin, async () => {
      await admin.query(
        `insert into ${table} values (1, 'a', 'b', 'c', 'd', 'e', 'f', $1, 'g', 'h', 'happy', '(1,"x,y")', 5, '{sad,happy}', '{1,2}',
         '[01/02/2026,03/02/2026)', '\\x00ff', '<a/>', '{"k": null}', '10.0.0.1', 0.1::float8 + 0.2::float8, 1.5, '1 day 02:00')`,
        [name],
      )
      await admin.query(`update ${table} set p = null, m = 'sad', j = 'null', "%1$s" = 'i'`)
      await admin.query(`delete from ${table}`)
    })
    expect(warnings).toEqual([])
    const [inserted, updated, deleted] = await changesOf(table)
    expect(inserted).toMatchObject({
      row_key: { old: 1, [name]: name },
      new_values: {
        m: 'happy',
        p: '(1,"x,y")',
        d: 5,
        ms: '{sad,happy}',
        ds: [1, 2],
        span: '[2026-02-01,2026-02-03)',
        raw: '\\x00ff',
        x: '<a/>',
        j: { k: null },
        net: '10.0.0.1',
        f: 0.30000000000000004,
        iv: '1 day 02:00:00',
        new_rows: 'a',
        r: 'b',
        s: 'c',
        '100%': 'g',
        '%1$s': '***',
      },
    })
    expect(updated).toMatchObject({
      old_values: { p: '(1,"x,y")', m: 'happy', j: { k: null }, '%1$s': '***' },
      new_values: { p: null, m: 'sad', j: null, '%1$s': '***' },
    })
    expect(Object.keys(updated?.['new_values'] as object).toSorted()).toEqual(['%1$s', 'j', 'm', 'p'])
    expect(deleted).toMatchObject({ action: 'DELETE', old_values: { m: 'sad' } })
  })

  it('runs nobody’s function with the rights of the trail’s owner', async () => {
    await user.query(`
      create type wicked as enum ('a');
      create function as_json(wicked) returns json language plpgsql as $$
        begin raise exception 'ran as %', current_user; end $$;
      create cast (wicked as json) with function as_json(wicked);
      create table trap (id int primary key, w wicked, ws wicked[]);
      create table row_trap (id int primary key, at date);
      create function row_as_json(row_trap) returns json language plpgsql as $$
        begin raise exception 'ran as %', current_user; end $$;
      create cast (row_trap as json) with function row_as_json(row_trap)`)
    await admin.query(`select script_tracking.enable_row_audit('trap'), script_tracking.enable_row_audit('row_trap')`)
    const evil = await database.session(userName)
    await admin.query(`create schema lure authorization ${quoteName(userName)}`)
    await evil.query(`
      create function lure.to_jsonb(anyelement) returns jsonb language plpgsql as $$ begin raise exception 'lured'; end $$;
      create function lure.now() returns timestamptz language plpgsql as $$ begin raise exception 'lured'; end $$;
      create function lure.same(text, text) returns boolean language plpgsql as $$ begin raise exception 'lured'; end $$;
      create operator lure.= (function = lure.same, leftarg = text, rightarg = text);
      set search_path = lure, pg_catalog, public`)
    const warnings = await warningsDuring(evil, async () => {
      await evil.query(`insert into trap values (1, 'a', '{a}')`)
      await evil.query(`insert into row_trap values (1, '2026-01-01'); update row_trap set at = '2026-01-02'`)
    })
    expect(warnings).toEqual([])
    expect(await changesOf('row_trap', 'action, new_values')).toEqual([
      { action: 'INSERT', new_values: { id: 1, at: '2026-01-01' } },
      { action: 'UPDATE', new_values: { at: '2026-01-02' } },
    ])
    expect(await changesOf('trap', 'new_values')).toEqual([{ new_values: { id: 1, w: 'a', ws: '{a}' } }])
  })

  describe('masking', () => {
    it('keeps no value of a masked column, wherever it stands, and a keyed hash of a masked key', async () => {
      await audited('people', '(email text, ssn text, note text, primary key (email))', '{email,ssn}')
      await user.query(`insert into people values ('a@example.com', '123-45-6789', 'x'), ('b@example.com', null, 'y')`)
      await user.query(`update people set ssn = '987-65-4321', note = 'z' where email = 'a@example.com'`)
      await user.query(`update people set email = 'c@example.com' where email = 'b@example.com'`)
      await user.query('delete from people')
      const all = await changesOf('people')
      expect(JSON.stringify(all)).not.toMatch(/example|\d{3}-\d{2}-\d{4}/)
      const [first, second, update, renamed] = all
      expect(first).toMatchObject({
        new_values: { ssn: '***', note: 'x', email: expect.stringMatching(/^#[0-9a-f]{64}$/) },
      })
      expect(second).toMatchObject({ new_values: { ssn: null } })
      expect(update).toMatchObject({
        row_key: first?.['row_key'],
        old_values: { ssn: '***', note: 'x' },
        new_values: { ssn: '***', note: 'z' },
      })
      expect(renamed?.['row_key']).toEqual(second?.['row_key'])
      expect(renamed?.['new_values']).toEqual({ email: expect.stringMatching(/^#/) })
      // Who knows the key finds its row.
      expect(
        await onlyValue(
          admin,
          `select count(*)::int from script_tracking.get_row_changes('people', '{"email": "a@example.com"}')`,
        ),
      ).toBe(3)
      const raw = await onlyValue(
        admin,
        `select count(*)::int from script_tracking.row_change c where c::text ~ 'example|[0-9]{3}-[0-9]{2}-[0-9]{4}'`,
      )
      expect(raw).toBe(0)
    })

    it('follows the tags of project_schema.metadata from the next statement on', async () => {
      await audited('patients', '(id int primary key, diagnosis text, ward text)')
      await user.query(`insert into patients values (1, 'flu', 'A')`)
      await admin.query(
        `insert into project_schema.metadata (schema_name, table_name, column_name, tags) values ('public', 'patients', 'diagnosis', '{PHI}')`,
      )
      await user.query(`insert into patients values (2, 'cold', 'B')`)
      await admin.query(
        `update project_schema.metadata set tags = '{}', classification = 'restricted', column_name = null where table_name = 'patients'`,
      )
      await user.query(`insert into patients values (3, 'gout', 'C')`)
      await admin.query(`delete from project_schema.metadata where table_name = 'patients'`)
      await user.query(`insert into patients values (4, 'none', 'D')`)
      expect((await changesOf('patients', 'new_values')).map((row) => row['new_values'])).toEqual([
        { id: 1, ward: 'A', diagnosis: 'flu' },
        { id: 2, ward: 'B', diagnosis: '***' },
        { id: expect.stringMatching(/^#/), ward: '***', diagnosis: '***' },
        { id: 4, ward: 'D', diagnosis: 'none' },
      ])
    })

    it('stays on a column that is renamed, and covers the columns of partitions', async () => {
      await admin.query(`
        create table visits (id int, secret text, at date, primary key (id, at)) partition by range (at);
        create table visits_dropped (gone int, id int not null, secret text, at date not null);
        alter table visits_dropped drop column gone;
        alter table visits attach partition visits_dropped for values from ('2025-01-01') to ('2026-01-01');
        create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01')`)
      expect(await onlyValue(admin, `select script_tracking.enable_row_audit('visits', '{secret}')`)).toBe(3)
      // One decision, however many tables it is about.
      expect(
        await onlyValue(
          admin,
          `select metadata - 'tables' || jsonb_build_object('count', jsonb_array_length(metadata -> 'tables'))
           from script_tracking.script_execution_current where script_name = 'enable_row_audit(public.visits)' order by version_number desc limit 1`,
        ),
      ).toEqual({ masked_columns: ['secret'], ignored_columns: [], count: 3 })
      await admin.query('alter table visits rename column secret to confession')
      await admin.query(
        `insert into visits values (1, 'x', '2025-05-05'); insert into visits_dropped values (2, 'y', '2025-06-06')`,
      )
      expect((await changesOf('visits', 'new_values')).map((row) => row['new_values'])).toEqual([
        { at: '2025-05-05', id: 1, confession: '***' },
        { at: '2025-06-06', id: 2, confession: '***' },
      ])
    })

    it('leaves ignored columns out, but never the key', async () => {
      await audited('wide', '(id int primary key, blob text, n int)', '{}', '{blob}')
      await user.query(`insert into wide values (1, repeat('x', 1000), 1)`)
      await user.query(`update wide set blob = 'y'`)
      expect((await changesOf('wide', 'new_values')).map((row) => row['new_values'])).toEqual([{ n: 1, id: 1 }, {}])
      const refusal = await refusalOf(admin, `select script_tracking.enable_row_audit('wide', '{}', '{id}')`)
      expect(refusal.message).toBe('The key of public.wide cannot be left out: id.')
    })
  })

  it('follows a table that is altered, and its key', async () => {
    await audited('changing', '(id int primary key, a text)')
    await user.query(`insert into changing values (1, 'x')`)
    await admin.query('alter table changing add column b int default 7, alter column a type int using length(a)')
    await user.query('update changing set b = 8, a = 2')
    await admin.query('alter table changing drop column a')
    await user.query('delete from changing')
    await admin.query(`alter table changing drop constraint changing_pkey`)
    await user.query('insert into changing values (5, 6)')
    expect(await changesOf('changing')).toMatchObject([
      { new_values: { id: 1, a: 'x' } },
      { old_values: { a: 1, b: 7 }, new_values: { a: 2, b: 8 } },
      { old_values: { id: 1, b: 8 } },
      { row_key: null, new_values: { id: 5, b: 6 } },
    ])
  })

  it('knows generated columns that are stored', async () => {
    const virtual = major >= 18 ? ', twice int generated always as (n * 2) virtual' : ''
    await audited('computed', `(id int primary key, n int, square int generated always as (n * n) stored${virtual})`)
    await user.query('insert into computed (id, n) values (1, 3); update computed set n = 4')
    expect(await changesOf('computed')).toMatchObject([
      { new_values: { id: 1, n: 3, square: 9 } },
      { old_values: { n: 3, square: 9 }, new_values: { n: 4, square: 16 } },
    ])
  })

  describe('partitions and inheritance', () => {
    it('are recorded through the parent and directly, once', async () => {
      await admin.query(`
        create table events (id int, kind int, note text, primary key (id, kind)) partition by list (kind);
        create table events_1 partition of events for values in (1);
        create table events_2 partition of events for values in (2)`)
      await admin.query(`select script_tracking.enable_row_audit('events')`)
      await admin.query(`insert into events values (1, 1, 'a'), (2, 2, 'b')`)
      await admin.query(`insert into events_1 values (3, 1, 'c')`)
      await admin.query(`update events set kind = 2 where id = 1`)
      await admin.query('truncate events_2')
      expect(await changesOf('events', 'action, row_key, new_values')).toEqual([
        { action: 'INSERT', row_key: { id: 1, kind: 1 }, new_values: { id: 1, kind: 1, note: 'a' } },
        { action: 'INSERT', row_key: { id: 2, kind: 2 }, new_values: { id: 2, kind: 2, note: 'b' } },
        { action: 'INSERT', row_key: { id: 3, kind: 1 }, new_values: { id: 3, kind: 1, note: 'c' } },
        { action: 'UPDATE', row_key: { id: 1, kind: 1 }, new_values: { kind: 2 } },
        { action: 'TRUNCATE', row_key: null, new_values: null },
      ])
      // A partition that came later is recorded through its parent; that it is not itself is told.
      await admin.query('create table events_3 partition of events for values in (3)')
      await admin.query(`insert into events values (4, 3, 'd'); insert into events_3 values (5, 3, 'unseen')`)
      expect(await rowsOf(admin, 'select relation::text, problem from script_tracking.row_audit_gap')).toEqual([
        { relation: 'events_3', problem: expect.stringContaining('part of events') },
      ])
      await admin.query(`select script_tracking.enable_row_audit('events')`)
      expect(await rowsOf(admin, 'select * from script_tracking.row_audit_gap')).toEqual([])
      await admin.query(`insert into events_3 values (6, 3, 'seen')`)
      const notes = (await changesOf('events', `new_values ->> 'note' as note`)).map(({ note }) => note)
      expect(notes).toContain('d')
      expect(notes).toContain('seen')
      expect(notes).not.toContain('unseen')
    })

    it('tell a row that did not arrive from one that moved', async () => {
      await admin.query(`
        create table moving (id int, kind int, primary key (id, kind)) partition by list (kind);
        create table moving_1 partition of moving for values in (1);
        create table moving_2 partition of moving for values in (2);
        create function swallow() returns trigger language plpgsql as $$ begin if new.id = 2 then return null; end if; return new; end $$;
        create trigger swallow before insert on moving_2 for each row execute function swallow()`)
      await admin.query(`select script_tracking.enable_row_audit('moving')`)
      await admin.query('insert into moving values (1, 1), (2, 1), (3, 1)')
      await admin.query('update moving set kind = 2')
      const changes = (await changesOf('moving', 'action, row_key'))
        .slice(3)
        .map(({ action, row_key }) => `${action} ${JSON.stringify(row_key)}`)
      // The key changed with the move and one row is missing: which became which is not known, what left and what came is.
      expect(changes.toSorted()).toEqual(
        [
          'DELETE {"id":1,"kind":1}',
          'DELETE {"id":2,"kind":1}',
          'DELETE {"id":3,"kind":1}',
          'INSERT {"id":1,"kind":2}',
          'INSERT {"id":3,"kind":2}',
        ].toSorted(),
      )
    })

    it('include children that inherit', async () => {
      await admin.query(`
        create table animals (id int primary key, name text);
        create table dogs (breed text, primary key (id)) inherits (animals)`)
      expect(await onlyValue(admin, `select script_tracking.enable_row_audit('animals')`)).toBe(2)
      await admin.query(`insert into dogs values (1, 'Rex', 'pug'); update animals set name = 'Max'; delete from dogs`)
      expect(await changesOf('animals', 'action, new_values, old_values')).toEqual([
        { action: 'INSERT', new_values: { id: 1, name: 'Rex', breed: 'pug' }, old_values: null },
        { action: 'UPDATE', new_values: { name: 'Max' }, old_values: { name: 'Rex' } },
        { action: 'DELETE', new_values: null, old_values: { id: 1, name: 'Max', breed: 'pug' } },
      ])
    })
  })

  it('refuses in words what it cannot audit', async () => {
    await admin.query(`
      create table keyless (a int); create view looking as select 1 as id; create temporary table passing (id int primary key);
      create table named (id int primary key); create function theirs() returns trigger language plpgsql as 'begin return null; end';
      create trigger audit_row_insert after insert on named for each statement execute function theirs()`)
    const cases: [string, string, RegExp][] = [
      [`'keyless'`, '55000', /^Table public\.keyless cannot be audited because it has no primary key\.$/],
      [`'looking'`, '42809', /^public\.looking is no table whose rows/],
      [`'passing'`, '42809', /is temporary/],
      [`'pg_catalog.pg_class'`, '42809', /belongs to the system/],
      [`'script_tracking.ledger'`, '42809', /belongs to the system/],
      [`null`, '22004', /^Which table/],
      [`0::regclass`, '42P01', /^There is no such table/],
      [`'named'`, '42710', /^Table public\.named has a trigger audit_row_insert of its own/],
      [`'plain', '{nix}'`, '42703', /^Table public\.plain has no column nix\.$/],
    ]
    for (const [argument, code, message] of cases) {
      const refusal = await refusalOf(admin, `select script_tracking.enable_row_audit(${argument})`)
      expect({ argument, code: refusal.code }).toEqual({ argument, code })
      expect(refusal.message).toMatch(message)
    }
    await admin.query(
      'create unique index on keyless (a); alter table keyless alter a set not null; alter table keyless replica identity using index keyless_a_idx',
    )
    expect(await onlyValue(admin, `select script_tracking.enable_row_audit('keyless')`)).toBe(1)
  })

  it('is switched by steward_admin who may put triggers there, and by nobody else', async () => {
    const name = await database.role('warden')
    await admin.query(`grant steward_admin to ${quoteName(name)}; create table guarded (id int primary key)`)
    const warden = await database.session(name)
    const noTrigger = await refusalOf(warden, `select script_tracking.enable_row_audit('guarded')`)
    expect(noTrigger).toMatchObject({
      code: '42501',
      hint: expect.stringContaining('grant trigger on public.guarded to'),
    })
    await admin.query(`grant trigger on guarded to ${quoteName(name)}`)
    expect(await onlyValue(warden, `select script_tracking.enable_row_audit('guarded')`)).toBe(1)
    expect((await refusalOf(warden, `select script_tracking.disable_row_audit('guarded')`)).code).toBe('42501')
    await admin.query(`alter table guarded owner to ${quoteName(name)}`)
    expect(await onlyValue(warden, `select script_tracking.enable_row_audit('guarded')`)).toBe(1)
    expect(await onlyValue(warden, `select script_tracking.disable_row_audit('guarded')`)).toBe(1)
    expect(await onlyValue(warden, `select script_tracking.disable_row_audit('guarded')`)).toBe(0)
    expect(
      await rowsOf(
        admin,
        `select is_enabled, session_user_name as who from script_tracking.row_audit_state where table_name = 'guarded' order by recorded_at`,
      ),
    ).toEqual([
      { is_enabled: true, who: name },
      { is_enabled: true, who: name },
      { is_enabled: false, who: name },
    ])
    const settings = { masked_columns: [], ignored_columns: [] }
    const tables = ['public.guarded']
    expect(
      await rowsOf(
        admin,
        `select script_name as name, script_category as category, session_user_name as who, execution_status as status, metadata
         from script_tracking.script_execution_current
         where script_type = 'ADMINISTRATION' and script_name like '%(public.guarded)' order by version_number`,
      ),
    ).toEqual(
      ['enable_row_audit', 'enable_row_audit', 'disable_row_audit'].map((call) => ({
        name: `${call}(public.guarded)`,
        category: 'ROW_AUDIT',
        who: name,
        status: 'COMPLETED',
        metadata: call === 'enable_row_audit' ? { tables, ...settings } : { tables },
      })),
    )
    await user.query('create table mine (id int primary key)')
    for (const sql of [
      `select script_tracking.enable_row_audit('mine')`,
      `select script_tracking.disable_row_audit('guarded')`,
      `select script_tracking.note_row_audit('{mine}', true, '{}', '{}')`,
      `select script_tracking.get_row_changes('orders')`,
      `create trigger forged after insert on mine for each statement execute function script_tracking.record_row_change('{}')`,
      'select * from script_tracking.row_change',
      'select * from script_tracking.row_audit_secret',
      'select * from script_tracking.row_audit_gap',
    ]) {
      expect({ sql, code: (await refusalOf(user, sql)).code }).toEqual({ sql, code: '42501' })
    }
    expect(await rowsOf(user, 'select * from script_tracking.row_change_history')).toEqual([])
    const auditorName = await database.role('reader')
    await admin.query(`grant steward_auditor to ${quoteName(auditorName)}`)
    const auditor = await database.session(auditorName)
    expect((await rowsOf(auditor, `select action from script_tracking.get_row_changes('orders')`)).length).toBe(7)
    expect((await refusalOf(auditor, `select script_tracking.enable_row_audit('orders')`)).code).toBe('42501')
    expect((await refusalOf(warden, 'delete from script_tracking.row_change')).code).toBe('42501')
    for (const relation of ['row_change_statement', 'row_change', 'row_audit_state', 'row_audit_secret']) {
      expect((await refusalOf(admin, `delete from script_tracking.${relation}`)).message).toContain('insert-only')
      expect((await refusalOf(admin, `truncate script_tracking.${relation}`)).message).toContain('insert-only')
    }
  })

  it('says so where a trigger was dropped or disabled behind its back', async () => {
    await audited('watched', '(id int primary key)')
    await admin.query('alter table watched disable trigger audit_row_update')
    const gap = `select problem from script_tracking.row_audit_gap where relation = 'watched'::regclass`
    expect(await rowsOf(admin, gap)).toHaveLength(1)
    await admin.query(`select script_tracking.enable_row_audit('watched')`)
    expect(await rowsOf(admin, gap)).toEqual([])
    await admin.query('drop trigger audit_row_insert on watched')
    expect(await rowsOf(admin, gap)).toHaveLength(1)
    expect(
      await onlyValue(admin, `select is_complete from script_tracking.audited_table where table_name = 'watched'`),
    ).toBe(false)
    await admin.query(`select script_tracking.disable_row_audit('watched')`)
    expect(await rowsOf(admin, gap)).toEqual([])
  })

  describe('when a row cannot be recorded', () => {
    async function withBrokenTrail(work: () => Promise<void>) {
      await admin.query('alter table script_tracking.row_change add constraint broken check (false) not valid')
      try {
        await work()
      } finally {
        await admin.query('alter table script_tracking.row_change drop constraint broken')
      }
    }

    it('lets the statement take effect with a warning, and notes it', async () => {
      await audited('fragile', '(id int primary key)')
      await withBrokenTrail(async () => {
        const warnings = await warningsDuring(user, () => user.query('insert into fragile values (1)'))
        expect(warnings).toEqual([
          expect.stringMatching(/^INSERT on public\.fragile took effect, but could not be audited: .*broken/),
        ])
      })
      expect(await onlyValue(admin, 'select count(*)::int from fragile')).toBe(1)
      expect(await changesOf('fragile')).toEqual([])
      expect(
        await rowsOf(
          admin,
          `select command_tag, error_code, error_message, session_user_name from script_tracking.tracking_error where command_tag = 'INSERT'`,
        ),
      ).toEqual([
        {
          command_tag: 'INSERT',
          error_code: '23514',
          error_message: expect.stringMatching(/^public\.fragile: /),
          session_user_name: userName,
        },
      ])
    })

    it('undoes the statement where script_tracking.on_failure is error', async () => {
      await user.query(`set script_tracking.on_failure = 'error'`)
      await withBrokenTrail(async () => {
        const refusal = await refusalOf(user, 'insert into fragile values (2)')
        expect(refusal.message).toMatch(/^INSERT on public\.fragile is undone, because it could not be audited/)
      })
      await user.query('reset script_tracking.on_failure')
      expect(await onlyValue(admin, 'select count(*)::int from fragile')).toBe(1)
    })

    it('does not wait for a trail that is locked', async () => {
      const locker = await database.session()
      await locker.query('begin; lock table script_tracking.row_change in access exclusive mode')
      const warnings = await warningsDuring(user, () => user.query('insert into fragile values (3)'))
      await locker.query('rollback')
      expect(warnings).toEqual([expect.stringContaining('lock timeout')])
    })
  })

  it('keeps out of the way of replicas and restores', async () => {
    await audited('replicated', '(id int primary key)')
    await admin.query(
      'set session_replication_role = replica; insert into replicated values (1); reset session_replication_role',
    )
    expect(await changesOf('replicated')).toEqual([])
    await user.query('create sequence counting')
    await user.query(`select nextval('counting')`)
    await user.query('insert into replicated values (2)')
    expect(await onlyValue(user, 'select lastval()::int')).toBe(1)
  })

  it('records a hundred thousand rows of one statement as one', async () => {
    await audited('bulk', '(id int primary key, a text, b numeric, c timestamptz)')
    await user.query(`insert into bulk select i, 'item ' || i, i / 7.0, now() from generate_series(1, 100000) i`)
    await user.query(`update bulk set b = b + 1 where id % 10 = 0`)
    expect(
      await rowsOf(
        admin,
        `select s.action::text, s.row_count::int, count(*)::int as rows, count(distinct c.row_key)::int as keys
         from script_tracking.row_change_statement s join script_tracking.row_change c using (statement, recorded_at)
         where s.table_name = 'bulk' group by 1, 2, s.statement order by 1`,
      ),
    ).toEqual([
      { action: 'I', row_count: 100000, rows: 100000, keys: 100000 },
      { action: 'U', row_count: 10000, rows: 10000, keys: 10000 },
    ])
    const plan = await rowsOf(
      admin,
      `explain select * from script_tracking.row_change c where hashtextextended(c.row_key::text, 0) = hashtextextended('{"id": 77}'::jsonb::text, 0)`,
    )
    expect(JSON.stringify(plan)).toMatch(/Index (Only )?Scan|Bitmap Index Scan/)
  })

  it('gives its changes by pages, each once', async () => {
    const seen: string[] = []
    let after: [unknown, unknown] = [null, null]
    for (;;) {
      const page = await rowsOf(
        admin,
        `select statement, ordinal, action, row_key from script_tracking.get_row_changes('orders', null, null, null, 2, $1, $2)`,
        after,
      )
      const last = page.at(-1)
      if (last === undefined) break
      seen.push(...page.map(({ action, row_key }) => `${action} ${JSON.stringify(row_key)}`))
      after = [last['statement'], last['ordinal']]
    }
    expect(seen).toHaveLength(7)
    expect(seen[0]).toBe('TRUNCATE null')
    expect(seen.at(-1)).toBe('INSERT {"id":1}')
    const key = await rowsOf(admin, `select action from script_tracking.get_row_changes('orders', '{"id": 2}')`)
    expect(key.map(({ action }) => action)).toEqual(['TRUNCATE', 'DELETE', 'UPDATE', 'INSERT'])
    expect((await refusalOf(admin, `select script_tracking.get_row_changes('orders', '[1]')`)).message).toMatch(
      /A key is an object/,
    )
  })
})
