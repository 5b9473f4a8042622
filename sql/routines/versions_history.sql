-- The schema as it was. What is asked here is asked with the rights of whoever asks, so each is shown what
-- script_tracking.object_history shows.

create or replace view script_tracking.object_history with (security_barrier) as
select
  v.epoch, v.class, v.object, v.part, v.belongs_to, v.valid_from, v.unknown_from, v.version_number, v.xid, v.cause,
  v.object_type, v.schema_name, v.identity, v.definition_hash,
  coalesce(v.definition, (
    select d.definition from script_tracking.object_definition d where d.hash = v.definition_hash limit 1
  )) as definition
from script_tracking.object_version v
where (select script_tracking.may_read_all())
  or v.epoch = (select max(r.epoch) from script_tracking.version_run r) and (
    -- What PostgreSQL shows to everybody is what stands now. What stood before is for whoever owns the object.
    exists (
      select from pg_catalog.pg_class c where c.oid = v.belongs_to and pg_catalog.pg_has_role(current_user, c.relowner, 'usage')
    )
    or v.class = 'pg_catalog.pg_proc'::regclass and exists (
      select from pg_catalog.pg_proc p where p.oid = v.object and pg_catalog.pg_has_role(current_user, p.proowner, 'usage')
    )
    or v.class = 'pg_catalog.pg_type'::regclass and exists (
      select from pg_catalog.pg_type t where t.oid = v.object and pg_catalog.pg_has_role(current_user, t.typowner, 'usage')
    )
    or v.class = 'pg_catalog.pg_namespace'::regclass and exists (
      select from pg_catalog.pg_namespace n where n.oid = v.object and pg_catalog.pg_has_role(current_user, n.nspowner, 'usage')
    )
  );

comment on view script_tracking.object_history is 'What each object was, version by version: all of them for steward_admin and steward_auditor, else those of objects that stand and that the current role owns';
comment on column script_tracking.object_history.epoch is 'Counts the places that the database has lived in';
comment on column script_tracking.object_history.class is 'The catalog that holds the object';
comment on column script_tracking.object_history.object is 'The object''s OID';
comment on column script_tracking.object_history.part is 'The column''s number where the object is a column, or 0';
comment on column script_tracking.object_history.belongs_to is 'The table that it is part of, by OID; its own OID for a relation';
comment on column script_tracking.object_history.valid_from is 'Since when it was so: when the command was recorded, or when it was first seen';
comment on column script_tracking.object_history.unknown_from is 'From here to valid_from it changed more often than was written down; null where it did not';
comment on column script_tracking.object_history.version_number is 'The state of the execution that made it so; null for what stood before anybody tracked';
comment on column script_tracking.object_history.xid is 'The transaction that made it so';
comment on column script_tracking.object_history.cause is 'B stood before, D tracked DDL, A accepted drift, R carried over from the epoch before, U an upgrade of the framework';
comment on column script_tracking.object_history.object_type is 'Its type: table, table column, function, ...';
comment on column script_tracking.object_history.schema_name is 'The schema it is in, where it is in one';
comment on column script_tracking.object_history.identity is 'Its qualified and quoted name';
comment on column script_tracking.object_history.definition_hash is 'SHA-256 of the definition''s text in UTF-8; null where it was dropped';
comment on column script_tracking.object_history.definition is 'Its canonical definition; null where it was dropped';

create or replace function script_tracking.epoch_at(moment timestamptz)
returns integer
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  epoch integer;
  first_at timestamptz;
begin
  if moment is null then
    raise exception 'At which time? The time is null.' using errcode = 'null_value_not_allowed';
  end if;
  select max(r.epoch) into epoch from script_tracking.version_run r where r.kind in ('B', 'R') and r.taken_at <= moment;
  if epoch is null then
    select min(r.taken_at) into first_at from script_tracking.version_run r;
    raise exception 'What the schema was at % is not known.', moment
      using errcode = 'no_data_found',
            hint = coalesce('Its history begins at ' || first_at::text || '.', 'Its history begins with the first call of script_tracking.record_object_versions().');
  end if;
  return epoch;
end
$$;

comment on function script_tracking.epoch_at(timestamptz) is 'The epoch of a moment; an error where the history begins later';

create or replace function script_tracking.versions_at(moment timestamptz)
returns table (
  class oid, object oid, part integer, object_type text, schema_name text, identity text, definition jsonb, definition_hash bytea,
  valid_from timestamptz, exact boolean, version_number bigint
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  place constant integer := script_tracking.epoch_at(moment);
begin
  return query
    select
      h.class, h.object, h.part, h.object_type, h.schema_name, h.identity,
      case when h.valid_from <= moment then h.definition end, case when h.valid_from <= moment then h.definition_hash end,
      h.valid_from, case when h.valid_from <= moment then coalesce(h.next_unknown > moment, true) else false end, h.version_number
    from (
      select o.*,
        lead(o.valid_from) over w as next_from,
        lead(o.unknown_from) over w as next_unknown,
        lag(o.definition_hash) over w as former_hash
      from script_tracking.object_history o
      where o.epoch = place
      window w as (partition by o.class, o.object, o.part order by o.valid_from)
    ) h
    where h.definition_hash is not null and (
      h.valid_from <= moment and (h.next_from is null or h.next_from > moment)
      -- It came in these moments, and what it was at first nobody wrote down.
      or h.unknown_from <= moment and h.valid_from > moment and h.former_hash is null
    );
end
$$;

comment on function script_tracking.versions_at(timestamptz) is 'schema_at by what is recorded, with the OIDs of the objects';

create or replace function script_tracking.schema_at(moment timestamptz)
returns table (
  object_type text, schema_name text, identity text, definition jsonb, definition_hash bytea,
  valid_from timestamptz, exact boolean, version_number bigint
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform script_tracking.catch_up_versions();
  return query
    select v.object_type, v.schema_name, v.identity, v.definition, v.definition_hash, v.valid_from, v.exact, v.version_number
    from script_tracking.versions_at(moment) v
    order by v.object_type, v.identity;
end
$$;

comment on function script_tracking.schema_at(timestamptz) is 'All objects as they were at a moment, with their definitions, since when each was so and which state of an execution made it so. exact is false where the object changed several times between two recordings and this is the last that was written down before; definition is null where not even that is known. What came and went between two recordings is not here, nor are privileges that were granted and revoked between them: blame names each command. Records first what is still to be recorded, where the transaction may write';

create or replace function script_tracking.changed_paths(before jsonb, after jsonb)
returns jsonb
language plpgsql immutable
as $$
declare
  changes jsonb := '[]';
  step record;
begin
  for step in
    select k.key, before -> k.key as was, after -> k.key as is_now
    from (select jsonb_object_keys(before) union select jsonb_object_keys(after)) k (key)
    where before -> k.key is distinct from after -> k.key
    order by k.key collate "C"
  loop
    if jsonb_typeof(step.was) = 'object' and jsonb_typeof(step.is_now) = 'object' then
      select changes || coalesce(jsonb_agg(jsonb_set(inner_change.value, '{path}', jsonb_build_array(step.key) || (inner_change.value -> 'path'))), '[]')
      into changes
      from jsonb_array_elements(script_tracking.changed_paths(step.was, step.is_now)) inner_change;
    else
      changes := changes || jsonb_build_array(jsonb_build_object('path', jsonb_build_array(step.key), 'before', step.was, 'after', step.is_now));
    end if;
  end loop;
  return changes;
end
$$;

comment on function script_tracking.changed_paths(jsonb, jsonb) is 'What differs between two definitions, as a list of {path, before, after}; a list within a definition counts as one value';

create or replace function script_tracking.schema_diff(from_time timestamptz, to_time timestamptz)
returns table (
  change text, object_type text, identity text, former_identity text, before jsonb, after jsonb, changed jsonb,
  valid_from timestamptz, version_number bigint, exact boolean
)
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  same_epoch boolean;
begin
  perform script_tracking.catch_up_versions();
  same_epoch := script_tracking.epoch_at(from_time) = script_tracking.epoch_at(to_time);
  return query
    with a as materialized (
      select v.* from script_tracking.versions_at(from_time) v
    ), b as materialized (
      select v.* from script_tracking.versions_at(to_time) v
    ), one as (
      -- The same object by OID, or, where one took another's place, the same by type and name.
      select x.class, x.object, x.part, y.class as to_class, y.object as to_object, y.part as to_part
      from a x
      join b y on same_epoch and y.class = x.class and y.object = x.object and y.part = x.part
    ), left_over as (
      select x.* from a x where not exists (select from one o where o.class = x.class and o.object = x.object and o.part = x.part)
    ), newcomer as (
      select y.* from b y where not exists (select from one o where o.to_class = y.class and o.to_object = y.object and o.to_part = y.part)
    ), pair as (
      select * from one
      union all
      select l.class, l.object, l.part, n.class, n.object, n.part
      from left_over l
      full join newcomer n on n.object_type = l.object_type and n.identity = l.identity
    )
    select
      case when x.class is null then 'created' when y.class is null then 'dropped' else 'modified' end,
      coalesce(y.object_type, x.object_type),
      coalesce(y.identity, x.identity),
      case when x.identity <> y.identity then x.identity end,
      x.definition,
      y.definition,
      case when x.class is not null and y.class is not null then script_tracking.changed_paths(x.definition, y.definition) end,
      coalesce(y.valid_from, gone.valid_from),
      coalesce(y.version_number, gone.version_number),
      coalesce(x.exact, true) and coalesce(y.exact, true)
    from pair p
    left join a x on x.class = p.class and x.object = p.object and x.part = p.part
    left join b y on y.class = p.to_class and y.object = p.to_object and y.part = p.to_part
    left join lateral (
      select h.valid_from, h.version_number
      from script_tracking.object_history h
      where y.class is null and h.class = x.class and h.object = x.object and h.part = x.part
        and h.definition_hash is null and h.valid_from > from_time and h.valid_from <= to_time
      order by h.valid_from desc
      limit 1
    ) gone on true
    where (x.definition_hash, x.identity) is distinct from (y.definition_hash, y.identity)
    order by 2, 3;
end
$$;

comment on function script_tracking.schema_diff(timestamptz, timestamptz) is 'What differs between two moments: objects created, modified or dropped, their definitions at both, what changed as a list of {path, before, after}, the name before where it was renamed, and the newest state of an execution that made it so. An object that was dropped and made again as it was does not differ';
