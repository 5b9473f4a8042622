-- How long personal data is kept, and what nobody may erase.

create table project_schema.retention_policies (
  id uuid primary key,
  name text not null unique,
  schema_name text not null,
  table_name text not null,
  age_column text,
  retention_period interval not null,
  legal_basis text,
  action text not null,
  row_filter text,
  batch_size integer not null default 1000,
  status text not null default 'draft',
  written_by text not null default session_user,
  approved_at timestamptz,
  approved_by text,
  approval_reason text,
  owner_id uuid references project_schema.users (id),
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint retention_policies_period_is_positive check (retention_period > interval '0'),
  constraint retention_policies_action_is_known check (action in ('archive', 'delete', 'mask', 'drop_partition')),
  constraint retention_policies_know_the_age check (age_column is not null or action = 'drop_partition'),
  constraint retention_policies_batch_is_positive check (batch_size between 1 and 1000000),
  constraint retention_policies_status_is_known check (status in ('draft', 'approved', 'suspended', 'retired')),
  constraint retention_policies_are_approved_by_somebody check (
    status <> 'approved' or approved_at is not null and approved_by is not null),
  constraint retention_policies_have_four_eyes_or_a_reason check (
    status <> 'approved' or approved_by <> written_by or coalesce(approval_reason ~ '[^[:space:]]', false))
);

create index retention_policies_table on project_schema.retention_policies (schema_name, table_name);
create index retention_policies_owner_id on project_schema.retention_policies (owner_id);

comment on table project_schema.retention_policies is 'How long data is kept, and what becomes of it then';
comment on column project_schema.retention_policies.id is 'Time-ordered UUID';
comment on column project_schema.retention_policies.name is 'What the policy is called; unique';
comment on column project_schema.retention_policies.schema_name is 'The table''s schema';
comment on column project_schema.retention_policies.table_name is 'The table';
comment on column project_schema.retention_policies.age_column is 'The column that says how old a row is';
comment on column project_schema.retention_policies.retention_period is 'How long a row is kept';
comment on column project_schema.retention_policies.legal_basis is 'What permits or demands it';
comment on column project_schema.retention_policies.action is 'archive, delete, mask or drop_partition';
comment on column project_schema.retention_policies.row_filter is 'A condition in SQL; other rows are not touched';
comment on column project_schema.retention_policies.batch_size is 'How many rows a transaction takes';
comment on column project_schema.retention_policies.status is 'draft, approved, suspended or retired; only what is approved is carried out';
comment on column project_schema.retention_policies.written_by is 'The login role that last changed what it does';
comment on column project_schema.retention_policies.approved_at is 'When it was approved';
comment on column project_schema.retention_policies.approved_by is 'The login role that approved it';
comment on column project_schema.retention_policies.approval_reason is 'Why it was approved by whoever wrote it; needed there, and given anew each time';
comment on column project_schema.retention_policies.owner_id is 'Who answers for it';
comment on column project_schema.retention_policies.created_at is 'When the row was made';
comment on column project_schema.retention_policies.created_by is 'The role that made it';
comment on column project_schema.retention_policies.updated_at is 'When the row was last changed';
comment on column project_schema.retention_policies.updated_by is 'The role that last changed it';

create table project_schema.retention_runs (
  id uuid primary key,
  policy_id uuid not null references project_schema.retention_policies (id),
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  started_by text not null default current_user,
  is_dry_run boolean not null,
  status text not null,
  rows_matched bigint,
  rows_affected bigint,
  checksum bytea,
  certificate jsonb,
  error_message text,
  operation uuid,

  constraint retention_runs_status_is_known check (status in ('running', 'done', 'failed')),
  constraint retention_runs_numbers_are_counts check (rows_matched >= 0 and rows_affected >= 0),
  constraint retention_runs_checksum_is_sha256 check (octet_length(checksum) = 32)
);

create index retention_runs_policy_id on project_schema.retention_runs (policy_id, started_at);
create index retention_runs_certificate on project_schema.retention_runs using gin (certificate jsonb_path_ops);

comment on table project_schema.retention_runs is 'What retention policies did';
comment on column project_schema.retention_runs.id is 'Time-ordered UUID';
comment on column project_schema.retention_runs.policy_id is 'The policy';
comment on column project_schema.retention_runs.started_at is 'When it began';
comment on column project_schema.retention_runs.finished_at is 'When it ended';
comment on column project_schema.retention_runs.started_by is 'The role that ran it';
comment on column project_schema.retention_runs.is_dry_run is 'Whether it only counted';
comment on column project_schema.retention_runs.status is 'running, done or failed';
comment on column project_schema.retention_runs.rows_matched is 'Rows whose time was over';
comment on column project_schema.retention_runs.rows_affected is 'Rows that were dealt with';
comment on column project_schema.retention_runs.checksum is 'SHA-256 of what was archived';
comment on column project_schema.retention_runs.certificate is 'What was done, and where copies may remain: dead tuples, WAL, replicas, backups';
comment on column project_schema.retention_runs.error_message is 'Why it failed';
comment on column project_schema.retention_runs.operation is 'The tracked operation that it was';

create table project_schema.legal_holds (
  id uuid primary key,
  name text not null unique,
  reason text not null,
  schema_name text,
  table_name text,
  row_filter text,
  subject_hash bytea,
  ticket text,
  placed_at timestamptz not null default now(),
  placed_by text not null default current_user,
  released_at timestamptz,
  released_by text,
  release_reason text,

  constraint legal_holds_have_a_reason check (reason ~ '[^[:space:]]'),
  constraint legal_holds_hold_something check (table_name is not null and schema_name is not null or subject_hash is not null),
  constraint legal_holds_subject_is_sha256 check (octet_length(subject_hash) = 32),
  constraint legal_holds_are_released_with_a_reason check (
    (released_at is null) = (released_by is null)
    and (released_at is null or coalesce(release_reason ~ '[^[:space:]]', false)))
);

create index legal_holds_table on project_schema.legal_holds (schema_name, table_name);
create index legal_holds_subject_hash on project_schema.legal_holds (subject_hash);

comment on table project_schema.legal_holds is 'Data that nobody may erase while a reason stands';
comment on column project_schema.legal_holds.id is 'Time-ordered UUID';
comment on column project_schema.legal_holds.name is 'What the hold is called; unique';
comment on column project_schema.legal_holds.reason is 'Why';
comment on column project_schema.legal_holds.schema_name is 'The schema of the table that is held';
comment on column project_schema.legal_holds.table_name is 'The table that is held';
comment on column project_schema.legal_holds.row_filter is 'A condition in SQL; null holds the whole table';
comment on column project_schema.legal_holds.subject_hash is 'The person whose data is held, as a keyed hash';
comment on column project_schema.legal_holds.ticket is 'The matter it belongs to';
comment on column project_schema.legal_holds.placed_at is 'When it was placed';
comment on column project_schema.legal_holds.placed_by is 'Who placed it';
comment on column project_schema.legal_holds.released_at is 'When it was released; null while it stands';
comment on column project_schema.legal_holds.released_by is 'Who released it';
comment on column project_schema.legal_holds.release_reason is 'Why it was released';
