-- What happened to the rows of those tables that were put under audit: one row for each statement, and one
-- for each row that it changed. Both by month, appended and never changed.

create table script_tracking.row_change_statement (
  statement uuid not null,
  recorded_at timestamptz not null,
  xid bigint not null,
  relation_id oid not null,
  recorded_in oid not null,
  schema_name text not null,
  table_name text not null,
  action "char" not null,
  row_count bigint,
  session_user_name text not null,
  executed_by text,
  application_name text,
  client_ip inet,
  client_port integer,
  backend_pid integer not null,
  caused_by uuid,
  primary key (statement, recorded_at)
) partition by range (recorded_at);

create index row_change_statement_relation on script_tracking.row_change_statement (relation_id, recorded_at);
create index row_change_statement_name on script_tracking.row_change_statement (schema_name, table_name, recorded_at);

comment on table script_tracking.row_change_statement is 'The statements that changed rows of audited tables, by month';
comment on column script_tracking.row_change_statement.statement is 'Time-ordered UUID';
comment on column script_tracking.row_change_statement.recorded_at is 'When it was recorded, by the server''s clock; the partition goes by it';
comment on column script_tracking.row_change_statement.xid is 'The transaction, with its epoch';
comment on column script_tracking.row_change_statement.relation_id is 'The table''s OID at that time';
comment on column script_tracking.row_change_statement.recorded_in is 'The OID that this very table had then: where it has another one now, the database was restored, and relation_id means nothing';
comment on column script_tracking.row_change_statement.schema_name is 'The table''s schema at that time';
comment on column script_tracking.row_change_statement.table_name is 'The table''s name at that time';
comment on column script_tracking.row_change_statement.action is 'I insert, U update, D delete, T truncate';
comment on column script_tracking.row_change_statement.row_count is 'How many rows it changed; null for truncate, which does not say';
comment on column script_tracking.row_change_statement.session_user_name is 'Who logged in';
comment on column script_tracking.row_change_statement.executed_by is 'As which role the session worked, where that is not who logged in';
comment on column script_tracking.row_change_statement.application_name is 'What the client calls itself';
comment on column script_tracking.row_change_statement.client_ip is 'The client''s address; null over a Unix socket';
comment on column script_tracking.row_change_statement.client_port is 'The client''s port; null over a Unix socket';
comment on column script_tracking.row_change_statement.backend_pid is 'The server process';
comment on column script_tracking.row_change_statement.caused_by is 'The operation that the session said it was working on (script_tracking.operation)';

create table script_tracking.row_change (
  statement uuid not null,
  recorded_at timestamptz not null,
  ordinal bigint not null,
  action "char" not null,
  row_key jsonb,
  old_values jsonb,
  new_values jsonb
) partition by range (recorded_at);

create index row_change_statement_ordinal on script_tracking.row_change (statement, ordinal);
-- By the key's hash, because a key may be longer than an index entry can be.
create index row_change_key on script_tracking.row_change (hashtextextended(row_key::text, 0));

comment on table script_tracking.row_change is 'The rows that audited statements changed, by month';
comment on column script_tracking.row_change.statement is 'The statement that changed it';
comment on column script_tracking.row_change.recorded_at is 'As in the statement';
comment on column script_tracking.row_change.ordinal is 'Counts the rows of a statement from 1, in the order in which it changed them';
comment on column script_tracking.row_change.action is 'I insert, U update, D delete. A row that a statement moved between partitions and that did not arrive is D';
comment on column script_tracking.row_change.row_key is 'The row''s key by column; of an update the key before it. Masked key columns are keyed hashes';
comment on column script_tracking.row_change.old_values is 'The row before: whole for a delete, the changed columns for an update. Masked columns read ***';
comment on column script_tracking.row_change.new_values is 'The row after: whole for an insert, the changed columns for an update. Masked columns read ***';

-- Whether a table ought to be audited stands here; that it is, is what its triggers say.
create table script_tracking.row_audit_state (
  recorded_at timestamptz not null,
  xid bigint not null,
  relation_id oid not null,
  schema_name text not null,
  table_name text not null,
  is_enabled boolean not null,
  masked_columns text[] not null,
  ignored_columns text[] not null,
  session_user_name text not null,
  executed_by text
);

comment on table script_tracking.row_audit_state is 'Each time that row auditing was switched on or off for a table';
comment on column script_tracking.row_audit_state.recorded_at is 'When';
comment on column script_tracking.row_audit_state.xid is 'The transaction, with its epoch';
comment on column script_tracking.row_audit_state.relation_id is 'The table''s OID at that time';
comment on column script_tracking.row_audit_state.schema_name is 'The table''s schema at that time';
comment on column script_tracking.row_audit_state.table_name is 'The table''s name at that time';
comment on column script_tracking.row_audit_state.is_enabled is 'On or off';
comment on column script_tracking.row_audit_state.masked_columns is 'Columns whose values are not recorded, beside those that are tagged';
comment on column script_tracking.row_audit_state.ignored_columns is 'Columns that are not recorded at all';
comment on column script_tracking.row_audit_state.session_user_name is 'Who logged in';
comment on column script_tracking.row_audit_state.executed_by is 'As which role the session worked, where that is not who logged in';

-- What keys are hashed with where a key column is masked: without it, short values could be found by trying.
create table script_tracking.row_audit_secret (
  secret bytea not null,
  made_at timestamptz not null
);

comment on table script_tracking.row_audit_secret is 'What masked keys are hashed with; given to nobody';
comment on column script_tracking.row_audit_secret.secret is 'Random bytes';
comment on column script_tracking.row_audit_secret.made_at is 'When they were made; the first row counts';
