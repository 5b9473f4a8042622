-- What few commands need: several objects or none, what they drop and rewrite, a statement that is not simply what
-- the client sent.

create or replace function script_tracking.outer_stack(stack text)
returns text
language plpgsql immutable
as $$
begin
  -- The lines of record_ddl and of its trigger are the first two.
  stack := substr(stack, coalesce(nullif(strpos(stack, E'\n'), 0), length(stack)) + 1);
  return substr(stack, coalesce(nullif(strpos(stack, E'\n'), 0), length(stack)) + 1);
end
$$;

comment on function script_tracking.outer_stack(text) is 'The call stack in which a command was given; empty where the client gave it';

create or replace function script_tracking.note_event(event text, tag text, stack text)
returns boolean
language plpgsql
as $$
begin
  if event = 'sql_drop' then
    perform script_tracking.note_for_command(tag, stack, 'dropped', coalesce(script_tracking.dropped_objects(tag), '[]'));
  else
    perform script_tracking.note_for_command(tag, stack, 'rewritten', coalesce(script_tracking.rewritten_table(), '[]'));
  end if;
  return true;
end
$$;

comment on function script_tracking.note_event(text, text, text) is 'Notes what a command drops, or which table it rewrites, for its end';

create or replace function script_tracking.uncommon_command(tag text, stack text, at timestamptz)
returns script_tracking.ledger
language plpgsql
as $$
declare
  entry script_tracking.ledger;
  notes jsonb;
  changed jsonb := script_tracking.changed_objects();
  objects jsonb;
  named record;
begin
  if current_setting('script_tracking.notes', true) <> '' then
    notes := script_tracking.take_notes(tag, stack);
  end if;
  if tag = 'CREATE EXTENSION' and changed is not null then
    changed := script_tracking.extension_objects(tag, (changed -> 0 ->> 'class')::oid, (changed -> 0 ->> 'oid')::oid);
  end if;
  objects := coalesce(changed, '[]') || coalesce(notes -> 'dropped', '[]');
  if jsonb_array_length(notes -> 'rewritten') > 0 then
    entry.metadata := jsonb_build_object('rewritten', notes -> 'rewritten');
  end if;

  if objects <> '[]' then
    entry.status := 'C';
    -- Of several objects the one that the command names: a serial column's sequence comes before its table.
    select o.value ->> 'action' as action, d.*
    into named
    from jsonb_array_elements(objects) with ordinality o
    cross join lateral jsonb_to_record(o.value) as d (class oid, oid oid, part integer, type text, schema text, identity text)
    order by o.value ->> 'tag' is distinct from uncommon_command.tag, o.ordinality
    limit 1;
    entry.object_action := named.action;
    entry.object_class := named.class;
    entry.object_id := named.oid;
    entry.object_part := named.part;
    entry.object_type := named.type;
    entry.object_schema := named.schema;
    entry.object_identity := named.identity;
    if jsonb_array_length(objects) > 1 then
      entry.objects := objects;
    end if;
  elsif not coalesce(notes ? 'dropped', false) and not exists (select from pg_event_trigger_ddl_commands()) then
    entry.status := 'C';
    entry.metadata := '{"no_op": true}';
  elsif exists (select from pg_event_trigger_ddl_commands() c where c.in_extension) then
    return null;
  end if;

  if stack <> '' then
    entry.content := script_tracking.inner_statement(stack);
  elsif strpos(rtrim(current_query(), E'; \n\r\t'), ';') > 0 then
    -- Also for what is temporary and not recorded, so that the next one is looked for behind it.
    select s.content, s.content_hash
    into entry.content, entry.content_hash
    from script_tracking.statement_of(
      current_query(), tag, at, current_setting('standard_conforming_strings') = 'off', entry.status is not null) s;
    return entry;
  end if;
  if entry.status is not null then
    select k.content, k.content_hash
    into entry.content, entry.content_hash
    from script_tracking.kept_statement(coalesce(entry.content, current_query()), at) k;
  end if;
  return entry;
end
$$;

comment on function script_tracking.uncommon_command(text, text, timestamptz) is 'Of the command that ends its objects, statement and metadata; without a status where it is not to be recorded: it touched nothing but what is temporary, or it is part of an extension''s script';
