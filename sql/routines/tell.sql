-- A database may have an audit log of its own behind util.log_audit_event(text, text, text, text, jsonb). What
-- calls begin and end is told to it as well. It runs with the rights of whoever made the call, as it would had
-- they called it themselves: were it run by a function with the owner's rights, whoever wrote it would have them.

create or replace function script_tracking.just_recorded(hk bytea)
returns table (status text, name text, executed_by text, details jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    script_tracking.status_name(l.status), l.script_name, coalesce(l.executed_by, l.session_user_name),
    jsonb_strip_nulls(jsonb_build_object(
      'execution_key', encode(hk, 'hex'), 'script_type', l.script_type, 'script_category', l.script_category,
      'session_user_name', l.session_user_name, 'related_ticket', l.related_ticket,
      'duration_ms', l.execution_duration_ms, 'rows_affected', l.rows_affected,
      'error_code', l.error_code, 'error_message', l.error_message))
  from (select (script_tracking.newest_state(hk)).*) l
  -- What this very transaction recorded is no secret from it.
  where l.xid = txid_current() and l.backend_pid = pg_backend_pid()
$$;

comment on function script_tracking.just_recorded(bytea) is 'What this transaction recorded of an execution, for the audit log; no row for what another one did';

create or replace function script_tracking.audit_log()
returns regprocedure
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select p.oid::regprocedure
  from pg_proc p
  where p.oid = to_regprocedure('util.log_audit_event(text,text,text,text,jsonb)') and p.prokind = 'f'
$$;

comment on function script_tracking.audit_log() is 'The database''s own util.log_audit_event; null where there is none';

create or replace function script_tracking.trusts_audit_log(log regprocedure, caller name)
returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  -- Anybody who may make a schema can make one that is called util. What they put there would run with the
  -- rights of everybody who records: of an ordinary role's function, that is asked for by nobody. Nor does it
  -- help that it is security definer now: it may be another one by the time that it is called, and whoever
  -- owns the schema can put another in its place.
  select count(*) = 2
  from (
    select p.proowner as oid from pg_proc p where p.oid = log
    union all
    select n.nspowner from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = log
  ) owner
  join pg_roles r on r.oid = owner.oid
  where r.rolsuper or r.rolname = caller
    or r.oid = (select n.nspowner from pg_namespace n where n.nspname = 'script_tracking')
$$;

comment on function script_tracking.trusts_audit_log(regprocedure, name) is 'Whether the audit log may run with this role''s rights: it and its schema belong to a superuser, to the framework''s owner or to the role itself';

create or replace function script_tracking.tell_audit_log(hk bytea)
returns void
language plpgsql
as $$
declare
  log pg_catalog.regprocedure;
  event pg_catalog.record;
begin
  -- The audit log may itself record an operation, which it is then not told of.
  if pg_catalog.current_setting('script_tracking.telling', true) operator(pg_catalog.=) 'on' then
    return;
  end if;
  begin
    log := script_tracking.audit_log();
    if log is null or not script_tracking.trusts_audit_log(log, current_user) then
      return;
    end if;
    perform pg_catalog.set_config('script_tracking.telling', 'on', true);
    for event in select * from script_tracking.just_recorded(hk) loop
      execute 'select util.log_audit_event($1, $2, $3, $4, $5)'
      using
        pg_catalog.concat('OPERATION_', event.status)::pg_catalog.text, event.name, event.status, event.executed_by, event.details;
    end loop;
    perform pg_catalog.set_config('script_tracking.telling', '', true);
  exception when others or assert_failure then
    raise warning 'The operation is recorded, but util.log_audit_event failed: % (%)', sqlerrm, sqlstate;
  end;
end
$$;

comment on function script_tracking.tell_audit_log(bytea) is 'Tells util.log_audit_event what was just recorded, with the caller''s rights: event (OPERATION_STARTED, OPERATION_COMPLETED, ...), name, status, role, details. Its failure is a warning';
