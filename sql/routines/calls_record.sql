-- How the calls record an end; a start is recorded by execution_start.sql. These have the rights of the framework's
-- owner and a search path of their own, so that nobody needs a right on the ledger. People and scripts call those of
-- calls.sql, which tell others too.

create or replace function script_tracking.record_operation_end(hk bytea, success boolean, error_message text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- A plan for the very month would be made anew each time, and that takes longer than all the rest.
set plan_cache_mode = force_generic_plan
as $$
begin
  if success is null then
    raise exception 'Did the operation succeed? success is null.' using errcode = 'null_value_not_allowed';
  end if;
  return script_tracking.finish_call(hk, (case when success then 'C' else 'F' end)::"char", null, null, error_message, null, null);
end
$$;

comment on function script_tracking.record_operation_end(bytea, boolean, text) is 'Does what complete_operation promises, and tells nobody';

create or replace function script_tracking.record_script_end(
  hk bytea,
  status text,
  duration_ms bigint,
  rows_affected bigint,
  error_message text,
  error_code text,
  objects_created text[],
  objects_modified text[],
  objects_dropped text[],
  schemas_affected text[])
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- A plan for the very month would be made anew each time, and that takes longer than all the rest.
set plan_cache_mode = force_generic_plan
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

comment on function script_tracking.record_script_end(bytea, text, bigint, bigint, text, text, text[], text[], text[], text[]) is 'Does what complete_script_execution promises, and tells nobody';
