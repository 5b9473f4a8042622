-- What stands in the catalog now, as one row for each object with its canonical definition: names instead of
-- OIDs, lists in a fixed order, and nothing that is as it is by default. So the same object gives the same
-- definition on any server, from PostgreSQL 12 on. What a newer release knows beside that is read through
-- to_jsonb, which takes a column that is not there for null.
--
-- The views are read by script_tracking.catalog_now alone, which pins the settings that PostgreSQL's
-- own functions for definitions heed.

create or replace function script_tracking.granted(acl aclitem[], kind "char", owner oid)
returns jsonb
language sql stable
as $$
  with given as (
    select g.grantee, jsonb_agg(g.privilege order by g.privilege) as privileges
    from (
      select a.grantee, a.privilege_type || case when bool_or(a.is_grantable) then '*' else '' end as privilege
      from aclexplode(acl) a
      group by a.grantee, a.privilege_type
    ) g
    group by g.grantee
  ), usual as (
    select a.grantee, jsonb_agg(a.privilege_type order by a.privilege_type) as privileges
    from aclexplode(case when kind is not null then acldefault(kind, owner) end) a
    group by a.grantee
  )
  select jsonb_object_agg(
    case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
    coalesce(given.privileges, '[]'))
  from given
  full join usual using (grantee)
  where given.privileges is distinct from usual.privileges
$$;

comment on function script_tracking.granted(aclitem[], "char", oid) is 'Who has which privileges, where they differ from those that every object of the kind begins with; a privilege that may be passed on has a star. All of them where the kind is null';

create or replace function script_tracking.sorted(list text[])
returns jsonb
language sql immutable
as $$
  select jsonb_agg(l.item order by l.item collate "C") from unnest(list) as l (item)
$$;

comment on function script_tracking.sorted(text[]) is 'The list in the order of its bytes; null for an empty one';

create or replace function script_tracking.sorted_options(options text[])
returns jsonb
language sql immutable
as $$
  select jsonb_agg(script_tracking.redact(o.item) order by o.item collate "C") from unnest(options) as o (item)
$$;

comment on function script_tracking.sorted_options(text[]) is 'Options of a foreign object, ordered, secrets blacked out';

-- PostgreSQL locks what a view, a rule or a parsed body refers to before it writes it out, and keeps the lock
-- to the end of the transaction. Undoing what was done since a savepoint gives it back at once: reading the history
-- of ten thousand views holds up nobody, and does not fill the lock table.
create or replace function script_tracking.written_out(class oid, object oid)
returns text
language plpgsql stable
as $$
declare
  definition text;
begin
  definition := case class
    when 'pg_catalog.pg_class'::regclass then pg_get_viewdef(object)
    when 'pg_catalog.pg_rewrite'::regclass then pg_get_ruledef(object)
    when 'pg_catalog.pg_proc'::regclass then pg_get_functiondef(object)
  end;
  raise exception using errcode = 'PGS01';
exception
  when sqlstate 'PGS01' then
    return definition;
end
$$;

comment on function script_tracking.written_out(oid, oid) is 'What PostgreSQL says that a view, a rule or a function is, by its catalog and OID, with no lock left behind';

create or replace view script_tracking.versioned_relation as
select
  c.oid, c.relkind, c.relowner, c.relname::text as name, n.nspname::text as schema_name,
  quote_ident(n.nspname) || '.' || quote_ident(c.relname) as identity
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
  );

comment on view script_tracking.versioned_relation is 'The relations whose history is kept: not temporary, not the system''s, not an extension''s';
comment on column script_tracking.versioned_relation.oid is 'The relation''s OID';
comment on column script_tracking.versioned_relation.relkind is 'Its kind, as in pg_class';
comment on column script_tracking.versioned_relation.relowner is 'Its owner';
comment on column script_tracking.versioned_relation.name is 'Its name';
comment on column script_tracking.versioned_relation.schema_name is 'The schema it is in';
comment on column script_tracking.versioned_relation.identity is 'Its qualified and quoted name';

create or replace view script_tracking.catalog_relation as
-- Tables
select
  'pg_catalog.pg_class'::regclass::oid as class, c.oid as object, 0 as part, c.oid as relation, c.oid as belongs_to, c.xmin as changed_by,
  case c.relkind when 'f' then 'foreign table' else 'table' end as object_type, r.schema_name, r.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(c.relowner),
    'columns', (
      select jsonb_agg(a.attname order by a.attnum)
      from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ),
    'unlogged', nullif(c.relpersistence = 'u', false),
    'access_method', (select m.amname from pg_catalog.pg_am m where m.oid = c.relam and m.amname <> 'heap'),
    'tablespace', (select t.spcname from pg_catalog.pg_tablespace t where t.oid = c.reltablespace),
    'options', script_tracking.sorted(c.reloptions),
    'toast_options', (select script_tracking.sorted(t.reloptions) from pg_catalog.pg_class t where t.oid = c.reltoastrelid),
    'of_type', case when c.reloftype <> 0 then format_type(c.reloftype, null) end,
    'inherits', (
      select jsonb_agg(quote_ident(n.nspname) || '.' || quote_ident(p.relname) order by i.inhseqno)
      from pg_catalog.pg_inherits i
      join pg_catalog.pg_class p on p.oid = i.inhparent
      join pg_catalog.pg_namespace n on n.oid = p.relnamespace
      where i.inhrelid = c.oid
    ),
    'partition_bound', pg_get_expr(c.relpartbound, c.oid),
    'partition_by', case c.relkind when 'p' then pg_get_partkeydef(c.oid) end,
    'row_security', nullif(c.relrowsecurity, false),
    'force_row_security', nullif(c.relforcerowsecurity, false),
    'replica_identity', case c.relreplident
      when 'f' then 'full'
      when 'n' then 'nothing'
      when 'i' then (
        select x.relname
        from pg_catalog.pg_index i
        join pg_catalog.pg_class x on x.oid = i.indexrelid
        where i.indrelid = c.oid and i.indisreplident
      )
    end,
    'server', (select s.srvname from pg_catalog.pg_foreign_server s where s.oid = f.ftserver),
    'foreign_options', script_tracking.sorted_options(f.ftoptions),
    'grants', case when c.relacl is not null then script_tracking.granted(c.relacl, 'r', c.relowner) end,
    'comment', script_tracking.redact(d.description))) as definition
from script_tracking.versioned_relation r
join pg_catalog.pg_class c on c.oid = r.oid
left join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = c.oid and d.objsubid = 0
where c.relkind in ('r', 'p', 'f')
union all
-- Columns
select
  'pg_catalog.pg_class'::regclass::oid, a.attrelid, a.attnum::integer, a.attrelid, a.attrelid, a.xmin,
  case r.relkind
    when 'v' then 'view column' when 'm' then 'materialized view column' when 'f' then 'foreign table column' else 'table column'
  end,
  r.schema_name, r.identity || '.' || quote_ident(a.attname),
  jsonb_strip_nulls(jsonb_build_object(
    'type', format_type(a.atttypid, a.atttypmod),
    'not_null', nullif(a.attnotnull, false),
    -- From 18 on a constraint of its own, which may have a name that was given to it; an inherited one has its parent's.
    'not_null_constraint', case when n.oid is not null then nullif(jsonb_strip_nulls(jsonb_build_object(
      'name', case when n.coninhcount = 0 then nullif(n.conname, r.name || '_' || a.attname || '_not_null') end,
      'no_inherit', nullif(n.connoinherit, false),
      'not_valid', nullif(not n.convalidated, false))), '{}') end,
    'default', case when a.attgenerated = '' then script_tracking.redact(pg_get_expr(e.adbin, e.adrelid)) end,
    'generated', case when a.attgenerated <> '' then pg_get_expr(e.adbin, e.adrelid) end,
    'virtual', nullif(a.attgenerated = 'v', false),
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
    'collation', case when a.attcollation <> t.typcollation then (
      select quote_ident(s.nspname) || '.' || quote_ident(o.collname)
      from pg_catalog.pg_collation o
      join pg_catalog.pg_namespace s on s.oid = o.collnamespace
      where o.oid = a.attcollation
    ) end,
    'storage', case when a.attstorage <> t.typstorage then
      case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
    end,
    'compression', case when a.attlen = -1 then
      case to_jsonb(a) ->> 'attcompression' when 'p' then 'pglz' when 'l' then 'lz4' end
    end,
    'statistics', case when a.attstattarget >= 0 then a.attstattarget end,
    'options', script_tracking.sorted(a.attoptions),
    'foreign_options', script_tracking.sorted_options(a.attfdwoptions),
    'grants', case when a.attacl is not null then script_tracking.granted(a.attacl, 'c', r.relowner) end,
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef e on e.adrelid = a.attrelid and e.adnum = a.attnum
left join pg_catalog.pg_constraint n on n.conrelid = a.attrelid and n.contype = 'n' and n.conkey[1] = a.attnum
left join pg_catalog.pg_description d
  on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = a.attrelid and d.objsubid = a.attnum
where r.relkind in ('r', 'p', 'f', 'v', 'm')
union all
-- Views and materialized views
select
  'pg_catalog.pg_class'::regclass::oid, c.oid, 0, c.oid, c.oid, c.xmin,
  case c.relkind when 'm' then 'materialized view' else 'view' end, r.schema_name, r.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(c.relowner),
    'definition', script_tracking.redact(script_tracking.written_out(c.tableoid, c.oid)),
    'options', script_tracking.sorted(c.reloptions),
    'access_method', (select m.amname from pg_catalog.pg_am m where m.oid = c.relam and m.amname <> 'heap'),
    'tablespace', (select t.spcname from pg_catalog.pg_tablespace t where t.oid = c.reltablespace),
    'grants', case when c.relacl is not null then script_tracking.granted(c.relacl, 'r', c.relowner) end,
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_class c on c.oid = r.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = c.oid and d.objsubid = 0
where c.relkind in ('v', 'm')
union all
-- Sequences: how they count, not how far they are
select
  'pg_catalog.pg_class'::regclass::oid, c.oid, 0, c.oid, coalesce(o.refobjid, c.oid), c.xmin,
  'sequence', r.schema_name, r.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(c.relowner),
    'unlogged', nullif(c.relpersistence = 'u', false),
    'type', format_type(s.seqtypid, null),
    'start', s.seqstart,
    'increment', s.seqincrement,
    'minimum', s.seqmin,
    'maximum', s.seqmax,
    'cache', s.seqcache,
    'cycle', nullif(s.seqcycle, false),
    'owned_by', (
      select t.identity || '.' || quote_ident(a.attname)
      from script_tracking.versioned_relation t
      join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = o.refobjsubid
      where t.oid = o.refobjid
    ),
    'grants', case when c.relacl is not null then script_tracking.granted(c.relacl, 's', c.relowner) end,
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_class c on c.oid = r.oid
join pg_catalog.pg_sequence s on s.seqrelid = c.oid
left join pg_catalog.pg_depend o
  on o.classid = 'pg_catalog.pg_class'::regclass and o.objid = c.oid and o.objsubid = 0
  and o.refclassid = 'pg_catalog.pg_class'::regclass and o.refobjsubid > 0 and o.deptype in ('a', 'i')
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = c.oid and d.objsubid = 0
where c.relkind = 'S'
union all
-- Indexes
select
  'pg_catalog.pg_class'::regclass::oid, c.oid, 0, i.indrelid, i.indrelid, c.xmin,
  'index', r.schema_name, quote_ident(r.schema_name) || '.' || quote_ident(c.relname),
  jsonb_strip_nulls(jsonb_build_object(
    'definition', pg_get_indexdef(c.oid),
    'tablespace', (select t.spcname from pg_catalog.pg_tablespace t where t.oid = c.reltablespace),
    'clustered', nullif(i.indisclustered, false),
    'invalid', nullif(not i.indisvalid, false),
    'partition_of', case when c.relispartition then (
      select quote_ident(n.nspname) || '.' || quote_ident(p.relname)
      from pg_catalog.pg_inherits h
      join pg_catalog.pg_class p on p.oid = h.inhparent
      join pg_catalog.pg_namespace n on n.oid = p.relnamespace
      where h.inhrelid = c.oid
    ) end,
    'statistics', (
      select jsonb_object_agg(a.attnum, a.attstattarget)
      from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and a.attstattarget >= 0
    ),
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_index i on i.indrelid = r.oid
join pg_catalog.pg_class c on c.oid = i.indexrelid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = c.oid and d.objsubid = 0
union all
-- Constraints. What a partition has of its parent's foreign keys is the parent's.
select
  'pg_catalog.pg_constraint'::regclass::oid, c.oid, 0, c.conrelid, c.conrelid, c.xmin,
  'table constraint', r.schema_name, quote_ident(c.conname) || ' on ' || r.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'definition', script_tracking.redact(pg_get_constraintdef(c.oid)),
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_constraint c on c.conrelid = r.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_constraint'::regclass and d.objoid = c.oid and d.objsubid = 0
where c.contype in ('c', 'p', 'u', 'x') or c.contype = 'f' and c.conparentid = 0
union all
-- Triggers. Those of a partition that are its parent's are the parent's; up to 14 they are internal.
select
  'pg_catalog.pg_trigger'::regclass::oid, t.oid, 0, t.tgrelid, t.tgrelid, t.xmin,
  'trigger', r.schema_name, quote_ident(t.tgname) || ' on ' || r.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'definition', script_tracking.redact(pg_get_triggerdef(t.oid)),
    'enabled', case t.tgenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_trigger t on t.tgrelid = r.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_trigger'::regclass and d.objoid = t.oid and d.objsubid = 0
where not t.tgisinternal and coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0'
union all
-- Policies
select
  'pg_catalog.pg_policy'::regclass::oid, p.oid, 0, p.polrelid, p.polrelid, p.xmin,
  'policy', r.schema_name, quote_ident(p.polname) || ' on ' || r.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    'restrictive', nullif(not p.polpermissive, false),
    'roles', script_tracking.sorted(array(
      select case o.role when 0 then 'public' else pg_get_userbyid(o.role)::text end from unnest(p.polroles) as o (role)
    )),
    'using', pg_get_expr(p.polqual, p.polrelid),
    'check', pg_get_expr(p.polwithcheck, p.polrelid),
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_policy p on p.polrelid = r.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_policy'::regclass and d.objoid = p.oid and d.objsubid = 0
union all
-- Rules, but those that views are made of
select
  'pg_catalog.pg_rewrite'::regclass::oid, w.oid, 0, w.ev_class, w.ev_class, w.xmin,
  'rule', r.schema_name, quote_ident(w.rulename) || ' on ' || r.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'definition', script_tracking.redact(script_tracking.written_out(w.tableoid, w.oid)),
    'enabled', case w.ev_enabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_rewrite w on w.ev_class = r.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_rewrite'::regclass and d.objoid = w.oid and d.objsubid = 0
where w.rulename <> '_RETURN'
union all
-- Extended statistics
select
  'pg_catalog.pg_statistic_ext'::regclass::oid, s.oid, 0, s.stxrelid, s.stxrelid, s.xmin,
  'statistics object', n.nspname::text, quote_ident(n.nspname) || '.' || quote_ident(s.stxname),
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(s.stxowner),
    'definition', pg_get_statisticsobjdef(s.oid),
    'statistics', nullif(to_jsonb(s) -> 'stxstattarget', '-1'),
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_relation r
join pg_catalog.pg_statistic_ext s on s.stxrelid = r.oid
join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_statistic_ext'::regclass and d.objoid = s.oid and d.objsubid = 0;

comment on view script_tracking.catalog_relation is 'Relations, their columns and all that stands on them, with their definitions';
comment on column script_tracking.catalog_relation.class is 'The catalog that holds the object';
comment on column script_tracking.catalog_relation.object is 'The object''s OID';
comment on column script_tracking.catalog_relation.part is 'The column''s number where it is a column, or 0';
comment on column script_tracking.catalog_relation.relation is 'The relation that it stands on, or is';
comment on column script_tracking.catalog_relation.belongs_to is 'The same, but of a sequence that a column owns, the column''s table';
comment on column script_tracking.catalog_relation.changed_by is 'The transaction, or the part of one, that wrote the object''s own row of the catalog: xmin';
comment on column script_tracking.catalog_relation.object_type is 'As pg_identify_object says it';
comment on column script_tracking.catalog_relation.schema_name is 'The schema it is in';
comment on column script_tracking.catalog_relation.identity is 'Its qualified and quoted name';
comment on column script_tracking.catalog_relation.definition is 'Its canonical definition';
