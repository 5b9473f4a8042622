import { beforeAll, describe, expect, it } from 'vitest'
import { confirmationOf, type Danger, isConfirmed, typedName } from '../../../src/core/editor/guard.ts'
import { demandConfirmation, statementDangers } from '../../../src/main/editor/guard.ts'
import { loadParser } from '../../../src/main/editor/parser.ts'

beforeAll(loadParser)

const found = (sql: string): string[] =>
  statementDangers(sql).map(({ action, kind, name }) => `${action} ${kind} ${name}`.trim())

describe('what cannot be taken back', () => {
  it.each([
    ['drop table care.visit, b cascade', ['drop table care.visit', 'drop table b']],
    ['drop table if exists "a b"', ['drop table a b']],
    ['drop function f(int), s.g', ['drop function f', 'drop function s.g']],
    ['drop schema s cascade', ['drop schema s']],
    ['drop database d', ['drop database d']],
    ['drop role r', ['drop role r']],
    ['drop owned by r', ['drop all that is owned by r']],
    ['drop materialized view m', ['drop materialized view m']],
    ['drop trigger tr on s.t', ['drop trigger s.t.tr']],
    ['drop type s.t', ['drop type s.t']],
    ['drop index concurrently i', ['drop index i']],
    ['alter table t drop column c, drop constraint d', ['drop column t.c', 'drop constraint t.d']],
    ['truncate a, s.b', ['truncate table a', 'truncate table s.b']],
    ['delete from t', ['delete table t']],
    ['delete from only s.t returning *', ['delete table s.t']],
    ['delete from t using u', ['delete table t']],
    ['update t set a = 1', ['update table t']],
    ['update t set a = u.b from u', ['update table t']],
    ['with gone as (delete from t returning *) select * from gone', ['delete table t']],
    ['with a as (with b as (update t set c = 1 returning *) select * from b) select 1', ['update table t']],
    ['insert into log with gone as (delete from t returning *) select * from gone', ['delete table t']],
    ['explain analyze delete from t', ['delete table t']],
    ['explain (analyze on, buffers) delete from t', ['delete table t']],
    ['prepare p as delete from t', ['delete table t']],
    ['copy (delete from t returning *) to stdout', ['delete table t']],
    ['create table x as with gone as (delete from t returning *) select * from gone', ['delete table t']],
    ['merge into t using s on true when matched then delete', ['merge table t']],
    ['do $$ begin delete from t; end $$', ['delete table t']],
    [
      'do $$ begin if true then for i in 1..2 loop truncate a; end loop; end if; exception when others then drop table b; end $$',
      ['truncate table a', 'drop table b'],
    ],
    ["do $$ begin execute 'drop table x'; end $$", ['drop table x']],
    ["do $$ begin execute format('drop table %I', 'x'); end $$", ['dynamic do block']],
    ["do $$ begin execute 'dr' || 'op table x'; end $$", []],
    ["do $$ declare q text := 'drop table x'; begin execute q; end $$", ['dynamic do block']],
    [
      "do $$ declare r record; begin for r in select format('drop table %I', relname) as q from pg_class loop execute r.q; end loop; end $$",
      ['dynamic do block'],
    ],
    [
      "do $$ declare c refcursor; r record; begin open c for execute 'delete from t returning 1'; fetch c into r; end $$",
      ['delete table t'],
    ],
    ["do $$ declare q text := 'grant select on t to u'; begin delete from t where id = 1; execute q; end $$", []],
    ["do $$ begin execute 'drop table x'; frobnicate the rest; newer than we; end $$", ['unread do block']],
    ['drop table pg_temp', ['drop table pg_temp']],
    ['delete from pg_temp.view_of_another', ['delete table pg_temp.view_of_another']],
    ['merge into t using s on false when not matched by source then delete', ['merge table t']],
    ["do language plpgsql 'begin delete from t; end'", ['delete table t']],
    ['do language plpython3u \'plpy.execute("delete from t")\'', ['unread do block']],
    [
      'do $$ declare c cursor for with g as (delete from t returning 1) select 1; begin open c; end $$',
      ['delete table t'],
    ],
  ])('%s', (sql, expected) => expect(found(sql)).toEqual(expected))
})

describe('conditions that hold for every row', () => {
  it.each([
    'true',
    "'t'::bool",
    '1 = 1',
    '1=1 and true',
    'not false',
    'id = id',
    'id is null or true',
    '2 > 1',
    '1 = 1 or id = 5',
    "'a' = 'a'",
    'null is null',
    'id is not distinct from id',
    '1 is distinct from 2',
    '$1',
    '$1 = $1',
    '1',
  ])('where %s', (condition) => expect(found(`delete from t where ${condition}`)).toEqual(['delete table t']))
})

describe('what goes through', () => {
  it.each([
    'delete from t where id = 5',
    'delete from t where id = $1',
    'delete from t where false',
    'delete from t where 1 = 2',
    'delete from t where id = 5 and 1 = 1',
    'delete from t where exists (select 1 from u where u.id = t.id)',
    'delete from t where random() < 0.5',
    'delete from t where current of c',
    'update t set a = 1 where b is null',
    "insert into t values ('drop table x; delete from t; truncate t')",
    'select 1 -- delete from t',
    'explain delete from t',
    'explain (analyze false) delete from t',
    'explain (analyze off) delete from t',
    "create function f() returns void language sql as 'delete from t'",
    'create function f() returns void language sql begin atomic delete from t; end',
    'create rule r as on delete to t do instead delete from u',
    'drop table pg_temp.x',
    'truncate pg_temp.x',
    'merge into t using s on t.id = s.id when not matched by source then delete',
    'merge into t using s on false when matched then delete',
    'insert into t values (1) on conflict (id) do update set a = 1',
    'merge into t using s on t.id = s.id when matched then delete',
    'merge into t using s on true when not matched then insert values (1)',
    'do $$ begin delete from t where id = 1; end $$',
    'create trigger x after delete or update or truncate on t execute function f()',
    'grant delete, update, truncate on t to u',
    'alter table t add column updated_at timestamptz',
    'select * from t for update',
    'commit',
  ])('%s', (sql) => expect(found(sql)).toEqual([]))
})

describe('what cannot be parsed', () => {
  it.each([
    ['delete from t frob nicate', ['unread statement']],
    ["frobnicate 'delete from t'", []],
  ])('%.40s', (sql, expected) => expect(found(sql)).toEqual(expected))
})

describe('what is too long to be parsed', () => {
  const ask = (sql: string, confirmed: string[] = []) =>
    demandConfirmation({ statements: ['select 1', sql], analyze: false, database: 'clinic', confirmed })

  it('is asked about where the words stand in it, and not where they stand in texts and comments', async () => {
    const long = `delete from t where id in (${'1,'.repeat(60_000)}1)`
    await expect(ask(long)).rejects.toMatchObject({
      fault: {
        code: 'confirmation_required',
        data: {
          dangers: [{ action: 'unread', kind: 'statement', name: '', statement: 1 }],
          typed: [{ name: 'clinic', kind: 'database' }],
        },
      },
    })
    await expect(ask(long, ['clinic'])).resolves.toBeUndefined()
    await expect(ask(`insert into t values ('${'delete '.repeat(20_000)}')`)).resolves.toBeUndefined()
    await expect(ask(`select 1 /* ${'drop '.repeat(30_000)} */`)).resolves.toBeUndefined()
  })
})

describe('what has to be typed', () => {
  const danger = (name: string): Danger => ({ action: 'drop', kind: 'table', name, statement: 0 })

  it('is each name once, up to four of them', () => {
    const asked = confirmationOf(['a', 'b', 'a'].map(danger), 'clinic')
    expect(asked.typed).toEqual([
      { name: 'a', kind: 'table' },
      { name: 'b', kind: 'table' },
    ])
    expect(isConfirmed(asked, ['b', 'a'])).toBe(true)
    expect(isConfirmed(asked, ['a'])).toBe(false)
    expect(isConfirmed(asked, ['A', 'b'])).toBe(false)
    // The role is named where all that it owns is meant.
    expect(confirmationOf([{ ...danger('r'), kind: 'all that is owned by' }], 'clinic').typed).toEqual([
      { name: 'r', kind: 'role' },
    ])
  })

  it('is the name of the database for more, and for what has no name', () => {
    const clinic = [{ name: 'clinic', kind: 'database' }]
    expect(confirmationOf(['a', 'b', 'c', 'd', 'e'].map(danger), 'clinic').typed).toEqual(clinic)
    expect(confirmationOf([danger('a'), { ...danger(''), action: 'dynamic' }], 'clinic').typed).toEqual(clinic)
  })

  it('can be typed whatever stands in the name', () => {
    expect(typedName(['a\nb', 'c\u202ed', 'e"f', '__proto__'])).toBe('a\\u{a}b.c\\u{202e}d.e"f.__proto__')
  })
})
