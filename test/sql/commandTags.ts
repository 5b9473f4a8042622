import type { Major } from '../ground/server.ts'

export interface TaggedCommand {
  /** The tag that the command has for event triggers. */
  tag: string
  sql: string
  /** Action (C, M, D), type and identity of each object, that is recorded with it; of a drop and an extension, some. */
  objects: string[]
  /** The first major that knows the command; 12 by default. */
  since?: Major
  metadata?: unknown
  /** What is recorded as the statement, where that is not the statement itself. */
  content?: string
}

/**
 * Commands of every tag that event triggers are fired for (the manual's firing matrix, as of 18), in an order in which
 * they run in one database.
 */
export const taggedCommands: readonly TaggedCommand[] = [
  { tag: 'CREATE SCHEMA', sql: 'create schema s', objects: ['C schema s'] },
  {
    tag: 'CREATE SCHEMA',
    sql: 'create schema with_elements create table in_schema (a int) create view in_view as select 1 as one',
    objects: ['C schema with_elements', 'C table with_elements.in_schema', 'C view with_elements.in_view'],
  },
  { tag: 'ALTER SCHEMA', sql: 'alter schema s rename to s2', objects: ['M schema s2'] },
  {
    tag: 'CREATE TABLE',
    sql: "create table t (id int generated always as identity, n text default 'x' not null unique, primary key (id))",
    objects: [
      'C sequence public.t_id_seq',
      'C table public.t',
      'C index public.t_pkey',
      'C index public.t_n_key',
      'M sequence public.t_id_seq',
    ],
  },
  {
    tag: 'CREATE TABLE',
    sql: 'create table serials (id serial)',
    objects: ['C sequence public.serials_id_seq', 'C table public.serials', 'M sequence public.serials_id_seq'],
  },
  { tag: 'CREATE TABLE', sql: 'create table part (a int) partition by range (a)', objects: ['C table public.part'] },
  {
    tag: 'CREATE TABLE',
    sql: 'create table part_1 partition of part for values from (0) to (10)',
    objects: ['C table public.part_1'],
  },
  { tag: 'ALTER TABLE', sql: 'alter table part detach partition part_1', objects: ['M table public.part'] },
  {
    tag: 'ALTER TABLE',
    sql: 'alter table part attach partition part_1 for values from (0) to (10)',
    objects: ['M table public.part'],
  },
  { tag: 'CREATE TABLE AS', sql: 'create table made_by_as as select 1 as a', objects: ['C table public.made_by_as'] },
  { tag: 'SELECT INTO', sql: 'select 2 as a into made_by_into', objects: ['C table public.made_by_into'] },
  {
    tag: 'CREATE MATERIALIZED VIEW',
    sql: 'create materialized view mv as select 1 as a',
    objects: ['C materialized view public.mv'],
  },
  {
    tag: 'ALTER MATERIALIZED VIEW',
    sql: 'alter materialized view mv rename to mv2',
    objects: ['M materialized view public.mv2'],
  },
  {
    tag: 'REFRESH MATERIALIZED VIEW',
    sql: 'refresh materialized view mv2',
    objects: ['M materialized view public.mv2'],
  },
  { tag: 'DROP MATERIALIZED VIEW', sql: 'drop materialized view mv2', objects: ['D materialized view public.mv2'] },
  {
    tag: 'ALTER TABLE',
    sql: "alter table t add column c int, alter column n set default 'y'",
    objects: ['M table public.t'],
  },
  { tag: 'ALTER TABLE', sql: 'alter table t add constraint t_c check (c > 0)', objects: ['M table public.t'] },
  {
    tag: 'ALTER TABLE',
    sql: 'alter table t drop constraint t_c',
    objects: ['M table public.t', 'D table constraint t_c on public.t'],
  },
  {
    tag: 'ALTER TABLE',
    sql: 'alter table t alter column c type bigint',
    objects: ['M table public.t'],
    metadata: { rewritten: [{ table: 'public.t', reason: ['column type'] }] },
  },
  { tag: 'ALTER TABLE', sql: 'alter table t rename column c to d', objects: ['M table column public.t.d'] },
  { tag: 'ALTER TABLE', sql: 'alter table t enable row level security', objects: ['M table public.t'] },
  { tag: 'CREATE INDEX', sql: 'create index t_d on t (d)', objects: ['C index public.t_d'] },
  { tag: 'CREATE INDEX', sql: 'create index concurrently t_n on t (n)', objects: ['C index public.t_n'] },
  { tag: 'ALTER INDEX', sql: 'alter index t_d rename to t_d2', objects: ['M index public.t_d2'] },
  { tag: 'REINDEX', sql: 'reindex index t_d2', objects: ['M index public.t_d2'], since: 17 },
  { tag: 'DROP INDEX', sql: 'drop index t_d2', objects: ['D index public.t_d2'] },
  { tag: 'DROP INDEX', sql: 'drop index concurrently t_n', objects: ['D index public.t_n'] },
  { tag: 'CREATE VIEW', sql: 'create view v as select * from t', objects: ['C view public.v'] },
  { tag: 'ALTER VIEW', sql: 'alter view v rename to v2', objects: ['M view public.v2'] },
  { tag: 'CREATE VIEW', sql: 'create or replace view v2 as select * from t', objects: ['C view public.v2'] },
  {
    tag: 'CREATE RULE',
    sql: 'create rule r as on insert to v2 do instead nothing',
    objects: ['C rule r on public.v2'],
  },
  { tag: 'ALTER RULE', sql: 'alter rule r on v2 rename to r2', objects: ['M rule r2 on public.v2'] },
  { tag: 'DROP RULE', sql: 'drop rule r2 on v2', objects: ['D rule r2 on public.v2'] },
  { tag: 'DROP VIEW', sql: 'drop view v2', objects: ['D view public.v2'] },
  { tag: 'CREATE SEQUENCE', sql: 'create sequence q', objects: ['C sequence public.q'] },
  { tag: 'ALTER SEQUENCE', sql: 'alter sequence q increment by 2', objects: ['M sequence public.q'] },
  { tag: 'DROP SEQUENCE', sql: 'drop sequence q', objects: ['D sequence public.q'] },
  {
    tag: 'CREATE FUNCTION',
    sql: "create function f(a int) returns int language sql as 'select 1; select a'",
    objects: ['C function public.f(integer)'],
  },
  { tag: 'ALTER FUNCTION', sql: 'alter function f(int) immutable', objects: ['M function public.f(integer)'] },
  {
    tag: 'CREATE PROCEDURE',
    sql: "create procedure pr() language sql as 'select 1'",
    objects: ['C procedure public.pr()'],
  },
  { tag: 'ALTER PROCEDURE', sql: 'alter procedure pr() security definer', objects: ['M procedure public.pr()'] },
  { tag: 'ALTER ROUTINE', sql: 'alter routine pr() security invoker', objects: ['M procedure public.pr()'] },
  { tag: 'DROP PROCEDURE', sql: 'drop procedure pr()', objects: ['D procedure public.pr()'] },
  {
    tag: 'CREATE FUNCTION',
    sql: "create function f2() returns int language sql as 'select 1'",
    objects: ['C function public.f2()'],
  },
  { tag: 'DROP ROUTINE', sql: 'drop routine f2()', objects: ['D function public.f2()'] },
  {
    tag: 'CREATE FUNCTION',
    sql: 'create function trg() returns trigger language plpgsql as $$ begin return new; end $$',
    objects: ['C function public.trg()'],
  },
  {
    tag: 'CREATE TRIGGER',
    sql: 'create trigger tr before insert on t for each row execute function trg()',
    objects: ['C trigger tr on public.t'],
  },
  { tag: 'ALTER TRIGGER', sql: 'alter trigger tr on t rename to tr2', objects: ['M trigger tr2 on public.t'] },
  { tag: 'DROP TRIGGER', sql: 'drop trigger tr2 on t', objects: ['D trigger tr2 on public.t'] },
  {
    tag: 'CREATE TRIGGER',
    sql: 'create constraint trigger tr3 after insert on t for each row execute function trg()',
    objects: ['C trigger tr3 on public.t'],
  },
  { tag: 'CREATE POLICY', sql: 'create policy p on t using (true)', objects: ['C policy p on public.t'] },
  { tag: 'ALTER POLICY', sql: 'alter policy p on t rename to p2', objects: ['M policy p2 on public.t'] },
  { tag: 'DROP POLICY', sql: 'drop policy p2 on t', objects: ['D policy p2 on public.t'] },
  { tag: 'CREATE TYPE', sql: "create type e as enum ('a')", objects: ['C type public.e'] },
  { tag: 'ALTER TYPE', sql: "alter type e add value 'b'", objects: ['M type public.e'] },
  { tag: 'CREATE TYPE', sql: 'create type comp as (a int, b text)', objects: ['C type public.comp'] },
  { tag: 'ALTER TYPE', sql: 'alter type comp add attribute c int', objects: ['M composite type public.comp'] },
  { tag: 'DROP TYPE', sql: 'drop type comp', objects: ['D type public.comp'] },
  { tag: 'CREATE DOMAIN', sql: 'create domain dom as int', objects: ['C type public.dom'] },
  {
    tag: 'ALTER DOMAIN',
    sql: 'alter domain dom add constraint positive check (value > 0)',
    objects: ['M type public.dom'],
  },
  { tag: 'DROP DOMAIN', sql: 'drop domain dom', objects: ['D type public.dom'] },
  {
    tag: 'CREATE AGGREGATE',
    sql: 'create aggregate agg (int) (sfunc = int4pl, stype = int)',
    objects: ['C aggregate public.agg(integer)'],
  },
  {
    tag: 'ALTER AGGREGATE',
    sql: 'alter aggregate agg (int) rename to agg2',
    objects: ['M aggregate public.agg2(integer)'],
  },
  { tag: 'DROP AGGREGATE', sql: 'drop aggregate agg2 (int)', objects: ['D aggregate public.agg2(integer)'] },
  {
    tag: 'CREATE OPERATOR',
    sql: 'create operator === (function = int4eq, leftarg = int, rightarg = int)',
    objects: ['C operator public.===(integer,integer)'],
  },
  {
    tag: 'ALTER OPERATOR',
    sql: 'alter operator === (int, int) set (restrict = eqsel)',
    objects: ['M operator public.===(integer,integer)'],
  },
  { tag: 'DROP OPERATOR', sql: 'drop operator === (int, int)', objects: ['D operator public.===(integer,integer)'] },
  {
    tag: 'CREATE OPERATOR FAMILY',
    sql: 'create operator family opf using btree',
    objects: ['C operator family public.opf USING btree'],
  },
  {
    tag: 'ALTER OPERATOR FAMILY',
    sql: 'alter operator family opf using btree add operator 1 < (int, int)',
    objects: ['M operator family public.opf USING btree'],
  },
  {
    tag: 'CREATE OPERATOR CLASS',
    sql: 'create operator class opc for type e using hash as operator 1 = (anyenum, anyenum), function 1 hashenum(anyenum)',
    objects: ['C operator family public.opc USING hash', 'C operator class public.opc USING hash'],
  },
  {
    tag: 'ALTER OPERATOR CLASS',
    sql: 'alter operator class opc using hash rename to opc2',
    objects: ['M operator class public.opc2 USING hash'],
  },
  {
    tag: 'DROP OPERATOR CLASS',
    sql: 'drop operator class opc2 using hash',
    objects: ['D operator class public.opc2 USING hash'],
  },
  {
    tag: 'DROP OPERATOR FAMILY',
    sql: 'drop operator family opf using btree',
    objects: ['D operator family public.opf USING btree'],
  },
  { tag: 'CREATE CAST', sql: 'create cast (e as int) with inout', objects: ['C cast (public.e AS integer)'] },
  { tag: 'DROP CAST', sql: 'drop cast (e as int)', objects: ['D cast (public.e AS integer)'] },
  { tag: 'CREATE COLLATION', sql: 'create collation coll from "C"', objects: ['C collation public.coll'] },
  { tag: 'ALTER COLLATION', sql: 'alter collation coll rename to coll2', objects: ['M collation public.coll2'] },
  { tag: 'DROP COLLATION', sql: 'drop collation coll2', objects: ['D collation public.coll2'] },
  {
    tag: 'CREATE CONVERSION',
    sql: "create conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
    objects: ['C conversion public.conv'],
  },
  { tag: 'ALTER CONVERSION', sql: 'alter conversion conv rename to conv2', objects: ['M conversion public.conv2'] },
  { tag: 'DROP CONVERSION', sql: 'drop conversion conv2', objects: ['D conversion public.conv2'] },
  {
    tag: 'CREATE TEXT SEARCH DICTIONARY',
    sql: 'create text search dictionary d (template = simple)',
    objects: ['C text search dictionary public.d'],
  },
  {
    tag: 'ALTER TEXT SEARCH DICTIONARY',
    sql: 'alter text search dictionary d (accept = false)',
    objects: ['M text search dictionary public.d'],
  },
  {
    tag: 'CREATE TEXT SEARCH CONFIGURATION',
    sql: 'create text search configuration cfg (copy = simple)',
    objects: ['C text search configuration public.cfg'],
  },
  {
    tag: 'ALTER TEXT SEARCH CONFIGURATION',
    sql: 'alter text search configuration cfg alter mapping for word with d',
    objects: ['M text search configuration public.cfg'],
  },
  {
    tag: 'DROP TEXT SEARCH CONFIGURATION',
    sql: 'drop text search configuration cfg',
    objects: ['D text search configuration public.cfg'],
  },
  {
    tag: 'DROP TEXT SEARCH DICTIONARY',
    sql: 'drop text search dictionary d',
    objects: ['D text search dictionary public.d'],
  },
  {
    tag: 'CREATE TEXT SEARCH PARSER',
    sql: 'create text search parser psr (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)',
    objects: ['C text search parser public.psr'],
  },
  {
    tag: 'ALTER TEXT SEARCH PARSER',
    sql: 'alter text search parser psr rename to psr2',
    objects: ['M text search parser public.psr2'],
  },
  {
    tag: 'DROP TEXT SEARCH PARSER',
    sql: 'drop text search parser psr2',
    objects: ['D text search parser public.psr2'],
  },
  {
    tag: 'CREATE TEXT SEARCH TEMPLATE',
    sql: 'create text search template tpl (lexize = dsimple_lexize)',
    objects: ['C text search template public.tpl'],
  },
  {
    tag: 'ALTER TEXT SEARCH TEMPLATE',
    sql: 'alter text search template tpl rename to tpl2',
    objects: ['M text search template public.tpl2'],
  },
  {
    tag: 'DROP TEXT SEARCH TEMPLATE',
    sql: 'drop text search template tpl2',
    objects: ['D text search template public.tpl2'],
  },
  { tag: 'CREATE LANGUAGE', sql: 'create language lan handler plpgsql_call_handler', objects: ['C language lan'] },
  { tag: 'ALTER LANGUAGE', sql: 'alter language lan rename to lan2', objects: ['M language lan2'] },
  { tag: 'DROP LANGUAGE', sql: 'drop language lan2', objects: ['D language lan2'] },
  {
    tag: 'CREATE TRANSFORM',
    sql: 'create transform for int language sql (from sql with function prsd_lextype(internal), to sql with function int4recv(internal))',
    objects: ['C transform for integer language sql'],
  },
  {
    tag: 'DROP TRANSFORM',
    sql: 'drop transform for int language sql',
    objects: ['D transform for integer language sql'],
  },
  {
    tag: 'CREATE ACCESS METHOD',
    sql: 'create access method am type table handler heap_tableam_handler',
    objects: ['C access method am'],
  },
  { tag: 'DROP ACCESS METHOD', sql: 'drop access method am', objects: ['D access method am'] },
  { tag: 'CREATE STATISTICS', sql: 'create statistics st on id, n from t', objects: ['C statistics object public.st'] },
  {
    tag: 'ALTER STATISTICS',
    sql: 'alter statistics st set statistics 10',
    objects: ['M statistics object public.st'],
    since: 13,
  },
  { tag: 'ALTER STATISTICS', sql: 'alter statistics st rename to st2', objects: ['M statistics object public.st2'] },
  { tag: 'DROP STATISTICS', sql: 'drop statistics st2', objects: ['D statistics object public.st2'] },
  { tag: 'CREATE FOREIGN DATA WRAPPER', sql: 'create foreign data wrapper w', objects: ['C foreign-data wrapper w'] },
  {
    tag: 'ALTER FOREIGN DATA WRAPPER',
    sql: "alter foreign data wrapper w options (add a 'b')",
    objects: ['M foreign-data wrapper w'],
  },
  { tag: 'CREATE SERVER', sql: 'create server srv foreign data wrapper w', objects: ['C server srv'] },
  { tag: 'ALTER SERVER', sql: "alter server srv options (add host 'h')", objects: ['M server srv'] },
  {
    tag: 'CREATE USER MAPPING',
    sql: "create user mapping for postgres server srv options (user 'u', password 'xyzzy')",
    objects: ['C user mapping postgres on server srv'],
    content: "create user mapping for postgres server srv options (user 'u', password '********')",
  },
  {
    tag: 'ALTER USER MAPPING',
    sql: "alter user mapping for postgres server srv options (set password 'xyzzy2')",
    objects: ['M user mapping postgres on server srv'],
    content: "alter user mapping for postgres server srv options (set password '********')",
  },
  {
    tag: 'CREATE FOREIGN TABLE',
    sql: 'create foreign table ft (a int) server srv',
    objects: ['C foreign table public.ft'],
  },
  {
    tag: 'ALTER FOREIGN TABLE',
    sql: 'alter foreign table ft add column b int',
    objects: ['M foreign table public.ft'],
  },
  { tag: 'DROP FOREIGN TABLE', sql: 'drop foreign table ft', objects: ['D foreign table public.ft'] },
  {
    tag: 'DROP USER MAPPING',
    sql: 'drop user mapping for postgres server srv',
    objects: ['D user mapping postgres on server srv'],
  },
  { tag: 'DROP SERVER', sql: 'drop server srv', objects: ['D server srv'] },
  { tag: 'DROP FOREIGN DATA WRAPPER', sql: 'drop foreign data wrapper w', objects: ['D foreign-data wrapper w'] },
  { tag: 'CREATE PUBLICATION', sql: 'create publication pub for table t', objects: ['C publication pub'] },
  { tag: 'ALTER PUBLICATION', sql: "alter publication pub set (publish = 'insert')", objects: ['M publication pub'] },
  { tag: 'DROP PUBLICATION', sql: 'drop publication pub', objects: ['D publication pub'] },
  {
    tag: 'CREATE SUBSCRIPTION',
    sql: "create subscription sub connection 'host=nowhere password=xyzzy' publication pub with (connect = false)",
    objects: ['C subscription sub'],
    content:
      "create subscription sub connection 'host=nowhere password=********' publication pub with (connect = false)",
  },
  { tag: 'ALTER SUBSCRIPTION', sql: 'alter subscription sub set (slot_name = none)', objects: ['M subscription sub'] },
  { tag: 'DROP SUBSCRIPTION', sql: 'drop subscription sub', objects: ['D subscription sub'] },
  {
    tag: 'CREATE EXTENSION',
    sql: 'create extension pgcrypto',
    objects: ['C extension pgcrypto', 'C function public.digest(pg_catalog.text,pg_catalog.text)'],
  },
  { tag: 'ALTER EXTENSION', sql: 'alter extension pgcrypto set schema s2', objects: ['M extension pgcrypto'] },
  { tag: 'DROP EXTENSION', sql: 'drop extension pgcrypto', objects: ['D extension pgcrypto'] },
  { tag: 'COMMENT', sql: "comment on table t is 'x'", objects: ['M table public.t'] },
  { tag: 'COMMENT', sql: "comment on column t.n is 'x'", objects: ['M table column public.t.n'] },
  { tag: 'GRANT', sql: 'grant select (n), update on t to public', objects: ['M table public.t'] },
  { tag: 'REVOKE', sql: 'revoke update on t from public', objects: ['M table public.t'] },
  { tag: 'GRANT', sql: 'grant usage on schema s2 to pg_monitor', objects: ['M schema s2'] },
  {
    tag: 'ALTER DEFAULT PRIVILEGES',
    sql: 'alter default privileges in schema public grant select on tables to pg_monitor',
    objects: [],
  },
  { tag: 'ALTER LARGE OBJECT', sql: 'alter large object 4242 owner to pg_monitor', objects: ['M large object 4242'] },
  { tag: 'GRANT', sql: 'grant select on large object 4242 to public', objects: ['M large object 4242'] },
  { tag: 'DROP OWNED', sql: 'drop owned by nobody_tags', objects: [], metadata: { no_op: true } },
  { tag: 'CREATE TABLE', sql: 'create table if not exists t (a int)', objects: [], metadata: { no_op: true } },
  { tag: 'DROP TABLE', sql: 'drop table if exists not_there', objects: [], metadata: { no_op: true } },
  { tag: 'DROP FUNCTION', sql: 'drop function f(int)', objects: ['D function public.f(integer)'] },
  { tag: 'DROP TABLE', sql: 'drop table t cascade', objects: ['D table public.t', 'D trigger tr3 on public.t'] },
  { tag: 'DROP SCHEMA', sql: 'drop schema s2 cascade', objects: ['D schema s2'] },
]

/**
 * Tags of the matrix that have no case above: LOGIN is no command, IMPORT FOREIGN SCHEMA needs another server and
 * SECURITY LABEL a provider. They have tests of their own.
 */
export const testedElsewhere: readonly string[] = ['LOGIN', 'IMPORT FOREIGN SCHEMA', 'SECURITY LABEL']

/** The tags of the matrix for which there is a command. */
export const supportedTags: readonly string[] = [
  ...'ACCESS METHOD, AGGREGATE, CAST, COLLATION, CONVERSION, DOMAIN, EXTENSION, FOREIGN DATA WRAPPER, FOREIGN TABLE, FUNCTION, INDEX, LANGUAGE, MATERIALIZED VIEW, OPERATOR, OPERATOR CLASS, OPERATOR FAMILY, POLICY, PROCEDURE, PUBLICATION, RULE, SCHEMA, SEQUENCE, SERVER, STATISTICS, SUBSCRIPTION, TABLE, TABLE AS, TEXT SEARCH CONFIGURATION, TEXT SEARCH DICTIONARY, TEXT SEARCH PARSER, TEXT SEARCH TEMPLATE, TRANSFORM, TRIGGER, TYPE, USER MAPPING, VIEW'
    .split(', ')
    .map((kind) => `CREATE ${kind}`),
  ...'AGGREGATE, COLLATION, CONVERSION, DEFAULT PRIVILEGES, DOMAIN, EXTENSION, FOREIGN DATA WRAPPER, FOREIGN TABLE, FUNCTION, INDEX, LANGUAGE, LARGE OBJECT, MATERIALIZED VIEW, OPERATOR, OPERATOR CLASS, OPERATOR FAMILY, POLICY, PROCEDURE, PUBLICATION, ROUTINE, RULE, SCHEMA, SEQUENCE, SERVER, STATISTICS, SUBSCRIPTION, TABLE, TEXT SEARCH CONFIGURATION, TEXT SEARCH DICTIONARY, TEXT SEARCH PARSER, TEXT SEARCH TEMPLATE, TRIGGER, TYPE, USER MAPPING, VIEW'
    .split(', ')
    .map((kind) => `ALTER ${kind}`),
  ...'ACCESS METHOD, AGGREGATE, CAST, COLLATION, CONVERSION, DOMAIN, EXTENSION, FOREIGN DATA WRAPPER, FOREIGN TABLE, FUNCTION, INDEX, LANGUAGE, MATERIALIZED VIEW, OPERATOR, OPERATOR CLASS, OPERATOR FAMILY, OWNED, POLICY, PROCEDURE, PUBLICATION, ROUTINE, RULE, SCHEMA, SEQUENCE, SERVER, STATISTICS, SUBSCRIPTION, TABLE, TEXT SEARCH CONFIGURATION, TEXT SEARCH DICTIONARY, TEXT SEARCH PARSER, TEXT SEARCH TEMPLATE, TRANSFORM, TRIGGER, TYPE, USER MAPPING, VIEW'
    .split(', ')
    .map((kind) => `DROP ${kind}`),
  'COMMENT',
  'GRANT',
  'IMPORT FOREIGN SCHEMA',
  'LOGIN',
  'REFRESH MATERIALIZED VIEW',
  'REINDEX',
  'REVOKE',
  'SECURITY LABEL',
  'SELECT INTO',
]
