-- One command, several events: what it drops and which tables it rewrites is told before its end, when its row is
-- written. Until then it is noted in a setting of the transaction, signed.

create or replace function script_tracking.note_for_command(tag text, stack text, kind text, notes jsonb)
returns boolean
language plpgsql
as $$
declare
  others jsonb := coalesce(script_tracking.payload_of(nullif(current_setting('script_tracking.notes', true), ''))::jsonb, '[]');
  own jsonb := script_tracking.notes_of(others, tag, stack);
begin
  others := others - coalesce((own ->> 'index')::integer, -1);
  own := coalesce(own - 'index', jsonb_build_object('xid', txid_current(), 'tag', tag, 'depth', length(stack)));
  own := own || jsonb_build_object(kind, coalesce(own -> kind, '[]') || coalesce(notes, '[]'));
  perform set_config('script_tracking.notes', script_tracking.signed((others || own)::text), true);
  return true;
end
$$;

comment on function script_tracking.note_for_command(text, text, text, jsonb) is 'Leaves a note for the end of the command that runs';

create or replace function script_tracking.notes_of(notes jsonb, tag text, stack text)
returns jsonb
language plpgsql stable
as $$
begin
  return (
    -- A command that another event trigger gives while this one runs has a deeper stack.
    select n.value || jsonb_build_object('index', n.ordinality - 1)
    from jsonb_array_elements(notes) with ordinality n
    where n.value ->> 'xid' = txid_current()::text and n.value ->> 'tag' = tag and n.value ->> 'depth' = length(stack)::text
  );
end
$$;

comment on function script_tracking.notes_of(jsonb, text, text) is 'Among notes those of the command that runs, with their index; null where there are none';

create or replace function script_tracking.take_notes(tag text, stack text, out dropped jsonb, out metadata jsonb)
returns record
language plpgsql
as $$
declare
  notes constant jsonb := script_tracking.payload_of(current_setting('script_tracking.notes', true));
  own constant jsonb := script_tracking.notes_of(notes, tag, stack);
begin
  -- What the session wrote there itself has no signature, and is not believed.
  if notes is null or notes = jsonb_build_array(own - 'index') then
    perform set_config('script_tracking.notes', '', true);
  elsif own is not null then
    perform set_config('script_tracking.notes', script_tracking.signed((notes - (own ->> 'index')::integer)::text), true);
  end if;
  dropped := own -> 'dropped';
  if jsonb_array_length(own -> 'rewritten') > 0 then
    metadata := jsonb_build_object('rewritten', own -> 'rewritten');
  end if;
end
$$;

comment on function script_tracking.take_notes(text, text) is 'The notes that were left for the command that ends, which are gone then: what it dropped (empty where all of that was temporary), and what is to be said of it';

create or replace function script_tracking.rewritten_table()
returns jsonb
language plpgsql stable
as $$
begin
  return (
    select jsonb_build_object('table', i.identity, 'reason', array(
      select r.words
      from (values (1, 'persistence'), (2, 'default'), (4, 'column type'), (8, 'access method')) as r (bit, words)
      where pg_event_trigger_table_rewrite_reason() & r.bit > 0
    ))
    from pg_identify_object('pg_class'::regclass, pg_event_trigger_table_rewrite_oid(), 0) i
    where not script_tracking.is_temporary(i.schema, i.identity)
  );
end
$$;

comment on function script_tracking.rewritten_table() is 'The table that is about to be rewritten, and why; null for a temporary one';
