-- Taking object versions. Which objects may have changed is what the ledger says and PostgreSQL's own
-- dependencies; whether one did is said by the hash of its definition. What differs and no row of the ledger explains
-- is left alone: that is drift, and stays to be found.
--
-- Functions here are internal unless they say otherwise.

create or replace function script_tracking.add_versions(versions script_tracking.object_version[])
returns integer
language plpgsql
as $$
begin
  insert into script_tracking.object_definition (hash, definition)
  select distinct on (v.definition_hash) v.definition_hash, v.definition
  from unnest(versions) v
  where octet_length(v.definition::text) > 200
    and not exists (select from script_tracking.object_definition d where d.hash = v.definition_hash);

  insert into script_tracking.object_version (
    valid_from, unknown_from, version_number, xid, epoch, class, object, part, belongs_to, cause,
    object_type, schema_name, identity, definition_hash, definition)
  select
    v.valid_from, v.unknown_from, v.version_number, v.xid, v.epoch, v.class, v.object, v.part, v.belongs_to, v.cause,
    v.object_type, v.schema_name, v.identity, v.definition_hash,
    case when octet_length(v.definition::text) <= 200 then v.definition end
  from unnest(versions) v;
  return coalesce(cardinality(versions), 0);
end
$$;

comment on function script_tracking.add_versions(script_tracking.object_version[]) is 'Writes versions down, long definitions apart, and says how many';

create or replace function script_tracking.newest_run()
returns script_tracking.version_run
language sql stable
as $$
  select r.* from script_tracking.version_run r order by r.run desc limit 1
$$;

comment on function script_tracking.newest_run() is 'The newest run, or a row of nulls';

create or replace function script_tracking.is_elsewhere(last script_tracking.version_run)
returns boolean
language sql stable
as $$
  select (last.server, last.database_oid) is distinct from (
    (select c.system_identifier::text from pg_control_system() c),
    (select d.oid from pg_database d where d.datname = current_database()))
$$;

comment on function script_tracking.is_elsewhere(script_tracking.version_run) is 'Whether this database is a copy of the one in which the run was: OIDs and transaction ids are others';

create or replace function script_tracking.add_run(
  kind "char", epoch integer, taken_at timestamptz, snapshot txid_snapshot, versions integer)
returns void
language sql
as $$
  insert into script_tracking.version_run (run, epoch, kind, taken_at, snapshot, server, database_oid, versions)
  select
    coalesce((select max(r.run) from script_tracking.version_run r), 0) + 1,
    add_run.epoch, add_run.kind, add_run.taken_at, add_run.snapshot,
    (select c.system_identifier::text from pg_control_system() c),
    (select d.oid from pg_database d where d.datname = current_database()),
    add_run.versions
$$;

comment on function script_tracking.add_run("char", integer, timestamptz, txid_snapshot, integer) is 'Writes down that versions were taken';

create or replace function script_tracking.newest_versions()
returns setof script_tracking.object_version
language sql stable
as $$
  select distinct on (v.class, v.object, v.part) v.*
  from script_tracking.object_version v
  where v.epoch = (select max(r.epoch) from script_tracking.version_run r)
  order by v.class, v.object, v.part, v.valid_from desc
$$;

comment on function script_tracking.newest_versions() is 'The newest version of each object, also of one that was dropped';

create or replace function script_tracking.epoch_began()
returns timestamptz
language sql stable
as $$
  select coalesce(max(r.taken_at), '-infinity') from script_tracking.version_run r where r.kind = 'R'
$$;

comment on function script_tracking.epoch_began() is 'From when on the transaction ids and OIDs of the ledger are those of this place';

-- Where something stands on a relation, the relation; what a dependency names is brought to what has a definition.
create or replace function script_tracking.relation_of(class oid, object oid)
returns oid
language sql stable
as $$
  select case class
    when 'pg_catalog.pg_class'::regclass then coalesce((select i.indrelid from pg_index i where i.indexrelid = object), object)
    when 'pg_catalog.pg_constraint'::regclass then (select nullif(c.conrelid, 0) from pg_constraint c where c.oid = object)
    when 'pg_catalog.pg_trigger'::regclass then (select t.tgrelid from pg_trigger t where t.oid = object)
    when 'pg_catalog.pg_policy'::regclass then (select p.polrelid from pg_policy p where p.oid = object)
    when 'pg_catalog.pg_rewrite'::regclass then (select w.ev_class from pg_rewrite w where w.oid = object)
    when 'pg_catalog.pg_statistic_ext'::regclass then (select s.stxrelid from pg_statistic_ext s where s.oid = object)
  end
$$;

comment on function script_tracking.relation_of(oid, oid) is 'The relation that an object is or stands on; null for any other';

create or replace function script_tracking.touched(since txid_snapshot)
returns script_tracking.object_touch[]
language sql stable
as $$
  with recursive named as (
    select
      l.version_number, l.recorded_at, l.xid, l.command_tag as tag,
      (o.value ->> 'class')::oid as class, (o.value ->> 'oid')::oid as object, coalesce((o.value ->> 'part')::integer, 0) as part,
      o.value ->> 'identity' as identity
    from script_tracking.ledger l
    cross join lateral jsonb_array_elements(coalesce(l.objects, jsonb_build_array(jsonb_build_object(
      'class', l.object_class::bigint, 'oid', l.object_id::bigint, 'part', l.object_part, 'identity', l.object_identity)))) o
    where l.source = 'D'
      and (o.value ->> 'oid') is not null
      and l.version_number >= (txid_snapshot_xmin(since) << 21) and not txid_visible_in_snapshot(l.xid, since)
      and l.recorded_at >= script_tracking.epoch_began()
  ), entry as materialized (
    -- When an object was first and last touched is all that is asked; what comes between would each be followed through
    -- all that depends on it.
    select n.version_number, n.recorded_at, n.xid, n.tag, n.class, n.object, n.part, n.identity
    from (
      select x.*,
        row_number() over (partition by x.class, x.object, x.part, x.identity, x.tag order by x.recorded_at, x.version_number) as place,
        count(*) over (partition by x.class, x.object, x.part, x.identity, x.tag) as places
      from named x
    ) n
    where n.place in (1, n.places)
  ), reach (version_number, class, object, part, onward) as (
    -- A composite type is altered as the relation behind it, a domain's constraint is the domain's.
    select
      e.version_number,
      case when t.oid is not null or c.oid is not null then 'pg_catalog.pg_type'::regclass::oid else e.class end,
      coalesce(t.oid, c.contypid, e.object),
      e.part,
      -- What was just made is written in nothing older. The index of a partitioned table makes those of its partitions.
      e.tag !~ '^(COMMENT|SECURITY LABEL|CREATE)' or e.tag = 'CREATE INDEX'
    from entry e
    left join pg_type t on e.class = 'pg_catalog.pg_class'::regclass and t.typrelid = e.object and t.typtype = 'c'
      and (select r.relkind from pg_class r where r.oid = e.object) = 'c'
    left join pg_constraint c on e.class = 'pg_catalog.pg_constraint'::regclass and c.oid = e.object and c.contypid <> 0
    union
    select
      r.version_number,
      case
        when a.oid is not null or w.oid is not null then 'pg_catalog.pg_class'::regclass::oid
        when c.oid is not null then 'pg_catalog.pg_type'::regclass::oid
        else d.classid
      end,
      coalesce(a.adrelid, w.ev_class, c.contypid, d.objid),
      coalesce(a.adnum::integer, d.objsubid),
      true
    from reach r
    join pg_depend d on d.refclassid = r.class and d.refobjid = r.object and (r.part = 0 or d.refobjsubid = r.part)
    left join pg_attrdef a on d.classid = 'pg_catalog.pg_attrdef'::regclass and a.oid = d.objid
    left join pg_rewrite w on d.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = d.objid and w.rulename = '_RETURN'
    left join pg_constraint c on d.classid = 'pg_catalog.pg_constraint'::regclass and c.oid = d.objid and c.contypid <> 0
    where r.onward
  ), directly as (
    select
      e.version_number, e.recorded_at, e.xid, e.class, e.object, e.part,
      coalesce(script_tracking.relation_of(e.class, e.object), (
        select v.belongs_to from script_tracking.object_version v where v.class = e.class and v.object = e.object limit 1
      )) as relation,
      e.identity,
      e.tag ~ '^(ALTER|DROP|IMPORT)' or e.tag not in ('COMMENT', 'SECURITY LABEL') and e.class = 'pg_catalog.pg_class'::regclass
        and script_tracking.relation_of(e.class, e.object) = e.object as whole
    from entry e
  )
  select array(
    select row(d.*)::script_tracking.object_touch from directly d
    union
    select row(r.version_number, e.recorded_at, e.xid, r.class, r.object, r.part, script_tracking.relation_of(r.class, r.object), null,
      r.onward and r.part = 0 and r.class = 'pg_catalog.pg_class'::regclass)::script_tracking.object_touch
    from (select distinct x.version_number, x.class, x.object, x.part, x.onward from reach x) r
    join (select distinct x.version_number, x.recorded_at, x.xid from entry x) e using (version_number)
    union
    -- A partition that was detached is found by what it was before: nothing depends on anything any more.
    select row(d.version_number, d.recorded_at, d.xid, v.class, v.object, 0, v.object, null, true)::script_tracking.object_touch
    from directly d
    join pg_class p on d.class = 'pg_catalog.pg_class'::regclass and p.oid = d.object and p.relkind = 'p'
    join script_tracking.newest_versions() v on v.object_type in ('table', 'foreign table') and v.class = d.class and v.part = 0
    where d.whole
      and coalesce(v.definition, (select o.definition from script_tracking.object_definition o where o.hash = v.definition_hash limit 1))
        -> 'inherits' ? d.identity
  )
$$;

comment on function script_tracking.touched(txid_snapshot) is 'The objects that those rows of the ledger may have changed that a snapshot could not see';

-- grant, revoke and their like name no object in their event.
create or replace function script_tracking.sweeps(since txid_snapshot)
returns script_tracking.object_touch[]
language sql stable
as $$
  with sweep as (
    select l.version_number, l.recorded_at, l.xid
    from script_tracking.ledger l
    where l.source = 'D' and l.command_tag in ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES', 'DROP OWNED')
      and l.version_number >= (txid_snapshot_xmin(since) << 21) and not txid_visible_in_snapshot(l.xid, since)
      and l.recorded_at >= script_tracking.epoch_began()
  )
  select array(
    select row(e.version_number, e.recorded_at, e.xid, null, null, null, null, null, true)::script_tracking.object_touch
    from (
      (select * from sweep order by recorded_at limit 1)
      union
      (select * from sweep order by recorded_at desc limit 1)
    ) e
  )
$$;

comment on function script_tracking.sweeps(txid_snapshot) is 'The first and the newest command that change privileges without saying of what';

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
