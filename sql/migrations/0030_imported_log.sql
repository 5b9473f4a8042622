-- What was read from files of server logs. What happened stands in imported_event, by month, appended and never changed;
-- how far each file was read, in imported_batch. A file is known by its content, so that it may be renamed, rotated,
-- packed or grown.

create table script_tracking.imported_file (
  file_id integer not null generated always as identity primary key,
  head_hash bytea not null,
  start_bytes integer not null,
  start_hash bytea not null,
  format text not null,
  prefix text not null,
  time_zone text,
  registered_at timestamptz not null,
  registered_by text not null,

  constraint imported_file_hashes_are_sha256 check (octet_length(head_hash) = 32 and octet_length(start_hash) = 32)
);

create index imported_file_head on script_tracking.imported_file (head_hash);

comment on table script_tracking.imported_file is 'The logs that were imported, each by its content';
comment on column script_tracking.imported_file.file_id is 'Numbers the logs';
comment on sequence script_tracking.imported_file_file_id_seq is 'Numbers the logs';
comment on column script_tracking.imported_file.head_hash is 'SHA-256 of the first line, with its end; of its first 4,096 bytes where it is longer';
comment on column script_tracking.imported_file.start_bytes is 'How many bytes start_hash is of: 65,536 at most';
comment on column script_tracking.imported_file.start_hash is 'SHA-256 of the beginning, as it was when the log was first imported';
comment on column script_tracking.imported_file.format is 'stderr, csv, json, ...';
comment on column script_tracking.imported_file.prefix is 'The log_line_prefix that it was read by';
comment on column script_tracking.imported_file.time_zone is 'The zone that its times were read in; null where they say it themselves';
comment on column script_tracking.imported_file.registered_at is 'When its import first began';
comment on column script_tracking.imported_file.registered_by is 'Who logged in to import it first';

create table script_tracking.imported_batch (
  file_id integer not null,
  from_offset bigint not null,
  to_offset bigint not null,
  content_hash bytea not null,
  file_name text not null,
  first_at timestamptz,
  last_at timestamptz,
  counts jsonb not null,
  operation uuid,
  committed_at timestamptz not null,
  committed_by text not null,
  primary key (file_id, from_offset),

  constraint imported_batch_goes_on check (from_offset >= 0 and to_offset > from_offset),
  constraint imported_batch_hash_is_sha256 check (octet_length(content_hash) = 32)
);

comment on table script_tracking.imported_batch is 'How far each log was read: a row for each transaction of an import';
comment on column script_tracking.imported_batch.file_id is 'The log';
comment on column script_tracking.imported_batch.from_offset is 'Where this part begins, in bytes of the unpacked log from 0';
comment on column script_tracking.imported_batch.to_offset is 'Where it ends';
comment on column script_tracking.imported_batch.content_hash is 'SHA-256 of the whole log up to there: what tells whether another file is the same log';
comment on column script_tracking.imported_batch.file_name is 'What the file was called then, without its folder';
comment on column script_tracking.imported_batch.first_at is 'The earliest time in this part';
comment on column script_tracking.imported_batch.last_at is 'The latest time in this part';
comment on column script_tracking.imported_batch.counts is 'What was read in it: records, events, merged, redacted, refused, and the kinds of the events';
comment on column script_tracking.imported_batch.operation is 'The import, as an operation of the trail';
comment on column script_tracking.imported_batch.committed_at is 'When it was committed';
comment on column script_tracking.imported_batch.committed_by is 'Who logged in to import it';

-- Not a record but a bookmark: the one row of a log is replaced by each part that is read.
create table script_tracking.imported_resume (
  file_id integer not null primary key,
  to_offset bigint not null,
  is_end boolean not null,
  state json not null,
  open_counts jsonb not null,
  open_refusals jsonb not null,
  open_statements jsonb not null
);

comment on table script_tracking.imported_resume is 'What the reader of a log has to know to go on where it ended';
comment on column script_tracking.imported_resume.file_id is 'The log';
comment on column script_tracking.imported_resume.to_offset is 'Where it goes on';
comment on column script_tracking.imported_resume.is_end is 'The log ended there the last time, and imported_tail holds what was not finished';
comment on column script_tracking.imported_resume.open_counts is 'As in imported_batch, of what is not finished and stands in imported_tail';
comment on column script_tracking.imported_resume.open_refusals is 'As in imported_refusal, of lines at the end of the log that could not be read as they were';
comment on column script_tracking.imported_resume.open_statements is 'As in imported_statement, of what stands in imported_tail';
comment on column script_tracking.imported_resume.state is 'Its state: the sessions that it knows, and where in the log that stands which is not finished';

create table script_tracking.imported_refusal (
  file_id integer not null,
  byte_offset bigint not null,
  line bigint not null,
  reason text not null,
  beginning text not null,
  primary key (file_id, byte_offset)
);

comment on table script_tracking.imported_refusal is 'Lines of logs that could not be read; of each part of a log the first ones, all are counted';
comment on column script_tracking.imported_refusal.file_id is 'The log';
comment on column script_tracking.imported_refusal.byte_offset is 'Where the line begins';
comment on column script_tracking.imported_refusal.line is 'Which line it is, from 1';
comment on column script_tracking.imported_refusal.reason is 'Why it could not be read';
comment on column script_tracking.imported_refusal.beginning is 'How it begins, secrets masked';

create table script_tracking.imported_statement (
  fingerprint bigint not null primary key,
  statement text not null
);

comment on table script_tracking.imported_statement is 'The statements of imported logs, without their values: those that differ in nothing else are one';
comment on column script_tracking.imported_statement.fingerprint is 'The first eight bytes of the SHA-256 of the statement';
comment on column script_tracking.imported_statement.statement is 'The statement, with ? for each value';

-- The key begins with the time, so that it serves the views too, and COPY appends to its end.
create table script_tracking.imported_event (
  logged_at timestamptz not null,
  byte_offset bigint not null,
  line bigint not null,
  duration_ms double precision,
  parse_ms double precision,
  bind_ms double precision,
  fingerprint bigint,
  rows bigint,
  query_id bigint,
  truncated_bytes bigint,
  file_id integer not null,
  pid integer,
  position integer,
  kind text not null,
  severity text not null,
  session text,
  user_name text,
  database_name text,
  application_name text,
  client text,
  sqlstate text,
  tag text,
  class text,
  protocol text,
  prepared text,
  statement text,
  parameters text[],
  message text,
  detail text,
  hint text,
  context text,
  query text,
  location text,
  plan text,
  backend_type text,
  truncated_sha256 text,
  primary key (logged_at, file_id, byte_offset)
) partition by range (logged_at);

comment on table script_tracking.imported_event is 'What server logs told: an operation with its duration, parameters, plan and error, or an event of the server, one row each, by month, appended and never changed';
comment on column script_tracking.imported_event.logged_at is 'When its first line was written; -infinity where the log does not tell';
comment on column script_tracking.imported_event.byte_offset is 'Where its first line begins in the unpacked log, in bytes from 0';
comment on column script_tracking.imported_event.line is 'Its first line, from 1';
comment on column script_tracking.imported_event.duration_ms is 'How long it took, in milliseconds';
comment on column script_tracking.imported_event.parse_ms is 'How long the statement was parsed, in milliseconds';
comment on column script_tracking.imported_event.bind_ms is 'How long its parameters were bound, in milliseconds';
comment on column script_tracking.imported_event.fingerprint is 'Which statement of script_tracking.imported_statement it is';
comment on column script_tracking.imported_event.rows is 'Rows that it changed or returned, where the log tells';
comment on column script_tracking.imported_event.query_id is 'The server''s own number of the query';
comment on column script_tracking.imported_event.truncated_bytes is 'How long the message was, where only its beginning is kept';
comment on column script_tracking.imported_event.file_id is 'The log that it stood in';
comment on column script_tracking.imported_event.pid is 'The server process';
comment on column script_tracking.imported_event.position is 'Where in the statement the error is, in characters from 1';
comment on column script_tracking.imported_event.kind is 'statement, error, connection, disconnection, checkpoint, autovacuum, autoanalyze, lock_wait, deadlock, temp_file, plan, duration or other';
comment on column script_tracking.imported_event.severity is 'LOG, ERROR, ..., in English whatever the language of the log';
comment on column script_tracking.imported_event.session is 'The session, as %c logs it, or its process id';
comment on column script_tracking.imported_event.user_name is 'Who had logged in';
comment on column script_tracking.imported_event.database_name is 'The database';
comment on column script_tracking.imported_event.application_name is 'What the client called itself';
comment on column script_tracking.imported_event.client is 'The client''s address or name, or [local]';
comment on column script_tracking.imported_event.sqlstate is 'SQLSTATE of an error';
comment on column script_tracking.imported_event.tag is 'The command tag of the statement';
comment on column script_tracking.imported_event.class is 'DDL, DML, SELECT, DCL, TCL or UTILITY';
comment on column script_tracking.imported_event.protocol is 'simple, extended, fetch or fastpath';
comment on column script_tracking.imported_event.prepared is 'The name of the prepared statement or portal';
comment on column script_tracking.imported_event.statement is 'The statement, secrets masked';
comment on column script_tracking.imported_event.parameters is 'The values of $1, $2, ..., secrets masked';
comment on column script_tracking.imported_event.message is 'What the server said; null where that is the statement and nothing else';
comment on column script_tracking.imported_event.detail is 'The message''s DETAIL';
comment on column script_tracking.imported_event.hint is 'The message''s HINT';
comment on column script_tracking.imported_event.context is 'The message''s CONTEXT';
comment on column script_tracking.imported_event.query is 'The query inside a function that failed';
comment on column script_tracking.imported_event.location is 'Where in PostgreSQL''s own source';
comment on column script_tracking.imported_event.plan is 'The plan, as auto_explain logged it';
comment on column script_tracking.imported_event.backend_type is 'What kind of process it was';
comment on column script_tracking.imported_event.truncated_sha256 is 'SHA-256 of the whole message, where only its beginning is kept';

-- What was not finished where a log ended: an operation whose duration, or whose next line, may still come. Replaced when
-- the log is read on.
create table script_tracking.imported_tail (
  like script_tracking.imported_event,
  primary key (file_id, byte_offset)
);

comment on table script_tracking.imported_tail is 'What was not finished where a log ended, as far as it was known; replaced when the log is read on';
comment on column script_tracking.imported_tail.logged_at is 'When its first line was written; -infinity where the log does not tell';
comment on column script_tracking.imported_tail.byte_offset is 'Where its first line begins in the unpacked log, in bytes from 0';
comment on column script_tracking.imported_tail.line is 'Its first line, from 1';
comment on column script_tracking.imported_tail.duration_ms is 'How long it took, in milliseconds';
comment on column script_tracking.imported_tail.parse_ms is 'How long the statement was parsed, in milliseconds';
comment on column script_tracking.imported_tail.bind_ms is 'How long its parameters were bound, in milliseconds';
comment on column script_tracking.imported_tail.fingerprint is 'Which statement of script_tracking.imported_statement it is';
comment on column script_tracking.imported_tail.rows is 'Rows that it changed or returned, where the log tells';
comment on column script_tracking.imported_tail.query_id is 'The server''s own number of the query';
comment on column script_tracking.imported_tail.truncated_bytes is 'How long the message was, where only its beginning is kept';
comment on column script_tracking.imported_tail.file_id is 'The log that it stood in';
comment on column script_tracking.imported_tail.pid is 'The server process';
comment on column script_tracking.imported_tail.position is 'Where in the statement the error is, in characters from 1';
comment on column script_tracking.imported_tail.kind is 'statement, error, connection, disconnection, checkpoint, autovacuum, autoanalyze, lock_wait, deadlock, temp_file, plan, duration or other';
comment on column script_tracking.imported_tail.severity is 'LOG, ERROR, ..., in English whatever the language of the log';
comment on column script_tracking.imported_tail.session is 'The session, as %c logs it, or its process id';
comment on column script_tracking.imported_tail.user_name is 'Who had logged in';
comment on column script_tracking.imported_tail.database_name is 'The database';
comment on column script_tracking.imported_tail.application_name is 'What the client called itself';
comment on column script_tracking.imported_tail.client is 'The client''s address or name, or [local]';
comment on column script_tracking.imported_tail.sqlstate is 'SQLSTATE of an error';
comment on column script_tracking.imported_tail.tag is 'The command tag of the statement';
comment on column script_tracking.imported_tail.class is 'DDL, DML, SELECT, DCL, TCL or UTILITY';
comment on column script_tracking.imported_tail.protocol is 'simple, extended, fetch or fastpath';
comment on column script_tracking.imported_tail.prepared is 'The name of the prepared statement or portal';
comment on column script_tracking.imported_tail.statement is 'The statement, secrets masked';
comment on column script_tracking.imported_tail.parameters is 'The values of $1, $2, ..., secrets masked';
comment on column script_tracking.imported_tail.message is 'What the server said; null where that is the statement and nothing else';
comment on column script_tracking.imported_tail.detail is 'The message''s DETAIL';
comment on column script_tracking.imported_tail.hint is 'The message''s HINT';
comment on column script_tracking.imported_tail.context is 'The message''s CONTEXT';
comment on column script_tracking.imported_tail.query is 'The query inside a function that failed';
comment on column script_tracking.imported_tail.location is 'Where in PostgreSQL''s own source';
comment on column script_tracking.imported_tail.plan is 'The plan, as auto_explain logged it';
comment on column script_tracking.imported_tail.backend_type is 'What kind of process it was';
comment on column script_tracking.imported_tail.truncated_sha256 is 'SHA-256 of the whole message, where only its beginning is kept';

-- What the planner knows of a column it tells everybody, in the row estimates of explain.
do $$
declare
  told record;
begin
  for told in
    select a.attrelid::regclass as relation, a.attname
    from pg_attribute a
    where a.attrelid in ('script_tracking.imported_event'::regclass, 'script_tracking.imported_tail'::regclass,
        'script_tracking.imported_statement'::regclass, 'script_tracking.imported_refusal'::regclass)
      and a.attnum > 0 and a.attname not in ('logged_at', 'file_id', 'byte_offset', 'line', 'kind')
  loop
    execute format('alter table %s alter column %I set statistics 0', told.relation, told.attname);
  end loop;
end
$$;
