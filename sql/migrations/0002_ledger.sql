-- The ledger: one narrow row for each state of each execution, appended and never changed. What people
-- select from (the hub, the satellite, the current state) are views over it, in routines/relations.sql.

create table script_tracking.applied_file (
  name text not null,
  checksum text not null,
  breaking boolean not null,
  applied_at timestamptz not null,
  applied_by text not null,
  duration_ms integer not null,

  constraint applied_file_checksum_is_sha256 check (checksum ~ '^[0-9a-f]{64}$')
);

comment on table script_tracking.applied_file is 'The files that were installed, each time that they were; the newest row of a name is what stands';
comment on column script_tracking.applied_file.name is 'migrations/NNNN_name.sql or routines/slice.sql';
comment on column script_tracking.applied_file.checksum is 'SHA-256 of the file, hexadecimal';
comment on column script_tracking.applied_file.breaking is 'An older version of the product must not work on a database that has it';
comment on column script_tracking.applied_file.applied_at is 'When it was applied';
comment on column script_tracking.applied_file.applied_by is 'The login role that applied it';
comment on column script_tracking.applied_file.duration_ms is 'How long it took, in milliseconds';

create table script_tracking.installed_object (
  object_type text not null,
  identity text not null,
  primary key (object_type, identity)
);

comment on table script_tracking.installed_object is 'What the installer made, so that removing removes that and nothing else';
comment on column script_tracking.installed_object.object_type is 'As pg_identify_object says it: table, view, function, ...';
comment on column script_tracking.installed_object.identity is 'As pg_identify_object says it: qualified and quoted';

-- Explicit calls take odd numbers, four times this sequence plus one; the state that completes one takes the
-- number plus two, so that the key of its month lets an execution be completed once. Rows of the event
-- triggers take even numbers, made of the transaction id and an ordinal: a sequence in the path of a trigger
-- would change the user's lastval(), and ask for a right that the user lacks.
create sequence script_tracking.script_execution_version_seq as bigint;

comment on sequence script_tracking.script_execution_version_seq is 'Numbers the states that explicit calls record; never used in a trigger';

-- The invariants of a row are kept by script_tracking.append, the one way in, and not by check constraints:
-- PostgreSQL reads those anew for each statement, and ten of them cost more than the insert itself.
create table script_tracking.ledger (
  version_number bigint not null,
  xid bigint not null,
  recorded_at timestamptz not null,
  execution_timestamp timestamptz,
  execution_duration_ms bigint,
  rows_affected bigint,
  statement_at timestamptz,
  operation uuid,
  caused_by uuid,
  state_ordinal integer not null,
  client_port integer,
  backend_pid integer not null,
  object_class oid,
  object_id oid,
  object_part integer,
  source "char" not null,
  status "char" not null,
  object_action "char",
  row_hash bytea not null,
  session_user_name text not null,
  executed_by text,
  -- By these three it is decided who sees the row, so every reader takes it apart as far as here.
  tenant_hk bytea,
  recorded_by text,
  application_name text,
  client_ip inet,
  command_tag text,
  object_type text,
  object_schema text,
  object_identity text,
  objects jsonb,
  script_name text,
  script_type text,
  script_category text,
  content text,
  content_hash bytea,
  script_file_path text,
  script_version text,
  error_message text,
  error_code text,
  related_ticket text,
  justification text,
  justification_hash bytea,
  detail jsonb,
  metadata jsonb
) partition by range (recorded_at);

comment on table script_tracking.ledger is 'The trail: one row for each state of an execution, appended and never changed, by month. Each month has version_number as its primary key, which the whole cannot have: it is partitioned by another column';
comment on column script_tracking.ledger.version_number is 'Numbers the states: of two states of one execution the newer one is higher. Even: (xid * 2^20 + ordinal) * 2, by an event trigger; odd: script_execution_version_seq * 4 + 1, and + 3 where a call completed it';
comment on column script_tracking.ledger.xid is 'The transaction that recorded the row, with its epoch: txid_current()';
comment on column script_tracking.ledger.recorded_at is 'When the row was recorded, by the server''s clock; the partition goes by it';
comment on column script_tracking.ledger.execution_timestamp is 'When the execution began, where that is not when it was recorded';
comment on column script_tracking.ledger.execution_duration_ms is 'How long it took, in milliseconds';
comment on column script_tracking.ledger.rows_affected is 'Rows that it changed or returned';
comment on column script_tracking.ledger.statement_at is 'When the client''s message came that holds the text; only where a long text was taken from the message itself, so that its other commands need not read it again';
comment on column script_tracking.ledger.operation is 'The execution''s id; null for what an event trigger recorded';
comment on column script_tracking.ledger.caused_by is 'The operation that the session said it was working on (script_tracking.operation)';
comment on column script_tracking.ledger.state_ordinal is 'Counts the states of one execution from 0';
comment on column script_tracking.ledger.client_port is 'The client''s port; null over a Unix socket';
comment on column script_tracking.ledger.backend_pid is 'The server process that recorded the row';
comment on column script_tracking.ledger.object_class is 'The catalog that holds the object, as in pg_depend';
comment on column script_tracking.ledger.object_id is 'The object''s OID at that time';
comment on column script_tracking.ledger.object_part is 'The column''s number where the object is a column; null otherwise';
comment on column script_tracking.ledger.source is 'Who recorded it: D an event trigger, S an SQL call, C a client that keeps its own record, L a log import, K a comparison of catalogs, X a simulation';
comment on column script_tracking.ledger.status is 'S started, C completed, F failed, R rolled back, I interrupted';
comment on column script_tracking.ledger.object_action is 'C created, M modified, D dropped';
comment on column script_tracking.ledger.row_hash is 'SHA-256 of the row in the encoding that script_tracking.row_digest describes';
comment on column script_tracking.ledger.session_user_name is 'Who logged in to run the execution; its later states keep it, whoever records them';
comment on column script_tracking.ledger.executed_by is 'As whom it ran, where that is not who logged in';
comment on column script_tracking.ledger.recorded_by is 'Who logged in to record the state, where that is not who ran the execution';
comment on column script_tracking.ledger.application_name is 'What the client calls itself';
comment on column script_tracking.ledger.client_ip is 'The client''s address; null over a Unix socket';
comment on column script_tracking.ledger.command_tag is 'The command tag of DDL, such as CREATE TABLE';
comment on column script_tracking.ledger.object_type is 'The object''s type, such as table column';
comment on column script_tracking.ledger.object_schema is 'The schema it is in, where it is in one';
comment on column script_tracking.ledger.object_identity is 'Its qualified and quoted name at that time';
comment on column script_tracking.ledger.objects is 'All objects of the command, where there were several';
comment on column script_tracking.ledger.script_name is 'What the execution is called; null where tag and object say it';
comment on column script_tracking.ledger.script_type is 'MANUAL, MIGRATION, ...; null for AUTO_DDL';
comment on column script_tracking.ledger.script_category is 'A grouping of the user''s own';
comment on column script_tracking.ledger.content is 'The text that ran, secrets blacked out, where it is short';
comment on column script_tracking.ledger.content_hash is 'SHA-256 of the text that ran, where it is long and kept in script_tracking.text';
comment on column script_tracking.ledger.script_file_path is 'The file that it came from';
comment on column script_tracking.ledger.script_version is 'The version of the script or migration';
comment on column script_tracking.ledger.error_message is 'Why it failed';
comment on column script_tracking.ledger.error_code is 'SQLSTATE of the failure';
comment on column script_tracking.ledger.related_ticket is 'The ticket that asked for it';
comment on column script_tracking.ledger.justification is 'Why it was done, where that is short';
comment on column script_tracking.ledger.justification_hash is 'SHA-256 of why it was done, where that is long and kept in script_tracking.text';
comment on column script_tracking.ledger.tenant_hk is 'The tenant it belongs to; null is system-wide';
comment on column script_tracking.ledger.detail is 'Columns of the satellite that few executions have: objects_created, data_classification, approved_by, ...';
comment on column script_tracking.ledger.metadata is 'What the recorder adds in its own terms';

-- What a call started, a call completes by its hash key, which is computed, not stored. Rows of the event
-- triggers are left out: nobody completes them, and an entry for each of them would cost some 37 bytes and 8 µs.
create index ledger_key on script_tracking.ledger using hash ((sha256(decode(operation::text, 'escape')))) where operation is not null;
create index ledger_order on script_tracking.ledger using brin (recorded_at, xid) with (pages_per_range = 32);

-- Long texts stand once a month, found by their hash. Nothing here is unique, on purpose: a unique key
-- would make a session wait for the open transaction of another one that runs the same script.
create table script_tracking.text (
  hash bytea not null,
  recorded_at timestamptz not null,
  body text not null
) partition by range (recorded_at);

create index text_hash on script_tracking.text using hash (hash);

comment on table script_tracking.text is 'Statement texts and justifications that are too long for the ledger, by their hash and month';
comment on column script_tracking.text.hash is 'SHA-256 of the body in UTF-8';
comment on column script_tracking.text.recorded_at is 'When it was first seen in its month; never later than the row that refers to it';
comment on column script_tracking.text.body is 'The text, secrets blacked out';

-- That a client's record arrives once, however often it is sent, is this key's doing.
create table script_tracking.client_state (
  operation uuid not null,
  state_ordinal integer not null,
  primary key (operation, state_ordinal)
);

comment on table script_tracking.client_state is 'The states that clients have sent: the same one once more is not recorded again';
comment on column script_tracking.client_state.operation is 'The client''s operation';
comment on column script_tracking.client_state.state_ordinal is 'Which of its states';

create table script_tracking.tracking_error (
  failed_at timestamptz not null,
  xid bigint not null,
  session_user_name text not null,
  command_tag text not null,
  error_code text not null,
  error_message text not null
);

comment on table script_tracking.tracking_error is 'DDL that took effect and could not be recorded, with the reason';
comment on column script_tracking.tracking_error.failed_at is 'When recording failed';
comment on column script_tracking.tracking_error.xid is 'The transaction of the command, with its epoch';
comment on column script_tracking.tracking_error.session_user_name is 'Who logged in';
comment on column script_tracking.tracking_error.command_tag is 'The command tag of the DDL';
comment on column script_tracking.tracking_error.error_code is 'SQLSTATE of what went wrong';
comment on column script_tracking.tracking_error.error_message is 'What went wrong';
