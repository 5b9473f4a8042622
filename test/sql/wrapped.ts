/** A routine of the matrix: ƒ in a call stands for the end of its name, which the wrapper's name continues. */
export interface Wrapped {
  what: string
  /** Makes it in the schema app, which is there. */
  define: string
  /** As regprocedure reads it. */
  routine: string
  /** Calls, and how many executions of the original each of them records: one that fails records none. */
  calls: [sql: string, recorded: number][]
  /** The first major that has such a routine. */
  since?: number
}

export const routines: readonly Wrapped[] = [
  {
    what: 'a scalar with a default',
    define: `create function app.scalar(a integer, b integer default 2) returns integer language sql as 'select a / b'`,
    routine: 'app.scalar(integer,integer)',
    calls: [
      ['select app.scalarƒ(10)', 1],
      ['select app.scalarƒ(10, 5) as x', 1],
      ['select app.scalarƒ(b => 2, a => 8)', 1],
      ['select app.scalarƒ(1, 0)', 0],
      ['select app.scalarƒ(null)', 1],
      ['select app.scalarƒ(n) from generate_series(1, 3) n', 3],
      ['select app.scalarƒ()', 0],
    ],
  },
  {
    what: 'a strict one',
    define: `create function app.strict_one(a integer) returns integer language sql strict immutable as 'select 1'`,
    routine: 'app.strict_one(integer)',
    calls: [
      ['select app.strict_oneƒ(null)', 0],
      ['select app.strict_oneƒ(4)', 1],
    ],
  },
  {
    what: 'one that fails with all that an error can say',
    define: `create function app.failing(a text) returns text language plpgsql as $$
      begin
        raise exception 'it is %', a using errcode = 'AB123', detail = 'the detail', hint = 'the hint',
          schema = 's', table = 't', column = 'c', datatype = 'd', constraint = 'k';
      end $$`,
    routine: 'app.failing(text)',
    calls: [
      [`select app.failingƒ('bad')`, 0],
      [`select app.failingƒ(null)`, 0],
    ],
  },
  {
    what: 'one that violates a constraint',
    define: `create table app.positive (n integer constraint must_be_positive check (n > 0), unique (n));
      create function app.violate(a integer) returns bigint language sql as
        'insert into app.positive values (a); select count(*) from app.positive; '`,
    routine: 'app.violate(integer)',
    calls: [['select app.violateƒ(-1)', 0]],
  },
  {
    what: 'one that is asserted',
    define: `create function app.asserting() returns integer language plpgsql as $$ begin assert false, 'not so'; return 1; end $$`,
    routine: 'app.asserting()',
    calls: [['select app.assertingƒ()', 0]],
  },
  {
    what: 'a composite',
    define: `create type app.pair as (a integer, "B b" text);
      create function app.composite(n integer) returns app.pair language sql as
        $$select case when n > 0 then row(n, 'x')::app.pair when n = 0 then row(null, null)::app.pair end$$`,
    routine: 'app.composite(integer)',
    calls: [
      ['select app.compositeƒ(1)', 1],
      ['select app.compositeƒ(0)', 1],
      ['select app.compositeƒ(-1)', 1],
      ['select app.compositeƒ(-1) is null as n', 1],
      ['select * from app.compositeƒ(1)', 1],
      ['select * from app.compositeƒ(-1)', 1],
      ['select (app.compositeƒ(5)).a', 1],
    ],
  },
  {
    what: 'a domain, which may refuse',
    define: `create domain app.small as integer not null check (value < 10);
      create function app.domained(n integer) returns app.small language plpgsql as 'begin return n; end'`,
    routine: 'app.domained(integer)',
    calls: [
      ['select app.domainedƒ(1)', 1],
      ['select app.domainedƒ(11)', 0],
      ['select app.domainedƒ(null)', 0],
    ],
  },
  {
    what: 'a domain as an argument',
    define: `create domain app.word as text check (value ~ '^[a-z]+$');
      create function app.takes_word(w app.word) returns text language sql as 'select w || $$!$$'`,
    routine: 'app.takes_word(app.word)',
    calls: [
      [`select app.takes_wordƒ('ab')`, 1],
      [`select app.takes_wordƒ('A B')`, 0],
    ],
  },
  {
    what: 'a table',
    define: `create function app.tabled(n integer) returns table (a integer, b text) language plpgsql as
      $$ begin return query select i, 'r' || i from generate_series(1, n) i; if n = 3 then raise exception 'three'; end if; end $$`,
    routine: 'app.tabled(integer)',
    calls: [
      ['select * from app.tabledƒ(2)', 1],
      ['select * from app.tabledƒ(0)', 1],
      ['select app.tabledƒ(2)', 1],
      ['select * from app.tabledƒ(3)', 0],
      ['select b from app.tabledƒ(5) with ordinality as t (a, b, c) where c > 3', 1],
    ],
  },
  {
    what: 'a table of one column',
    define: `create function app.one_column(n integer) returns table (only_one integer) language sql as 'select i from generate_series(1, n) i'`,
    routine: 'app.one_column(integer)',
    calls: [
      ['select * from app.one_columnƒ(2)', 1],
      ['select app.one_columnƒ(2)', 1],
    ],
  },
  {
    what: 'a set of scalars',
    define: `create function app.several(n integer) returns setof text language sql as $$select 'x' || i from generate_series(1, n) i$$`,
    routine: 'app.several(integer)',
    calls: [
      ['select * from app.severalƒ(3) t', 1],
      ['select app.severalƒ(3)', 1],
      ['select app.severalƒ(0)', 1],
    ],
  },
  {
    what: 'a set of composites',
    define: `create table app.thing (id integer, gone text, name text);
      alter table app.thing drop column gone;
      insert into app.thing values (1, 'one'), (2, null);
      create function app.things() returns setof app.thing language sql stable as 'select * from app.thing'`,
    routine: 'app.things()',
    calls: [
      ['select * from app.thingsƒ()', 1],
      ['select app.thingsƒ()', 1],
      ['select name from app.thingsƒ() where id = 1', 1],
    ],
  },
  {
    what: 'a record',
    define: `create function app.recorded(n integer) returns record language plpgsql as $$ begin return row(n, 'r'::text); end $$`,
    routine: 'app.recorded(integer)',
    calls: [
      ['select app.recordedƒ(1)', 1],
      ['select * from app.recordedƒ(1) as t (a integer, b text)', 1],
    ],
  },
  {
    what: 'nothing, in PL/pgSQL',
    define: `create function app.nothing(n integer) returns void language plpgsql as
      $$ begin if n < 0 then raise sqlstate '22023' using message = 'negative'; end if; end $$`,
    routine: 'app.nothing(integer)',
    calls: [
      ['select app.nothingƒ(1)', 1],
      ['select app.nothingƒ(1) is null as n', 1],
      ['select app.nothingƒ(-1)', 0],
      ['select * from app.nothingƒ(1) t', 1],
    ],
  },
  {
    what: 'nothing, in SQL',
    define: `create function app.nothing_sql(n integer) returns void language sql as 'select 1 / n'`,
    routine: 'app.nothing_sql(integer)',
    calls: [
      ['select app.nothing_sqlƒ(1)', 1],
      ['select app.nothing_sqlƒ(1) is null as n', 1],
      ['select app.nothing_sqlƒ(0)', 0],
      ['select app.nothing_sqlƒ(n) from generate_series(1, 4) n', 4],
    ],
  },
  {
    what: 'one out argument',
    define: `create function app.out_one(a integer, out doubled integer) language plpgsql as 'begin doubled := a * 2; end'`,
    routine: 'app.out_one(integer)',
    calls: [
      ['select app.out_oneƒ(2)', 1],
      ['select * from app.out_oneƒ(2)', 1],
      ['select app.out_oneƒ(2000000000)', 0],
    ],
  },
  {
    what: 'one out argument that is a composite',
    define: `create type app.duo as (x integer, y integer);
      create function app.out_composite(a integer, out made app.duo) language plpgsql as
        'begin if a > 0 then made := row(a, a); end if; end'`,
    routine: 'app.out_composite(integer)',
    calls: [
      ['select app.out_compositeƒ(2)', 1],
      ['select * from app.out_compositeƒ(2)', 1],
    ],
  },
  {
    what: 'several out and inout arguments, with names that mean something elsewhere',
    define: `create function app.outs(inout "select" integer, a text, out script_tracking_call text, out "hk" numeric, inout z text default 'z')
      language plpgsql as $$ begin "select" := "select" + 1; script_tracking_call := a; "hk" := 1.50; end $$`,
    routine: 'app.outs(integer,text,text)',
    calls: [
      [`select * from app.outsƒ(1, 'q')`, 1],
      [`select app.outsƒ(1, 'q', 'r')`, 1],
      [`select ("app"."outsƒ"(1, 'q')).hk`, 1],
    ],
  },
  {
    what: 'a set with out arguments',
    define: `create function app.out_set(n integer, out i integer, out square integer) returns setof record language sql as
      'select g, g * g from generate_series(1, n) g'`,
    routine: 'app.out_set(integer)',
    calls: [
      ['select * from app.out_setƒ(3)', 1],
      ['select app.out_setƒ(2)', 1],
    ],
  },
  {
    what: 'a variadic one',
    define: `create function app.summed(label text, variadic numbers integer[] default '{40,2}') returns text language sql as
      $$select label || (select sum(n) from unnest(numbers) n)$$`,
    routine: 'app.summed(text,integer[])',
    calls: [
      [`select app.summedƒ('=')`, 1],
      [`select app.summedƒ('=', 1, 2, 3)`, 1],
      [`select app.summedƒ('=', variadic array[5, 6])`, 1],
      [`select app.summedƒ('=', 'x')`, 0],
    ],
  },
  {
    what: 'an overload',
    define: `create function app.over(a integer) returns text language sql as $$select 'integer'$$;
      create function app.over(a text) returns text language sql as $$select 'text'$$;
      create function app.over(a integer, b integer default 1) returns text language sql as $$select 'two'$$`,
    routine: 'app.over(text)',
    calls: [[`select app.overƒ('x'::text)`, 1]],
  },
  {
    what: 'a polymorphic one',
    define: `create function app.poly(a anyelement, b anyarray) returns anyarray language sql as 'select a || b'`,
    routine: 'app.poly(anyelement,anyarray)',
    calls: [
      ['select app.polyƒ(1, array[2, 3])', 1],
      [`select app.polyƒ('a'::text, array['b'])`, 1],
      [`select app.polyƒ(1, array['b'])`, 0],
    ],
  },
  {
    what: 'a polymorphic set',
    define: `create function app.poly_set(a anyelement) returns setof anyelement language plpgsql as
      'begin return next a; return next a; end'`,
    routine: 'app.poly_set(anyelement)',
    calls: [
      ['select * from app.poly_setƒ(1.5)', 1],
      [`select app.poly_setƒ(date '2026-01-01')`, 1],
    ],
  },
  {
    what: 'a polymorphic out argument',
    define: `create function app.poly_out(a anyelement, out b anyelement, out c anyarray) language plpgsql as
      'begin b := a; c := array[a]; end'`,
    routine: 'app.poly_out(anyelement)',
    calls: [['select * from app.poly_outƒ(7)', 1]],
  },
  {
    what: 'a compatible polymorphic one',
    define: `create function app.compatible(a anycompatible, b anycompatible) returns anycompatible language sql as 'select b'`,
    routine: 'app.compatible(anycompatible,anycompatible)',
    calls: [['select app.compatibleƒ(1, 2.5)', 1]],
    since: 13,
  },
  {
    what: 'a security definer with settings of its own',
    define: `create function app.definer() returns text language plpgsql security definer set work_mem = '7MB' as
      $$ begin return current_setting('work_mem'); end $$`,
    routine: 'app.definer()',
    calls: [['select app.definerƒ(), current_setting($$work_mem$$)', 1]],
  },
  {
    what: 'hostile names',
    define: `create schema "a""b.c d";
      create type "a""b.c d"."ty;pe" as enum ('v''1');
      create function "a""b.c d"."x'); drop -- é"("p""q" "a""b.c d"."ty;pe" default 'v''1', "1" text default $q$it's \\ $1 %L %s$q$) returns text
      language sql as 'select $1::text || $2'`,
    routine: `"a""b.c d"."x'); drop -- é"("a""b.c d"."ty;pe",text)`,
    calls: [[`select "a""b.c d"."x'); drop -- éƒ"()`, 1]],
  },
  {
    what: 'a name of 54 bytes',
    define: `create function app.${'y'.repeat(54)}() returns integer language sql as 'select 1'`,
    routine: `app.${'y'.repeat(54)}()`,
    calls: [[`select app.${'y'.repeat(54)}ƒ()`, 1]],
  },
  {
    what: 'a procedure',
    define: `create procedure app.proc(a integer, inout b integer, inout c text default 'c') language plpgsql as
      $$ begin if a = 0 then raise exception 'zero' using errcode = '22012'; end if; b := b / a; c := c || a; end $$`,
    routine: 'app.proc(integer,integer,text)',
    calls: [
      ['call app.procƒ(2, 10)', 1],
      [`call app.procƒ(2, 10, 'x')`, 1],
      ['call app.procƒ(0, 10)', 0],
      ['select app.procƒ(2, 10)', 0],
    ],
  },
  {
    what: 'a procedure without a result',
    define: `create procedure app.quiet(variadic a integer[]) language sql as 'select 1'`,
    routine: 'app.quiet(integer[])',
    calls: [
      ['call app.quietƒ(1, 2)', 1],
      ['call app.quietƒ(variadic array[3])', 1],
    ],
  },
  {
    what: 'a procedure with out arguments',
    define: `create procedure app.proc_out(a integer, out b integer, out c text) language plpgsql as $$ begin b := a + 1; c := 'c'; end $$`,
    routine: 'app.proc_out(integer)',
    calls: [['call app.proc_outƒ(2, null, null)', 1]],
    since: 14,
  },
]
