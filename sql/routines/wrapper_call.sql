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

create or replace function script_tracking.called(entry script_tracking.ledger, routine text)
returns script_tracking.ledger
language plpgsql
as $$
begin
  entry.script_name := case when length(routine) > 1000 then left(routine, 997) || '...' else routine end;
  entry.script_type := 'FUNCTION_CALL';
  entry.script_category := 'WRAPPER';
  return entry;
end
$$;

comment on function script_tracking.called(script_tracking.ledger, text) is 'The row of a call, with the name of what is called';

create or replace function script_tracking.begin_call(routine text)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
declare
  entry script_tracking.ledger;
begin
  begin
    return script_tracking.start_execution(script_tracking.called(entry, routine));
  exception when others then
    perform script_tracking.call_went_untracked(routine, sqlstate, sqlerrm);
    return null;
  end;
end
$$;

comment on function script_tracking.begin_call(text) is 'Records that a wrapped routine is called: its name and argument types, never the arguments, which may be passwords or personal data. Null where that could not be recorded';

create or replace function script_tracking.end_call(hk bytea, routine text, returned_rows bigint)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
declare
  started script_tracking.ledger;
  ended script_tracking.ledger;
begin
  if hk is null then
    return false;
  end if;
  ended.status := 'C';
  ended.rows_affected := returned_rows;
  begin
    return script_tracking.finish_execution(hk, ended);
  exception
    -- A procedure that rolls back takes the record of its own beginning along: it is made again.
    when no_data_found then null;
    when others then
      perform script_tracking.call_went_untracked(routine, sqlstate, sqlerrm);
      return false;
  end;
  begin
    started.execution_timestamp := statement_timestamp();
    return script_tracking.finish_execution(script_tracking.start_execution(script_tracking.called(started, routine)), ended);
  exception when others then
    perform script_tracking.call_went_untracked(routine, sqlstate, sqlerrm);
    return false;
  end;
end
$$;

comment on function script_tracking.end_call(bytea, text, bigint) is 'Records that a wrapped routine returned, and how many rows if it returns rows. False where that could not be recorded';
