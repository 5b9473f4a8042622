-- Who made an object what it is, from the versions that were taken and from the ledger, which has each execution
-- also where several of them left one version.

create or replace function script_tracking.epoch_span(epoch integer)
returns tstzrange
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select tstzrange(
    (select min(r.taken_at) from script_tracking.version_run r where r.epoch = epoch_span.epoch and r.kind = 'R'),
    (select min(r.taken_at) from script_tracking.version_run r where r.epoch = epoch_span.epoch + 1 and r.kind = 'R'))
$$;

comment on function script_tracking.epoch_span(integer) is 'From when to when the ledger''s OIDs are those of this epoch';

create or replace function script_tracking.newest_number_of(operation uuid)
returns bigint
language sql stable strict security definer
set search_path = pg_catalog, pg_temp
as $$
  select max(k.version_number)
  from script_tracking.execution_key k
  where k.script_execution_hk = sha256(decode(operation::text, 'escape'))
$$;

comment on function script_tracking.newest_number_of(uuid) is 'The number of an operation''s newest state, which whoever may see it finds in the views';

create or replace function script_tracking.blame_by_name(name text, only_object oid)
returns table (
  recorded_at timestamptz, change text, object_type text, identity text, executed_by text, session_user_name text,
  application_name text, client_ip inet, related_ticket text, business_justification text, script_execution_hk bytea,
  version_number bigint, script_content text, changed jsonb
)
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  perform script_tracking.catch_up_versions();
  return query
    with chain as materialized (
      select distinct h.epoch, h.class, h.object, h.part
      from script_tracking.object_history h
      where h.identity = name and (only_object is null or h.object = only_object or h.epoch < (select max(n.epoch) from script_tracking.object_history n))
    ), mine as materialized (
      select h.*
      from script_tracking.object_history h
      where h.object in (select c.object from chain c)
        -- Of a table, all that stands on it.
        or h.belongs_to in (select c.object from chain c where c.part = 0 and c.class = 'pg_catalog.pg_class'::regclass)
    ), version as materialized (
      select m.*,
        lag(m.definition) over w as former_definition, lag(m.definition_hash) over w as former_hash, lag(m.identity) over w as former_identity
      from mine m
      where exists (
        select from chain c
        where c.epoch = m.epoch and (
          c.class = m.class and c.object = m.object and c.part = m.part
          or c.part = 0 and c.class = 'pg_catalog.pg_class'::regclass and c.object = m.belongs_to)
      )
      window w as (partition by m.epoch, m.class, m.object, m.part order by m.valid_from)
    ), named as materialized (
      select o.*
      from script_tracking.execution_object o
      where o.object in (select c.object from chain c)
        -- What came and went before it was written down has its name alone.
        or o.identity = name and only_object is null
    ), touch as (
      select n.*
      from named n
      where n.identity = name and only_object is null
        or exists (
          select from chain c
          where c.class = n.class and c.object = n.object and (c.part = n.part or c.part = 0)
            and n.recorded_at <@ script_tracking.epoch_span(c.epoch)
        )
    ), event as materialized (
      select
        v.valid_from as recorded_at,
        coalesce(v.unknown_from, v.valid_from) as earliest,
        case
          when v.cause = 'B' then 'found'
          when v.cause = 'R' then 'carried over'
          when v.definition_hash is null then 'dropped'
          -- One of several commands: the one that created it is told by the ledger.
          when v.former_hash is null and (v.unknown_from is null or v.cause = 'A') then 'created'
          when v.identity <> v.former_identity and v.definition_hash = v.former_hash then 'renamed'
          else 'modified'
        end as change,
        v.object_type, v.identity, v.version_number,
        case when v.former_hash is not null and v.definition_hash is not null then
          case when v.identity <> v.former_identity
            then jsonb_build_array(jsonb_build_object('path', '["identity"]'::jsonb, 'before', v.former_identity, 'after', v.identity))
            else '[]'
          end || script_tracking.changed_paths(v.former_definition, v.definition)
        end as changed
      from version v
      where v.former_hash is null or (v.definition_hash, v.identity) is distinct from (v.former_hash, v.former_identity)
      union all
      select
        t.recorded_at, t.recorded_at, case t.action when 'C' then 'created' when 'D' then 'dropped' else 'modified' end,
        t.object_type, t.identity, t.version_number, null
      from touch t
      where not exists (
        select from version v
        where v.version_number = t.version_number and v.class = t.class and v.object = t.object and (v.part = t.part or t.part = 0)
          and (v.former_hash is null or (v.definition_hash, v.identity) is distinct from (v.former_hash, v.former_identity))
      )
    ), told as materialized (
      select e.*, s.executed_by, s.session_user_name, s.application_name, s.client_ip, s.related_ticket, s.business_justification,
        s.script_execution_hk, s.script_content, s.caused_by
      from event e
      -- One at a time, by its number, where a join would read all of the trail.
      left join lateral (
        select x.*
        from script_tracking.execution_state x
        -- After a restore numbers may come again; a version begins when its row was recorded, or a moment later.
        where x.version_number = e.version_number
          and x.load_date between e.earliest - interval '1 minute' and e.recorded_at + interval '1 minute'
        limit 1
      ) s on true
    )
    select
      d.recorded_at, d.change, d.object_type, d.identity, d.executed_by, d.session_user_name, d.application_name, d.client_ip,
      coalesce(d.related_ticket, c.related_ticket), coalesce(d.business_justification, c.business_justification),
      d.script_execution_hk, d.version_number, d.script_content, d.changed
    from told d
    left join lateral (
      select x.related_ticket, x.business_justification
      from script_tracking.execution_state x
      where x.version_number = script_tracking.newest_number_of(d.caused_by)
      limit 1
    ) c on true
    order by d.recorded_at desc, d.version_number desc, d.object_type, d.identity;
  if not found then
    raise exception 'Nothing is known of "%".', name
      using errcode = 'no_data_found',
            hint = 'Objects are named as PostgreSQL names them: public.orders, public.f(integer), "check_total on public.orders". What others own is seen by steward_auditor.';
  end if;
end
$$;

comment on function script_tracking.blame_by_name(text, oid) is 'blame, for a qualified name; with an OID, only of the object that has it';

create or replace function script_tracking.blame(object text, column_name text default null)
returns table (
  recorded_at timestamptz, change text, object_type text, identity text, executed_by text, session_user_name text,
  application_name text, client_ip inet, related_ticket text, business_justification text, script_execution_hk bytea,
  version_number bigint, script_content text, changed jsonb
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if object is null then
    raise exception 'Of which object? The name is null.' using errcode = 'null_value_not_allowed';
  end if;
  return query
    select b.* from script_tracking.blame_by_name(object || coalesce('.' || quote_ident(column_name), ''), null) b;
end
$$;

comment on function script_tracking.blame(text, text) is 'Everything that was done to an object, or to a column of a table, newest first: what, when, by whom, in which execution, for which ticket, with the statement and what it changed as a list of {path, before, after}. By its qualified and quoted name, also a former one, also of what was dropped. Of a table with all that stands on it';

create or replace function script_tracking.blame(object regclass, column_name text default null)
returns table (
  recorded_at timestamptz, change text, object_type text, identity text, executed_by text, session_user_name text,
  application_name text, client_ip inet, related_ticket text, business_justification text, script_execution_hk bytea,
  version_number bigint, script_content text, changed jsonb
)
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
begin
  if object is null then
    raise exception 'Of which relation? It is null.' using errcode = 'null_value_not_allowed';
  end if;
  return query
    select b.*
    from script_tracking.blame_by_name(
      coalesce((pg_identify_object('pg_catalog.pg_class'::regclass, object, 0)).identity, object::text)
        || coalesce('.' || quote_ident(column_name), ''),
      object) b;
end
$$;

comment on function script_tracking.blame(regclass, text) is 'blame, for a relation that stands: without what had its name before';
