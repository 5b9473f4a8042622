-- Files of server logs: what an import commits, what is read of it, and what retention takes.
-- An import copies its events into imported_event, in the same transaction in which it says how far it has come.

create or replace function script_tracking.register_log(
  head_hash bytea, start_bytes integer, start_hash bytea, format text, prefix text, time_zone text)
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  registered integer;
begin
  perform script_tracking.refuse_importer('Importing logs');
  insert into script_tracking.imported_file (head_hash, start_bytes, start_hash, format, prefix, time_zone, registered_at, registered_by)
  values (head_hash, start_bytes, start_hash, format, prefix, time_zone, clock_timestamp(), session_user)
  returning file_id into registered;
  return registered;
end
$$;

comment on function script_tracking.register_log(bytea, integer, bytea, text, text, text) is 'Gives a log its number, before its first part is imported';

create or replace function script_tracking.known_logs(head_hash bytea)
returns table (
  file_id integer, start_bytes integer, start_hash bytea, format text, prefix text, time_zone text, to_offset bigint, is_end boolean, state json,
  ends bigint[], hashes bytea[])
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform script_tracking.refuse_importer('Importing logs');
  return query
    select f.file_id, f.start_bytes, f.start_hash, f.format, f.prefix, f.time_zone, coalesce(r.to_offset, 0), coalesce(r.is_end, false), r.state,
      array(select b.to_offset from script_tracking.imported_batch b where b.file_id = f.file_id order by b.to_offset),
      array(select b.content_hash from script_tracking.imported_batch b where b.file_id = f.file_id order by b.to_offset)
    from script_tracking.imported_file f
    left join script_tracking.imported_resume r on r.file_id = f.file_id
    where f.head_hash = known_logs.head_hash
    order by f.file_id;
end
$$;

comment on function script_tracking.known_logs(bytea) is 'The logs whose first line has this hash: how far each was read, what their parts hash to, and what it takes to read on';

create or replace function script_tracking.make_log_months(months date[])
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
set default_tablespace = ''
set default_table_access_method = 'heap'
as $$
declare
  month timestamp;
  partition text;
  strays boolean;
  made integer := 0;
begin
  perform script_tracking.refuse_importer('Importing logs');
  -- A damaged log has any number of times that never were: what is neither of this century nor past has no month.
  for month in
    select distinct date_trunc('month', m.day::timestamp)
    from unnest(months) m (day)
    where m.day >= date '2000-01-01' and m.day <= (now() + interval '2 months')::date
    order by 1
  loop
    partition := 'script_tracking.imported_event' || to_char(month, '_YYYY_MM');
    continue when to_regclass(partition) is not null;
    -- One at a time: two sessions would make the same month.
    perform pg_advisory_xact_lock(hashtextextended('script_tracking.make_log_months', 0));
    continue when to_regclass(partition) is not null;
    execute 'select exists (select from script_tracking.imported_event_default where logged_at >= $1 and logged_at < $2)'
      into strays
      using month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC';
    continue when strays;
    execute format(
      'create table %s partition of script_tracking.imported_event for values from (%L) to (%L)',
      partition, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
    execute format('comment on table %s is %L', partition, 'One month of imported logs, by the clock of UTC');
    perform script_tracking.keep_log_month(partition::regclass);
    made := made + 1;
  end loop;
  return made;
end
$$;

comment on function script_tracking.make_log_months(date[]) is 'Makes the partitions of imported_event for the months of these days, where they are missing, and says how many it made';

-- As make_month does, but for the trigger that keeps replicated rows out: with a trigger for each row, COPY would
-- insert row by row.
create or replace function script_tracking.keep_log_month(month regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  concealing text;
begin
  if not exists (select from pg_trigger t where t.tgrelid = month and t.tgname = 'insert_only') then
    execute format(
      'create trigger insert_only before update or delete or truncate on %s
         for each statement execute function script_tracking.refuse_change()', month);
    execute format('comment on trigger insert_only on %s is %L', month, 'Refuses update, delete and truncate, to everybody');
    execute format('alter table %s enable always trigger insert_only', month);
  end if;
  -- What the planner knows of a column it tells everybody, in the row estimates of explain.
  select string_agg(format('alter column %I set statistics 0', a.attname), ', ' order by a.attnum) into concealing
  from pg_attribute a
  where a.attrelid = month and a.attnum > 0 and not a.attisdropped
    and a.attname not in ('logged_at', 'file_id', 'byte_offset', 'line', 'kind') and a.attstattarget is distinct from 0;
  if concealing is not null then
    execute format('alter table %s %s', month, concealing);
  end if;
end
$$;

comment on function script_tracking.keep_log_month(regclass) is 'Makes a table of imported events insert-only, and keeps the planner from telling by its estimates what is in it';

create or replace function script_tracking.open_log_batch(file_id integer, from_offset bigint)
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  reached bigint;
begin
  perform script_tracking.refuse_importer('Importing logs');
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.imported_file ' || open_log_batch.file_id, 0));
  select r.to_offset into reached from script_tracking.imported_resume r where r.file_id = open_log_batch.file_id;
  if coalesce(reached, 0) <> from_offset then
    raise exception 'The log % was read up to byte % meanwhile, not to byte %.', open_log_batch.file_id, coalesce(reached, 0), from_offset
      using errcode = 'serialization_failure', hint = 'Somebody else imports the same log. Import it again: it goes on from there.';
  end if;
end
$$;

comment on function script_tracking.open_log_batch(integer, bigint) is 'Begins a part of a log: locks the log until the transaction ends, and refuses where it was read to somewhere else';

create or replace function script_tracking.commit_log_batch(
  file_id integer, from_offset bigint, to_offset bigint, content_hash bytea, is_end boolean, state json, open_counts jsonb, open_refusals jsonb, open_statements jsonb,
  file_name text, first_at timestamptz, last_at timestamptz,
  counts jsonb, operation uuid, fingerprints bigint[], statements text[], refusals jsonb)
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform script_tracking.open_log_batch(file_id, from_offset);
  if to_offset > from_offset then
    insert into script_tracking.imported_batch
    values (file_id, from_offset, to_offset, content_hash, file_name, first_at, last_at, counts, operation, clock_timestamp(), session_user);
  end if;
  insert into script_tracking.imported_resume values (file_id, to_offset, is_end, state, open_counts, open_refusals, open_statements)
  on conflict on constraint imported_resume_pkey
    do update set to_offset = excluded.to_offset, is_end = excluded.is_end, state = excluded.state,
      open_counts = excluded.open_counts, open_refusals = excluded.open_refusals,
      open_statements = excluded.open_statements;
  -- What was not finished there is read on from here.
  delete from script_tracking.imported_tail t where t.file_id = commit_log_batch.file_id;
  -- In one order for everybody, so that two imports never wait for each other.
  insert into script_tracking.imported_statement
  select s.fingerprint, min(s.statement)
  from unnest(fingerprints, statements) s (fingerprint, statement)
  group by s.fingerprint
  order by s.fingerprint
  on conflict do nothing;
  insert into script_tracking.imported_refusal
  select commit_log_batch.file_id, r.byte_offset, r.line, r.reason, r.beginning
  from jsonb_to_recordset(refusals) r (byte_offset bigint, line bigint, reason text, beginning text)
  on conflict do nothing;
end
$$;

comment on function script_tracking.commit_log_batch(integer, bigint, bigint, bytea, boolean, json, jsonb, jsonb, jsonb, text, timestamptz, timestamptz, jsonb, uuid, bigint[], text[], jsonb) is 'Says in the transaction that copied a part of a log how far the log is read with it, and what it takes to read on';

create or replace function script_tracking.drop_log_months(retention_days integer)
returns integer
language plpgsql
as $$
declare
  old record;
  dropped integer := 0;
begin
  for old in
    select c.oid::regclass as partition
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'script_tracking.imported_event'::regclass and c.relname ~ '^imported_event_[0-9]{4}_[0-9]{2}$'
      and (to_date(substr(c.relname, 16), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= now() - make_interval(days => retention_days)
    order by c.relname
  loop
    -- Whoever waits for such a lock has everybody wait behind it: a month in use stays until the next time.
    begin
      execute 'lock table script_tracking.imported_event in access exclusive mode nowait';
      execute format('drop table %s', old.partition);
      dropped := dropped + 1;
    exception when lock_not_available then
      raise warning '% stays: imported logs are in use.', old.partition;
    end;
  end loop;
  return dropped;
end
$$;

comment on function script_tracking.drop_log_months(integer) is 'Drops the months of imported logs that ended more than this many days ago, and says how many. Which logs they came from stays, so that an import of the same log does not bring them back';

do $$
begin
  if pg_catalog.to_regclass('script_tracking.imported_event_default') is null then
    create table script_tracking.imported_event_default partition of script_tracking.imported_event default;
    comment on table script_tracking.imported_event_default is 'Imported events whose time is unknown, or of no month that was made';
  end if;
  perform script_tracking.keep_log_month('script_tracking.imported_event_default');
  perform script_tracking.make_insert_only(r::pg_catalog.regclass)
  from unnest(array['script_tracking.imported_event', 'script_tracking.imported_file', 'script_tracking.imported_batch', 'script_tracking.imported_refusal',
    'script_tracking.imported_statement']) r;
end
$$;

create or replace view script_tracking.imported_operation with (security_barrier) as
select
  e.logged_at, e.byte_offset, e.line, e.duration_ms, e.parse_ms, e.bind_ms,
  e.fingerprint, e.rows, e.query_id, e.truncated_bytes, e.file_id, e.pid,
  e.position, e.kind, e.severity, e.session, e.user_name, e.database_name,
  e.application_name, e.client, e.sqlstate, e.tag, e.class, e.protocol,
  e.prepared, e.statement, e.parameters, e.message, e.detail, e.hint,
  e.context, e.query, e.location, e.plan, e.backend_type, e.truncated_sha256
from (
  select * from script_tracking.imported_event
  union all
  select * from script_tracking.imported_tail
) e
where case
  when (select script_tracking.may_read_all()) then true
  -- A log may be of any server: a role of the same name elsewhere is somebody else.
  else e.database_name = current_database()::text and script_tracking.is_visible(e.user_name, null, null, array[]::bytea[])
end;

comment on view script_tracking.imported_operation is 'What imported logs told, also what was not finished where a log ended: everything for steward_admin and steward_auditor, to others their own operations in this database';

do $$
declare
  described record;
begin
  for described in
    select a.attname, pg_catalog.col_description(a.attrelid, a.attnum) as words
    from pg_catalog.pg_attribute a
    where a.attrelid = 'script_tracking.imported_event'::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format('comment on column script_tracking.imported_operation.%I is %L', described.attname, described.words);
  end loop;
end
$$;

create or replace view script_tracking.imported_log with (security_barrier) as
select
  f.file_id, f.format, f.prefix, f.time_zone, f.registered_at, f.registered_by,
  b.file_name, b.to_offset as bytes, b.committed_at, b.committed_by, b.operation,
  s.first_at, s.last_at, s.parts, s.events, s.merged, s.redacted, s.refused
from script_tracking.imported_file f
join lateral (
  select n.* from script_tracking.imported_batch n where n.file_id = f.file_id order by n.to_offset desc limit 1
) b on true
join lateral (
  select
    min(n.first_at) as first_at, max(n.last_at) as last_at, count(n.to_offset) as parts,
    sum((n.counts ->> 'events')::bigint)::bigint as events, sum((n.counts ->> 'merged')::bigint)::bigint as merged,
    sum((n.counts ->> 'redacted')::bigint)::bigint as redacted, sum((n.counts ->> 'refused')::bigint)::bigint as refused
  from (
    select p.to_offset, p.first_at, p.last_at, p.counts from script_tracking.imported_batch p where p.file_id = f.file_id
    union all
    select null, null, null, r.open_counts from script_tracking.imported_resume r where r.file_id = f.file_id
  ) n
) s on true
where (select script_tracking.may_read_all());

comment on view script_tracking.imported_log is 'The logs that were imported, how far, and what was found in them; for steward_admin and steward_auditor';
comment on column script_tracking.imported_log.file_id is 'Numbers the logs';
comment on column script_tracking.imported_log.format is 'stderr, csv, json, ...';
comment on column script_tracking.imported_log.prefix is 'The log_line_prefix that it was read by';
comment on column script_tracking.imported_log.time_zone is 'The zone that its times were read in; null where they say it themselves';
comment on column script_tracking.imported_log.registered_at is 'When its import first began';
comment on column script_tracking.imported_log.registered_by is 'Who logged in to import it first';
comment on column script_tracking.imported_log.file_name is 'What the file was called the last time';
comment on column script_tracking.imported_log.bytes is 'How far it was read, in bytes of the unpacked log';
comment on column script_tracking.imported_log.committed_at is 'When it was read on the last time';
comment on column script_tracking.imported_log.committed_by is 'Who did that';
comment on column script_tracking.imported_log.operation is 'That import, as an operation of the trail';
comment on column script_tracking.imported_log.first_at is 'The earliest time in it';
comment on column script_tracking.imported_log.last_at is 'The latest time in it';
comment on column script_tracking.imported_log.parts is 'In how many transactions it was imported';
comment on column script_tracking.imported_log.events is 'Operations and events';
comment on column script_tracking.imported_log.merged is 'Messages that became a part of an operation that another one began';
comment on column script_tracking.imported_log.redacted is 'Statements whose secrets were masked';
comment on column script_tracking.imported_log.refused is 'Lines that could not be read';

create or replace view script_tracking.logged_statement with (security_barrier) as
select s.fingerprint, s.statement
from (
  select i.fingerprint, i.statement from script_tracking.imported_statement i
  union
  select o.fingerprint, o.statement
  from script_tracking.imported_resume b
  cross join lateral jsonb_to_recordset(b.open_statements) o (fingerprint bigint, statement text)
) s
where (select script_tracking.may_read_all());

comment on view script_tracking.logged_statement is 'The statements of imported logs, without their values; for steward_admin and steward_auditor';
comment on column script_tracking.logged_statement.fingerprint is 'The first eight bytes of the SHA-256 of the statement';
comment on column script_tracking.logged_statement.statement is 'The statement, with ? for each value';

create or replace view script_tracking.refused_log_line with (security_barrier) as
select r.file_id, r.byte_offset, r.line, r.reason, r.beginning
from (
  select i.file_id, i.byte_offset, i.line, i.reason, i.beginning from script_tracking.imported_refusal i
  union all
  select b.file_id, o.byte_offset, o.line, o.reason, o.beginning
  from script_tracking.imported_resume b
  cross join lateral jsonb_to_recordset(b.open_refusals) o (byte_offset bigint, line bigint, reason text, beginning text)
) r
where (select script_tracking.may_read_all());

comment on view script_tracking.refused_log_line is 'Lines of imported logs that could not be read; for steward_admin and steward_auditor';
comment on column script_tracking.refused_log_line.file_id is 'The log';
comment on column script_tracking.refused_log_line.byte_offset is 'Where the line begins';
comment on column script_tracking.refused_log_line.line is 'Which line it is, from 1';
comment on column script_tracking.refused_log_line.reason is 'Why it could not be read';
comment on column script_tracking.refused_log_line.beginning is 'How it begins, secrets masked';
