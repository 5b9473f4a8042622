-- Calls for what has more to say than a name: migrations, functions, maintenance.

create or replace function script_tracking.redact_json(document jsonb)
returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case jsonb_typeof(document)
    when 'object' then coalesce((
      select jsonb_object_agg(e.key, case
        when jsonb_typeof(e.value) in ('string', 'number') and script_tracking.redact(to_json(e.key)::text || ': "x"') not like '%"x"'
          then '"********"'
        else script_tracking.redact_json(e.value)
      end)
      from jsonb_each(document) e
    ), '{}')
    when 'array' then coalesce((
      select jsonb_agg(script_tracking.redact_json(e.value) order by e.ordinality)
      from jsonb_array_elements(document) with ordinality e
    ), '[]')
    when 'string' then to_jsonb(script_tracking.redact(document #>> '{}'))
    else document
  end;
end
$$;

comment on function script_tracking.redact_json(jsonb) is 'The document with the values of passwords, tokens and keys blacked out, and secrets inside its strings';

create or replace function script_tracking.record_with_metadata(
  name text, type text, category text, content text, version text, file_path text, tenant_hk bytea, justification text, metadata jsonb)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  entry script_tracking.ledger;
begin
  entry.script_name := record_with_metadata.name;
  entry.script_type := record_with_metadata.type;
  entry.script_category := upper(record_with_metadata.category);
  entry.content := record_with_metadata.content;
  entry.script_version := record_with_metadata.version;
  entry.script_file_path := record_with_metadata.file_path;
  entry.tenant_hk := record_with_metadata.tenant_hk;
  entry.justification := record_with_metadata.justification;
  entry.metadata := script_tracking.redact_json(record_with_metadata.metadata);
  if current_setting('script_tracking.operation', true) ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
    entry.caused_by := current_setting('script_tracking.operation', true);
  end if;
  return script_tracking.start_execution(entry);
end
$$;

comment on function script_tracking.record_with_metadata(text, text, text, text, text, text, bytea, text, jsonb) is 'Records that an execution of any kind starts, inside the operation that the session says it works on';

create or replace function script_tracking.refuse_direction(direction text)
returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if direction is null or upper(direction) not in ('FORWARD', 'BACKWARD', 'ROLLBACK', 'UP', 'DOWN') then
    raise exception 'A migration has no direction %.', coalesce('"' || direction || '"', 'null')
      using errcode = 'invalid_parameter_value', hint = 'It is FORWARD or ROLLBACK; UP, DOWN and BACKWARD are kept as they are.';
  end if;
end
$$;

comment on function script_tracking.refuse_direction(text) is 'Refuses what is no direction of a migration';

create or replace function script_tracking.track_migration(
  name text, version text, direction text default 'FORWARD', content text default null, tenant_hk bytea default null)
returns bytea
language plpgsql
as $$
declare
  hk pg_catalog.bytea;
begin
  perform script_tracking.refuse_direction(direction);
  hk := script_tracking.record_with_metadata(name, 'MIGRATION', direction, content, version, null, tenant_hk, null, null);
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return hk;
end
$$;

comment on function script_tracking.track_migration(text, text, text, text, bytea) is 'Records that a migration starts, its direction as its category; returns its hash key, for complete_script_execution';

create or replace function script_tracking.track_function_execution(name text, params jsonb default null, tenant_hk bytea default null)
returns bytea
language plpgsql
as $$
declare
  hk constant pg_catalog.bytea := script_tracking.record_with_metadata(
    name, 'FUNCTION_CALL', 'FUNCTION', null, null, null, tenant_hk, null,
    case when params is not null then pg_catalog.jsonb_build_object('parameters', params) end);
begin
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return hk;
end
$$;

comment on function script_tracking.track_function_execution(text, jsonb, bytea) is 'Records that a function starts, with the parameters that the caller chooses to tell, passwords and keys blacked out; returns its hash key, for complete_script_execution';

create or replace function script_tracking.track_maintenance(
  name text, operation_type text, content text default null, justification text default null)
returns bytea
language plpgsql
as $$
declare
  hk constant pg_catalog.bytea := script_tracking.record_with_metadata(
    name, 'MAINTENANCE', operation_type, content, null, null, null, justification, null);
begin
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return hk;
end
$$;

comment on function script_tracking.track_maintenance(text, text, text, text) is 'Records that maintenance such as VACUUM starts, its kind as its category; returns its hash key, for complete_script_execution';

create or replace function script_tracking.generate_unique_script_name(base text)
returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if base is null or base !~ '[^[:space:]]' then
    raise exception 'A script name needs a base.' using errcode = 'null_value_not_allowed';
  end if;
  if length(base) > 900 then
    raise exception 'The base of a script name is % characters long; 900 are allowed.', length(base)
      using errcode = 'string_data_right_truncation';
  end if;
  return format('%s_%s_%s', btrim(base),
    to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDD_HH24MISS_US'),
    substr(encode(sha256(convert_to(concat_ws(':', clock_timestamp(), pg_backend_pid(), random(), random()), 'SQL_ASCII')), 'hex'), 1, 12));
end
$$;

comment on function script_tracking.generate_unique_script_name(text) is 'The base with the time in UTC and twelve random digits behind it: base_20260131_235959_123456_0a1b2c3d4e5f';
