-- What people ask of the trail. These have the rights of whoever asks, so each sees what the views show.

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
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select
    c.script_execution_hk, c.script_name, c.script_type, c.execution_status, c.execution_timestamp,
    c.execution_duration_ms, c.rows_affected, c.executed_by, c.application_name, c.related_ticket, c.error_message
  from script_tracking.script_execution_current c
  where c.load_date >= now() - make_interval(days => days)
  order by c.load_date desc, c.version_number desc
$$;

comment on function script_tracking.get_execution_history(integer) is 'The executions of the last days, newest first, each in its present state';
