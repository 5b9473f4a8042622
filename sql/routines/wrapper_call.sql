-- What wrappers call, once before and once after what they wrap. A call that cannot be recorded is made all
-- the same, with a warning, unless script_tracking.on_failure is error: as with DDL.

create or replace function script_tracking.call_went_untracked(routine text, code text, message text)
returns void
language plpgsql
as $$
declare
  problem text := message;
  refuse boolean;
begin
  begin
    refuse := script_tracking.refuses_untracked_ddl();
    if not refuse then
      insert into script_tracking.tracking_error (failed_at, xid, session_user_name, command_tag, error_code, error_message)
      values (clock_timestamp(), txid_current(), session_user, 'FUNCTION_CALL', code, format('%s: %s', routine, message));
    end if;
  exception when others then
    -- Not even that can be written down. The warning below and the server's log are what is left.
    problem := problem || '; ' || sqlerrm;
  end;
  if refuse then
    raise exception '% is not called, because the call could not be recorded: %', routine, problem
      using errcode = 'raise_exception',
            hint = 'script_tracking.on_failure is ''error'' here: what cannot be recorded may not happen.';
  end if;
  raise warning '% is called, but the call could not be recorded: % (%)', routine, problem, code;
end
$$;

comment on function script_tracking.call_went_untracked(text, text, text) is 'Notes that a call could not be recorded and warns; an error where script_tracking.on_failure is error';

create or replace function script_tracking.call_name(routine text)
returns text
language sql immutable
as $$
  select case when length(routine) > 1000 then left(routine, 997) || '...' else routine end
$$;

comment on function script_tracking.call_name(text) is 'What the call of a routine is called: the routine, no longer than a name may be';

create or replace function script_tracking.record_call(routine text)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
begin
  return script_tracking.start_call(
    script_tracking.call_name(routine), 'FUNCTION_CALL', 'WRAPPER', null, null, null, null, null, null);
exception when others then
  perform script_tracking.call_went_untracked(routine, sqlstate, sqlerrm);
  return null;
end
$$;

comment on function script_tracking.record_call(text) is 'Does what begin_call promises, and tells nobody';

create or replace function script_tracking.record_call_end(hk bytea, routine text, returned_rows bigint)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
declare
  lost script_tracking.ledger;
  own_hk bytea := hk;
begin
  begin
    perform script_tracking.finish_call(own_hk, 'C', null, returned_rows, null, null, null);
    return own_hk;
  exception
    -- A procedure that rolls back takes the record of its own beginning along: it is made again.
    when no_data_found then null;
    when others then
      perform script_tracking.call_went_untracked(routine, sqlstate, sqlerrm);
      return null;
  end;
  lost.script_name := script_tracking.call_name(routine);
  lost.script_type := 'FUNCTION_CALL';
  lost.script_category := 'WRAPPER';
  lost.execution_timestamp := statement_timestamp();
  own_hk := script_tracking.start_execution(lost);
  perform script_tracking.finish_call(own_hk, 'C', null, returned_rows, null, null, null);
  return own_hk;
exception when others then
  perform script_tracking.call_went_untracked(routine, sqlstate, sqlerrm);
  return null;
end
$$;

comment on function script_tracking.record_call_end(bytea, text, bigint) is 'Does what end_call promises, and tells nobody; returns the hash key of what it completed, null where that could not be recorded';

create or replace function script_tracking.begin_call(routine text)
returns bytea
language plpgsql
as $$
declare
  hk constant pg_catalog.bytea := script_tracking.record_call(routine);
begin
  if hk is not null and pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return hk;
end
$$;

comment on function script_tracking.begin_call(text) is 'Records that a wrapped routine is called: its name and argument types, never the arguments, which may be passwords or personal data. Null where that could not be recorded';

create or replace function script_tracking.end_call(hk bytea, routine text, returned_rows bigint)
returns boolean
language plpgsql
as $$
declare
  completed constant pg_catalog.bytea := case when hk is not null then script_tracking.record_call_end(hk, routine, returned_rows) end;
begin
  if completed is not null and pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(completed);
  end if;
  return completed is not null;
end
$$;

comment on function script_tracking.end_call(bytea, text, bigint) is 'Records that a wrapped routine returned, and how many rows if it returns rows. False where that could not be recorded';
