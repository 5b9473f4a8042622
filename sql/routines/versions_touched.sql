-- Which objects may have changed, as the ledger says and PostgreSQL's own dependencies. Internal.

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
