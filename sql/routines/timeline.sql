-- What was tracked and what was logged, as one. An operation may be both: then it is shown once, as it was tracked.

create or replace function script_tracking.comparable_statement(content text)
returns text
language sql immutable parallel safe
as $$
  select btrim(regexp_replace(regexp_replace(content, '''?[*]{3,}''?', '***', 'g'), '[[:space:];]+', ' ', 'g'))
$$;

comment on function script_tracking.comparable_statement(text) is 'The statement without what the trail and a log write differently: blanks, semicolons, and how a secret is masked';

create or replace view script_tracking.tracked_statement with (security_barrier) as
select
  l.recorded_at,
  coalesce(l.execution_timestamp, l.recorded_at) as began_at,
  l.source,
  coalesce(l.metadata ->> 'pid', l.backend_pid::text) as pid,
  l.session_user_name as user_name,
  coalesce(l.content, (
    select t.body
    from script_tracking.text t
    where t.hash = l.content_hash
      and t.recorded_at <= l.recorded_at
      and t.recorded_at >= date_trunc('month', l.recorded_at at time zone 'UTC') at time zone 'UTC'
    limit 1
  )) as statement
from script_tracking.visible_ledger l
where l.state_ordinal = 0 and l.source in ('D', 'C', 'L');

comment on view script_tracking.tracked_statement is 'What the timeline compares logged statements with: the beginnings of executions that have a text';
comment on column script_tracking.tracked_statement.recorded_at is 'When it was recorded';
comment on column script_tracking.tracked_statement.began_at is 'When it began';
comment on column script_tracking.tracked_statement.source is 'Who recorded it: D an event trigger, C a client, L the import of a pasted log';
comment on column script_tracking.tracked_statement.pid is 'The server process: of an event trigger''s record the one that ran it, of a client''s another one';
comment on column script_tracking.tracked_statement.user_name is 'Who logged in to run it';
comment on column script_tracking.tracked_statement.statement is 'The text that ran, secrets blacked out';

-- Without a search path of its own, so that it becomes part of the query that uses it, with the time as a constant.
create or replace function script_tracking.timeline_between(since timestamptz, until timestamptz)
returns table (
  at timestamptz, source text, kind text, status text, name text, statement text, user_name text, database_name text, application_name text, client text,
  duration_ms double precision, rows_affected bigint, command_tag text, sqlstate text, error_message text, script_execution_hk bytea, file_id integer,
  byte_offset bigint)
language sql stable
as $$
  select
    s.execution_timestamp, case s.record_source when 'LOG_IMPORT' then 'LOGGED' else 'TRACKED' end, s.script_type, s.execution_status, s.script_name,
    s.script_content, s.session_user_name, current_database()::text, s.application_name, host(s.client_ip),
    s.execution_duration_ms::double precision, s.rows_affected, s.command_tag, s.error_code, s.error_message, s.script_execution_hk, null::integer,
    null::bigint
  from script_tracking.execution_state s
  where s.load_date >= since and s.execution_timestamp >= since and s.execution_timestamp < until
    and s.record_source <> 'SIMULATED'
    -- DDL that an operation of the trail brought about is that operation.
    and s.caused_by is null
    -- As in script_tracking.script_execution_current.
    and case s.record_source
      when 'CLIENT' then not exists (
        select from script_tracking.execution_state later
        where later.script_execution_hk = s.script_execution_hk and later.load_date >= since
          and (later.state_ordinal, later.version_number) > (s.state_ordinal, s.version_number)
      )
      else s.execution_status <> 'STARTED' or not exists (
        select from script_tracking.execution_state later
        where later.version_number = s.version_number + 2 and later.load_date >= s.load_date
          and later.state_ordinal = s.state_ordinal + 1
      )
    end
  union all
  select
    e.logged_at, 'LOGGED', e.kind,
    case
      when e.severity in ('ERROR', 'FATAL', 'PANIC') then 'FAILED'
      when e.duration_ms is not null then 'COMPLETED'
      when e.statement is not null then 'STARTED'
    end,
    coalesce(left(regexp_replace(btrim(left(e.statement, 500), E' \t\r\n'), '\s+', ' ', 'g'), 120), left(e.message, 120)),
    e.statement, e.user_name, e.database_name, e.application_name, e.client, e.duration_ms, e.rows, e.tag, e.sqlstate,
    case when e.severity in ('ERROR', 'FATAL', 'PANIC') then e.message end, null::bytea, e.file_id, e.byte_offset
  from script_tracking.imported_operation e
  where e.logged_at >= since and e.logged_at < until
    and not exists (
      select from script_tracking.tracked_statement t
      where t.source in ('D', 'L') and t.pid = e.pid::text
        and e.database_name = current_database()::text
        and t.recorded_at >= since - interval '1 day'
        and t.began_at between e.logged_at - make_interval(secs => 1 + coalesce(e.duration_ms, 0) / 1000)
          and e.logged_at + make_interval(secs => 1 + coalesce(e.duration_ms, 0) / 1000)
        and strpos(script_tracking.comparable_statement(e.statement), script_tracking.comparable_statement(t.statement)) > 0)
    and not exists (
      select from script_tracking.tracked_statement t
      where t.source = 'C' and t.user_name = e.user_name and e.application_name like 'pgSteward%'
        and e.database_name = current_database()::text
        and t.recorded_at >= since - interval '1 day'
        and t.began_at between e.logged_at - make_interval(secs => 5 + coalesce(e.duration_ms, 0) / 1000)
          and e.logged_at + make_interval(secs => 5)
        and strpos(script_tracking.comparable_statement(t.statement), script_tracking.comparable_statement(e.statement)) > 0)
$$;

comment on function script_tracking.timeline_between(timestamptz, timestamptz) is 'What of the timeline began from one time on and before another; see the view timeline';

create or replace view script_tracking.timeline with (security_barrier) as
select t.* from script_tracking.timeline_between('-infinity', 'infinity') t;

comment on view script_tracking.timeline is 'What was tracked and what imported logs told, each operation once. A logged statement of this database is the same operation as a tracked one where the text of the one holds that of the other, blanks and masked secrets aside, and: an event trigger recorded it in the same server process, within its duration and a second of when it was logged; or a client recorded it, and the same user ran it from pgSteward, within its duration and five seconds. It is shown as it was tracked, with what it brought about';
comment on column script_tracking.timeline.at is 'When it began, or was logged; -infinity where the log does not tell';
comment on column script_tracking.timeline.source is 'TRACKED or LOGGED';
comment on column script_tracking.timeline.kind is 'The type of a tracked execution; of what was logged statement, error, checkpoint, ...';
comment on column script_tracking.timeline.status is 'STARTED, COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED; null for what is no operation';
comment on column script_tracking.timeline.name is 'What it is called, or how it begins';
comment on column script_tracking.timeline.statement is 'The text that ran, secrets masked';
comment on column script_tracking.timeline.user_name is 'Who had logged in';
comment on column script_tracking.timeline.database_name is 'The database';
comment on column script_tracking.timeline.application_name is 'What the client called itself';
comment on column script_tracking.timeline.client is 'The client''s address or name';
comment on column script_tracking.timeline.duration_ms is 'How long it took, in milliseconds';
comment on column script_tracking.timeline.rows_affected is 'Rows that it changed or returned';
comment on column script_tracking.timeline.command_tag is 'The command tag of the statement';
comment on column script_tracking.timeline.sqlstate is 'SQLSTATE of an error';
comment on column script_tracking.timeline.error_message is 'Why it failed';
comment on column script_tracking.timeline.script_execution_hk is 'The tracked execution''s hash key';
comment on column script_tracking.timeline.file_id is 'The log that it was logged in';
comment on column script_tracking.timeline.byte_offset is 'Where in that log it stands';
