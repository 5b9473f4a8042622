-- The objects of a command, as the event triggers are told of them. What is called on its own is PL/pgSQL, which keeps
-- its plans; a function in SQL is parsed and planned anew in each query, unless it is expanded into it.

create or replace function script_tracking.described(
  action "char", tag text, class oid, object oid, part integer, type text, schema text, identity text)
returns jsonb
language sql stable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'action', action::text, 'tag', tag, 'class', class::bigint, 'oid', object::bigint, 'part', nullif(part, 0),
    'type', type, 'schema', schema, 'identity', identity))
$$;

comment on function script_tracking.described("char", text, oid, oid, integer, text, text, text) is 'One object of a command, as the ledger''s column objects holds it';

create or replace function script_tracking.action_of(tag text)
returns "char"
language sql immutable
as $$
  select (case when tag like 'CREATE %' or tag in ('SELECT INTO', 'IMPORT FOREIGN SCHEMA') then 'C' else 'M' end)::"char"
$$;

comment on function script_tracking.action_of(text) is 'C where a command of this tag creates, M where it modifies';

create or replace function script_tracking.is_temporary(schema_name text, identity text)
returns boolean
language sql immutable
as $$
  select coalesce(schema_name = 'pg_temp', false) or coalesce(strpos(identity, ' on pg_temp.') > 0, false)
$$;

comment on function script_tracking.is_temporary(text, text) is 'Whether an object is temporary, or stands on a temporary table';

create or replace function script_tracking.changed_objects(tag text, out objects jsonb, out named jsonb)
returns record
language plpgsql stable
as $$
begin
  -- Of several objects the one that the command names: a serial column's sequence comes before its table.
  select jsonb_agg(o.object order by o.ordinality), jsonb_agg(o.object order by o.tag <> changed_objects.tag, o.ordinality) -> 0
  into objects, named
  from (
    select min(c.ordinality) as ordinality, c.command_tag as tag,
      script_tracking.described(
        script_tracking.action_of(c.command_tag), c.command_tag, c.classid, c.objid, c.objsubid,
        c.object_type, c.schema_name, c.object_identity) as object
    from pg_event_trigger_ddl_commands() with ordinality c
    -- What an extension's script does belongs to create extension, which tells of its members itself.
    where c.objid is not null and not c.in_extension and not script_tracking.is_temporary(c.schema_name, c.object_identity)
    -- Some commands name an object twice, such as create or replace view.
    group by c.command_tag, c.classid, c.objid, c.objsubid, c.object_type, c.schema_name, c.object_identity
  ) o;
  if tag = 'CREATE EXTENSION' then
    objects := objects || (
      select jsonb_agg(script_tracking.described('C', null, d.classid, d.objid, d.objsubid, i.type, i.schema, i.identity))
      from pg_depend d
      cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) i
      where d.refclassid = (named ->> 'class')::oid and d.refobjid = (named ->> 'oid')::oid and d.deptype = 'e'
    );
  end if;
end
$$;

comment on function script_tracking.changed_objects(text) is 'What a command created or modified, with the members of an extension, and which of it the command names; nulls for nothing';

create or replace function script_tracking.dropped_objects(tag text)
returns jsonb
language plpgsql stable
as $$
begin
  return (
    select jsonb_agg(
      script_tracking.described(
        'D', tag, d.classid, d.objid, d.objsubid, d.object_type, d.schema_name, d.object_identity)
      order by d.original desc, d.ordinality)
    from pg_event_trigger_dropped_objects() with ordinality d
    -- The others fall with these: a table's row type, its toast table.
    where (d.original or d.normal) and not d.is_temporary
  );
end
$$;

comment on function script_tracking.dropped_objects(text) is 'What a command dropped, as a list';
