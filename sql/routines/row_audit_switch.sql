-- Switching row auditing on and off, what is under it, and what ought to be and is not.

create or replace function script_tracking.keep_row_audit_secret()
returns void
language plpgsql
as $$
begin
  if not exists (select from script_tracking.row_audit_secret) then
    insert into script_tracking.row_audit_secret (secret, made_at) values (project_schema.random_bytes(), clock_timestamp());
  end if;
exception
  -- PostgreSQL 12 without pgcrypto has nothing to make a secret of: masked keys read *** there.
  when feature_not_supported then null;
end
$$;

comment on function script_tracking.keep_row_audit_secret() is 'Makes the secret that masked keys are hashed with, once, where there is something to make it of';

create or replace function script_tracking.keep_row_audit_state(relations regclass[], is_enabled boolean, masked text[], ignored text[])
returns void
language plpgsql
as $$
begin
  perform script_tracking.keep_row_audit_secret();
  insert into script_tracking.row_audit_state (
    recorded_at, xid, relation_id, schema_name, table_name, is_enabled, masked_columns, ignored_columns, session_user_name, executed_by)
  select clock_timestamp(), txid_current(), c.oid, n.nspname, c.relname, keep_row_audit_state.is_enabled, coalesce(masked, '{}'), coalesce(ignored, '{}'),
    session_user, nullif(script_tracking.session_role(), session_user)
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid = any (relations);
end
$$;

comment on function script_tracking.keep_row_audit_state(regclass[], boolean, text[], text[]) is 'Writes down whether tables are under row auditing, and how';

drop function if exists script_tracking.note_row_audit(regclass, boolean, text[], text[]);

create or replace function script_tracking.note_row_audit(relations regclass[], is_enabled boolean, masked text[], ignored text[])
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not script_tracking.may_administer() then
    raise exception 'The role % may not switch row auditing.', quote_ident(script_tracking.session_role())
      using errcode = 'insufficient_privilege', hint = 'That takes membership in steward_admin.';
  end if;
  if coalesce(cardinality(relations), 0) = 0 then
    return;
  end if;
  perform script_tracking.keep_row_audit_state(relations, is_enabled, masked, ignored);
  perform script_tracking.record_decision(
    format('%s(%s)', case when is_enabled then 'enable_row_audit' else 'disable_row_audit' end, relations[1]),
    'ROW_AUDIT',
    jsonb_strip_nulls(jsonb_build_object(
      'tables', relations::text[],
      'masked_columns', case when is_enabled then coalesce(masked, '{}') end,
      'ignored_columns', case when is_enabled then coalesce(ignored, '{}') end)));
end
$$;

comment on function script_tracking.note_row_audit(regclass[], boolean, text[], text[]) is 'Writes down that row auditing was switched for tables, the first of which was named, and records it as an execution; refused to whoever may not';

create or replace function script_tracking.row_audit_family(relation regclass)
returns setof regclass
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with recursive family (relation) as (
    select row_audit_family.relation::oid
    union
    select i.inhrelid from family f join pg_inherits i on i.inhparent = f.relation
  )
  select c.oid::regclass
  from family f
  join pg_class c on c.oid = f.relation
  -- A foreign partition can have no transition table; what is changed in it through its parent is recorded there.
  where c.relkind in ('r', 'p')
  order by c.oid = row_audit_family.relation desc, c.oid
$$;

comment on function script_tracking.row_audit_family(regclass) is 'A table, its partitions and its inheritance children';

create or replace function script_tracking.require_auditable(relation regclass, masked text[], ignored text[])
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  known record;
  unknown text;
begin
  select c.relkind, c.relpersistence, n.nspname into known
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation;
  if known.relkind is null then
    raise exception 'There is no such table.' using errcode = 'undefined_table';
  end if;
  if known.relkind not in ('r', 'p') then
    raise exception '% is no table whose rows PostgreSQL lets be audited.', relation
      using errcode = 'wrong_object_type', hint = 'Views, materialized views and foreign tables have no transition tables.';
  end if;
  if known.nspname in ('pg_catalog', 'information_schema', 'script_tracking') or known.nspname like 'pg\_toast%' then
    raise exception '% belongs to the system: its rows cannot be audited.', relation using errcode = 'wrong_object_type';
  end if;
  if known.relpersistence = 't' then
    raise exception '% is temporary: its rows cannot be audited.', relation using errcode = 'wrong_object_type';
  end if;
  if script_tracking.row_key_columns(relation) is null then
    raise exception 'Table % cannot be audited because it has no primary key.', relation
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'A row is found again by its key: add a primary key, or name a unique index as replica identity.';
  end if;
  select string_agg(quote_ident(n.name), ', ') into unknown
  from unnest(masked || ignored) as n (name)
  where not exists (select from pg_attribute a where a.attrelid = relation and a.attname = n.name and a.attnum > 0 and not a.attisdropped);
  if unknown is not null then
    raise exception 'Table % has no column %.', relation, unknown using errcode = 'undefined_column';
  end if;
  select string_agg(quote_ident(n.name), ', ') into unknown
  from unnest(ignored) as n (name)
  where n.name = any (script_tracking.row_key_columns(relation));
  if unknown is not null then
    raise exception 'The key of % cannot be left out: %.', relation, unknown
      using errcode = 'invalid_parameter_value', hint = 'Mask it instead: a keyed hash is recorded then.';
  end if;
end
$$;

comment on function script_tracking.require_auditable(regclass, text[], text[]) is 'An error that says why a table''s rows cannot be audited';

create or replace function script_tracking.place_row_audit(relation regclass, masked text[], ignored text[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  settings jsonb;
  wanted record;
begin
  select jsonb_build_object('masked', masked, 'ignored', ignored, 'masked_numbers',
      coalesce(jsonb_agg(a.attnum order by a.attnum) filter (where a.attname = any (masked)
        or a.attname = any (script_tracking.sensitive_columns(relation))), '[]'))
    into settings
  from pg_attribute a
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
  for wanted in
    select *
    from (
      values
        ('audit_row_insert', 'insert', 'referencing new table as new_rows'),
        ('audit_row_update', 'update', 'referencing old table as old_rows new table as new_rows'),
        ('audit_row_delete', 'delete', 'referencing old table as old_rows'),
        ('audit_row_truncate', 'truncate', '')
    ) as triggers (name, event, tables)
  loop
    if exists (
      select from pg_trigger t
      where t.tgrelid = relation and t.tgname = wanted.name and t.tgfoid <> 'script_tracking.record_row_change()'::regprocedure
    ) then
      raise exception 'Table % has a trigger % of its own.', relation, wanted.name
        using errcode = 'duplicate_object', hint = 'Rename it: alter trigger ... on ... rename to ...';
    end if;
    -- What stands is left alone: whoever may make a trigger may not always drop or enable one.
    if not exists (
      select from pg_trigger t
      where t.tgrelid = relation and t.tgname = wanted.name
        and convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding())::jsonb = settings
    ) then
      execute format('drop trigger if exists %I on %s', wanted.name, relation);
      execute format(
        'create trigger %I after %s on %s %s for each statement execute function script_tracking.record_row_change(%L)',
        wanted.name, wanted.event, relation, wanted.tables, settings::text);
      -- Only a table's owner may.
      if pg_has_role((select c.relowner from pg_class c where c.oid = relation), 'usage') then
        execute format('comment on trigger %I on %s is %L', wanted.name, relation, 'pgSteward: row auditing');
      end if;
    end if;
    if exists (select from pg_trigger t where t.tgrelid = relation and t.tgname = wanted.name and t.tgenabled not in ('O', 'A')) then
      execute format('alter table %s enable trigger %I', relation, wanted.name);
    end if;
  end loop;
end
$$;

comment on function script_tracking.place_row_audit(regclass, text[], text[]) is 'Puts the triggers of row auditing on one table, where they are not there with these settings';

-- With the rights of whoever calls: to put a trigger on a table is for those who may.
create or replace function script_tracking.enable_row_audit(
  relation regclass,
  masked_columns text[] default '{}',
  ignored_columns text[] default '{}')
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  members regclass[];
  member regclass;
begin
  if relation is null then
    raise exception 'Which table? It is null.' using errcode = 'null_value_not_allowed';
  end if;
  masked_columns := coalesce(masked_columns, '{}');
  ignored_columns := coalesce(ignored_columns, '{}');
  perform script_tracking.require_auditable(relation, masked_columns, ignored_columns);
  members := array(select f from script_tracking.row_audit_family(relation) f);
  foreach member in array members loop
    perform script_tracking.require_auditable(member, masked_columns, ignored_columns);
    if not has_table_privilege(member, 'trigger') then
      raise exception 'The role % may not put a trigger on %.', current_user, member
        using errcode = 'insufficient_privilege', hint = 'Its owner may, or grants it: grant trigger on ' || member || ' to ' || current_user || '.';
    end if;
  end loop;
  perform script_tracking.note_row_audit(members, true, masked_columns, ignored_columns);
  foreach member in array members loop
    perform script_tracking.place_row_audit(member, masked_columns, ignored_columns);
  end loop;
  return cardinality(members);
end
$$;

comment on function script_tracking.enable_row_audit(regclass, text[], text[]) is 'Puts a table under row auditing, with its partitions and children, for steward_admin with the right to put triggers on it; says how many tables that were. Values of masked columns, and of those that project_schema.metadata tags as sensitive, are not recorded; ignored columns are left out. Called again it takes up new partitions and new settings';

create or replace function script_tracking.sensitive_columns(relation regclass)
returns text[]
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select script_tracking.tagged_columns(relation)
$$;

comment on function script_tracking.sensitive_columns(regclass) is 'The columns that are tagged as sensitive, for whoever switches row auditing';

create or replace function script_tracking.disable_row_audit(relation regclass)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  members regclass[];
  placed record;
begin
  if relation is null then
    raise exception 'Which table? It is null.' using errcode = 'null_value_not_allowed';
  end if;
  members := array(
    select f from script_tracking.row_audit_family(relation) f
    where exists (select from pg_trigger t where t.tgrelid = f and t.tgfoid = 'script_tracking.record_row_change()'::regprocedure));
  perform script_tracking.note_row_audit(members, false, '{}', '{}');
  for placed in
    select t.tgname as name, t.tgrelid::regclass as member
    from pg_trigger t
    where t.tgrelid = any (members) and t.tgfoid = 'script_tracking.record_row_change()'::regprocedure
  loop
    execute format('drop trigger %I on %s', placed.name, placed.member);
  end loop;
  return cardinality(members);
end
$$;

comment on function script_tracking.disable_row_audit(regclass) is 'Takes a table out of row auditing, with its partitions and children, for steward_admin who owns it; says how many tables that were. What was recorded stays';

create or replace view script_tracking.audited_table with (security_barrier) as
select
  t.tgrelid::regclass as relation,
  n.nspname::text as schema_name,
  c.relname::text as table_name,
  array(select jsonb_array_elements_text(max(t.settings::text)::jsonb -> 'masked')) as masked_columns,
  array(select jsonb_array_elements_text(max(t.settings::text)::jsonb -> 'ignored')) as ignored_columns,
  count(*) filter (where t.tgenabled in ('O', 'A')) = 4 as is_complete
from (
  select t.*, convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding())::jsonb as settings
  from pg_catalog.pg_trigger t
  where t.tgfoid = 'script_tracking.record_row_change()'::regprocedure
) t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
group by t.tgrelid, n.nspname, c.relname;

comment on view script_tracking.audited_table is 'The tables under row auditing, by their triggers';
comment on column script_tracking.audited_table.relation is 'The table';
comment on column script_tracking.audited_table.schema_name is 'Its schema';
comment on column script_tracking.audited_table.table_name is 'Its name';
comment on column script_tracking.audited_table.masked_columns is 'Columns that were masked when it was switched on, beside those that are tagged';
comment on column script_tracking.audited_table.ignored_columns is 'Columns that are not recorded';
comment on column script_tracking.audited_table.is_complete is 'All four triggers are there and enabled';

create or replace view script_tracking.row_audit_gap with (security_barrier) as
with wanted as (
  -- What was last said of each table that is still there; by name too, for a restore gives other OIDs.
  select distinct on (c.oid) c.oid, s.is_enabled
  from script_tracking.row_audit_state s
  join pg_catalog.pg_namespace n on n.nspname = s.schema_name
  join pg_catalog.pg_class c on c.relname = s.table_name and c.relnamespace = n.oid
  order by c.oid, s.recorded_at desc
)
select w.oid::regclass as relation, 'It was put under row auditing, and not all of its triggers are there and enabled.' as problem
from wanted w
where w.is_enabled and not exists (
  select from script_tracking.audited_table a where a.relation = w.oid and a.is_complete)
union all
select f.member, 'It is a part of ' || a.relation::text || ', which is under row auditing, and is not itself: what is changed in it directly is not recorded.'
from script_tracking.audited_table a
cross join lateral script_tracking.row_audit_family(a.relation) as f (member)
where f.member <> a.relation and not exists (
  select from script_tracking.audited_table own where own.relation = f.member)
  and not exists (select from wanted w where w.oid = f.member and w.is_enabled);

comment on view script_tracking.row_audit_gap is 'Tables whose rows ought to be audited and are not, or not all; enable_row_audit mends it';
comment on column script_tracking.row_audit_gap.relation is 'The table';
comment on column script_tracking.row_audit_gap.problem is 'What is missing';

-- What is governed is itself under audit from the start: who made, changed and approved what. Of people only
-- what is needed to know that. Nobody decides it, so no execution is recorded of it.
do $$
declare
  governed record;
begin
  for governed in
    select pg_catalog.to_regclass('project_schema.' || t.name) as relation, t.masked::text[] as masked
    from (
      values
        ('users', array['email', 'password_hash']),
        -- An address that was loaded with triggers off may still hold its password when it is first cleaned.
        ('data_sources', array['target_dsn', 'settings']),
        ('metadata', '{}'), ('data_quality_rules', '{}'),
        ('incident_reports', '{}'), ('privacy_breaches', '{}'), ('risks', '{}'),
        ('processing_activities', '{}'), ('retention_policies', '{}'), ('legal_holds', '{}'),
        ('subject_requests', array['subject_name', 'subject_contact', 'subject_identifiers', 'detail']),
        ('subject_request_items', '{}')
    ) as t (name, masked)
    -- Once: what an administrator has switched since stays as it was switched.
    where not exists (
      select from script_tracking.row_audit_state s where s.schema_name = 'project_schema' and s.table_name = t.name)
  loop
    perform script_tracking.keep_row_audit_state(array[governed.relation], true, governed.masked, '{}');
    perform script_tracking.place_row_audit(governed.relation, governed.masked, '{}');
  end loop;
end
$$;
