-- Retention: whole months leave the ledger once they are old, sealed and right, and no row is ever deleted. First a
-- month is moved aside, to where no view sees it and verify() still does; then, when somebody has it in a file, it goes.

create or replace function script_tracking.cleanup_old_data(retention_days integer default 365)
returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set work_mem = '64MB'
-- As in script_tracking.seal.
set enable_nestloop = off
as $$
declare
  month date;
  obstacle text;
  execution bytea;
  ended script_tracking.ledger;
  entry script_tracking.ledger;
  gone bigint := 0;
begin
  if retention_days is null or retention_days not between 1 and 36500 then
    raise exception 'The trail can be kept for 1 to 36500 days, not for %.', coalesce(retention_days::text, 'null')
      using errcode = 'invalid_parameter_value', hint = 'Whoever wants to keep it for good does not call cleanup_old_data.';
  end if;
  entry.script_name := 'cleanup_old_data(' || retention_days || ')';
  entry.script_type := 'MAINTENANCE';
  entry.script_category := 'RETENTION';
  execution := script_tracking.start_execution(entry);
  -- Also keeps two of these apart.
  perform script_tracking.seal();

  for month in
    select m.month
    from script_tracking.partition_months() m
    where (m.month + interval '1 month') at time zone 'UTC' <= now() - make_interval(days => retention_days)
    order by m.month
  loop
    obstacle := script_tracking.why_not_archived(month);
    if obstacle is null then
      gone := gone + script_tracking.archive_month(month);
    else
      raise warning '% stays in the ledger: %', to_char(month::timestamp, 'YYYY-MM'), obstacle;
    end if;
  end loop;

  -- What was read from files can be read again, and is no part of the trail: it goes at once.
  perform script_tracking.drop_log_months(retention_days);

  ended.status := 'C';
  ended.rows_affected := gone;
  perform script_tracking.finish_execution(execution, ended);
  return gone;
end
$$;

comment on function script_tracking.cleanup_old_data(integer) is 'Seals the trail, then moves the months that ended more than this many days ago from the ledger to archived_ledger, and says how many executions left with them. A month stays, with a warning, where a row of it is not sealed yet or does not verify. Months of imported logs that are as old are dropped';

create or replace function script_tracking.partition_months()
returns table (month date)
language sql stable
as $$
  select to_date(substr(c.relname, 8), 'YYYY_MM')
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'script_tracking.ledger'::regclass and c.relname ~ '^ledger_[0-9]{4}_[0-9]{2}$'
$$;

comment on function script_tracking.partition_months() is 'The months that the ledger has a partition for';

create or replace function script_tracking.why_not_archived(old_month date)
returns text
language plpgsql stable
as $$
declare
  reason text;
begin
  select format('row %s is not sealed yet. A transaction is still open since then, or was when the trail was last sealed.', l.version_number)
  into reason
  from script_tracking.ledger l
  where l.recorded_at >= old_month::timestamp at time zone 'UTC'
    and l.recorded_at < (old_month + interval '1 month') at time zone 'UTC'
    and not exists (
      select from (
        select unnest(b.versions) as version_number from script_tracking.seal_block b where b.month = old_month
      ) sealed
      where sealed.version_number = l.version_number
    )
  order by l.version_number
  limit 1;
  if reason is null then
    select w.problem into reason
    from script_tracking.wrong_rows('-infinity', 'infinity', old_month, old_month) w
    limit 1;
  end if;
  return reason;
end
$$;

comment on function script_tracking.why_not_archived(date) is 'What stands against archiving a month: a row that is not sealed, or one that does not verify; null where nothing does';

create or replace function script_tracking.archive_month(old_month date)
returns bigint
language plpgsql
as $$
declare
  suffix constant text := to_char(old_month::timestamp, '_YYYY_MM');
  entry script_tracking.archive;
  parent text;
begin
  select count(*), min(l.version_number), max(l.version_number) into entry.row_count, entry.first_version, entry.last_version
  from script_tracking.ledger l
  where l.recorded_at >= old_month::timestamp at time zone 'UTC'
    and l.recorded_at < (old_month + interval '1 month') at time zone 'UTC';
  entry.execution_count := script_tracking.executions_only_in(old_month);
  select count(*) into entry.text_count
  from script_tracking.text t
  where t.recorded_at >= old_month::timestamp at time zone 'UTC'
    and t.recorded_at < (old_month + interval '1 month') at time zone 'UTC';

  perform script_tracking.lock_without_queueing();
  foreach parent in array array['ledger', 'text'] loop
    continue when to_regclass(format('script_tracking.%I', parent || suffix)) is null;
    execute format('alter table script_tracking.%I detach partition script_tracking.%I', parent, parent || suffix);
    execute format('alter table script_tracking.%I rename to %I', parent || suffix, 'archived_' || parent || suffix);
    execute format('alter table script_tracking.%I inherit script_tracking.%I', 'archived_' || parent || suffix, 'archived_' || parent);
    execute format('comment on table script_tracking.%I is %L', 'archived_' || parent || suffix, 'One month that has left the trail''s views');
    -- As a partition it belonged to its table. Now that it stands alone, removing the framework has to know of it.
    insert into script_tracking.installed_object (object_type, identity)
    select i.type, i.identity
    from pg_identify_object('pg_class'::regclass, to_regclass(format('script_tracking.%I', 'archived_' || parent || suffix)), 0) i
    on conflict do nothing;
  end loop;

  -- A month in which nothing was recorded leaves nothing to be told of.
  if entry.row_count > 0 then
    entry.month := old_month;
    entry.state_ordinal := 0;
    entry.is_here := true;
    entry.recorded_at := clock_timestamp();
    entry.recorded_by := session_user;
    select max(c.seal_number) into entry.newest_seal from script_tracking.seal_section c where c.month = old_month;
    insert into script_tracking.archive values (entry.*);
  end if;
  return entry.execution_count;
end
$$;

comment on function script_tracking.archive_month(date) is 'Moves a month from the ledger to archived_ledger, with its texts, and says how many executions left the views';

-- PL/pgSQL, because a function in SQL would keep its plan through the loop above, and with it a partition that has left.
create or replace function script_tracking.executions_only_in(old_month date)
returns bigint
language plpgsql stable
as $$
begin
  return (
    with month as (
      select l.operation, l.state_ordinal
      from script_tracking.ledger l
      where l.recorded_at >= old_month::timestamp at time zone 'UTC'
        and l.recorded_at < (old_month + interval '1 month') at time zone 'UTC'
    ),
    alone as (
      select m.operation from month m where m.operation is not null
      except
      select l.operation
      from script_tracking.ledger l
      where l.recorded_at < old_month::timestamp at time zone 'UTC'
        or l.recorded_at >= (old_month + interval '1 month') at time zone 'UTC'
    )
    select (select count(*) from month m where m.operation is null and m.state_ordinal = 0) + (select count(*) from alone)
  );
end
$$;

comment on function script_tracking.executions_only_in(date) is 'How many executions have all their states in this month';

create or replace function script_tracking.lock_without_queueing()
returns void
language plpgsql
as $$
begin
  -- Whoever waits for such a lock has everybody wait behind it, and a tracked command waits for 100 ms only.
  for attempt in 1 .. 100 loop
    begin
      lock table script_tracking.ledger, script_tracking.text in access exclusive mode nowait;
      return;
    exception when lock_not_available then
      perform pg_sleep(0.05);
    end;
  end loop;
  raise exception 'The ledger is in use: for five seconds there was no moment without a transaction that had recorded or read something.'
    using errcode = 'lock_not_available', hint = 'Nothing was archived. Try again when long transactions have ended.';
end
$$;

comment on function script_tracking.lock_without_queueing() is 'Locks the ledger and its texts in a moment when nobody uses them; nobody ever waits behind it';

create or replace function script_tracking.remove_archived_month(month date, file_name text, file_hash bytea)
returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  entry script_tracking.archive;
  execution bytea;
  started script_tracking.ledger;
  ended script_tracking.ledger;
  relation text;
begin
  if month is null or coalesce(file_name, '') = '' or coalesce(octet_length(file_hash), 0) <> 32 then
    raise exception 'An archived month is removed by its first day, and by the name and the SHA-256 of the file that holds it.'
      using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.seal', 0));
  select a.* into entry
  from script_tracking.archive a
  where a.month = remove_archived_month.month
  order by a.state_ordinal desc
  limit 1;
  if entry.month is null then
    raise exception '% is not archived.', to_char(remove_archived_month.month::timestamp, 'YYYY-MM')
      using errcode = 'object_not_in_prerequisite_state', hint = 'cleanup_old_data archives what is old enough; script_tracking.archive says which months are.';
  elsif not entry.is_here then
    raise exception '% was removed before, and is in %.', to_char(entry.month::timestamp, 'YYYY-MM'), entry.file_name
      using errcode = 'object_not_in_prerequisite_state';
  end if;

  started.script_name := 'remove_archived_month(' || to_char(entry.month::timestamp, 'YYYY-MM') || ')';
  started.script_type := 'MAINTENANCE';
  started.script_category := 'RETENTION';
  -- In the trail too, so that a later seal covers it.
  started.metadata := jsonb_build_object(
    'month', to_char(entry.month::timestamp, 'YYYY-MM'), 'rows', entry.row_count,
    'file', remove_archived_month.file_name, 'sha256', encode(remove_archived_month.file_hash, 'hex'),
    -- The record of an earlier removal may itself leave with its month. This one then stands for it.
    'gone_before', (select coalesce(jsonb_agg(to_char(g.month::timestamp, 'YYYY-MM') order by g.month), '[]') from script_tracking.gone_month g));
  execution := script_tracking.start_execution(started);
  foreach relation in array array['archived_ledger', 'archived_text'] loop
    execute format('drop table if exists script_tracking.%I', relation || to_char(entry.month::timestamp, '_YYYY_MM'));
  end loop;
  entry.state_ordinal := entry.state_ordinal + 1;
  entry.is_here := false;
  entry.recorded_at := clock_timestamp();
  entry.recorded_by := session_user;
  entry.file_name := remove_archived_month.file_name;
  entry.file_hash := remove_archived_month.file_hash;
  insert into script_tracking.archive values (entry.*);
  ended.status := 'C';
  ended.rows_affected := entry.row_count;
  perform script_tracking.finish_execution(execution, ended);
  return entry.row_count;
end
$$;

comment on function script_tracking.remove_archived_month(date, text, bytea) is 'Drops an archived month that somebody has in a file, and says how many rows. The name of the file and its SHA-256 stay in script_tracking.archive, and as an execution in the trail; the month''s roots stay in its seals';
