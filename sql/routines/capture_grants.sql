-- What was granted. Event triggers are told that something was, and of which kind; on what, only the statement says.

create or replace function script_tracking.words_of(statement text)
returns text[]
language plpgsql immutable
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
begin
  -- Names in quotes as they stand, words in lower case, every other character for itself; no comments.
  return array(
    select case when starts_with(m.token[1], '"') then m.token[1] else lower(m.token[1]) end
    from regexp_matches(statement,
      '"(?:[^"]|"")*"|--[^\n\r]*|/\*(?:[^*]|\*+[^*/])*\*+/|[a-zA-Z0-9_$\x80-\U0010ffff]+|\S', 'g')
      with ordinality as m (token, ordinality)
    where m.token[1] !~ '^(?:--|/\*)'
    order by m.ordinality
  );
end
$$;

comment on function script_tracking.words_of(text) is 'The names, words and signs of a statement';

create or replace function script_tracking.list_of(words text[], first integer, ends text[])
returns text[]
language plpgsql immutable
as $$
declare
  list text[] := '{}';
  item text := '';
  depth integer := 0;
begin
  for at in first .. cardinality(words) loop
    depth := depth + case words[at] when '(' then 1 when ')' then -1 else 0 end;
    exit when depth = 0 and words[at] = any (ends);
    if depth = 0 and words[at] = ',' then
      list := list || btrim(item);
      item := '';
    else
      item := item || ' ' || words[at];
    end if;
  end loop;
  if btrim(item) <> '' then
    list := list || btrim(item);
  end if;
  return list;
end
$$;

comment on function script_tracking.list_of(text[], integer, text[]) is 'The items between commas from a position on, up to one of the words that end the list';

create or replace function script_tracking.granted_routine(schemas name[], name text, arguments text)
returns oid
language plpgsql stable
as $$
declare
  found oid[] := array(
    select p.oid
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where p.proname = name and n.nspname = any (schemas)
      -- The first schema of the path that has one of these arguments; without any, of this name.
      and (arguments is null or oidvectortypes(p.proargtypes) = arguments)
    order by array_position(schemas, n.nspname)
  );
begin
  if arguments is not null and found = '{}' then
    -- Types may be written in other words, and with names before them; of one alone there is no doubt.
    found := array(
      select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where p.proname = name and n.nspname = any (schemas));
    if cardinality(found) > 1 then
      return null;
    end if;
  end if;
  return found[1];
end
$$;

comment on function script_tracking.granted_routine(name[], text, text) is 'The routine that a grant names; null where its arguments are written so that it cannot be told';

create or replace function script_tracking.type_of(written text)
returns text
language plpgsql stable
as $$
begin
  return format_type(to_regtype(written), null);
exception
  -- An argument's name or mode stands before it, or it is no type that is known here.
  when others then return null;
end
$$;

comment on function script_tracking.type_of(text) is 'A type as PostgreSQL names it; null for what is none';

create or replace function script_tracking.granted_object(kind text, item text)
returns oid
language plpgsql stable
as $$
declare
  name constant text[] := case when kind <> 'large object' then parse_ident(substring(item from '^(?:"(?:[^"]|"")*"|[^"(])+')) end;
  arguments constant text := substring(item from '^(?:"(?:[^"]|"")*"|[^"(])+[(](.*)[)]');
  -- As the session had it when it gave the command. The framework''s owner may not look into each of these schemas
  -- by name, so that the catalogs are asked.
  path constant name[] := case
    when cardinality(name) > 1 then array[name[1]]::name[]
    else nullif(current_setting('script_tracking.path', true), '')::name[]
  end;
  named constant text := name[cardinality(name)];
begin
  case
    when kind = 'large object' then
      return (select m.oid from pg_largeobject_metadata m where m.oid::text = item);
    when kind = 'schema' then
      return (select n.oid from pg_namespace n where n.nspname = named);
    when kind = 'language' then
      return (select l.oid from pg_language l where l.lanname = named);
    when kind = 'foreign data wrapper' then
      return (select w.oid from pg_foreign_data_wrapper w where w.fdwname = named);
    when kind = 'foreign server' then
      return (select s.oid from pg_foreign_server s where s.srvname = named);
    when kind in ('type', 'domain') then
      return (
        select t.oid
        from pg_type t join pg_namespace n on n.oid = t.typnamespace
        where t.typname = named and n.nspname = any (path)
        order by array_position(path, n.nspname)
        limit bigint '1'
      );
    when kind in ('table', 'sequence') then
      return (
        select c.oid
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relname = named and n.nspname = any (path)
        order by array_position(path, n.nspname)
        limit bigint '1'
      );
    else
      return script_tracking.granted_routine(path, named, case when arguments is not null then (
        select coalesce(string_agg(
          coalesce(
            script_tracking.type_of(a.written), script_tracking.type_of(regexp_replace(a.written, '^[^ ]+ ', '')), a.written),
          ', ' order by a.ordinality), '')
        from unnest(script_tracking.list_of(script_tracking.words_of(arguments), 1, '{}')) with ordinality as a (written, ordinality)
      ) end);
  end case;
end
$$;

comment on function script_tracking.granted_object(text, text) is 'The object of a kind that a grant names; null where that cannot be told';

create or replace function script_tracking.granted_objects(tag text, statement text)
returns jsonb
language plpgsql stable
as $$
declare
  words constant text[] := script_tracking.words_of(statement);
  kinds constant jsonb := '{
    "table": "pg_class", "sequence": "pg_class", "schema": "pg_namespace", "language": "pg_language", "type": "pg_type",
    "domain": "pg_type", "function": "pg_proc", "procedure": "pg_proc", "routine": "pg_proc", "large object": "pg_largeobject",
    "foreign data wrapper": "pg_foreign_data_wrapper", "foreign server": "pg_foreign_server"}';
  kind text := 'table';
  first integer := array_position(words, 'on') + 1;
  after text;
begin
  if tag not in ('GRANT', 'REVOKE') or first is null then
    return null;
  end if;
  after := array_to_string(words[first:first + 6], ' ');
  if after ~ '^all (?:tables|sequences|functions|procedures|routines) in schema ' then
    kind := 'schema';
    first := first + 4;
  elsif after ~ '^(?:table|sequence|schema|language|type|domain|function|procedure|routine|large object|foreign data wrapper|foreign server) ' then
    kind := substring(after from '^(?:large object|foreign data wrapper|foreign server|[a-z]+)');
    first := first + cardinality(string_to_array(kind, ' '));
  end if;
  return (
    select jsonb_agg(script_tracking.described('M', tag, o.class, o.oid, 0, i.type, i.schema, i.identity) order by o.ordinality)
    from (
      select l.ordinality, to_regclass(kinds ->> kind)::oid as class, script_tracking.granted_object(kind, l.name) as oid
      from unnest(script_tracking.list_of(words, first, array['to', 'from'])) with ordinality as l (name, ordinality)
      -- Of its own type: a number would be cast, by a function that somebody may have taken from everybody.
      offset bigint '0'
    ) o
    cross join lateral pg_identify_object(o.class, o.oid, 0) i
    where o.oid is not null and not script_tracking.is_temporary(i.schema, i.identity)
  );
exception
  -- The command is recorded in any case, with its statement.
  when others then return null;
end
$$;

comment on function script_tracking.granted_objects(text, text) is 'What a grant or revoke names, as a list; of "all tables in schema" the schemas. Null where that cannot be told';
