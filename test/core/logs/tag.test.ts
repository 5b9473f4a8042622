import { expect, it } from 'vitest'
import { tagOf } from '../../../src/core/logs/tag.ts'

it.each([
  ['select 1', 'SELECT', 'SELECT'],
  ['  -- why\n/* and */ insert into t values (1)', 'INSERT', 'DML'],
  ['with a as (delete from t returning *) select * from a', 'SELECT', 'SELECT'],
  ['with a as (select 1) update t set x = 1', 'UPDATE', 'DML'],
  ['(select 1) union select 2', 'SELECT', 'SELECT'],
  ['create or replace temp view v as select 1', 'CREATE VIEW', 'DDL'],
  ['create unique index on t (a)', 'CREATE INDEX', 'DDL'],
  ['drop materialized view v', 'DROP MATERIALIZED VIEW', 'DDL'],
  ['alter foreign data wrapper w options (a)', 'ALTER FOREIGN DATA WRAPPER', 'DDL'],
  ['create user mapping for u server s', 'CREATE USER MAPPING', 'DDL'],
  ["create user u password 'x'", 'CREATE ROLE', 'DDL'],
  ['alter default privileges grant select on tables to a', 'ALTER DEFAULT PRIVILEGES', 'DDL'],
  ['truncate t', 'TRUNCATE TABLE', 'DDL'],
  ['grant select on t to a', 'GRANT', 'DCL'],
  ['begin', 'BEGIN', 'TCL'],
  ['end', 'COMMIT', 'TCL'],
  ['prepare transaction $$a$$', 'PREPARE TRANSACTION', 'TCL'],
  ['explain select 1', 'EXPLAIN', 'UTILITY'],
  ['vacuum full t', 'VACUUM', 'UTILITY'],
  ['declare c cursor for select 1', 'DECLARE CURSOR', 'UTILITY'],
  ['selec 1', null, null],
  ['constructor', null, null],
  ['', null, null],
])('%s', (sql, tag, kind) => {
  expect(tagOf(sql)).toEqual({ tag, class: kind })
})

it('takes no more than its time for a hostile text', () => {
  expect(tagOf('/*'.repeat(1_000_000))).toEqual({ tag: null, class: null })
})
