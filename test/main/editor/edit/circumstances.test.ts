import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from '../../../../src/core/editor/edit.ts'
import { sharedServer } from '../../../ground/shared.ts'
import { look, openStation, type Station, type StationOptions } from '../station.ts'

const server = sharedServer()
const clerk = `clerk_${process.pid}`
let database: string
let station: Station

beforeAll(async () => {
  database = await server.createDatabase()
  await sql(`create role ${clerk}`)
})
afterAll(async () => {
  await server.dropDatabase(database)
  await look(server, 'postgres', `drop role ${clerk}`)
})
beforeEach(async () => {
  await sql(`drop schema if exists desk cascade; create schema desk; grant usage on schema desk to ${clerk}`)
})

const sql = (text: string) => look(server, database, text)
const text = (value: string | null) => ({ text: value })

async function at(work: () => Promise<void>, options: Partial<StationOptions> = {}): Promise<void> {
  station = await openStation({ server, database, ...options })
  try {
    await work()
  } finally {
    await station.close()
  }
}

/** The last result of a script. */
async function ran(script: string): Promise<string> {
  const { outcome, results } = await station.run(script)
  expect(outcome.failure).toBeNull()
  return results.at(-1)?.result ?? ''
}

const apply = (result: string, ...changes: Change[]) => station.api.editor.applyEdits({ result, changes })
const set = (row: number, column: number, value: string | null): Change => {
  return { kind: 'update', row, set: [{ column, to: text(value) }] }
}

describe('a tab with a role and settings of its own', () => {
  it('has its changes made as that role, and told by its rights', () =>
    at(async () => {
      await sql(`
        create table desk.note (id int primary key, body text, owner text not null default current_user);
        insert into desk.note values (1, 'one', 'dba'), (2, 'two', '${clerk}');
        create function desk.sign() returns trigger language plpgsql as 'begin new.owner := current_user; return new; end';
        create trigger sign before update on desk.note for each row execute function desk.sign();
        grant select, update (body) on desk.note to ${clerk}`)
      await station.run(`set role ${clerk}`)
      const result = await ran('select * from desk.note order by id')
      const editable = await station.api.editor.editable({ result })
      expect(editable.mayDelete).toBe(false)
      expect(editable.columns.map((column) => column?.locked)).toEqual([
        'Your role may not update this column.',
        null,
        'Your role may not update this column.',
      ])
      const outcome = await apply(result, set(0, 1, 'changed'))
      expect(outcome).toMatchObject({ made: true, rows: [['1', 'changed', clerk]] })
      await expect(apply(result, { kind: 'delete', row: 1 })).rejects.toMatchObject({ fault: { code: 'refused' } })
      // Back to the role that logged in.
      await station.run('reset role')
      const again = await ran('select * from desk.note order by id')
      expect((await station.api.editor.editable({ result: again })).mayDelete).toBe(true)
      expect((await apply(again, set(0, 1, 'mine'))).rows).toEqual([['1', 'mine', 'postgres']])
    }))

  it('has its row security, by the setting that a policy asks for', () =>
    at(async () => {
      await sql(`
        create table desk.visit (id int primary key, tenant text, note text);
        insert into desk.visit values (1, 'a', 'x'), (2, 'b', 'y');
        alter table desk.visit enable row level security;
        create policy own on desk.visit using (tenant = current_setting('desk.tenant', true));
        grant all on desk.visit to ${clerk}`)
      await station.run(`set role ${clerk}; set desk.tenant = 'b'`)
      const result = await ran('select * from desk.visit')
      expect(await apply(result, set(0, 2, 'seen'))).toMatchObject({
        failure: null,
        made: true,
        rows: [['2', 'b', 'seen']],
      })
      // A row that nobody of this tenant would see afterwards.
      expect(await apply(result, set(0, 1, 'a'))).toMatchObject({
        made: false,
        failure: { change: 0, fault: { sqlstate: '42501', message: expect.stringContaining('row-level security') } },
      })
      expect(await sql('select tenant from desk.visit where id = 2')).toEqual([{ tenant: 'b' }])
    }))

  it('has its dates taken as it shows them', () =>
    at(async () => {
      await sql(`
        create table desk.shift (day date primary key, hours interval, note text);
        insert into desk.shift values ('2024-01-02', '1 day -02:00', 'january'), ('2024-02-01', '8:00', 'february')`)
      await station.run("set datestyle = 'SQL, DMY'; set intervalstyle = sql_standard")
      const result = await ran('select * from desk.shift order by day')
      expect((await station.api.editor.rows({ result, from: 0, count: 1 })).rows).toEqual([
        ['02/01/2024', '+0-0 +1 -2:00:00', 'january'],
      ])
      expect(
        await apply(result, {
          kind: 'update',
          row: 0,
          set: [
            { column: 0, to: text('03/01/2024') },
            { column: 1, to: text('1-2') },
          ],
        }),
      ).toMatchObject({ made: true, rows: [['03/01/2024', '1-2', 'january']] })
      expect(await sql('select day, hours, note from desk.shift order by day')).toEqual([
        { day: '2024-01-03', hours: '1 year 2 mons', note: 'january' },
        { day: '2024-02-01', hours: '08:00:00', note: 'february' },
      ])
    }))

  it('that came by a function is known too', () =>
    at(async () => {
      await sql(`
        create table desk.shift (day date primary key, note text);
        insert into desk.shift values ('2024-02-01', 'february');
        create function desk.german() returns void language sql as $$ select set_config('datestyle', 'German, DMY', false) $$`)
      await station.run('select desk.german()')
      const result = await ran('select * from desk.shift')
      expect(await apply(result, set(0, 1, 'changed'))).toMatchObject({ made: true, rows: [['01.02.2024', 'changed']] })
    }))

  it('is not guessed at where the result was read inside a transaction', () =>
    at(async () => {
      await sql('create table desk.note (id int primary key, body text); insert into desk.note values (1, null)')
      const result = await ran(`begin; set local role ${clerk}; reset role; select * from desk.note; commit`)
      const { results } = await station.run(
        `begin; set local datestyle = 'German'; select * from desk.note; commit; select 1`,
      )
      expect(result).toBe('')
      const inside = results.find(({ columns }) => columns.length === 2)?.result ?? ''
      await expect(station.api.editor.editable({ result: inside })).rejects.toMatchObject({
        fault: { code: 'unsupported', message: expect.stringContaining('inside a transaction') },
      })
      // Afterwards, by itself, it can be.
      const after = await ran('select * from desk.note')
      expect(await apply(after, set(0, 1, ''))).toMatchObject({ made: true, rows: [['1', '']] })
    }))

  it('has its temporary tables for itself', () =>
    at(async () => {
      const result = await ran('create temp table scratch (id int primary key, n int); table scratch')
      await expect(station.api.editor.editable({ result })).rejects.toMatchObject({
        fault: { message: expect.stringContaining('scratch is a temporary table') },
      })
    }))

  it('is refused where the session that makes the changes cannot become like it', () =>
    at(async () => {
      await sql(`create table desk.note (id int primary key, body text); insert into desk.note values (1, 'x');
        grant all on desk.note to ${clerk}`)
      await station.run(`set role ${clerk}`)
      const result = await ran('select * from desk.note')
      await sql(`alter role ${clerk} rename to ${clerk}_gone`)
      try {
        await expect(apply(result, set(0, 1, 'y'))).rejects.toMatchObject({
          fault: { code: 'refused', message: expect.stringContaining(clerk) },
        })
      } finally {
        await sql(`alter role ${clerk}_gone rename to ${clerk}`)
      }
      expect(await sql('select body from desk.note')).toEqual([{ body: 'x' }])
    }))
})

describe('a connection that asks for reasons', () => {
  it('changes nothing without them, and records them', () =>
    at(
      async () => {
        await sql(`create table desk.note (id int primary key, body text); insert into desk.note values (1, 'x')`)
        const { results } = await station.run('select * from desk.note', { ticket: 'OPS-1', justification: 'look' })
        const result = results[0]?.result ?? ''
        await expect(apply(result, set(0, 1, 'y'))).rejects.toMatchObject({ fault: { code: 'reasons_required' } })
        expect(await sql('select body from desk.note')).toEqual([{ body: 'x' }])
        const outcome = await station.api.editor.applyEdits({
          result,
          changes: [set(0, 1, 'y')],
          ticket: 'OPS-2',
          justification: 'a typing error',
        })
        expect(outcome.made).toBe(true)
        expect(await station.detail(outcome.operation)).toMatchObject({
          ticket: 'OPS-2',
          justification: 'a typing error',
        })
      },
      { settings: { kind: 'production', askReasons: 'require' } },
    ))
})

describe('constraints, triggers and partitions', () => {
  it('that are checked at the commit name no change of several, and nothing is changed', () =>
    at(async () => {
      await sql(`
        create table desk.seat (id int primary key, place int, constraint once unique (place) deferrable initially deferred);
        insert into desk.seat values (1, 1), (2, 2), (3, 3)`)
      const result = await ran('select * from desk.seat order by id')
      // Two that change places: only in the end does each have one of its own.
      expect(await apply(result, set(0, 1, '2'), set(1, 1, '1'))).toMatchObject({ made: true })
      const again = await ran('select * from desk.seat order by id')
      const outcome = await apply(again, set(0, 1, '3'), set(1, 1, '7'))
      expect(outcome).toMatchObject({
        made: false,
        failure: { change: null, column: null, fault: { sqlstate: '23505', constraint: 'once' } },
      })
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'FAILED' })
      expect(await apply(again, set(0, 1, '3'))).toMatchObject({ made: false, failure: { change: 0, column: 1 } })
      expect(await sql('select place from desk.seat order by id')).toEqual([
        { place: '2' },
        { place: '1' },
        { place: '3' },
      ])
    }))

  it('with a key that may be broken for a while has no key', () =>
    at(async () => {
      await sql('create table desk.loose (id int primary key deferrable, n int)')
      await expect(
        station.api.editor.editable({ result: await ran('select * from desk.loose') }),
      ).rejects.toMatchObject({ fault: { message: expect.stringContaining('neither a primary key') } })
    }))

  it('by which a row becomes another one: it is shown as it is', () =>
    at(async () => {
      await sql(`
        create table desk.person (id int primary key, name text, shout text generated always as (upper(name)) stored,
          number int generated always as identity (start with 7));
        insert into desk.person (id, name) values (1, 'ada');
        create function desk.trim() returns trigger language plpgsql as 'begin new.name := trim(new.name); return new; end';
        create trigger trim before insert or update on desk.person for each row execute function desk.trim()`)
      const result = await ran('select * from desk.person')
      const outcome = await apply(result, set(0, 1, '  eve '), {
        kind: 'insert',
        set: [
          { column: 0, to: text('2') },
          { column: 1, to: text(' bob') },
        ],
      })
      expect(outcome.rows).toEqual([
        ['1', 'eve', 'EVE', '7'],
        ['2', 'bob', 'BOB', '8'],
      ])
    }))

  it('says which change a trigger holds back', () =>
    at(async () => {
      await sql(`
        create table desk.person (id int primary key, name text);
        insert into desk.person values (1, 'ada'), (2, 'bob');
        create function desk.keep() returns trigger language plpgsql as 'begin if old.id = 2 then return null; end if; return new; end';
        create trigger keep before update on desk.person for each row execute function desk.keep()`)
      const result = await ran('select * from desk.person order by id')
      expect(await apply(result, set(0, 1, 'x'), set(1, 1, 'y'))).toMatchObject({
        made: false,
        failure: { change: 1, fault: { message: expect.stringContaining('changed no row') } },
      })
      expect(await sql("select count(*) as n from desk.person where name in ('x', 'y')")).toEqual([{ n: '0' }])
    }))

  it('moves a row to the partition of its new key, and refuses it where there is none', () =>
    at(async () => {
      await sql(`
        create table desk.log (id int, day date, note text, primary key (id, day)) partition by range (day);
        create table desk.log_23 partition of desk.log for values from ('2023-01-01') to ('2024-01-01');
        create table desk.log_24 partition of desk.log for values from ('2024-01-01') to ('2025-01-01');
        insert into desk.log values (1, '2023-06-01', 'x')`)
      const result = await ran('select * from desk.log')
      expect(await apply(result, set(0, 1, '2026-06-01'))).toMatchObject({
        made: false,
        failure: { change: 0, fault: { sqlstate: '23514' } },
      })
      expect(await apply(result, set(0, 1, '2024-06-01'))).toMatchObject({ made: true })
      expect(await sql('select tableoid::regclass::text as part, day from desk.log')).toEqual([
        { part: 'desk.log_24', day: '2024-06-01' },
      ])
    }))

  it('touches no row of a table that inherits, and says so where the key is that of two rows', () =>
    at(async () => {
      await sql(`
        create table desk.base (id int primary key, n int); create table desk.child () inherits (desk.base);
        insert into desk.base values (1, 1); insert into desk.child values (1, 1)`)
      const result = await ran('select * from desk.base')
      expect(await apply(result, set(0, 1, '5'))).toMatchObject({
        made: false,
        failure: { fault: { code: 'refused', message: expect.stringContaining('2 rows') } },
      })
      expect(await sql('select n from desk.base')).toEqual([{ n: '1' }, { n: '1' }])
    }))
})

describe('values', () => {
  it('of the same area, but not the same, are a conflict', () =>
    at(async () => {
      await sql(`create table desk.plot (id int primary key, shape box, way path, tags int[], doc jsonb);
        insert into desk.plot values (1, '(2,2),(0,0)', '[(0,0),(1,1)]', '{1,2}', '{"a": 1}')`)
      const result = await ran('select * from desk.plot')
      await sql(`update desk.plot set shape = '(4,1),(0,0)'`)
      const outcome = await apply(result, set(0, 1, '(1,1),(0,0)'))
      expect(outcome.conflicts).toMatchObject([
        { change: 0, theirs: ['1', '(4,1),(0,0)', expect.anything(), '{1,2}', '{"a": 1}'] },
      ])
      // The others are as they were read.
      expect(await apply(result, set(0, 2, '[(5,5),(6,6)]'))).toMatchObject({ made: true })
      const now = await ran('select * from desk.plot')
      expect(await apply(now, { kind: 'delete', row: 0 })).toMatchObject({ made: true })
    }))

  it('that only compare as equal, but are written otherwise, are a conflict', () =>
    at(async () => {
      await sql(`create collation desk.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        create table desk.visit (id int primary key, every interval, code text collate desk.loose, doc jsonb, box char(3));
        insert into desk.visit values (1, '1 mon', 'ab', '{"a": 1.0}', 'x')`)
      const result = await ran('select * from desk.visit')
      await sql(`update desk.visit set every = '30 days', code = 'AB', doc = '{"a": 1.00}'`)
      for (const [column, value] of [
        [1, '2 mons'],
        [2, 'cd'],
        [3, '{}'],
      ] as const) {
        const outcome = await apply(result, set(0, column, value))
        expect(outcome).toMatchObject({
          made: false,
          conflicts: [{ theirs: ['1', '30 days', 'AB', '{"a": 1.00}', 'x  '] }],
        })
      }
      expect(await apply(result, set(0, 4, 'y'))).toMatchObject({ made: true })
    }))

  it('that are shown with fewer digits than they have can be changed', () =>
    at(async () => {
      await sql(
        `create table desk.sample (id int primary key, x float8); insert into desk.sample values (1, 0.1::float8 + 0.2)`,
      )
      await station.run('set extra_float_digits = 0')
      const result = await ran('select * from desk.sample')
      expect(await apply(result, set(0, 1, '5'))).toMatchObject({ made: true, conflicts: [], rows: [['1', '5']] })
    }))

  it('of some millions of letters are changed whole, and rows with longer ones not at all', () =>
    at(async () => {
      await sql(`create table desk.doc (id int primary key, body text, name text);
        insert into desk.doc values (1, repeat('ä', 3000000), 'long'), (2, repeat('x', 12000000), 'too long')`)
      const result = await ran('select * from desk.doc order by id')
      const long = 'b'.repeat(4_000_000)
      const outcome = await apply(result, set(0, 1, long))
      expect(outcome.made).toBe(true)
      expect(outcome.rows[0]?.[1] === long).toBe(true)
      for (const change of [set(1, 2, 'short'), { kind: 'delete', row: 1 } satisfies Change]) {
        await expect(apply(result, change)).rejects.toMatchObject({
          fault: { code: 'refused', message: expect.stringContaining('12,000,000 characters in body') },
        })
      }
      const names = await ran('select id, name from desk.doc order by id')
      expect(await apply(names, set(1, 1, 'short'))).toMatchObject({ made: true })
      expect(await sql('select name, length(body) as n from desk.doc order by id')).toEqual([
        { name: 'long', n: '4000000' },
        { name: 'short', n: '12000000' },
      ])
    }))

  it('with every kind of hostile name and text arrive as they are', () =>
    at(async () => {
      await sql(`create table desk."__proto__" ("constructor" int primary key, "a ""b'; --" text, "__proto__" text);
        insert into desk."__proto__" values (1, null, 'x')`)
      const result = await ran('select * from desk."__proto__"')
      const hostile = `'); drop table x; -- \u202e\u0007\n"'$1`
      const outcome = await apply(result, set(0, 1, hostile))
      expect(outcome.rows).toEqual([['1', hostile, 'x']])
      expect(await sql('select "a ""b\'; --" as v from desk."__proto__"')).toEqual([{ v: hostile }])
      expect(await apply(result, set(0, 2, 'a\0b'))).toMatchObject({ made: false, failure: { column: 2 } })
    }))
})

it('a server that goes in the middle leaves nothing changed, and says so', () =>
  at(async () => {
    await sql(`
      create table desk.slow (id int primary key, n int); insert into desk.slow values (1, 1), (2, 2);
      create function desk.wait() returns trigger language plpgsql as 'begin if old.id = 2 then perform pg_sleep(600); end if; return new; end';
      create trigger wait before update on desk.slow for each row execute function desk.wait()`)
    const result = await ran('select * from desk.slow order by id')
    const applying = apply(result, set(0, 1, '10'), set(1, 1, '20'))
    const failed = expect(applying).rejects.toMatchObject({
      fault: { code: 'connection_lost', hint: expect.stringContaining('Nothing was changed') },
    })
    await expect
      .poll(() =>
        sql(`select pg_terminate_backend(pid) as done from pg_stat_activity
          where datname = '${database}' and application_name = 'pgSteward - edit' and wait_event = 'PgSleep'`),
      )
      .toEqual([{ done: 't' }])
    await failed
    expect(await sql('select n from desk.slow order by id')).toEqual([{ n: '1' }, { n: '2' }])
    const { entries } = await station.api.history.search({})
    expect(entries[0]).toMatchObject({ type: 'EDIT', status: 'INTERRUPTED' })
  }))
