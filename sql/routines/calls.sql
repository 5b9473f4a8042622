-- What people and their scripts call. These have the rights of the framework's owner and a search path
-- of their own, so that nobody needs a right on the ledger.

create or replace function script_tracking.track_operation(name text, type text default 'MANUAL')
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return script_tracking.start_call(name, type, null, null, null, null, null, null, null);
end
$$;

comment on function script_tracking.track_operation(text, text) is 'Records that an operation starts; returns its hash key, for complete_operation';

create or replace function script_tracking.complete_operation(hk bytea, success boolean default true, error_message text default null)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if success is null then
    raise exception 'Did the operation succeed? success is null.' using errcode = 'null_value_not_allowed';
  end if;
  return script_tracking.finish_call(hk, (case when success then 'C' else 'F' end)::"char", null, null, error_message, null, null);
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
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return script_tracking.start_call(
    name, type, category, content, file_path, version, tenant_hk, business_justification, related_ticket);
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
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  code constant "char" := script_tracking.status_code(status);
begin
  if code = 'S' then
    raise exception 'An execution is not completed by the status STARTED.' using errcode = 'invalid_parameter_value';
  end if;
  if duration_ms < 0 then
    raise exception 'An execution cannot take % ms.', duration_ms using errcode = 'invalid_parameter_value';
  end if;
  return script_tracking.finish_call(hk, code, duration_ms, rows_affected, error_message, error_code,
    nullif(jsonb_strip_nulls(jsonb_build_object(
      'objects_created', objects_created, 'objects_modified', objects_modified,
      'objects_dropped', objects_dropped, 'schemas_affected', schemas_affected)), '{}'));
end
$$;

comment on function script_tracking.complete_script_execution(bytea, text, bigint, bigint, text, text, text[], text[], text[], text[]) is 'Records how a script ended: COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED; without a duration, the time since it started. Only who started it may, or steward_admin, and only once';
