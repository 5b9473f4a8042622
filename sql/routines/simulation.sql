-- Sample operations, so that somebody can look at a timeline before anything has happened. They are marked
-- SIMULATED for ever, belong to users that do not exist, and are counted nowhere.

create or replace function script_tracking.simulate_operations(days integer)
returns table (imported bigint, refused bigint, duplicates bigint, message text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  sample record;
  entry script_tracking.ledger;
  key bytea;
begin
  perform script_tracking.refuse_importer('Simulating operations');
  imported := 0;
  refused := 0;
  duplicates := 0;
  for sample in
    with kinds (kind, name, type, category, content, who, application, usual_ms, usual_rows) as (
      values
        (0, 'nightly load of orders', 'MAINTENANCE', 'LOAD', 'insert into sample.orders select * from sample.staged_orders', 'sample_batch', 'cron', 42000, 18400),
        (1, 'refresh of the sales report', 'MAINTENANCE', 'REFRESH', 'refresh materialized view sample.monthly_sales', 'sample_batch', 'cron', 8300, null),
        (2, 'VACUUM sample.orders', 'MAINTENANCE', 'VACUUM', 'vacuum (analyze) sample.orders', 'sample_dba', 'psql', 15500, null),
        (3, 'V%s__add_column.sql', 'MIGRATION', 'FORWARD', 'alter table sample.customers add column segment text', 'sample_deploy', 'migration tool', 180, null),
        (4, 'correction of a customer', 'MANUAL', 'UNKNOWN', 'update sample.customers set city = ''Wien'' where id = 4711', 'sample_support', 'pgAdmin 4', 25, 1),
        (5, 'sample.close_month(integer)', 'FUNCTION_CALL', 'WRAPPER', null, 'sample_app', 'accounting', 2600, null),
        (6, 'count of open orders', 'QUERY', 'UNKNOWN', 'select count(*) from sample.orders where state = ''open''', 'sample_analyst', 'DBeaver', 640, 1),
        (7, 'CREATE INDEX sample.orders_by_day', 'MANUAL', 'DDL', 'create index orders_by_day on sample.orders (ordered_on)', 'sample_dba', 'pgAdmin 4', 9100, null)
    ),
    drawn as (
      -- Drawn from the day and a number alone, so that a day always has the same.
      select d.day, n.number, sha256(script_tracking.utf8(format('pgSteward sample %s %s', d.day, n.number))) as draw
      from (select (now() at time zone 'UTC')::date - g as day from generate_series(1, days) g) d
      cross join generate_series(1, 24) n (number)
      -- Weekends are quiet.
      where n.number <= case when extract(isodow from d.day) in (6, 7) then 6 else 24 end
    )
    select
      d.day, d.number, d.draw, format(k.name, to_char(d.day, 'YYYYMMDD')) as name, k.type, k.category, k.content, k.who, k.application,
      get_byte(d.draw, 1) < 12 as fails,
      d.day + make_interval(
        hours => case when k.who = 'sample_batch' then 1 + get_byte(d.draw, 2) % 4 else 7 + get_byte(d.draw, 2) % 11 end,
        mins => get_byte(d.draw, 3) % 60, secs => get_byte(d.draw, 4) % 60) as local_time,
      round(k.usual_ms * (0.5 + get_byte(d.draw, 5) / 170.0))::bigint as duration_ms,
      round(k.usual_rows * (0.7 + get_byte(d.draw, 6) / 425.0))::bigint as changed_rows
    from drawn d
    join kinds k on k.kind = get_byte(d.draw, 0) % 8
    order by d.day, d.number
  loop
    key := sample.draw;
    if not script_tracking.take_line(key) then
      duplicates := duplicates + 1;
      continue;
    end if;
    entry := null;
    entry.session_user_name := sample.who;
    entry := script_tracking.stamp(entry);
    entry.source := 'X';
    entry.status := case when sample.fails then 'F' else 'C' end;
    entry.state_ordinal := 0;
    entry.operation := substr(encode(key, 'hex'), 1, 32)::uuid;
    entry.execution_timestamp := sample.local_time at time zone 'UTC';
    entry.execution_duration_ms := sample.duration_ms;
    entry.rows_affected := case when not sample.fails then sample.changed_rows end;
    entry.script_name := sample.name;
    entry.script_type := sample.type;
    entry.script_category := sample.category;
    entry.content := sample.content;
    entry.application_name := sample.application;
    entry.client_ip := null;
    entry.client_port := null;
    if sample.fails then
      entry.error_code := case get_byte(key, 7) % 3 when 0 then '57014' when 1 then '40P01' else '55P03' end;
      entry.error_message := case entry.error_code
        when '57014' then 'canceling statement due to statement timeout' when '40P01' then 'deadlock detected'
        else 'canceling statement due to lock timeout' end;
    end if;
    entry.metadata := '{"simulated": true}';
    perform script_tracking.append(entry);
    imported := imported + 1;
  end loop;
  message := format('%s sample operations made, marked SIMULATED and counted in no report.', imported)
    || case when duplicates > 0 then format(' %s were there already.', duplicates) else '' end;
  return next;
end
$$;

comment on function script_tracking.simulate_operations(integer) is 'Makes sample operations for each of the last days, always the same for the same day, and each once';
