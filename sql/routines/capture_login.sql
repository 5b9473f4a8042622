-- Logins. Whatever goes wrong here, nobody is locked out.

create or replace function script_tracking.record_login()
returns void
language plpgsql
as $$
declare
  entry script_tracking.ledger;
begin
  entry.version_number := script_tracking.next_version(false);
  entry := script_tracking.stamp(entry);
  entry.source := 'D';
  entry.status := 'C';
  entry.state_ordinal := 0;
  entry.command_tag := 'LOGIN';
  entry.object_type := 'role';
  entry.object_identity := quote_ident(session_user);
  perform script_tracking.append(entry);
  perform set_config('script_tracking.position', entry.version_number::text, true);
end
$$;

comment on function script_tracking.record_login() is 'Records that the session has begun';

create or replace function script_tracking.auto_track_login()
returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
begin
  -- Nothing may be declared here that is of a table's type: that waits for the table outside of this block.
  -- A standby fires this too, and cannot write; nor can a session that begins read-only.
  if not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' then
    perform script_tracking.record_login();
  end if;
exception
  -- A timeout of the role's own must not keep it out either.
  when query_canceled or others then
    begin
      insert into script_tracking.tracking_error (failed_at, xid, session_user_name, command_tag, error_code, error_message)
      values (clock_timestamp(), txid_current(), session_user, 'LOGIN', sqlstate, sqlerrm);
    exception
      when query_canceled or others then
        raise log 'pgSteward could not record a login: %', sqlerrm;
    end;
end
$$;

comment on function script_tracking.auto_track_login() is 'Records a login as an execution of type SESSION. Where that fails the login succeeds all the same';
