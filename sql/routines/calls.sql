-- What people and their scripts call. These have the rights of the framework's owner and a search path
-- of their own, so that nobody needs a right on the ledger.

create or replace function script_tracking.start_execution(entry script_tracking.ledger)
returns bytea
language plpgsql
as $$
begin
  if entry.script_name is null or entry.script_name !~ '[^[:space:]]' then
    raise exception 'An operation needs a name.' using errcode = 'null_value_not_allowed';
  end if;
  if length(entry.script_name) > 1000 then
    raise exception 'The name of an operation is % characters long; 1000 are allowed.', length(entry.script_name)
      using errcode = 'string_data_right_truncation', hint = 'Long text belongs in the content or in the business justification.';
  end if;
  if entry.script_type is null or entry.script_type !~ '[^[:space:]]' then
    raise exception 'The operation "%" needs a type, such as MANUAL.', entry.script_name using errcode = 'null_value_not_allowed';
  end if;
  perform script_tracking.require_tenant(entry.tenant_hk);
  entry := script_tracking.stamp(entry);
  entry.source := 'S';
  entry.status := 'S';
  entry.state_ordinal := 0;
  entry.script_type := upper(entry.script_type);
  entry.content := script_tracking.redact(entry.content);
  -- Unique, because the number is; not to be guessed, because of the clock and the random number.
  entry.operation := substr(encode(sha256(script_tracking.utf8(
    concat_ws(':', entry.version_number, entry.recorded_at, entry.backend_pid, random(), random()))), 'hex'), 1, 32)::uuid;
  perform script_tracking.append(entry);
  return script_tracking.calculate_hash_key(entry.operation::text);
end
$$;

comment on function script_tracking.start_execution(script_tracking.ledger) is 'Records the first state of an execution';

create or replace function script_tracking.finish_execution(hk bytea, ended script_tracking.ledger)
returns boolean
language plpgsql
as $$
declare
  entry script_tracking.ledger;
begin
  if hk is null then
    raise exception 'Which execution? The hash key is null.' using errcode = 'null_value_not_allowed';
  end if;
  -- Two sessions that complete the same execution do so one after the other.
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.execution ' || encode(hk, 'hex'), 0));
  entry := script_tracking.newest_state(hk);
  -- Somebody else's execution is unknown here, so that asking tells nothing.
  if entry.version_number is null or not script_tracking.may_continue(entry) then
    raise exception 'There is no execution % of yours.', hk
      using errcode = 'no_data_found', hint = 'track_operation and track_script_execution return the hash key of what they start.';
  end if;
  if entry.status <> 'S' then
    raise exception 'The execution % is % already.', hk, script_tracking.status_name(entry.status)
      using errcode = 'object_not_in_prerequisite_state', hint = 'An execution is completed once. What follows is a new operation.';
  end if;
  ended.operation := entry.operation;
  ended.state_ordinal := entry.state_ordinal + 1;
  ended.source := 'S';
  ended.execution_timestamp := coalesce(entry.execution_timestamp, entry.recorded_at);
  ended.script_name := entry.script_name;
  ended.script_type := entry.script_type;
  ended.script_category := entry.script_category;
  ended.content := entry.content;
  ended.content_hash := entry.content_hash;
  ended.script_file_path := entry.script_file_path;
  ended.script_version := entry.script_version;
  ended.related_ticket := entry.related_ticket;
  ended.justification := entry.justification;
  ended.justification_hash := entry.justification_hash;
  ended.tenant_hk := entry.tenant_hk;
  ended.caused_by := entry.caused_by;
  ended.metadata := entry.metadata;
  ended.error_message := script_tracking.redact(ended.error_message);
  ended := script_tracking.stamp(ended);
  ended.execution_duration_ms := coalesce(
    ended.execution_duration_ms,
    greatest(0, round(extract(epoch from ended.recorded_at - ended.execution_timestamp) * 1000)::bigint));
  perform script_tracking.append(ended);
  return true;
end
$$;

comment on function script_tracking.finish_execution(bytea, script_tracking.ledger) is 'Records the last state of an execution that was started by a call';

create or replace function script_tracking.status_name(status "char")
returns text
language sql immutable parallel safe
as $$
  select case status
    when 'S' then 'STARTED' when 'C' then 'COMPLETED' when 'F' then 'FAILED' when 'R' then 'ROLLED_BACK' when 'I' then 'INTERRUPTED'
  end
$$;

comment on function script_tracking.status_name("char") is 'The status in words';

create or replace function script_tracking.status_code(status text)
returns "char"
language plpgsql immutable
as $$
declare
  code constant "char" := case upper(status)
    when 'STARTED' then 'S' when 'COMPLETED' then 'C' when 'FAILED' then 'F' when 'ROLLED_BACK' then 'R' when 'INTERRUPTED' then 'I'
  end;
begin
  if code is null then
    raise exception 'There is no status %.', coalesce('"' || status || '"', 'null')
      using errcode = 'invalid_parameter_value', hint = 'It is STARTED, COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED.';
  end if;
  return code;
end
$$;

comment on function script_tracking.status_code(text) is 'The letter of a status; an error for what is none';

create or replace function script_tracking.track_operation(name text, type text default 'MANUAL')
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  entry script_tracking.ledger;
begin
  entry.script_name := track_operation.name;
  entry.script_type := track_operation.type;
  return script_tracking.start_execution(entry);
end
$$;

comment on function script_tracking.track_operation(text, text) is 'Records that an operation starts; returns its hash key, for complete_operation';

create or replace function script_tracking.complete_operation(hk bytea, success boolean default true, error_message text default null)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  ended script_tracking.ledger;
begin
  if success is null then
    raise exception 'Did the operation succeed? success is null.' using errcode = 'null_value_not_allowed';
  end if;
  ended.status := case when success then 'C' else 'F' end;
  ended.error_message := complete_operation.error_message;
  return script_tracking.finish_execution(hk, ended);
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
declare
  entry script_tracking.ledger;
begin
  entry.script_name := track_script_execution.name;
  entry.script_type := track_script_execution.type;
  entry.script_category := track_script_execution.category;
  entry.content := track_script_execution.content;
  entry.script_file_path := track_script_execution.file_path;
  entry.script_version := track_script_execution.version;
  entry.tenant_hk := track_script_execution.tenant_hk;
  entry.justification := track_script_execution.business_justification;
  entry.related_ticket := track_script_execution.related_ticket;
  return script_tracking.start_execution(entry);
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
  ended script_tracking.ledger;
begin
  ended.status := script_tracking.status_code(complete_script_execution.status);
  if ended.status = 'S' then
    raise exception 'An execution is not completed by the status STARTED.' using errcode = 'invalid_parameter_value';
  end if;
  if duration_ms < 0 then
    raise exception 'An execution cannot take % ms.', duration_ms using errcode = 'invalid_parameter_value';
  end if;
  ended.execution_duration_ms := duration_ms;
  ended.rows_affected := complete_script_execution.rows_affected;
  ended.error_message := complete_script_execution.error_message;
  ended.error_code := complete_script_execution.error_code;
  ended.detail := nullif(jsonb_strip_nulls(jsonb_build_object(
    'objects_created', objects_created, 'objects_modified', objects_modified,
    'objects_dropped', objects_dropped, 'schemas_affected', schemas_affected)), '{}');
  return script_tracking.finish_execution(hk, ended);
end
$$;

comment on function script_tracking.complete_script_execution(bytea, text, bigint, bigint, text, text, text[], text[], text[], text[]) is 'Records how a script ended: COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED; without a duration, the time since it started. Only who started it may, or steward_admin, and only once';
