-- Completing an execution that a call started. See execution_start.sql for why the statement is so long.

create or replace function script_tracking.milliseconds_between(began timestamptz, ended timestamptz)
returns bigint
language sql immutable
as $$
  select greatest(0, round(extract(epoch from ended - began) * 1000)::bigint)
$$;

comment on function script_tracking.milliseconds_between(timestamptz, timestamptz) is 'How long something took, in whole milliseconds';

create or replace function script_tracking.finish_call(
  hk bytea, new_status "char", took_ms bigint, changed_rows bigint, failure text, failure_code text, more jsonb)
returns boolean
language plpgsql
as $$
declare
  at constant timestamptz := clock_timestamp();
  -- As in script_tracking.start_call.
  address constant inet := inet_client_addr();
  port constant integer := inet_client_port();
  caller constant text := nullif(script_tracking.session_role(), session_user);
  ended script_tracking.ledger;
begin
  -- The state that completes an execution has one number, which its month takes once. That alone does not help
  -- where a month ends between two sessions that complete the same execution: hence the lock. In a condition,
  -- because perform would be one more statement; without a key there is nothing to lock.
  if pg_advisory_xact_lock(hashtextextended(encode(hk, 'hex'), 20261121)) is not null then
    if failure is not null then
      failure := script_tracking.redact(failure);
    end if;
    insert into script_tracking.present_ledger (
      version_number, xid, recorded_at, execution_timestamp, execution_duration_ms, rows_affected,
      operation, caused_by, state_ordinal, client_port, backend_pid, source, status,
      session_user_name, executed_by, application_name, client_ip,
      script_name, script_type, script_category, content, content_hash, script_file_path, script_version,
      error_message, error_code, related_ticket, justification, justification_hash, tenant_hk, detail, metadata,
      row_hash)
    select
      s.version_number + 2, txid_current(), at, coalesce(s.execution_timestamp, s.recorded_at),
      coalesce(took_ms, script_tracking.milliseconds_between(coalesce(s.execution_timestamp, s.recorded_at), at)),
      changed_rows, s.operation, s.caused_by, 1, port, pg_backend_pid(), 'S', new_status,
      s.session_user_name, s.executed_by, nullif(current_setting('application_name'), ''), address,
      s.script_name, s.script_type, s.script_category, s.content, s.content_hash, s.script_file_path, s.script_version,
      failure, failure_code, s.related_ticket, s.justification, s.justification_hash, s.tenant_hk, more, s.metadata,
      -- As in script_tracking.row_digest.
      sha256(
        record_send(row(
          s.version_number + 2, txid_current(), at, null::timestamptz, s.caused_by, 1,
          port, pg_backend_pid(), 'S'::"char", new_status, null::"char",
          null::oid, null::oid, null::integer,
          convert_to(s.session_user_name, m.hashed_as), convert_to(s.executed_by, m.hashed_as),
          convert_to(nullif(current_setting('application_name'), ''), m.hashed_as), address, null::bytea,
          null::bytea, null::bytea, null::bytea, null::bytea,
          coalesce(s.content_hash, sha256(convert_to(s.content, m.hashed_as))), convert_to(s.metadata::text, m.hashed_as)))
        || record_send(row(
          coalesce(s.execution_timestamp, s.recorded_at),
          coalesce(took_ms, script_tracking.milliseconds_between(coalesce(s.execution_timestamp, s.recorded_at), at)),
          changed_rows, s.operation,
          convert_to(s.script_name, m.hashed_as), convert_to(s.script_type, m.hashed_as), convert_to(s.script_category, m.hashed_as),
          convert_to(s.script_file_path, m.hashed_as), convert_to(s.script_version, m.hashed_as),
          convert_to(failure, m.hashed_as), convert_to(failure_code, m.hashed_as), convert_to(s.related_ticket, m.hashed_as),
          coalesce(s.justification_hash, sha256(convert_to(s.justification, m.hashed_as))),
          s.tenant_hk, convert_to(more::text, m.hashed_as), null::bytea)))
    -- A long text is kept once a month: an execution of an earlier month is completed by finish_execution.
    from script_tracking.present_ledger s
    cross join script_tracking.present_month m
    where s.operation is not null
      and sha256(decode(s.operation::text, 'escape')) = hk
      and s.state_ordinal = 0
      and s.source = 'S'
      and s.status = 'S'
      and s.session_user_name = session_user
      and s.executed_by is not distinct from caller
      and at >= m.began and at < m.ends and s.recorded_at >= m.began and getdatabaseencoding() = m.database_encoding
    on conflict do nothing;
    if found then
      return true;
    end if;
  end if;
  ended.status := new_status;
  ended.execution_duration_ms := took_ms;
  ended.rows_affected := changed_rows;
  ended.error_message := failure;
  ended.error_code := failure_code;
  ended.detail := more;
  return script_tracking.finish_execution(hk, ended);
end
$$;

comment on function script_tracking.finish_call(bytea, "char", bigint, bigint, text, text, jsonb) is 'Records the last state of an execution that a call started: at once where the session itself started it this month, by finish_execution otherwise';

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
  -- As in script_tracking.finish_call.
  perform pg_advisory_xact_lock(hashtextextended(encode(hk, 'hex'), 20261121));
  entry := script_tracking.newest_state(hk);
  -- Somebody else's execution is unknown here, so that asking tells nothing.
  if entry.version_number is null or not script_tracking.may_continue(entry) then
    raise exception 'There is no execution % of yours.', hk
      using errcode = 'no_data_found', hint = 'track_operation and track_script_execution return the hash key of what they start.';
  end if;
  if entry.source <> 'S' then
    raise exception 'The execution % is not completed by a call: its states are recorded by whoever recorded the first.', hk
      using errcode = 'object_not_in_prerequisite_state', hint = 'Calls complete what track_operation and track_script_execution started.';
  end if;
  if entry.status <> 'S' then
    raise exception 'The execution % is % already.', hk, script_tracking.status_name(entry.status)
      using errcode = 'object_not_in_prerequisite_state', hint = 'An execution is completed once. What follows is a new operation.';
  end if;
  entry := script_tracking.brought_forward(entry);
  ended.operation := entry.operation;
  ended.state_ordinal := entry.state_ordinal + 1;
  ended.source := 'S';
  ended.execution_timestamp := coalesce(entry.execution_timestamp, entry.recorded_at);
  ended.session_user_name := entry.session_user_name;
  ended.executed_by := entry.executed_by;
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
  ended.metadata := coalesce(ended.metadata, entry.metadata);
  ended.error_message := script_tracking.redact(ended.error_message);
  ended.version_number := entry.version_number + 2;
  ended := script_tracking.stamp(ended);
  ended.execution_duration_ms := coalesce(
    ended.execution_duration_ms, script_tracking.milliseconds_between(ended.execution_timestamp, ended.recorded_at));
  perform script_tracking.append(ended);
  return true;
exception
  -- Under repeatable read and above a session does not see what another one completed meanwhile.
  when unique_violation then
    raise exception 'The execution % is completed already.', hk
      using errcode = 'object_not_in_prerequisite_state', hint = 'An execution is completed once. What follows is a new operation.';
end
$$;

comment on function script_tracking.finish_execution(bytea, script_tracking.ledger) is 'Records the last state of an execution that was started by a call, whoever started it and whenever';
