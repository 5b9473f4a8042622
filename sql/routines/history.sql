-- What people ask of the trail over a time. These have the rights of whoever asks and read views, so each
-- sees what the views show; what was simulated is in none of them.

-- Plain columns of the ledger, so that a report over 100,000 rows computes no hash and looks up no text.
create or replace view script_tracking.reported_state with (security_barrier) as
select
  l.version_number, l.recorded_at, l.operation, l.state_ordinal, l.source, l.status,
  l.execution_timestamp, l.execution_duration_ms, l.rows_affected, l.object_action,
  l.session_user_name, l.executed_by, l.application_name, l.command_tag, l.object_identity,
  l.script_name,
  -- As in script_tracking.execution_state.
  coalesce(l.script_type, case when l.command_tag = 'LOGIN' then 'SESSION' else 'AUTO_DDL' end) as script_type,
  l.error_code, l.error_message, l.related_ticket, l.tenant_hk,
  sha256(decode(coalesce(l.operation::text, 'ddl-' || (l.version_number - 2 * l.state_ordinal)::text || '-' || encode(timestamptz_send(l.recorded_at), 'hex')), 'escape')) as script_execution_hk
from script_tracking.visible_ledger l
where l.source <> 'X';

comment on view script_tracking.reported_state is 'The states that reports count, those that the current role may see: all but simulated ones';
comment on column script_tracking.reported_state.script_execution_hk is 'The execution''s hash key: SHA-256 of its business key';

do $$
declare
  described record;
begin
  for described in
    select r.attname, pg_catalog.col_description(l.attrelid, l.attnum) as words
    from pg_catalog.pg_attribute r
    join pg_catalog.pg_attribute l on l.attname = r.attname and l.attrelid = 'script_tracking.ledger'::pg_catalog.regclass
    where r.attrelid = 'script_tracking.reported_state'::pg_catalog.regclass and r.attnum > 0
  loop
    execute pg_catalog.format('comment on column script_tracking.reported_state.%I is %L', described.attname, described.words);
  end loop;
end
$$;

comment on column script_tracking.reported_state.script_type is 'AUTO_DDL, SESSION, MANUAL, MIGRATION, ...';

-- How much of the ledger is in that time decides how it is best read, so the functions that use this one plan
-- anew each time. Without a search path of its own, so that it becomes part of the query that uses it. Those have one.
create or replace function script_tracking.present_states(since timestamptz, until timestamptz)
returns setof script_tracking.reported_state
language sql stable
as $$
  select s.*
  from script_tracking.reported_state s
  where s.recorded_at >= since and s.recorded_at < until
    and not exists (
      select from script_tracking.reported_state f
      where (f.state_ordinal > 0 or f.source = 'C')
        -- A client's states may come out of order, but not by much.
        and f.recorded_at >= since - interval '1 hour'
        -- One number to compare by, so that all is found in one hash table, of as few rows as there are later states.
        -- Of what ended there is no later state, and a null is not looked for.
        and case when f.source = 'C' then uuid_hash_extended(f.operation, 0) else f.version_number - 2 end
          = case when s.source = 'C' then uuid_hash_extended(s.operation, 0) when s.status = 'S' then s.version_number end
        and case
          -- At most two states, of which the second bears the next number of its kind.
          when f.source <> 'C' then s.source <> 'C'
          -- But a client's may be many.
          else s.source = 'C' and f.operation = s.operation
            and (f.state_ordinal, f.version_number) > (s.state_ordinal, s.version_number)
        end)
$$;

comment on function script_tracking.present_states(timestamptz, timestamptz) is 'The executions whose newest state was recorded in this time, each in that state';

create or replace function script_tracking.require_span(span integer, unit text, most integer)
returns interval
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if span is null or span not between 1 and most then
    raise exception 'A report goes back 1 to % %, not %.', most, unit, coalesce(span::text, 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  return (span || ' ' || unit)::interval;
end
$$;

comment on function script_tracking.require_span(integer, text, integer) is 'How far a report goes back; an error for what is no such time';

create or replace function script_tracking.get_execution_history(days integer default 7)
returns table (
  script_execution_hk bytea,
  script_name text,
  script_type text,
  execution_status text,
  execution_timestamp timestamptz,
  execution_duration_ms bigint,
  rows_affected bigint,
  executed_by text,
  application_name text,
  related_ticket text,
  error_message text
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set work_mem = '32MB'
set jit = off
-- Nothing is known of most columns, so the planner takes many rows for few.
set enable_nestloop = off
as $$
declare
  since constant timestamptz := now() - script_tracking.require_span(days, 'days', 36500);
begin
  return query
  select
    s.script_execution_hk, coalesce(s.script_name, concat_ws(' ', s.command_tag, s.object_identity)),
    s.script_type, script_tracking.status_name(s.status),
    coalesce(s.execution_timestamp, s.recorded_at), s.execution_duration_ms, s.rows_affected,
    coalesce(s.executed_by, s.session_user_name), s.application_name, s.related_ticket, s.error_message
  from script_tracking.present_states(since, 'infinity') s
  order by s.recorded_at desc, s.version_number desc;
end
$$;

comment on function script_tracking.get_execution_history(integer) is 'The executions of the last days, newest first, each in its present state';

create or replace view script_tracking.visible_tracking_error with (security_barrier) as
select e.failed_at, e.xid, e.session_user_name, e.command_tag, e.error_code, e.error_message
from script_tracking.tracking_error e
where (select script_tracking.may_read_all());

comment on view script_tracking.visible_tracking_error is 'What could not be recorded, for those who may see everything';
comment on column script_tracking.visible_tracking_error.failed_at is 'When recording failed';
comment on column script_tracking.visible_tracking_error.xid is 'The transaction of the command, with its epoch';
comment on column script_tracking.visible_tracking_error.session_user_name is 'Who logged in';
comment on column script_tracking.visible_tracking_error.command_tag is 'The command tag of the DDL';
comment on column script_tracking.visible_tracking_error.error_code is 'SQLSTATE of what went wrong';
comment on column script_tracking.visible_tracking_error.error_message is 'What went wrong';

create or replace function script_tracking.get_recent_errors(hours integer default 24)
returns table (
  occurred_at timestamptz,
  error_kind text,
  script_execution_hk bytea,
  script_name text,
  script_type text,
  execution_status text,
  error_code text,
  error_message text,
  executed_by text,
  application_name text,
  related_ticket text
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set work_mem = '32MB'
set jit = off
-- Nothing is known of most columns, so the planner takes many rows for few.
set enable_nestloop = off
as $$
declare
  since constant timestamptz := now() - script_tracking.require_span(hours, 'hours', 876000);
begin
  return query
  select
    s.recorded_at, 'EXECUTION', s.script_execution_hk, coalesce(s.script_name, concat_ws(' ', s.command_tag, s.object_identity)),
    s.script_type, script_tracking.status_name(s.status), s.error_code, s.error_message,
    coalesce(s.executed_by, s.session_user_name), s.application_name, s.related_ticket
  from script_tracking.present_states(since, 'infinity') s
  where s.status in ('F', 'R', 'I')
  union all
  select
    e.failed_at, 'TRACKING', null, e.command_tag,
    case e.command_tag when 'LOGIN' then 'SESSION' when 'FUNCTION_CALL' then 'FUNCTION_CALL' else 'AUTO_DDL' end, null, e.error_code, e.error_message, e.session_user_name, null, null
  from script_tracking.visible_tracking_error e
  where e.failed_at >= since
  order by 1 desc, 4;
end
$$;

comment on function script_tracking.get_recent_errors(integer) is 'What went wrong in the last hours, newest first: EXECUTION, an execution that failed, was rolled back or interrupted; TRACKING, a command, a login or a call that took effect and could not be recorded, which steward_admin and steward_auditor see';
