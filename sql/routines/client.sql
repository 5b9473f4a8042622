-- For clients that keep their own record and send it here when they can: each state once, however often
-- it is sent.

create or replace function script_tracking.record_execution(operation uuid, ordinal integer, state jsonb)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  entry script_tracking.ledger;
  unknown text;
begin
  perform script_tracking.require_session();
  if operation is null or ordinal is null or ordinal < 0 or jsonb_typeof(state) is distinct from 'object' then
    raise exception 'A state is recorded by its operation, an ordinal from 0, and an object.' using errcode = 'invalid_parameter_value';
  end if;
  select string_agg(quote_literal(k.key), ', ') into unknown
  from jsonb_object_keys(state) as k (key)
  where k.key not in (
    'execution_status', 'script_name', 'script_type', 'script_category', 'script_content', 'execution_timestamp',
    'execution_duration_ms', 'rows_affected', 'error_message', 'error_code', 'related_ticket',
    'business_justification', 'script_file_path', 'application_name', 'metadata');
  if unknown is not null then
    raise exception 'A state has no key %.', unknown using errcode = 'invalid_parameter_value';
  end if;

  entry := script_tracking.newest_state(script_tracking.calculate_hash_key(operation::text));
  if entry.version_number is not null and not script_tracking.may_continue(entry) then
    raise exception 'The operation % belongs to somebody else.', operation
      using errcode = 'integrity_constraint_violation', hint = 'Who recorded its first state may record the others, and steward_admin.';
  end if;
  if entry.source <> 'C' then
    raise exception 'The operation % is no client''s: its first state was recorded by a call.', operation
      using errcode = 'integrity_constraint_violation', hint = 'complete_operation and complete_script_execution complete what a call started.';
  end if;
  insert into script_tracking.client_state (operation, state_ordinal)
  values (record_execution.operation, record_execution.ordinal)
  on conflict do nothing;
  if not found then
    return script_tracking.calculate_hash_key(operation::text);
  end if;

  entry := script_tracking.with_state(script_tracking.brought_forward(entry), state);
  perform script_tracking.refuse_state(operation, entry);
  entry.operation := record_execution.operation;
  entry.state_ordinal := ordinal;
  entry.source := 'C';
  -- A state of its own: the one before it gave all but its number.
  entry.version_number := null;
  entry := script_tracking.stamp(entry);
  if state ? 'application_name' then
    entry.application_name := state ->> 'application_name';
  end if;
  perform script_tracking.append(entry);
  return script_tracking.calculate_hash_key(operation::text);
end
$$;

comment on function script_tracking.record_execution(uuid, integer, jsonb) is 'Records one state of an execution whose client keeps its own record. The same operation and ordinal once more changes nothing and returns the same hash key. Keys of the state are columns of the satellite; a key that is left out stays as it was in the state before. Who, from where and when it was recorded is the server''s own knowledge';

create or replace function script_tracking.with_state(entry script_tracking.ledger, state jsonb)
returns script_tracking.ledger
language plpgsql
as $$
begin
  -- The execution began when its first state did, unless the client says otherwise.
  entry.execution_timestamp := coalesce(entry.execution_timestamp, entry.recorded_at);
  entry.status := script_tracking.status_code(state ->> 'execution_status');
  if state ? 'script_name' then entry.script_name := state ->> 'script_name'; end if;
  if state ? 'script_type' then entry.script_type := upper(state ->> 'script_type'); end if;
  entry.script_type := coalesce(entry.script_type, 'MANUAL');
  if state ? 'script_category' then entry.script_category := state ->> 'script_category'; end if;
  if state ? 'script_content' then
    entry.content := script_tracking.redact(state ->> 'script_content');
    entry.content_hash := null;
  end if;
  if state ->> 'execution_timestamp' is not null then
    entry.execution_timestamp := (state ->> 'execution_timestamp')::timestamptz;
  end if;
  if state ? 'execution_duration_ms' then
    if (state ->> 'execution_duration_ms')::numeric not between 0 and 9223372036854775807 then
      raise exception 'An execution cannot take % ms.', state ->> 'execution_duration_ms' using errcode = 'invalid_parameter_value';
    end if;
    entry.execution_duration_ms := round((state ->> 'execution_duration_ms')::numeric)::bigint;
  end if;
  if state ? 'rows_affected' then entry.rows_affected := (state ->> 'rows_affected')::bigint; end if;
  if state ? 'error_message' then entry.error_message := script_tracking.redact(state ->> 'error_message'); end if;
  if state ? 'error_code' then entry.error_code := state ->> 'error_code'; end if;
  if state ? 'related_ticket' then entry.related_ticket := state ->> 'related_ticket'; end if;
  if state ? 'business_justification' then
    entry.justification := state ->> 'business_justification';
    entry.justification_hash := null;
  end if;
  if state ? 'script_file_path' then entry.script_file_path := state ->> 'script_file_path'; end if;
  if state ? 'metadata' then entry.metadata := script_tracking.redact_json(nullif(state -> 'metadata', 'null')); end if;
  return entry;
end
$$;

comment on function script_tracking.with_state(script_tracking.ledger, jsonb) is 'The row with what a client says of the execution''s new state';

create or replace function script_tracking.refuse_state(operation uuid, entry script_tracking.ledger)
returns void
language plpgsql
as $$
begin
  if entry.script_name is null or entry.script_name !~ '[^[:space:]]' then
    raise exception 'The operation % needs a script_name.', operation using errcode = 'null_value_not_allowed';
  end if;
  if length(entry.script_name) > 1000 then
    raise exception 'The script_name of the operation % is % characters long; 1000 are allowed.', operation, length(entry.script_name)
      using errcode = 'string_data_right_truncation', hint = 'Long text belongs in script_content or business_justification.';
  end if;
  if entry.script_type !~ '[^[:space:]]' then
    raise exception 'The operation % needs a script_type, such as MANUAL.', operation using errcode = 'null_value_not_allowed';
  end if;
  if entry.rows_affected < 0 then
    raise exception 'The operation % cannot have affected % rows.', operation, entry.rows_affected using errcode = 'invalid_parameter_value';
  end if;
  if not isfinite(entry.execution_timestamp) then
    raise exception 'The operation % cannot have begun at %.', operation, entry.execution_timestamp using errcode = 'invalid_parameter_value';
  end if;
end
$$;

comment on function script_tracking.refuse_state(uuid, script_tracking.ledger) is 'Refuses what a client says of an execution where it cannot be true: no name, a name or type that is blank, a negative count, a time that is none';
