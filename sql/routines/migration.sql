-- Running a migration and recording what came of it. The migration runs with the rights of whoever asks, in their
-- session and under their search path; only what records it has the owner's rights.

create or replace function script_tracking.operation_of(hk bytea)
returns uuid
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select l.operation
  from (select (script_tracking.newest_state(hk)).*) l
  where l.xid = txid_current() and l.backend_pid = pg_backend_pid()
$$;

comment on function script_tracking.operation_of(bytea) is 'The id of an execution that this transaction started; null of any other';

create or replace function script_tracking.touched_objects(cause uuid)
returns jsonb
language sql stable
as $$
  with touched as (
    select o.value ->> 'action' as action, o.value ->> 'identity' as identity, o.value ->> 'schema' as schema
    from script_tracking.ledger l
    cross join lateral jsonb_array_elements(coalesce(l.objects, jsonb_build_array(jsonb_build_object(
      'action', l.object_action, 'identity', l.object_identity, 'schema', l.object_schema)))) o
    where l.source = 'D' and l.caused_by = cause and l.xid = txid_current()
      -- Their numbers are those of the transaction, and these have an index.
      and l.version_number >= txid_current() << 21 and l.version_number < (txid_current() + 1) << 21
      and l.recorded_at >= transaction_timestamp()
  )
  select nullif(jsonb_strip_nulls(jsonb_build_object(
    'objects_created', (select jsonb_agg(distinct t.identity) from touched t where t.action = 'C' and t.identity is not null),
    'objects_modified', (select jsonb_agg(distinct t.identity) from touched t where t.action = 'M' and t.identity is not null),
    'objects_dropped', (select jsonb_agg(distinct t.identity) from touched t where t.action = 'D' and t.identity is not null),
    'schemas_affected', (select jsonb_agg(distinct t.schema) from touched t where t.schema is not null))), '{}')
$$;

comment on function script_tracking.touched_objects(uuid) is 'The objects that this transaction''s DDL touched while the session worked on an operation';

create or replace function script_tracking.record_migration_end(hk bytea, took_ms bigint, failure text, failure_code text)
returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  objects jsonb;
begin
  if failure_code is null then
    objects := script_tracking.touched_objects(script_tracking.operation_of(hk));
  end if;
  perform script_tracking.finish_call(
    hk, (case when failure_code is null then 'C' else 'F' end)::"char", took_ms, null, failure, failure_code, objects);
  return format('%s objects created, %s modified, %s dropped',
    coalesce(jsonb_array_length(objects -> 'objects_created'), 0),
    coalesce(jsonb_array_length(objects -> 'objects_modified'), 0),
    coalesce(jsonb_array_length(objects -> 'objects_dropped'), 0));
end
$$;

comment on function script_tracking.record_migration_end(bytea, bigint, text, text) is 'Records how a migration ended, with the objects that its DDL touched, and says how many';

create or replace function script_tracking.migration_text(file text, content text, needed boolean)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if content is not null then
    return content;
  end if;
  if not has_function_privilege(current_user, 'pg_catalog.pg_read_file(text)', 'execute') then
    if not needed then
      return null;
    end if;
    raise exception 'The content of "%" is not given, and % may not read files of the server.', file, current_user
      using errcode = 'insufficient_privilege',
            hint = 'Give the script''s text as content. With psql: \set text `cat file.sql` and content => :''text''.';
  end if;
  return pg_read_file(file);
exception
  when undefined_file then
    if not needed then
      return null;
    end if;
    raise exception 'The server has no file "%".', file
      using errcode = 'undefined_file',
            hint = 'A path is one of the server''s, relative to its data directory. A file of your own is given as content.';
end
$$;

comment on function script_tracking.migration_text(text, text, boolean) is 'The content, or the text of the server''s file of that name where the role may read it';

create or replace function script_tracking.run_migration_enterprise(
  file text, version text, direction text default 'FORWARD', execute boolean default false, content text default null)
returns table (execution_hk bytea, success boolean, duration_ms bigint, message text)
language plpgsql
as $$
declare
  script pg_catalog.text;
  hk pg_catalog.bytea;
  role_before constant pg_catalog.text := pg_catalog.current_setting('role');
  login_before constant pg_catalog.text := session_user;
  operation_before constant pg_catalog.text := pg_catalog.current_setting('script_tracking.operation', true);
  began pg_catalog.timestamptz;
  took_ms pg_catalog.int8;
  failure pg_catalog.text;
  failure_code pg_catalog.text;
  failure_hint pg_catalog.text;
  outcome pg_catalog.text;
begin
  perform script_tracking.refuse_migration($1, $2, $3, $4);
  script := script_tracking.migration_text($1, $5, $4);
  if $4 and script_tracking.is_blank(script) then
    raise exception 'The migration "%" is empty.', $1 using errcode = 'invalid_parameter_value';
  end if;
  hk := script_tracking.record_with_metadata(
    script_tracking.base_name($1), case when $4 then 'MIGRATION' else 'MIGRATION_PLAN' end, $3, script, $2, $1, null, null, null);
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;

  if $4 then
    perform pg_catalog.set_config('script_tracking.operation', script_tracking.operation_of(hk)::pg_catalog.text, true);
    began := pg_catalog.clock_timestamp();
    begin
      execute script;
    exception when others or assert_failure then
      get stacked diagnostics failure = message_text, failure_code = returned_sqlstate, failure_hint = pg_exception_hint;
    end;
    took_ms := script_tracking.milliseconds_since(began);
    -- A script may leave another role or operation behind, and what ends has to be who began.
    if session_user operator(pg_catalog.<>) login_before then
      perform pg_catalog.set_config('session_authorization', login_before, false);
    end if;
    -- Only then: a set local role of the caller's is to end with its transaction, and this one would not.
    if pg_catalog.current_setting('role') operator(pg_catalog.<>) role_before then
      perform pg_catalog.set_config('role', role_before, false);
    end if;
    perform pg_catalog.set_config('script_tracking.operation', coalesce(operation_before, ''), true);
  end if;

  outcome := script_tracking.record_migration_end(hk, took_ms, failure, failure_code);
  if pg_catalog.to_regnamespace('util') is not null then
    perform script_tracking.tell_audit_log(hk);
  end if;
  return query select hk, failure_code is null, coalesce(took_ms, 0), case
    when not $4 then pg_catalog.format('%s is planned and was not run: execute is false.', $1)
    when failure_code is null then pg_catalog.format('%s ran in %s ms: %s.', $1, took_ms, outcome)
    else pg_catalog.format('%s failed and nothing of it remains: %s (%s)%s', $1, failure, failure_code,
      script_tracking.migration_advice(failure_code, failure_hint))
  end;
end
$$;

comment on function script_tracking.run_migration_enterprise(text, text, text, boolean, text) is 'Runs a migration''s text with the caller''s rights, as a whole or not at all, and records it with the objects that it touched, or with its failure, which the result tells and which is no error of the call. Without execute it only records that the migration is planned. Without content the server''s file of that name is read, where the role may. What opens or ends transactions, and what cannot run inside one, cannot run here';

create or replace function script_tracking.refuse_migration(file text, version text, direction text, run boolean)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if file is null or file !~ '[^[:space:]]' then
    raise exception 'A migration needs the name of its file.' using errcode = 'null_value_not_allowed';
  end if;
  if version is null or version !~ '[^[:space:]]' then
    raise exception 'The migration "%" needs a version.', file using errcode = 'null_value_not_allowed';
  end if;
  if run is null then
    raise exception 'Is the migration "%" to be run? execute is null.', file using errcode = 'null_value_not_allowed';
  end if;
  perform script_tracking.refuse_direction(direction);
end
$$;

comment on function script_tracking.refuse_migration(text, text, text, boolean) is 'Refuses a migration without name, version, direction or decision';

create or replace function script_tracking.is_blank(content text)
returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select content is null or content !~ '[^[:space:];]'
$$;

comment on function script_tracking.is_blank(text) is 'Whether a script holds nothing but white space';

create or replace function script_tracking.base_name(file text)
returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(nullif(regexp_replace(file, '^.*[/\\]', ''), ''), file)
$$;

comment on function script_tracking.base_name(text) is 'A file''s name without its folders';

create or replace function script_tracking.milliseconds_since(began timestamptz)
returns bigint
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select greatest(0, round(extract(epoch from clock_timestamp() - began) * 1000)::bigint)
$$;

comment on function script_tracking.milliseconds_since(timestamptz) is 'How long ago that was, in whole milliseconds';

create or replace function script_tracking.migration_advice(failure_code text, failure_hint text)
returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when failure_code in ('0A000', '25001', '2D000') then
      '. Transactions are begun and ended by whoever calls; what cannot run inside one (vacuum, concurrently, create database) is run by itself, between track_migration and complete_script_execution.'
    when failure_hint <> '' then '. ' || failure_hint
    else '.'
  end
$$;

comment on function script_tracking.migration_advice(text, text) is 'What to do about a failure, as the end of a sentence';
