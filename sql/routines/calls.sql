-- What people and their scripts call. These have the caller's rights: what records has the owner's, and what
-- is told to others (tell.sql) must not. So everything here is named in full, whatever the search path.

create or replace function script_tracking.track_operation(name text, type text default 'MANUAL')
returns bytea
language plpgsql
as $$
declare
  hk constant pg_catalog.bytea := script_tracking.start_call(name, type);
begin
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return hk;
end
$$;

comment on function script_tracking.track_operation(text, text) is 'Records that an operation starts; returns its hash key, for complete_operation';

create or replace function script_tracking.complete_operation(hk bytea, success boolean default true, error_message text default null)
returns boolean
language plpgsql
as $$
declare
  done constant pg_catalog.bool := script_tracking.record_operation_end(hk, success, error_message);
begin
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return done;
end
$$;

comment on function script_tracking.complete_operation(bytea, boolean, text) is 'Records that an operation ended, well or badly. Only who started it may, or steward_admin, and only once';

create or replace function script_tracking.track_script_execution(
  name text,
  type text,
  category text default 'UNKNOWN',
  content text default null,
  file_path text default null,
  version text default null,
  tenant_hk bytea default null,
  business_justification text default null,
  related_ticket text default null)
returns bytea
language plpgsql
as $$
declare
  hk constant pg_catalog.bytea := script_tracking.start_call(
    name, type, category, content, file_path, version, tenant_hk, business_justification, related_ticket);
begin
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return hk;
end
$$;

comment on function script_tracking.track_script_execution(text, text, text, text, text, text, bytea, text, text) is 'Records that a script starts, with its text, file, version, reason and ticket; returns its hash key, for complete_script_execution';

create or replace function script_tracking.complete_script_execution(
  hk bytea,
  status text,
  duration_ms bigint default null,
  rows_affected bigint default null,
  error_message text default null,
  error_code text default null,
  objects_created text[] default null,
  objects_modified text[] default null,
  objects_dropped text[] default null,
  schemas_affected text[] default null)
returns boolean
language plpgsql
as $$
declare
  done constant pg_catalog.bool := script_tracking.record_script_end(
    hk, status, duration_ms, rows_affected, error_message, error_code, objects_created, objects_modified, objects_dropped, schemas_affected);
begin
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return done;
end
$$;

comment on function script_tracking.complete_script_execution(bytea, text, bigint, bigint, text, text, text[], text[], text[], text[]) is 'Records how a script ended: COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED; without a duration, the time since it started. Only who started it may, or steward_admin, and only once';
