-- Figures over the trail, for dashboards and for whatever watches the database. As with the history, each
-- role is given the figures of what it may see.

create or replace function script_tracking.get_execution_statistics(days integer default 30)
returns table (
  script_type text,
  executions bigint,
  completed bigint,
  failed bigint,
  rolled_back bigint,
  interrupted bigint,
  running bigint,
  success_rate numeric,
  average_duration_ms numeric,
  median_duration_ms numeric,
  p95_duration_ms numeric,
  longest_duration_ms bigint,
  rows_affected numeric,
  users bigint,
  first_execution timestamptz,
  last_execution timestamptz
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set work_mem = '32MB'
set jit = off
-- As in history.sql.
set enable_nestloop = off
-- And few groups for many.
set enable_sort = off
as $$
declare
  since constant timestamptz := now() - script_tracking.require_span(days, 'days', 36500);
begin
  return query
  with by_user as (
    -- By user first: to count distinct users, or to sort durations, in one go, PostgreSQL would sort all rows.
    select s.script_type as type, coalesce(s.executed_by, s.session_user_name) as who, count(*) as executions,
      count(*) filter (where s.status = 'C') as completed, count(*) filter (where s.status = 'F') as failed,
      count(*) filter (where s.status = 'R') as rolled_back, count(*) filter (where s.status = 'I') as interrupted,
      count(*) filter (where s.status = 'S') as running, sum(s.rows_affected) as affected,
      array_agg(s.execution_duration_ms) filter (where s.execution_duration_ms is not null) as durations,
      min(coalesce(s.execution_timestamp, s.recorded_at)) as first_at, max(coalesce(s.execution_timestamp, s.recorded_at)) as last_at
    from script_tracking.present_states(since, 'infinity') s
    group by 1, 2
  ), durations as (
    select u.type, avg(d.duration) as average, max(d.duration) as longest,
      percentile_cont(array[0.5, 0.95]) within group (order by d.duration) as percentiles
    from by_user u
    cross join unnest(u.durations) as d (duration)
    group by u.type
  ), totals as (
    select u.type, sum(u.executions)::bigint as executions, sum(u.completed)::bigint as completed, sum(u.failed)::bigint as failed,
      sum(u.rolled_back)::bigint as rolled_back, sum(u.interrupted)::bigint as interrupted, sum(u.running)::bigint as running,
      sum(u.affected) as affected, count(*) as users, min(u.first_at) as first_at, max(u.last_at) as last_at
    from by_user u
    group by u.type
  )
  select t.type, t.executions, t.completed, t.failed, t.rolled_back, t.interrupted, t.running,
    round(100.0 * t.completed / nullif(t.executions - t.running, 0), 2),
    round(d.average, 2), round(d.percentiles[1]::numeric, 2), round(d.percentiles[2]::numeric, 2), d.longest,
    coalesce(t.affected, 0), t.users, t.first_at, t.last_at
  from totals t
  left join durations d on d.type = t.type
  order by t.executions desc, t.type;
end
$$;

comment on function script_tracking.get_execution_statistics(integer) is 'The executions of the last days by their type: how many ended how, the rate of success among those that ended in percent, durations in milliseconds';

create or replace function script_tracking.get_enterprise_dashboard(tenant_hk bytea default null, hours integer default 24)
returns table (metric text, value numeric, previous_value numeric, unit text, description text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set work_mem = '32MB'
set jit = off
-- As in history.sql.
set enable_nestloop = off
set row_security = on
as $$
declare
  span constant interval := script_tracking.require_span(hours, 'hours', 876000);
  middle constant timestamptz := now() - span;
begin
  if tenant_hk is not null and not exists (
    select from script_tracking.tenant_h t where t.tenant_hk = get_enterprise_dashboard.tenant_hk
  ) then
    -- In the words of require_tenant: somebody else's tenant is unknown here.
    raise exception 'There is no tenant % of yours.', tenant_hk
      using errcode = 'no_data_found', hint = 'The tenants that you may see: select tenant_hk, name from script_tracking.tenant_h;';
  end if;
  return query
  with reported as materialized (
    select s.recorded_at >= middle as is_new, s.status, s.source = 'D' and s.command_tag <> 'LOGIN' as is_ddl, s.execution_duration_ms as duration, s.rows_affected as affected,
      s.object_action as action, coalesce(s.executed_by, s.session_user_name) as who, s.application_name as application
    from script_tracking.present_states(middle - span, 'infinity') s
    where get_enterprise_dashboard.tenant_hk is null or s.tenant_hk = get_enterprise_dashboard.tenant_hk
  ), counted as (
    select r.is_new, count(*) as executions,
      count(*) filter (where r.status = 'C') as completed, count(*) filter (where r.status = 'F') as failed,
      count(*) filter (where r.status = 'R') as rolled_back, count(*) filter (where r.status = 'I') as interrupted,
      count(*) filter (where r.status = 'S') as running, count(*) filter (where r.is_ddl) as ddl,
      count(*) filter (where r.action = 'C') as created, count(*) filter (where r.action = 'M') as modified,
      count(*) filter (where r.action = 'D') as dropped,
      sum(r.affected) as affected, avg(r.duration) as average, max(r.duration) as longest
    from reported r
    group by r.is_new
  ), others as (
    select u.is_new, count(*) as users, null::bigint as applications, null::double precision as p95
    from (select r.is_new, r.who from reported r group by r.is_new, r.who) u group by u.is_new
    union all
    select a.is_new, null, count(a.application), null
    from (select r.is_new, r.application from reported r group by r.is_new, r.application) a group by a.is_new
    union all
    select r.is_new, null, null, percentile_cont(0.95) within group (order by r.duration)
    from reported r where r.duration is not null group by r.is_new
  ), figures as (
    select n.is_new, c.*, o.users, o.applications, o.p95
    from (values (true), (false)) as n (is_new)
    left join counted c on c.is_new = n.is_new
    left join (
      select other.is_new, max(other.users) as users, max(other.applications) as applications, max(other.p95) as p95
      from others other group by other.is_new
    ) o on o.is_new = n.is_new
  )
  select m.metric, max(m.value) filter (where m.is_new), max(m.value) filter (where not m.is_new), m.unit, m.description
  from (
    select f.is_new, v.*
    from figures as f (is_new, counted_new, executions, completed, failed, rolled_back, interrupted, running, ddl,
      created, modified, dropped, affected, average, longest, users, applications, p95)
    cross join lateral (
      values
        (1, 'executions', coalesce(f.executions, 0)::numeric, 'count', 'Executions whose newest state was recorded in this time'),
        (2, 'completed', coalesce(f.completed, 0), 'count', 'Of these, those that ended well'),
        (3, 'failed', coalesce(f.failed, 0), 'count', 'Those that failed'),
        (4, 'rolled_back', coalesce(f.rolled_back, 0), 'count', 'Those that were undone'),
        (5, 'interrupted', coalesce(f.interrupted, 0), 'count', 'Those whose client went away'),
        (6, 'running', coalesce(f.running, 0), 'count', 'Those that started in this time and have not ended'),
        (7, 'success_rate', round(100.0 * f.completed / nullif(f.executions - f.running, 0), 2), 'percent', 'Completed ones among those that ended'),
        (8, 'ddl_commands', coalesce(f.ddl, 0), 'count', 'DDL that was recorded by itself'),
        (9, 'objects_created', coalesce(f.created, 0), 'count', 'DDL whose first object was created'),
        (10, 'objects_modified', coalesce(f.modified, 0), 'count', 'DDL whose first object was modified'),
        (11, 'objects_dropped', coalesce(f.dropped, 0), 'count', 'DDL whose first object was dropped'),
        (12, 'rows_affected', coalesce(f.affected, 0), 'rows', 'Rows that executions say they changed or returned'),
        (13, 'average_duration', round(f.average, 2), 'milliseconds', 'Of executions whose duration is known'),
        (14, 'p95_duration', round(f.p95::numeric, 2), 'milliseconds', 'Nineteen of twenty took no longer'),
        (15, 'longest_duration', f.longest, 'milliseconds', 'The longest one'),
        (16, 'users', coalesce(f.users, 0), 'count', 'Roles that anything was executed as'),
        (17, 'applications', coalesce(f.applications, 0), 'count', 'Applications that anything was executed from')
    ) as v (place, metric, value, unit, description)
  ) m
  group by m.place, m.metric, m.unit, m.description
  order by m.place;
end
$$;

comment on function script_tracking.get_enterprise_dashboard(bytea, integer) is 'The figures of the last hours, of one tenant or of all that one may see, beside those of the same time before';

create or replace function script_tracking.get_performance_metrics()
returns table (area text, metric text, value numeric, unit text, description text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set work_mem = '32MB'
set jit = off
-- As in history.sql.
set enable_nestloop = off
as $$
declare
  since constant timestamptz := now() - interval '24 hours';
begin
  return query
  with reported as materialized (
    select s.recorded_at, s.execution_duration_ms as duration
    from script_tracking.present_states(since, 'infinity') s
  ), operations as (
    select count(*) as day, count(*) filter (where r.recorded_at >= now() - interval '1 hour') as hour,
      avg(r.duration) as average, max(r.duration) as longest,
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by r.duration) as percentiles
    from reported r
  ), busiest as (
    select max(m.operations) as operations
    from (select count(*) as operations from reported r group by date_trunc('minute', r.recorded_at)) m
  ), database as (
    select d.* from pg_stat_database d where d.datname = current_database()
  ), sessions as (
    select count(*) as all_of_them, count(*) filter (where a.state = 'active') as active,
      count(*) filter (where a.state like 'idle in transaction%') as idle_in_transaction,
      extract(epoch from max(now() - a.xact_start)) as longest
    from pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid()
  ), trail as (
    select sum(pg_table_size(c.oid)) as heap, sum(pg_indexes_size(c.oid)) as indexes,
      sum(greatest(c.reltuples, 0)) filter (where c.relname ~ '^ledger_') as estimate
    from pg_class c
    where c.relnamespace = to_regnamespace('script_tracking') and c.relkind = 'r'
  )
  select v.area, v.metric, v.value, v.unit, v.description
  from operations o, busiest b, database d, sessions s, trail t
  cross join lateral (
    values
      (1, 'operations', 'operations_last_hour', o.hour::numeric, 'count', 'Executions whose newest state was recorded in the last hour'),
      (2, 'operations', 'operations_last_day', o.day, 'count', 'The same of the last 24 hours'),
      (3, 'operations', 'busiest_minute', coalesce(b.operations, 0), 'count', 'The most in one minute of these 24 hours'),
      (4, 'operations', 'average_duration', round(o.average, 2), 'milliseconds', 'Of the last 24 hours, where a duration is known'),
      (5, 'operations', 'median_duration', round(o.percentiles[1]::numeric, 2), 'milliseconds', 'Half of them took no longer'),
      (6, 'operations', 'p95_duration', round(o.percentiles[2]::numeric, 2), 'milliseconds', 'Nineteen of twenty took no longer'),
      (7, 'operations', 'p99_duration', round(o.percentiles[3]::numeric, 2), 'milliseconds', 'Ninety-nine of a hundred took no longer'),
      (8, 'operations', 'longest_duration', o.longest, 'milliseconds', 'The longest one'),
      (9, 'database', 'cache_hit_ratio', round(100.0 * d.blks_hit / nullif(d.blks_hit + d.blks_read, 0), 2), 'percent', 'Blocks that were found in shared buffers, since the statistics were reset'),
      (10, 'database', 'commits', d.xact_commit, 'count', 'Transactions since the statistics were reset'),
      (11, 'database', 'rollbacks', d.xact_rollback, 'count', 'Transactions that were rolled back since then'),
      (12, 'database', 'deadlocks', d.deadlocks, 'count', 'Deadlocks since then'),
      (13, 'database', 'temporary_bytes', d.temp_bytes, 'bytes', 'Written to temporary files since then'),
      (14, 'database', 'size', pg_database_size(d.datid), 'bytes', 'The database on disk'),
      (15, 'database', 'sessions', s.all_of_them, 'count', 'Other sessions in this database'),
      (16, 'database', 'active_sessions', s.active, 'count', 'Those that run a statement, as far as this role may see'),
      (17, 'database', 'idle_in_transaction', s.idle_in_transaction, 'count', 'Those that hold a transaction open and run nothing, as far as this role may see'),
      (18, 'database', 'longest_transaction', round(s.longest::numeric, 0), 'seconds', 'The oldest open transaction, as far as this role may see'),
      (19, 'trail', 'trail_heap', t.heap, 'bytes', 'Tables of the framework'),
      (20, 'trail', 'trail_indexes', t.indexes, 'bytes', 'Their indexes'),
      (21, 'trail', 'trail_states', t.estimate::numeric, 'rows', 'States in the ledger, as estimated when it was last analysed')
  ) as v (place, area, metric, value, unit, description)
  order by v.place;
end
$$;

comment on function script_tracking.get_performance_metrics() is 'How operations, the database and the trail are doing now: durations of the last 24 hours, what PostgreSQL counts of the database, what the trail takes';
