import { createHash } from 'node:crypto'
import type { SqlFile } from '../../../src/core/framework/plan.ts'
import { bundled } from '../../../src/main/framework/bundle.ts'

/** A bundled file with its checksum. */
export function sqlFile(name: string, sql: string): SqlFile {
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

/** A release after this one: a routine says something else, and a migration has come. */
export const nextRelease: readonly SqlFile[] = [
  ...bundled.map((file) =>
    file.name === 'routines/history.sql'
      ? sqlFile(
          file.name,
          `${file.sql}\ncomment on function script_tracking.get_execution_history(integer) is 'Newer';\n`,
        )
      : file,
  ),
  sqlFile(
    'migrations/9000_next.sql',
    `create table script_tracking.next_thing (id integer primary key, name text not null);
     comment on table script_tracking.next_thing is 'Of the next release';
     alter table script_tracking.tracking_error add column noticed_by text;
     comment on column script_tracking.tracking_error.noticed_by is 'Of the next release';`,
  ),
].toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** A release whose migration older releases must not work with. */
export const breakingRelease: readonly SqlFile[] = [
  ...bundled,
  sqlFile('migrations/9001_breaking.sql', '--! breaking\ncreate table script_tracking.other_shape ();'),
]

/** Everything whose dependencies go round, or that is dropped in a way of its own, as later releases could have it. */
export const tangledRelease: readonly SqlFile[] = [
  ...bundled,
  sqlFile(
    'migrations/9002_tangled_schema.sql',
    `--! as installer
     create schema if not exists project_schema authorization steward_owner;
     grant usage, create on schema project_schema to steward_owner`,
  ),
  sqlFile(
    'migrations/9003_tangled.sql',
    `create type script_tracking.tangled_kind as enum ('a', 'b');
     create domain script_tracking.tangled_text as text check (value <> '');
     create type script_tracking.tangled_pair as (a integer, b script_tracking.tangled_text);
     create function script_tracking.tangled_key() returns integer language sql as 'select 1';
     create function script_tracking.tangled_hash(a integer) returns integer language sql immutable as 'select $1';
     create table project_schema.tangled (
       id integer primary key default script_tracking.tangled_key(),
       serial_number serial,
       number bigint generated always as identity,
       other integer,
       twice integer generated always as (script_tracking.tangled_hash(id)) stored,
       kind script_tracking.tangled_kind,
       pair script_tracking.tangled_pair,
       constraint tangled_check check (script_tracking.tangled_hash(id) > 0)
     );
     create table project_schema.tangled_other (id integer primary key, tangled integer references project_schema.tangled);
     alter table project_schema.tangled add foreign key (other) references project_schema.tangled_other;
     create index tangled_index on project_schema.tangled (script_tracking.tangled_hash(id));
     create function script_tracking.tangled_visible(entry project_schema.tangled) returns boolean
       language sql stable as 'select true';
     alter table project_schema.tangled enable row level security;
     alter table project_schema.tangled force row level security;
     create policy tangled_policy on project_schema.tangled using (script_tracking.tangled_visible(tangled.*));
     create view project_schema.tangled_view as select t.*, script_tracking.tangled_hash(t.id) as hash from project_schema.tangled t;
     create rule tangled_rule as on insert to project_schema.tangled_view do instead nothing;
     create function project_schema.tangled_rows() returns setof project_schema.tangled_view
       language sql stable as 'select * from project_schema.tangled_view';
     create materialized view project_schema.tangled_count as select count(*) as n from project_schema.tangled_rows();
     create table project_schema.tangled_month (at date not null) partition by range (at);
     create table project_schema.tangled_month_1 partition of project_schema.tangled_month for values from ('2026-01-01') to ('2026-02-01');
     create index on project_schema.tangled_month (script_tracking.tangled_hash(extract(day from at)::integer));
     create function script_tracking.tangled_note() returns trigger language plpgsql as 'begin return new; end';
     create trigger tangled_note before insert on project_schema.tangled_month_1 for each row execute function script_tracking.tangled_note();
     create trigger tangled_all after insert on project_schema.tangled_month for each row execute function script_tracking.tangled_note();
     create aggregate project_schema.tangled_sum (integer) (sfunc = int4pl, stype = integer);
     create procedure project_schema.tangled_call() language sql as 'select 1';
     create sequence project_schema.tangled_sequence;`,
  ),
]
