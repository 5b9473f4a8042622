-- What the event triggers run. A user's command must never fail, hang or change because it is tracked:
-- everything that can go wrong goes wrong inside auto_track_ddl_operations, which turns it into a warning.

-- With the rights of whoever runs the command, and under that session's search path, so nothing here may
-- be looked up by it. Its event triggers sort before those of the tracker.
create or replace function script_tracking.note_ddl_caller()
returns event_trigger
language plpgsql
as $$
begin
  perform pg_catalog.set_config('script_tracking.caller', current_user::pg_catalog.text, true);
end
$$;

comment on function script_tracking.note_ddl_caller() is 'Leaves the name of the current role for the tracker, inside which the current role is the tracker''s owner';

create or replace function script_tracking.auto_track_ddl_operations()
returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
set quote_all_identifiers = off
as $$
declare
  done boolean;
  code text;
  message text;
  refuse boolean;
begin
  begin
    done := script_tracking.record_ddl(tg_event, tg_tag, false);
    return;
  exception
    -- The session had changed the position that it was left with: it is looked up instead.
    when unique_violation then null;
    -- A cancelled command (query_canceled) is not among the others, and passes.
    when others then
      get stacked diagnostics code = returned_sqlstate, message = message_text;
  end;

  if code is null then
    begin
      done := script_tracking.record_ddl(tg_event, tg_tag, true);
      return;
    exception when others then
      get stacked diagnostics code = returned_sqlstate, message = message_text;
    end;
  end if;

  begin
    refuse := script_tracking.refuses_untracked_ddl();
    if not refuse then
      insert into script_tracking.tracking_error (failed_at, xid, session_user_name, command_tag, error_code, error_message)
      values (clock_timestamp(), txid_current(), session_user, tg_tag, code, message);
    end if;
  exception when others then
    -- Not even that can be written down. The warning below and the server's log are what is left.
    message := message || '; ' || sqlerrm;
  end;

  if refuse then
    raise exception '% is undone, because it could not be recorded: %', tg_tag, message
      using errcode = 'raise_exception',
            hint = 'script_tracking.on_failure is ''error'' here: what cannot be recorded may not happen.';
  end if;
  raise warning '% took effect, but could not be recorded: % (%)', tg_tag, message, code;
end
$$;

comment on function script_tracking.auto_track_ddl_operations() is 'Records a DDL command. If that fails the command still takes effect, with a warning, unless script_tracking.on_failure is error';

create or replace function script_tracking.refuses_untracked_ddl()
returns boolean
language sql stable
as $$
  -- A session may be stricter than its database, not laxer: what alter database or the server's
  -- configuration says counts whatever the session has set.
  select 'error' in (
    coalesce(current_setting('script_tracking.on_failure', true), ''),
    coalesce((select s.reset_val from pg_settings s where s.name = 'script_tracking.on_failure'), '')
  ) or exists (
    select from pg_db_role_setting s
    where s.setrole = 0
      and s.setdatabase = (select d.oid from pg_database d where d.datname = current_database())
      and 'script_tracking.on_failure=error' = any (s.setconfig)
  )
$$;

comment on function script_tracking.refuses_untracked_ddl() is 'Whether DDL that cannot be recorded is undone: script_tracking.on_failure = error, for the session, the database or the server';

create or replace function script_tracking.described(
  action "char", tag text, class oid, object oid, part integer, type text, schema text, identity text)
returns jsonb
language sql immutable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'action', action::text, 'tag', tag, 'class', class::bigint, 'oid', object::bigint, 'part', nullif(part, 0),
    'type', type, 'schema', schema, 'identity', identity))
$$;

comment on function script_tracking.described("char", text, oid, oid, integer, text, text, text) is 'One object of a command, as the ledger''s column objects holds it';

create or replace function script_tracking.inner_statement(context text)
returns text
language plpgsql immutable
as $$
declare
  opening constant text := E'\nSQL statement "';
  closing constant text := E'"\nPL/pgSQL function ';
  start constant integer := strpos(context, opening);
  rest text;
begin
  -- Under another language of messages the words differ: the client's whole message is taken then.
  if start = 0 then
    return null;
  end if;
  rest := substr(context, start + length(opening));
  return left(rest, strpos(rest || closing, closing) - 1);
end
$$;

comment on function script_tracking.inner_statement(text) is 'The innermost statement of a PL/pgSQL call stack; null where the stack has none';

create or replace function script_tracking.action_of(tag text)
returns "char"
language sql immutable
as $$
  select (case when tag like 'CREATE %' or tag in ('SELECT INTO', 'IMPORT FOREIGN SCHEMA') then 'C' else 'M' end)::"char"
$$;

comment on function script_tracking.action_of(text) is 'C where a command of this tag creates, M where it modifies';

create or replace function script_tracking.is_left_out(schema_name text, identity text, in_extension boolean)
returns boolean
language sql immutable
as $$
  -- What an extension's script does belongs to create extension, which tells of its members itself.
  select in_extension or coalesce(schema_name = 'pg_temp', false) or strpos(identity, ' on pg_temp.') > 0
$$;

comment on function script_tracking.is_left_out(text, text, boolean) is 'Whether an object is temporary, or is made by an extension''s script';

create or replace function script_tracking.changed_objects()
returns jsonb
language sql stable
as $$
  select jsonb_agg(
    script_tracking.described(
      script_tracking.action_of(c.command_tag), c.command_tag, c.classid, c.objid, c.objsubid,
      c.object_type, c.schema_name, c.object_identity)
    order by c.ordinality)
  from pg_event_trigger_ddl_commands() with ordinality c
  where not script_tracking.is_left_out(c.schema_name, c.object_identity, c.in_extension)
$$;

comment on function script_tracking.changed_objects() is 'What a command created or modified, as a list';

create or replace function script_tracking.dropped_objects(tag text)
returns jsonb
language sql stable
as $$
  select jsonb_agg(
    script_tracking.described(
      'D', tag, d.classid, d.objid, d.objsubid, d.object_type, d.schema_name, d.object_identity)
    order by d.original desc, d.ordinality)
  from pg_event_trigger_dropped_objects() with ordinality d
  -- The others fall with these: a table's row type, its toast table.
  where (d.original or d.normal) and not d.is_temporary
$$;

comment on function script_tracking.dropped_objects(text) is 'What a command dropped, as a list';

create or replace function script_tracking.extension_objects(tag text, class oid, extension oid)
returns jsonb
language sql stable
as $$
  select jsonb_agg(script_tracking.described('C', m.tag, m.classid, m.objid, m.objsubid, i.type, i.schema, i.identity) order by m.tag)
  from (
    select tag, class as classid, extension as objid, 0 as objsubid
    union all
    select null, d.classid, d.objid, d.objsubid
    from pg_depend d
    where d.refclassid = class and d.refobjid = extension and d.deptype = 'e'
  ) m
  cross join lateral pg_identify_object(m.classid, m.objid, m.objsubid) i
$$;

comment on function script_tracking.extension_objects(text, oid, oid) is 'An extension and its members, as a list';

create or replace function script_tracking.free_version(transaction bigint)
returns bigint
language sql stable
as $$
  -- The first gap, not the end: a session that had taken the last number would go unrecorded from then on.
  select coalesce(min(l.version_number) + 2, transaction << 21)
  from script_tracking.ledger l
  where l.version_number >= (transaction << 21) and l.version_number < ((transaction + 1) << 21)
    and not exists (select from script_tracking.ledger taken where taken.version_number = l.version_number + 2)
$$;

comment on function script_tracking.free_version(bigint) is 'The first version number of a transaction that no row has';

-- The path of every DDL command, so it is written for speed: PostgreSQL prepares each expression of a
-- function anew in each transaction, which costs more than running it. Hence few and long expressions.
create or replace function script_tracking.record_ddl(event text, tag text, look_up boolean)
returns boolean
language plpgsql
as $$
declare
  this_transaction constant bigint := txid_current();
  -- Left by the last row of this transaction. The session could have changed it, and would gain nothing: a
  -- number that is taken meets its month's primary key, and any other leaves a gap.
  position constant text := current_setting('script_tracking.position', true);
  version bigint;
  object record;
  objects jsonb;
  at timestamptz;
  ordinal integer := 0;
  status "char" := 'C';
  cause uuid;
  caller text := current_setting('script_tracking.caller', true);
  context text;
  statement text;
  statement_hash bytea;
  long_statement_at timestamptz;
  metadata jsonb;
  dropped script_tracking.ledger;
  encoding name;
begin
  if event = 'sql_drop' then
    objects := script_tracking.dropped_objects(tag);
    -- For the command's own event, which comes right after this one.
    perform set_config('script_tracking.drop', case when objects is null then 'skipped ' else 'recorded ' end || statement_timestamp(), true);
    if objects is null then
      return true;
    end if;
    if tag not like 'DROP %' then
      status := 'S';
    end if;
    select o.class as classid, o.oid as objid, o.part as objsubid, o.type as object_type, o.schema as schema_name,
      o.identity as object_identity, 'D'::"char" as action, jsonb_array_length(objects)::bigint as kept
    into object
    from jsonb_to_record(objects -> 0) as o (class oid, oid oid, part integer, type text, schema text, identity text);
    if object.kept = 1 then
      objects := null;
    end if;
  else
    -- Of several objects the one that the command names: a serial column's sequence comes before its table.
    select c.classid, c.objid, nullif(c.objsubid, 0) as objsubid, c.object_type, c.schema_name, c.object_identity,
      script_tracking.action_of(c.command_tag) as action, count(*) over () as kept
    into object
    from pg_event_trigger_ddl_commands() with ordinality c
    where not script_tracking.is_left_out(c.schema_name, c.object_identity, c.in_extension)
    order by c.command_tag = tag desc, c.ordinality
    limit 1;
    if object.kept > 1 then
      objects := script_tracking.changed_objects();
    elsif tag = 'CREATE EXTENSION' and object.kept = 1 then
      objects := script_tracking.extension_objects(tag, object.classid, object.objid);
    end if;
  end if;

  -- Where a new month began since the transaction did, the key of the month before has to be asked.
  version := case
    when look_up or date_trunc('month', transaction_timestamp() at time zone 'UTC') <> date_trunc('month', clock_timestamp() at time zone 'UTC')
      then script_tracking.free_version(this_transaction)
    when position ~ '^[0-9]{1,18}$' and position::bigint >> 21 = this_transaction
      then (position::bigint | 1) + 1
    else this_transaction << 21
  end;
  if version >> 21 <> this_transaction then
    raise exception 'One transaction cannot have more than 1048576 recorded commands.' using errcode = 'program_limit_exceeded';
  end if;

  if event = 'ddl_command_end' and current_setting('script_tracking.drop', true) <> '' then
    if current_setting('script_tracking.drop', true) = 'recorded ' || statement_timestamp() then
      select l.* into dropped
      from script_tracking.ledger l
      where l.version_number = version - 2 and l.recorded_at >= transaction_timestamp()
        and l.xid = this_transaction and l.object_action = 'D' and l.command_tag = tag;
    elsif current_setting('script_tracking.drop', true) = 'skipped ' || statement_timestamp() and object.kept is null then
      perform set_config('script_tracking.drop', '', true);
      return true;
    end if;
    perform set_config('script_tracking.drop', '', true);
  end if;
  if object.kept is null then
    if dropped.status = 'C' or exists (select from pg_event_trigger_ddl_commands()) then
      return true;
    elsif dropped.status is null then
      metadata := '{"no_op": true}';
    end if;
  end if;

  if dropped.status = 'S' then
    -- alter ... drop: one execution, begun with what it dropped and completed with what it altered.
    ordinal := dropped.state_ordinal + 1;
    at := dropped.recorded_at;
    statement := dropped.content;
    statement_hash := dropped.content_hash;
    objects := coalesce(script_tracking.changed_objects(), '[]') || coalesce(
      dropped.objects,
      jsonb_build_array(script_tracking.described(
        'D', tag, dropped.object_class, dropped.object_id, dropped.object_part,
        dropped.object_type, dropped.object_schema, dropped.object_identity)));
  else
    at := clock_timestamp();
    get diagnostics context = pg_context;
    if strpos(context, E'\nSQL statement "') > 0 then
      statement := script_tracking.inner_statement(context);
    else
      -- Of a long message with many commands, each but the first finds the text in the ledger. The ledger is
      -- asked, because what the session says it could have made up.
      if current_setting('script_tracking.statement', true) = statement_timestamp()::text then
        select l.content_hash, l.statement_at into statement_hash, long_statement_at
        from script_tracking.ledger l
        where l.version_number = version - 2 and l.recorded_at >= transaction_timestamp()
          and l.xid = this_transaction and l.statement_at = statement_timestamp();
      end if;
      if statement_hash is null then
        statement := current_query();
        if octet_length(statement) > 200 then
          long_statement_at := statement_timestamp();
        end if;
      end if;
    end if;
    if script_tracking.may_hold_secret(statement) then
      statement := script_tracking.black_out(statement);
    end if;
    if octet_length(statement) > 200 then
      statement_hash := script_tracking.keep_text(statement, at);
      statement := null;
    end if;
  end if;

  if caller in ('', session_user) then
    caller := null;
  end if;
  if current_setting('script_tracking.operation', true) ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
    cause := current_setting('script_tracking.operation', true);
  end if;
  encoding := case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end;

  insert into script_tracking.ledger (
    version_number, xid, recorded_at, statement_at, caused_by, state_ordinal, client_port, backend_pid,
    source, status, object_action, object_class, object_id, object_part,
    session_user_name, executed_by, application_name, client_ip,
    command_tag, object_type, object_schema, object_identity,
    objects, content, content_hash, metadata,
    row_hash)
  values (
    version, this_transaction, at, long_statement_at, cause, ordinal, inet_client_port(), pg_backend_pid(),
    'D', status, object.action, object.classid, object.objid, object.objsubid,
    session_user, caller, nullif(current_setting('application_name'), ''), inet_client_addr(),
    tag, object.object_type, object.schema_name, object.object_identity,
    objects, statement, statement_hash, metadata,
    -- As in script_tracking.row_digest.
    sha256(record_send(row(
      version, this_transaction, at, long_statement_at, cause, ordinal, inet_client_port(), pg_backend_pid(),
      'D'::"char", status, object.action, object.classid, object.objid, object.objsubid,
      convert_to(session_user, encoding), convert_to(caller, encoding),
      convert_to(nullif(current_setting('application_name'), ''), encoding), inet_client_addr(),
      convert_to(tag, encoding), convert_to(object.object_type, encoding),
      convert_to(object.schema_name, encoding), convert_to(object.object_identity, encoding),
      convert_to(objects::text, encoding),
      coalesce(statement_hash, sha256(convert_to(statement, encoding))),
      convert_to(metadata::text, encoding)))));

  perform set_config('script_tracking.position', version::text, true);
  if long_statement_at is not null then
    perform set_config('script_tracking.statement', statement_timestamp()::text, true);
  end if;
  return true;
end
$$;

comment on function script_tracking.record_ddl(text, text, boolean) is 'Records the command that an event trigger was fired for; raises whatever goes wrong';
