-- What stands in the catalog beside relations, as in versions_catalog.sql; and the one way to read both.

create or replace view script_tracking.versioned_schema as
select n.oid, n.nspname::text as name, quote_ident(n.nspname) as identity
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema';

comment on view script_tracking.versioned_schema is 'The schemas whose history is kept: those that are not the system''s';
comment on column script_tracking.versioned_schema.oid is 'The schema''s OID';
comment on column script_tracking.versioned_schema.name is 'Its name';
comment on column script_tracking.versioned_schema.identity is 'Its quoted name';

create or replace view script_tracking.catalog_other as
-- Schemas
select
  'pg_catalog.pg_namespace'::regclass::oid as class, n.oid as object, 0 as part, null::oid as relation, n.xmin as changed_by,
  'schema' as object_type, n.nspname::text as schema_name, s.identity,
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(n.nspowner),
    'grants', case when n.nspacl is not null then script_tracking.granted(n.nspacl, 'n', n.nspowner) end,
    'comment', script_tracking.redact(d.description))) as definition
from script_tracking.versioned_schema s
join pg_catalog.pg_namespace n on n.oid = s.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_namespace'::regclass and d.objoid = n.oid and d.objsubid = 0
where not exists (
  select from pg_catalog.pg_depend m
  where m.classid = 'pg_catalog.pg_namespace'::regclass and m.objid = n.oid and m.deptype = 'e'
)
union all
-- Types: enums, composites, domains, ranges, base types; not those that come with a table, an array or a range
select
  'pg_catalog.pg_type'::regclass::oid, t.oid, 0, nullif(t.typrelid, 0), t.xmin,
  'type', s.name, s.identity || '.' || quote_ident(t.typname),
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(t.typowner),
    'kind', case t.typtype when 'e' then 'enum' when 'c' then 'composite' when 'd' then 'domain' when 'r' then 'range' else 'base' end,
    'labels', case t.typtype when 'e' then (
      select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid
    ) end,
    'attributes', case t.typtype when 'c' then (
      select jsonb_agg(
        jsonb_strip_nulls(jsonb_build_object(
          'name', a.attname,
          'type', format_type(a.atttypid, a.atttypmod),
          'collation', case when a.attcollation <> b.typcollation then (
            select quote_ident(o.nspname) || '.' || quote_ident(l.collname)
            from pg_catalog.pg_collation l
            join pg_catalog.pg_namespace o on o.oid = l.collnamespace
            where l.oid = a.attcollation
          ) end,
          'comment', script_tracking.redact(col_description(a.attrelid, a.attnum))))
        order by a.attnum)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type b on b.oid = a.atttypid
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    ) end,
    'type', case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) when 'r' then format_type(r.rngsubtype, null) end,
    'not_null', nullif(t.typnotnull, false),
    'default', script_tracking.redact(t.typdefault),
    'collation', case t.typtype
      when 'd' then (
        select quote_ident(o.nspname) || '.' || quote_ident(l.collname)
        from pg_catalog.pg_collation l
        join pg_catalog.pg_namespace o on o.oid = l.collnamespace
        join pg_catalog.pg_type b on b.oid = t.typbasetype
        where l.oid = t.typcollation and t.typcollation <> b.typcollation
      )
      when 'r' then (
        select quote_ident(o.nspname) || '.' || quote_ident(l.collname)
        from pg_catalog.pg_collation l
        join pg_catalog.pg_namespace o on o.oid = l.collnamespace
        join pg_catalog.pg_type b on b.oid = r.rngsubtype
        where l.oid = r.rngcollation and r.rngcollation <> b.typcollation
      )
    end,
    'constraints', case t.typtype when 'd' then (
      select jsonb_agg(
        jsonb_strip_nulls(jsonb_build_object(
          'name', c.conname,
          'definition', script_tracking.redact(pg_get_constraintdef(c.oid)),
          'comment', script_tracking.redact(obj_description(c.oid, 'pg_constraint'))))
        order by c.conname collate "C")
      from pg_catalog.pg_constraint c
      -- From 18 on not null is a constraint too.
      where c.contypid = t.oid and c.contype = 'c'
    ) end,
    'operator_class', (
      select quote_ident(o.nspname) || '.' || quote_ident(p.opcname)
      from pg_catalog.pg_opclass p
      join pg_catalog.pg_namespace o on o.oid = p.opcnamespace
      where p.oid = r.rngsubopc and not p.opcdefault
    ),
    'canonical', nullif(r.rngcanonical, 0)::regprocedure::text,
    'difference', nullif(r.rngsubdiff, 0)::regprocedure::text,
    'multirange', (
      select quote_ident(o.nspname) || '.' || quote_ident(u.typname)
      from pg_catalog.pg_type u
      join pg_catalog.pg_namespace o on o.oid = u.typnamespace
      where u.oid = (to_jsonb(r) ->> 'rngmultitypid')::oid
        and u.typname <> case
          when strpos(t.typname, 'range') > 0 then overlay(t.typname placing 'multirange' from strpos(t.typname, 'range') for 5)
          else t.typname || '_multirange'
        end
    ),
    'base', case t.typtype when 'b' then jsonb_build_object(
      'input', t.typinput::regprocedure::text, 'output', t.typoutput::regprocedure::text,
      'receive', nullif(t.typreceive::oid, 0)::regprocedure::text, 'send', nullif(t.typsend::oid, 0)::regprocedure::text,
      'modifier_input', nullif(t.typmodin::oid, 0)::regprocedure::text,
      'modifier_output', nullif(t.typmodout::oid, 0)::regprocedure::text,
      'length', t.typlen, 'by_value', t.typbyval, 'alignment', t.typalign::text, 'storage', t.typstorage::text,
      'category', t.typcategory::text, 'preferred', t.typispreferred, 'delimiter', t.typdelim::text,
      'element', case when t.typelem <> 0 then format_type(t.typelem, null) end) end,
    'grants', case when t.typacl is not null then script_tracking.granted(t.typacl, 'T', t.typowner) end,
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_schema s
join pg_catalog.pg_type t on t.typnamespace = s.oid
left join pg_catalog.pg_range r on r.rngtypid = t.oid
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_type'::regclass and d.objoid = t.oid and d.objsubid = 0
where (
    t.typtype in ('e', 'd', 'r')
    or t.typtype = 'b' and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
    or t.typtype = 'c' and (select c.relkind from pg_catalog.pg_class c where c.oid = t.typrelid) = 'c'
  )
  and not exists (
    select from pg_catalog.pg_depend m
    where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = t.oid and m.deptype = 'e'
  )
union all
-- Functions, procedures, aggregates; not those that come with a range type
select
  'pg_catalog.pg_proc'::regclass::oid, p.oid, 0, null, p.xmin,
  case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end, s.name,
  (pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0)).identity,
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(p.proowner),
    'arguments', pg_get_function_arguments(p.oid),
    'result', pg_get_function_result(p.oid),
    'language', l.lanname,
    'window', nullif(p.prokind = 'w', false),
    -- From 14 on a body may be parsed SQL, which PostgreSQL writes out with the whole of the function.
    'source', case
      when p.prokind = 'a' then null
      when l.lanname = 'sql' and p.prosrc = '' then script_tracking.redact(script_tracking.written_out(p.tableoid, p.oid))
      else script_tracking.redact(p.prosrc)
    end,
    'library', p.probin,
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
    'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
    'strict', nullif(p.proisstrict, false),
    'security_definer', nullif(p.prosecdef, false),
    'leakproof', nullif(p.proleakproof, false),
    'cost', nullif(p.procost, case when l.lanname in ('internal', 'c') then 1 else 100 end),
    'rows', case when p.proretset then nullif(p.prorows, 1000) end,
    'support', case when p.prosupport <> 0 then p.prosupport::regprocedure::text end,
    'transforms', (select jsonb_agg(format_type(x.type, null)) from unnest(p.protrftypes) as x (type)),
    'settings', (select jsonb_agg(script_tracking.redact(c.setting)) from unnest(p.proconfig) as c (setting)),
    'aggregate', case p.prokind when 'a' then (
      select jsonb_strip_nulls(jsonb_build_object(
        'kind', a.aggkind::text,
        'direct_arguments', a.aggnumdirectargs,
        'transition', a.aggtransfn::regprocedure::text,
        'state', format_type(a.aggtranstype, null),
        'state_size', nullif(a.aggtransspace, 0),
        'initial', a.agginitval,
        'final', nullif(a.aggfinalfn::oid, 0)::regprocedure::text,
        'final_extra', nullif(a.aggfinalextra, false),
        'final_modifies', a.aggfinalmodify::text,
        'combine', nullif(a.aggcombinefn::oid, 0)::regprocedure::text,
        'serialize', nullif(a.aggserialfn::oid, 0)::regprocedure::text,
        'deserialize', nullif(a.aggdeserialfn::oid, 0)::regprocedure::text,
        'moving_transition', nullif(a.aggmtransfn::oid, 0)::regprocedure::text,
        'moving_inverse', nullif(a.aggminvtransfn::oid, 0)::regprocedure::text,
        'moving_state', case when a.aggmtranstype <> 0 then format_type(a.aggmtranstype, null) end,
        'moving_initial', a.aggminitval,
        'moving_final', nullif(a.aggmfinalfn::oid, 0)::regprocedure::text,
        'sort_operator', case when a.aggsortop <> 0 then a.aggsortop::regoperator::text end))
      from pg_catalog.pg_aggregate a
      where a.aggfnoid = p.oid
    ) end,
    'grants', case when p.proacl is not null then script_tracking.granted(p.proacl, 'f', p.proowner) end,
    'comment', script_tracking.redact(d.description)))
from script_tracking.versioned_schema s
join pg_catalog.pg_proc p on p.pronamespace = s.oid
join pg_catalog.pg_language l on l.oid = p.prolang
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_proc'::regclass and d.objoid = p.oid and d.objsubid = 0
where not exists (
  select from pg_catalog.pg_depend m
  where m.classid = 'pg_catalog.pg_proc'::regclass and m.objid = p.oid and m.deptype in ('e', 'i')
)
union all
-- Extensions; what they bring is theirs
select
  'pg_catalog.pg_extension'::regclass::oid, e.oid, 0, null, e.xmin,
  'extension', null, quote_ident(e.extname),
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(e.extowner),
    'version', e.extversion,
    'schema', n.nspname,
    'comment', script_tracking.redact(d.description)))
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_extension'::regclass and d.objoid = e.oid and d.objsubid = 0
union all
-- Event triggers
select
  'pg_catalog.pg_event_trigger'::regclass::oid, t.oid, 0, null, t.xmin,
  'event trigger', null, quote_ident(t.evtname),
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(t.evtowner),
    'event', t.evtevent,
    'function', t.evtfoid::regprocedure::text,
    'tags', script_tracking.sorted(t.evttags),
    'enabled', case t.evtenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
    'comment', script_tracking.redact(d.description)))
from pg_catalog.pg_event_trigger t
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_event_trigger'::regclass and d.objoid = t.oid and d.objsubid = 0
where not exists (
  select from pg_catalog.pg_depend m
  where m.classid = 'pg_catalog.pg_event_trigger'::regclass and m.objid = t.oid and m.deptype = 'e'
)
union all
-- Default privileges
select
  'pg_catalog.pg_default_acl'::regclass::oid, a.oid, 0, null, a.xmin,
  'default acl', n.nspname::text,
  (pg_identify_object('pg_catalog.pg_default_acl'::regclass, a.oid, 0)).identity,
  jsonb_strip_nulls(jsonb_build_object('grants', script_tracking.granted(a.defaclacl, null, a.defaclrole)))
from pg_catalog.pg_default_acl a
left join pg_catalog.pg_namespace n on n.oid = a.defaclnamespace
union all
-- Foreign servers
select
  'pg_catalog.pg_foreign_server'::regclass::oid, s.oid, 0, null, s.xmin,
  'server', null, quote_ident(s.srvname),
  jsonb_strip_nulls(jsonb_build_object(
    'owner', pg_get_userbyid(s.srvowner),
    'wrapper', w.fdwname,
    'type', s.srvtype,
    'version', s.srvversion,
    'options', script_tracking.sorted_options(s.srvoptions),
    'grants', case when s.srvacl is not null then script_tracking.granted(s.srvacl, 'S', s.srvowner) end,
    'comment', script_tracking.redact(d.description)))
from pg_catalog.pg_foreign_server s
join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_foreign_server'::regclass and d.objoid = s.oid and d.objsubid = 0;

comment on view script_tracking.catalog_other is 'Schemas, types, routines, extensions, event triggers, default privileges and foreign servers, with their definitions';
comment on column script_tracking.catalog_other.class is 'The catalog that holds the object';
comment on column script_tracking.catalog_other.object is 'The object''s OID';
comment on column script_tracking.catalog_other.part is 'Always 0';
comment on column script_tracking.catalog_other.relation is 'The relation behind a composite type';
comment on column script_tracking.catalog_other.changed_by is 'The transaction, or the part of one, that wrote the object''s own row of the catalog: xmin';
comment on column script_tracking.catalog_other.object_type is 'As pg_identify_object says it';
comment on column script_tracking.catalog_other.schema_name is 'The schema it is in, where it is in one';
comment on column script_tracking.catalog_other.identity is 'Its qualified and quoted name';
comment on column script_tracking.catalog_other.definition is 'Its canonical definition';

create or replace function script_tracking.catalog_now(relations oid[] default null, others oid[] default null)
returns table (
  class oid, object oid, part integer, belongs_to oid, changed_by xid, object_type text, schema_name text, identity text,
  definition jsonb, definition_hash bytea
)
language plpgsql stable security definer rows 10000
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set standard_conforming_strings = on
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = 'hex'
set lc_monetary = 'C'
set jit = off
-- Somebody who changes a view just now is not waited for.
set lock_timeout = '100ms'
as $$
begin
  if relations is null and others is null then
    return query
      select c.class, c.object, c.part, c.belongs_to, c.changed_by, c.object_type, c.schema_name, c.identity, c.definition,
        sha256(script_tracking.utf8(c.definition::text))
      from script_tracking.catalog_relation c
      union all
      select c.class, c.object, c.part, c.relation, c.changed_by, c.object_type, c.schema_name, c.identity, c.definition,
        sha256(script_tracking.utf8(c.definition::text))
      from script_tracking.catalog_other c;
    return;
  end if;
  if relations <> '{}' then
    return query
      select c.class, c.object, c.part, c.belongs_to, c.changed_by, c.object_type, c.schema_name, c.identity, c.definition,
        sha256(script_tracking.utf8(c.definition::text))
      from script_tracking.catalog_relation c
      where c.relation = any (relations);
  end if;
  if others <> '{}' then
    return query
      select c.class, c.object, c.part, c.relation, c.changed_by, c.object_type, c.schema_name, c.identity, c.definition,
        sha256(script_tracking.utf8(c.definition::text))
      from script_tracking.catalog_other c
      where c.object = any (others);
  end if;
end
$$;

comment on function script_tracking.catalog_now(oid[], oid[]) is 'The canonical definitions of these relations, with all that stands on them, and of these other objects; of everything where both are null. Not of: casts, operators and their classes, collations, conversions, text search, languages, foreign-data wrappers, user mappings, publications, subscriptions, large objects, security labels, and what belongs to an extension';
