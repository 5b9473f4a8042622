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

create or replace function script_tracking.free_version(transaction bigint)
returns bigint
language plpgsql stable
as $$
begin
  return (
    -- The first gap, not the end: a session that had taken the last number would go unrecorded from then on.
    select coalesce(min(l.version_number) + 2, transaction << 21)
    from script_tracking.ledger l
    where l.version_number >= (transaction << 21) and l.version_number < ((transaction + 1) << 21)
      and not exists (select from script_tracking.ledger taken where taken.version_number = l.version_number + 2)
  );
end
$$;

comment on function script_tracking.free_version(bigint) is 'The first version number of a transaction that no row has';

create or replace function script_tracking.next_version(this_transaction bigint, look_up boolean)
returns bigint
language plpgsql
as $$
declare
  -- Left by the last row of this transaction. The session could have changed it, and would gain nothing: a
  -- number that is taken meets its month's primary key, and any other leaves a gap.
  position constant text := current_setting('script_tracking.position', true);
  version bigint;
begin
  -- Where a new month began since the transaction did, the key of the month before has to be asked.
  if look_up or date_trunc('month', transaction_timestamp() at time zone 'UTC') <> date_trunc('month', clock_timestamp() at time zone 'UTC') then
    version := script_tracking.free_version(this_transaction);
  elsif position ~ '^[0-9]{1,18}$' and position::bigint >> 21 = this_transaction then
    version := (position::bigint | 1) + 1;
  else
    version := this_transaction << 21;
  end if;
  if version >> 21 <> this_transaction then
    raise exception 'One transaction cannot have more than 1048576 recorded commands.' using errcode = 'program_limit_exceeded';
  end if;
  return version;
end
$$;

comment on function script_tracking.next_version(bigint, boolean) is 'The number of a transaction''s next row; look_up asks the ledger for it';

-- The path of every DDL command, so it is written for speed. PostgreSQL prepares every function call of an expression
-- anew in each transaction, which costs more than the call itself: hence few of them here, and all that few commands
-- need elsewhere.
create or replace function script_tracking.record_ddl(event text, tag text, look_up boolean)
returns boolean
language plpgsql
as $$
declare
  stack text;
  this_transaction bigint;
  version bigint;
  at timestamptz;
  pid integer;
  port integer;
  address inet;
  caller text;
  application text;
  encoding name;
  action "char";
  class oid;
  object oid;
  part integer;
  type text;
  schema text;
  identity text;
  objects jsonb;
  statement text;
  statement_hash bytea;
  metadata jsonb;
  cause uuid;
  is_uncommon boolean;
  uncommon script_tracking.ledger;
begin
  get diagnostics stack = pg_context;
  if event <> 'ddl_command_end' then
    return script_tracking.note_event(event, tag, script_tracking.outer_stack(stack));
  end if;

  select
    txid_current(), txid_current() << 21, clock_timestamp(), pg_backend_pid(), inet_client_port(), inet_client_addr(),
    nullif(nullif(current_setting('script_tracking.caller', true), ''), session_user),
    nullif(current_setting('application_name'), ''),
    case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end,
    current_query(),
    case when starts_with(tag, 'CREATE ') then 'C' else 'M' end,
    -- Of one object the greatest is its own.
    max(c.classid), max(c.objid), max(nullif(c.objsubid, 0)), max(c.object_type), max(c.schema_name), max(c.object_identity),
    count(c.objid) <> 1
      or bool_or(c.in_extension or c.schema_name = 'pg_temp' or strpos(c.object_identity, ' on pg_temp.') > 0)
      or tag = 'CREATE EXTENSION'
      or current_setting('script_tracking.notes', true) <> ''
  into
    this_transaction, version, at, pid, port, address, caller, application, encoding, statement, action,
    class, object, part, type, schema, identity, is_uncommon
  from pg_event_trigger_ddl_commands() c;

  if is_uncommon
    -- Behind the lines of this function and its trigger: nothing, where the client itself gave the command.
    or split_part(stack, E'\n', 3) <> ''
    or octet_length(statement) > 200
    or strpos(rtrim(statement, E'; \n\r\t'), ';') > 0
    or script_tracking.may_hold_secret(statement)
  then
    uncommon := script_tracking.uncommon_command(tag, script_tracking.outer_stack(stack), at);
    if uncommon.status is null then
      return true;
    end if;
    action := uncommon.object_action;
    class := uncommon.object_class;
    object := uncommon.object_id;
    part := uncommon.object_part;
    type := uncommon.object_type;
    schema := uncommon.object_schema;
    identity := uncommon.object_identity;
    objects := uncommon.objects;
    statement := uncommon.content;
    statement_hash := uncommon.content_hash;
    metadata := uncommon.metadata;
  end if;
  if look_up or current_setting('script_tracking.position', true) <> '' then
    version := script_tracking.next_version(this_transaction, look_up);
  end if;
  if current_setting('script_tracking.operation', true) ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
    cause := current_setting('script_tracking.operation', true);
  end if;

  insert into script_tracking.ledger (
    version_number, xid, recorded_at, caused_by, state_ordinal, client_port, backend_pid,
    source, status, object_action, object_class, object_id, object_part,
    session_user_name, executed_by, application_name, client_ip,
    command_tag, object_type, object_schema, object_identity,
    objects, content, content_hash, metadata,
    row_hash)
  values (
    version, this_transaction, at, cause, 0, port, pid,
    'D', 'C', action, class, object, part,
    session_user, caller, application, address,
    tag, type, schema, identity,
    objects, statement, statement_hash, metadata,
    -- As in script_tracking.row_digest.
    sha256(record_send(row(
      version, this_transaction, at, null::timestamptz, cause, 0, port, pid,
      'D'::"char", 'C'::"char", action, class, object, part,
      convert_to(session_user, encoding), convert_to(caller, encoding),
      convert_to(application, encoding), address, convert_to(tag, encoding),
      convert_to(type, encoding), convert_to(schema, encoding),
      convert_to(identity, encoding), convert_to(objects::text, encoding),
      coalesce(statement_hash, sha256(convert_to(statement, encoding))),
      convert_to(metadata::text, encoding)))));

  return set_config('script_tracking.position', version::text, true) <> '';
end
$$;

comment on function script_tracking.record_ddl(text, text, boolean) is 'Records the command that an event trigger was fired for; raises whatever goes wrong';
