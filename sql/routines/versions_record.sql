-- Taking object versions. Which objects may have changed is what the ledger says and PostgreSQL's own
-- dependencies; whether one did is said by the hash of its definition. What differs and no row of the ledger explains
-- is left alone: that is drift, and stays to be found.
--
-- Functions here are internal unless they say otherwise.

create or replace function script_tracking.record_touched(
  touches script_tracking.object_touch[], sweeps script_tracking.object_touch[], epoch integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  sweeping constant boolean := sweeps <> '{}';
  -- Privileges stand in the objects' own rows of the catalog: those that were written since. An object's row
  -- that a later part of the same transaction wrote has a higher number than the transaction.
  since integer;
  relations oid[];
  others oid[];
begin
  if sweeping then
    since := (select max(age((t.xid & 4294967295)::text::xid)) from unnest(sweeps) t);
  elsif touches = '{}' then
    return 0;
  end if;
  select coalesce(array_agg(distinct k.relation) filter (where k.relation is not null), '{}'), coalesce(array_agg(distinct k.object), '{}')
  into relations, others
  from (
    select t.relation, t.object from unnest(touches) t
    union
    -- A sequence that the table's column owned may live on.
    select v.object, v.object
    from script_tracking.object_version v
    where v.class = 'pg_catalog.pg_class'::regclass and v.part = 0 and v.object_type = 'sequence'
      and v.belongs_to in (select t.relation from unnest(touches) t)
    union
    select null, a.oid from pg_default_acl a
    union
    select c.oid, null from pg_class c where age(c.xmin) <= since
    union
    select a.attrelid, null from pg_attribute a where age(a.xmin) <= since
    union
    select null, p.oid from pg_proc p where age(p.xmin) <= since
    union
    select null, t.oid from pg_type t where age(t.xmin) <= since
    union
    select null, n.oid from pg_namespace n where age(n.xmin) <= since
    union
    select null, s.oid from pg_foreign_server s where age(s.xmin) <= since
  ) k;

  return script_tracking.add_versions(array(
    with now as materialized (
      select c.* from script_tracking.catalog_now(relations, others) c
    ), touch as materialized (
      select t.* from unnest(touches) t
    ), was as materialized (
      select v.*
      from (
        select n.class, n.object, n.part from now n
        union
        select v.class, v.object, v.part from script_tracking.object_version v where v.belongs_to = any (relations)
        union
        select v.class, v.object, v.part from script_tracking.object_version v join touch t on t.class = v.class and t.object = v.object
        union
        select v.class, v.object, v.part from script_tracking.object_version v where v.class = 'pg_catalog.pg_default_acl'::regclass
      ) k
      cross join lateral (
        select o.*
        from script_tracking.object_version o
        where o.class = k.class and o.object = k.object and o.part = k.part and o.epoch = record_touched.epoch
        order by o.valid_from desc
        limit 1
      ) v
      where v.definition_hash is not null
    ), candidate as materialized (
      select
        coalesce(n.class, w.class) as class, coalesce(n.object, w.object) as object, coalesce(n.part, w.part) as part,
        coalesce(n.belongs_to, w.belongs_to) as belongs_to, w.belongs_to as belonged_to,
        coalesce(n.object_type, w.object_type) as object_type, coalesce(n.schema_name, w.schema_name) as schema_name,
        coalesce(n.identity, w.identity) as identity, n.definition, n.definition_hash, n.class is null as gone, w.valid_from as was_from,
        w.definition_hash as was_hash, w.definition as was_definition, w.identity as was_identity,
        (n.definition_hash, n.identity) is distinct from (w.definition_hash, w.identity) as differs
      from now n
      full join was w on n.class = w.class and n.object = w.object and n.part = w.part
    ), explained as (
      select c.class, c.object, c.part, t.version_number, t.recorded_at, t.xid
      from candidate c
      join touch t on t.class = c.class and t.object = c.object and (t.part = c.part or t.part = 0 and t.whole)
      union
      select c.class, c.object, c.part, t.version_number, t.recorded_at, t.xid
      from candidate c
      join touch t on t.whole and t.relation = c.belongs_to
      union
      select c.class, c.object, c.part, t.version_number, t.recorded_at, t.xid
      from candidate c
      join touch t on t.whole and t.relation = c.belonged_to
      union
      -- Default privileges go with their schema, unsaid.
      select c.class, c.object, c.part, t.version_number, t.recorded_at, t.xid
      from candidate c
      join touch t on t.class = 'pg_catalog.pg_namespace'::regclass and t.identity = quote_ident(c.schema_name)
      where c.gone
    ), swept as (
      select c.class, c.object, c.part, t.version_number, t.recorded_at, t.xid
      from (
        select x.*, coalesce(x.was_definition, (
          select d.definition from script_tracking.object_definition d where d.hash = x.was_hash limit 1
        )) as former
        from candidate x
        where sweeping and x.differs
      ) c
      cross join unnest(sweeps) t
      where c.object_type = 'default acl'
        or c.identity = c.was_identity and c.definition - array['owner', 'grants'] = c.former - array['owner', 'grants']
        -- Something else was done to it too, before or after.
        or c.definition -> 'grants' is distinct from c.former -> 'grants'
          and exists (select from explained e where e.class = c.class and e.object = c.object and e.part = c.part)
    ), cause as (
      select distinct on (e.class, e.object, e.part) e.*, min(e.recorded_at) over (partition by e.class, e.object, e.part) as first_at
      from (select * from explained union select * from swept) e
      order by e.class, e.object, e.part, e.recorded_at desc, e.version_number desc
    )
    select row(
      greatest(e.recorded_at, c.was_from + interval '1 microsecond'), case when e.first_at < e.recorded_at then e.first_at end,
      e.version_number, e.xid, record_touched.epoch, c.class, c.object, c.part, c.belongs_to, 'D',
      c.object_type, c.schema_name, c.identity, c.definition_hash, c.definition)::script_tracking.object_version
    from candidate c
    join cause e on e.class = c.class and e.object = c.object and e.part = c.part
    -- Touched more than once and as it was before: what it was meanwhile is not known, and that is said.
    where c.differs or e.first_at < e.recorded_at and e.first_at > c.was_from));
end
$$;

comment on function script_tracking.record_touched(script_tracking.object_touch[], script_tracking.object_touch[], integer) is 'Compares what was touched with its newest versions and records what differs, each by the newest row of the ledger that explains it';

create or replace function script_tracking.may_write_versions()
returns boolean
language sql stable
as $$
  -- A snapshot that is older than the catalog's own would have PostgreSQL write out what it does not see.
  select not pg_is_in_recovery()
    and current_setting('transaction_read_only') = 'off'
    and current_setting('transaction_isolation') in ('read committed', 'read uncommitted')
    and current_setting('session_replication_role') <> 'replica'
$$;

comment on function script_tracking.may_write_versions() is 'Whether this transaction may record versions: it may write, and each of its statements sees what is there by then';

create or replace function script_tracking.record_object_versions()
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
declare
  last script_tracking.version_run;
  seen txid_snapshot;
  began timestamptz;
  touches script_tracking.object_touch[];
  sweeps script_tracking.object_touch[];
  recorded integer;
begin
  if not script_tracking.may_write_versions() then
    raise exception 'Object versions cannot be recorded in this transaction.' using errcode = 'object_not_in_prerequisite_state',
      hint = 'It has to be allowed to write, on a server that is not a standby, with isolation level read committed.';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.object_version', 0));
  last := script_tracking.newest_run();
  if last.run is null then
    return script_tracking.take_schema_snapshot();
  elsif script_tracking.is_elsewhere(last) then
    return script_tracking.carry_versions_over(last);
  end if;
  -- Taken first: what commits between this and the reading is read again the next time, and found the same.
  began := clock_timestamp();
  seen := txid_current_snapshot();
  for attempt in 1..3 loop
    begin
      touches := script_tracking.touched(last.snapshot);
      sweeps := script_tracking.sweeps(last.snapshot);
      if touches = '{}' and sweeps = '{}' then
        return 0;
      end if;
      recorded := script_tracking.record_touched(touches, sweeps, last.epoch);
      perform script_tracking.add_run('L', last.epoch, began, seen, recorded);
      return recorded;
    exception
      -- Something was dropped between being found and being written out.
      when internal_error or undefined_table or undefined_object or undefined_function or undefined_column then
        if attempt = 3 then
          raise;
        end if;
    end;
  end loop;
end
$$;

comment on function script_tracking.record_object_versions() is 'Records what the DDL that was tracked since the last time made of the objects that it touched; says how many versions that were. Of several changes of an object between two calls it records the last. Anyone may call it';

create or replace function script_tracking.catch_up_versions()
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not script_tracking.may_write_versions()
    or not pg_try_advisory_xact_lock(hashtextextended('script_tracking.object_version', 0))
  then
    return false;
  end if;
  perform script_tracking.record_object_versions();
  return true;
exception
  -- Somebody holds a view that had to be read. Whoever asks is answered by what was recorded so far.
  when lock_not_available then
    return false;
end
$$;

comment on function script_tracking.catch_up_versions() is 'record_object_versions, where that can be done at once and without waiting; says whether it was';

create or replace function script_tracking.take_schema_snapshot()
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  last script_tracking.version_run;
  began constant timestamptz := clock_timestamp();
  seen constant txid_snapshot := txid_current_snapshot();
  recorded integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.object_version', 0));
  last := script_tracking.newest_run();
  if last.run is null then
    recorded := script_tracking.add_versions(array(
      select row(
        began, null, null, txid_current(), 1, c.class, c.object, c.part, c.belongs_to, 'B',
        c.object_type, c.schema_name, c.identity, c.definition_hash, c.definition)::script_tracking.object_version
      from script_tracking.catalog_now() c));
    perform script_tracking.add_run('B', 1, began, seen, recorded);
    return recorded;
  elsif script_tracking.is_elsewhere(last) then
    perform script_tracking.carry_versions_over(last);
    last := script_tracking.newest_run();
  end if;
  -- An upgrade is not tracked; what it made of the framework's own objects is no drift.
  recorded := script_tracking.add_versions(array(
    select row(
      began, null, null, txid_current(), last.epoch, coalesce(c.class, v.class), coalesce(c.object, v.object), coalesce(c.part, v.part),
      coalesce(c.belongs_to, v.belongs_to), 'U', coalesce(c.object_type, v.object_type), coalesce(c.schema_name, v.schema_name),
      coalesce(c.identity, v.identity), c.definition_hash, c.definition)::script_tracking.object_version
    from (
      select n.class, n.object, n.part, n.belongs_to, n.object_type, n.schema_name, n.identity, n.definition_hash,
        coalesce(n.definition, (select d.definition from script_tracking.object_definition d where d.hash = n.definition_hash limit 1)) as definition
      from script_tracking.newest_versions() n
      where n.definition_hash is not null
    ) v
    full join script_tracking.catalog_now() c on c.class = v.class and c.object = v.object and c.part = v.part
    where (c.definition_hash, c.identity) is distinct from (v.definition_hash, v.identity)
      -- An upgrade leaves triggers as they were switched.
      and (c.object_type is distinct from 'event trigger' or c.definition - 'enabled' is distinct from v.definition - 'enabled')
      and (
        coalesce(c.schema_name, v.schema_name) in ('script_tracking', 'project_schema')
        or exists (
          select from script_tracking.installed_object i
          where i.object_type = coalesce(c.object_type, v.object_type) and i.identity = coalesce(c.identity, v.identity)
        )
      )));
  if recorded > 0 then
    perform script_tracking.add_run('U', last.epoch, began, last.snapshot, recorded);
  end if;
  return recorded;
end
$$;

comment on function script_tracking.take_schema_snapshot() is 'The first time, records everything as it stands. Later, what an upgrade made of the framework''s own objects. Called by the installer';

do $$
declare
  relation text;
begin
  foreach relation in array array['version_run', 'object_version', 'object_definition'] loop
    perform script_tracking.make_insert_only(format('script_tracking.%I', relation)::regclass);
  end loop;
end
$$;
