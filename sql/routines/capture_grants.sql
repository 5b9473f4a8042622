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

create or replace function script_tracking.named_object(kind text, name text)
returns oid
language plpgsql stable
as $$
begin
  -- The session's search path is in force here. So every name is qualified, and every argument has its very type.
  if pg_catalog.strpos(kind, 'table') operator(pg_catalog.>) 0 or pg_catalog.strpos(kind, 'sequence') operator(pg_catalog.>) 0 then
    return pg_catalog.to_regclass(name);
  elsif pg_catalog.strpos(kind, 'type') operator(pg_catalog.>) 0 or pg_catalog.strpos(kind, 'domain') operator(pg_catalog.>) 0 then
    return pg_catalog.to_regtype(name);
  elsif pg_catalog.strpos(name, '(') operator(pg_catalog.>) 0 then
    return pg_catalog.to_regprocedure(name);
  end if;
  return pg_catalog.to_regproc(name);
exception
  -- Such as an argument's name, which is no part of a signature: the object is not told, the statement is.
  when others then return null;
end
$$;

comment on function script_tracking.named_object(text, text) is 'The object of a kind that the session means by a name; null where that cannot be told';

create or replace function script_tracking.granted_object(kind text, name text)
returns oid
language plpgsql stable
as $$
declare
  path constant text := (
    select string_agg(quote_ident(p.schema), ', ' order by p.ordinality)
    from unnest(nullif(current_setting('script_tracking.path', true), '')::name[]) with ordinality p (schema, ordinality)
  );
  object oid;
  pinned text;
begin
  case
    when kind = 'schema' then
      return (select n.oid from pg_namespace n where n.nspname = (parse_ident(name))[1]);
    when kind = 'language' then
      return (select l.oid from pg_language l where l.lanname = (parse_ident(name))[1]);
    when kind = 'foreign data wrapper' then
      return (select w.oid from pg_foreign_data_wrapper w where w.fdwname = (parse_ident(name))[1]);
    when kind = 'foreign server' then
      return (select s.oid from pg_foreign_server s where s.srvname = (parse_ident(name))[1]);
    when kind = 'large object' then
      return (select m.oid from pg_largeobject_metadata m where m.oid::text = name);
    else
      pinned := set_config('search_path', coalesce(path, ''), true);
      object := script_tracking.named_object(kind, name);
      pinned := pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
      return object;
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
      offset 0
    ) o
    cross join lateral pg_identify_object(o.class, o.oid, 0) i
    where o.oid is not null and not script_tracking.is_temporary(i.schema, i.identity)
  );
end
$$;

comment on function script_tracking.granted_objects(text, text) is 'What a grant or revoke names, as a list; of "all tables in schema" the schemas. Null where that cannot be told';
