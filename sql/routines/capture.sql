-- What the event triggers run. A user's command must never fail, hang or change because it is tracked:
-- everything that can go wrong goes wrong inside auto_track_ddl_operations, which turns it into a warning.

-- With the rights of whoever runs the command, and under that session's search path, so nothing here may
-- be looked up by it. Its event triggers sort before those of the tracker.
create or replace function script_tracking.note_ddl_caller()
returns event_trigger
language plpgsql
as $$
declare
  -- Assigned, not performed: that takes half the time.
  noted pg_catalog.text;
begin
  -- Empty for who logged in.
  noted := pg_catalog.set_config('script_tracking.caller',
    case when current_user operator(pg_catalog.=) session_user then '' else current_user::pg_catalog.text end, true);
  if tg_tag operator(pg_catalog.=) 'GRANT' or tg_tag operator(pg_catalog.=) 'REVOKE' then
    noted := pg_catalog.set_config('script_tracking.path', pg_catalog.current_schemas(true)::pg_catalog.text, true);
  end if;
end
$$;

comment on function script_tracking.note_ddl_caller() is 'Leaves the name of the current role for the tracker, inside which the current role is the tracker''s owner; and where it looks for names, if they have to be read from the statement';

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
    -- The session had changed the position that it was left with: it is looked up instead. Or there were several
    -- objects where nearly always is one.
    when unique_violation or too_many_rows then null;
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

create or replace function script_tracking.next_version(look_up boolean)
returns bigint
language plpgsql
as $$
declare
  this_transaction constant bigint := txid_current();
  -- Left by the last row of this transaction. The session could have changed it, and would gain nothing: a
  -- number that is taken meets its month's primary key, any other leaves a gap, and behind the last one the
  -- ledger is asked.
  position constant text := current_setting('script_tracking.position', true);
  version bigint := this_transaction << 21;
begin
  -- Where a new month began since the transaction did, the key of the month before has to be asked.
  if look_up or date_trunc('month', transaction_timestamp() at time zone 'UTC') <> date_trunc('month', clock_timestamp() at time zone 'UTC') then
    version := script_tracking.free_version(this_transaction);
  elsif position ~ '^[0-9]{1,18}$' then
    if position::bigint >> 21 = this_transaction then
      version := (position::bigint | bigint '1') + bigint '1';
    end if;
  end if;
  if version >> 21 <> this_transaction and not look_up then
    version := script_tracking.free_version(this_transaction);
  end if;
  if version >> 21 <> this_transaction then
    raise exception 'One transaction cannot have more than 1048576 recorded commands.' using errcode = 'program_limit_exceeded';
  end if;
  return version;
end
$$;

comment on function script_tracking.next_version(boolean) is 'The number of this transaction''s next row; look_up asks the ledger for it';

create or replace function script_tracking.current_operation()
returns uuid
language plpgsql stable
as $$
declare
  operation constant text := current_setting('script_tracking.operation', true);
begin
  if operation ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
    return operation;
  end if;
  return null;
end
$$;

comment on function script_tracking.current_operation() is 'The operation that the session says it is working on (script_tracking.operation); null where it says none';

-- The path of every DDL command, so it is written for speed. PostgreSQL prepares every expression anew in each
-- transaction, and that takes longer than to run it: hence one statement over one scan, few and large expressions before
-- it, and whatever few commands need elsewhere. What is cheap is said twice there, in a column and in the hash, because a
-- subquery that says it once would have to be set up.
create or replace function script_tracking.record_ddl(event text, tag text, look_up boolean)
returns boolean
language plpgsql
as $$
declare
  at constant timestamptz := clock_timestamp();
  -- Each time that it is asked for, an address is printed and read again.
  address constant inet := inet_client_addr();
  port constant integer := inet_client_port();
  statement text := current_query();
  statement_hash bytea;
  stack text;
  version bigint;
  cause uuid;
  several jsonb;
begin
  get diagnostics stack = pg_context;
  -- With look_up it is the second attempt. The two nearly always have several objects.
  if event <> 'ddl_command_end' or look_up or tag in ('CREATE TABLE', 'CREATE SCHEMA', 'CREATE EXTENSION')
    or concat(
      current_setting('script_tracking.notes', true), current_setting('script_tracking.dropped', true),
      current_setting('script_tracking.position', true), current_setting('script_tracking.operation', true)) <> ''
  then
    if event <> 'ddl_command_end' or look_up or tag in ('CREATE SCHEMA', 'CREATE EXTENSION')
      or concat(current_setting('script_tracking.notes', true), current_setting('script_tracking.dropped', true)) <> ''
    then
      return script_tracking.record_other_event(event, tag, script_tracking.outer_stack(stack), at, look_up);
    end if;
    if tag = 'CREATE TABLE' then
      -- With its keys and sequences.
      select jsonb_agg(script_tracking.described(
        script_tracking.action_of(c.command_tag), c.command_tag, c.classid, c.objid, c.objsubid, c.object_type, c.schema_name, c.object_identity))
      into several
      from pg_event_trigger_ddl_commands() c
      where c.objid is not null and not c.in_extension and not script_tracking.is_temporary(c.schema_name, c.object_identity)
      having count(*) > 1;
    end if;
    if concat(current_setting('script_tracking.position', true), current_setting('script_tracking.operation', true)) <> '' then
      version := script_tracking.next_version(false);
      cause := script_tracking.current_operation();
    end if;
  end if;
  -- Behind the lines of this function and its trigger the stack is empty where the client itself gave the command.
  -- Without any of these signs nothing would be blacked out, and to look for secrets takes longer than all else here.
  if split_part(stack, E'\n', 3) <> '' or octet_length(statement) > 200 or strpos(rtrim(statement, E'; \n\r\t'), ';') > 0
    or statement ~ '['':$=]' and script_tracking.may_hold_secret(statement)
  then
    select s.content, s.content_hash into statement, statement_hash
    from script_tracking.recorded_statement(tag, script_tracking.outer_stack(stack), at) s;
    if octet_length(statement) > 200 then
      statement_hash := script_tracking.keep_text(statement, at);
    end if;
  end if;

  insert into script_tracking.present_ledger (
    version_number, xid, recorded_at, caused_by, state_ordinal, client_port, backend_pid,
    source, status, object_action, object_class, object_id, object_part,
    session_user_name, executed_by, application_name, client_ip,
    command_tag, object_type, object_schema, object_identity,
    objects, content, content_hash,
    row_hash)
  select
    coalesce(version, txid_current() << 21), txid_current(), at, cause, 0, port, pg_backend_pid(),
    'D', 'C', case when starts_with(tag, 'CREATE ') or tag in ('SELECT INTO', 'IMPORT FOREIGN SCHEMA') then 'C'::"char" else 'M'::"char" end,
    c.classid, c.objid, nullif(c.objsubid, 0),
    session_user, nullif(current_setting('script_tracking.caller', true), ''), nullif(current_setting('application_name'), ''), address,
    tag, c.object_type, c.schema_name, c.object_identity,
    several, case when statement_hash is null then statement end, statement_hash,
    -- As in script_tracking.row_digest.
    sha256(record_send(row(
      coalesce(version, txid_current() << 21), txid_current(), at, null::timestamptz, cause, 0, port, pg_backend_pid(),
      'D'::"char", 'C'::"char",
      case when starts_with(tag, 'CREATE ') or tag in ('SELECT INTO', 'IMPORT FOREIGN SCHEMA') then 'C'::"char" else 'M'::"char" end,
      c.classid, c.objid, nullif(c.objsubid, 0),
      convert_to(session_user, m.hashed_as), convert_to(nullif(current_setting('script_tracking.caller', true), ''), m.hashed_as),
      convert_to(nullif(current_setting('application_name'), ''), m.hashed_as), address, convert_to(tag, m.hashed_as),
      convert_to(c.object_type, m.hashed_as), convert_to(c.schema_name, m.hashed_as),
      convert_to(c.object_identity, m.hashed_as), convert_to(several::text, m.hashed_as),
      coalesce(statement_hash, sha256(convert_to(statement, m.hashed_as))),
      null::bytea)))
  from pg_event_trigger_ddl_commands() c
  cross join script_tracking.present_month m
  -- What an extension's script does belongs to create extension, which tells of its members itself.
  where c.objid is not null and not c.in_extension and (c.schema_name <> 'pg_temp' or c.schema_name is null)
    and strpos(c.object_identity, ' on pg_temp.') = 0 and (several is null or c.command_tag = tag)
    -- With a column of the scan in it, this is asked there; alone it would be a step of the plan.
    and case when c.in_extension then false else at >= m.began and at < m.ends and getdatabaseencoding() = m.database_encoding end
  -- Several objects are an error, too_many_rows: then it is all done again, as for those that are known to have several.
  returning version_number into version;

  if not found then
    return script_tracking.record_listed(tag, at, false, null, statement, statement_hash, null);
  end if;
  return set_config('script_tracking.position', version::text, true) is not null;
end
$$;

comment on function script_tracking.record_ddl(text, text, boolean) is 'Records the command that an event trigger was fired for; raises whatever goes wrong';
