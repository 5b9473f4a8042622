-- What few commands need: none or many objects, what they drop and rewrite, a statement that is not simply what the
-- client sent.

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

create or replace function script_tracking.signed_drops(depth integer)
returns text
language plpgsql stable
as $$
begin
  if depth <= 0 then
    return '';
  end if;
  return script_tracking.signed(concat_ws(' ', txid_current(), depth));
end
$$;

comment on function script_tracking.signed_drops(integer) is 'How many drop commands are recorded and have not ended, for this transaction, signed; empty for none';

create or replace function script_tracking.drops_pending()
returns integer
language plpgsql stable
as $$
declare
  pending constant text := current_setting('script_tracking.dropped', true);
  payload text;
begin
  if pending <> '' then
    payload := script_tracking.payload_of(pending);
    if split_part(payload, ' ', 1) = txid_current()::text then
      return split_part(payload, ' ', 2)::integer;
    end if;
  end if;
  return 0;
end
$$;

comment on function script_tracking.drops_pending() is 'What script_tracking.signed_drops left in script_tracking.dropped; 0 for what a session wrote there itself';

create or replace function script_tracking.record_other_event(event text, tag text, stack text, at timestamptz, look_up boolean)
returns boolean
language plpgsql
as $$
declare
  depth integer;
  done text;
  dropped jsonb;
  metadata jsonb;
  content text;
  content_hash bytea;
begin
  if event = 'sql_drop' and starts_with(tag, 'DROP ') then
    return script_tracking.record_drop(tag, stack, at, look_up);
  elsif event = 'sql_drop' then
    return script_tracking.note_for_command(tag, stack, 'dropped', coalesce(script_tracking.dropped_objects(tag), '[]'));
  elsif event = 'table_rewrite' then
    return script_tracking.note_for_command(tag, stack, 'rewritten', script_tracking.rewritten_table());
  end if;

  if starts_with(tag, 'DROP ') then
    depth := script_tracking.drops_pending();
    -- What the session had set there itself, to hide that it dropped nothing, goes as well.
    done := set_config('script_tracking.dropped', script_tracking.signed_drops(depth - 1), true);
    if depth > 0 then
      return true;
    end if;
  end if;
  select s.content, s.content_hash into content, content_hash from script_tracking.recorded_statement(tag, stack, at) s;
  if current_setting('script_tracking.notes', true) <> '' then
    select n.dropped, n.metadata into dropped, metadata from script_tracking.take_notes(tag, stack) n;
  end if;
  return script_tracking.record_listed(tag, at, look_up, dropped, content, content_hash, metadata);
end
$$;

comment on function script_tracking.record_other_event(text, text, text, timestamptz, boolean) is 'Records a command with several objects; notes what a command drops or rewrites, for its end; and records a drop command when it drops, which its end tells nothing of';

create or replace function script_tracking.record_drop(tag text, stack text, at timestamptz, look_up boolean)
returns boolean
language plpgsql
as $$
declare
  address constant inet := inet_client_addr();
  port constant integer := inet_client_port();
  statement text := current_query();
  done text := set_config('script_tracking.dropped', script_tracking.signed_drops(script_tracking.drops_pending() + 1), true);
  version bigint;
  dropped jsonb;
  content_hash bytea;
begin
  -- One object, of a command that the client gave alone: as in script_tracking.record_ddl, and for the same reasons.
  if not look_up and stack = '' and octet_length(statement) <= 200 and statement !~* '[,;]|cascade|owned'
    and (statement !~ '['':$=]' or not script_tracking.may_hold_secret(statement))
    and concat(current_setting('script_tracking.position', true), current_setting('script_tracking.operation', true)) = ''
  then
    insert into script_tracking.present_ledger (
      version_number, xid, recorded_at, state_ordinal, client_port, backend_pid,
      source, status, object_action, object_class, object_id, object_part,
      session_user_name, executed_by, application_name, client_ip,
      command_tag, object_type, object_schema, object_identity, content,
      row_hash)
    select
      txid_current() << 21, txid_current(), at, 0, port, pg_backend_pid(),
      'D', 'C', 'D', d.classid, d.objid, nullif(d.objsubid, 0),
      session_user, nullif(current_setting('script_tracking.caller', true), ''), nullif(current_setting('application_name'), ''), address,
      tag, d.object_type, d.schema_name, d.object_identity, statement,
      -- As in script_tracking.row_digest.
      sha256(record_send(row(
        txid_current() << 21, txid_current(), at, null::timestamptz, null::uuid, 0, port, pg_backend_pid(),
        'D'::"char", 'C'::"char", 'D'::"char", d.classid, d.objid, nullif(d.objsubid, 0),
        convert_to(session_user, m.hashed_as), convert_to(nullif(current_setting('script_tracking.caller', true), ''), m.hashed_as),
        convert_to(nullif(current_setting('application_name'), ''), m.hashed_as), address, convert_to(tag, m.hashed_as),
        convert_to(d.object_type, m.hashed_as), convert_to(d.schema_name, m.hashed_as),
        convert_to(d.object_identity, m.hashed_as), null::bytea,
        sha256(convert_to(statement, m.hashed_as)), null::bytea)))
    from pg_event_trigger_dropped_objects() d
    cross join script_tracking.present_month m
    where (d.original or d.normal) and not d.is_temporary
      and case when d.is_temporary then false else at >= m.began and at < m.ends and getdatabaseencoding() = m.database_encoding end
    returning version_number into version;
    if found then
      return set_config('script_tracking.position', version::text, true) <> '';
    end if;
  end if;

  dropped := script_tracking.dropped_objects(tag);
  select s.content, s.content_hash into statement, content_hash from script_tracking.recorded_statement(tag, stack, at) s;
  -- All of it was temporary.
  if dropped is null then
    return true;
  end if;
  return script_tracking.record_listed(tag, at, look_up, dropped, statement, content_hash, null);
end
$$;

comment on function script_tracking.record_drop(text, text, timestamptz, boolean) is 'Records a drop command when it drops';

create or replace function script_tracking.record_listed(
  tag text, at timestamptz, look_up boolean, dropped jsonb, statement text, statement_hash bytea, metadata jsonb)
returns boolean
language plpgsql
as $$
declare
  version constant bigint := script_tracking.next_version(look_up);
  cause constant uuid := script_tracking.current_operation();
  recorded jsonb;
  named jsonb;
  entry script_tracking.ledger;
begin
  if not starts_with(tag, 'DROP ') then
    select c.objects, c.named into recorded, named from script_tracking.changed_objects(tag) c;
  end if;
  recorded := coalesce(recorded, '[]') || coalesce(dropped, '[]');
  named := coalesce(named, recorded -> 0);
  if named is null then
    if dropped is not null or exists (select from pg_event_trigger_ddl_commands() c where c.objid is not null) then
      -- What the command touched is temporary, or part of an extension's script.
      return true;
    end if;
    recorded := coalesce(script_tracking.granted_objects(tag, statement), '[]');
    named := recorded -> 0;
    if named is null and not exists (select from pg_event_trigger_ddl_commands()) then
      metadata := coalesce(metadata, '{}') || '{"no_op": true}';
    end if;
  end if;

  insert into script_tracking.present_ledger (
    version_number, xid, recorded_at, caused_by, state_ordinal, client_port, backend_pid,
    source, status, object_action, object_class, object_id, object_part,
    session_user_name, executed_by, application_name, client_ip,
    command_tag, object_type, object_schema, object_identity,
    objects, content, content_hash, metadata,
    row_hash)
  select
    version, r.xid, at, cause, 0, r.port, r.pid,
    'D', 'C', r.action, r.class, r.object, r.part,
    r.login, r.caller, r.application, r.address,
    tag, r.type, r.schema, r.identity,
    r.objects, r.content, r.content_hash, metadata,
    -- As in script_tracking.row_digest.
    sha256(record_send(row(
      version, r.xid, at, null::timestamptz, cause, 0, r.port, r.pid,
      'D'::"char", 'C'::"char", r.action, r.class, r.object, r.part,
      convert_to(r.login, r.encoding), convert_to(r.caller, r.encoding),
      convert_to(r.application, r.encoding), r.address, convert_to(tag, r.encoding),
      convert_to(r.type, r.encoding), convert_to(r.schema, r.encoding),
      convert_to(r.identity, r.encoding), convert_to(r.objects::text, r.encoding),
      coalesce(r.content_hash, sha256(convert_to(r.content, r.encoding))),
      convert_to(metadata::text, r.encoding))))
  from (
    select
      txid_current() as xid, pg_backend_pid() as pid, inet_client_port() as port, inet_client_addr() as address,
      session_user::text as login,
      nullif(current_setting('script_tracking.caller', true), '') as caller,
      nullif(current_setting('application_name'), '') as application, m.hashed_as as encoding,
      (named ->> 'action')::"char" as action,
      (named ->> 'class')::oid as class, (named ->> 'oid')::oid as object, (named ->> 'part')::integer as part,
      named ->> 'type' as type, named ->> 'schema' as schema, named ->> 'identity' as identity,
      case when jsonb_array_length(recorded) > 1 then recorded end as objects,
      case when octet_length(statement) <= 200 then statement end as content,
      case when octet_length(statement) > 200 then script_tracking.keep_text(statement, at) else statement_hash end as content_hash
    from script_tracking.present_month m
    where at >= m.began and at < m.ends and getdatabaseencoding() = m.database_encoding
    -- Of its own type: a number would be cast, by a function that somebody may have taken from everybody.
    offset bigint '0'
  ) r;
  if not found then
    -- A month began, and nobody has named it yet.
    entry.version_number := version;
    entry.session_user_name := session_user;
    entry := script_tracking.stamp(entry);
    entry.recorded_at := at;
    entry.executed_by := nullif(current_setting('script_tracking.caller', true), '');
    entry.caused_by := cause;
    entry.state_ordinal := 0;
    entry.source := 'D';
    entry.status := 'C';
    entry.object_action := named ->> 'action';
    entry.object_class := named ->> 'class';
    entry.object_id := named ->> 'oid';
    entry.object_part := named ->> 'part';
    entry.command_tag := tag;
    entry.object_type := named ->> 'type';
    entry.object_schema := named ->> 'schema';
    entry.object_identity := named ->> 'identity';
    entry.objects := case when jsonb_array_length(recorded) > 1 then recorded end;
    entry.content := statement;
    entry.content_hash := statement_hash;
    entry.metadata := metadata;
    perform script_tracking.append(entry);
  end if;
  return set_config('script_tracking.position', version::text, true) <> '';
end
$$;

comment on function script_tracking.record_listed(text, timestamptz, boolean, jsonb, text, bytea, jsonb) is 'Records a command with several objects or none, or whose objects were dropped or granted';
