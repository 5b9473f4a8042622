-- Personal data: what was found, how long it is kept, what people asked, what was erased.

create table project_schema.privacy_findings (
  id uuid primary key,
  schema_name text not null,
  table_name text not null,
  column_name text not null,
  category text not null,
  detector text not null,
  name_score numeric,
  value_share numeric,
  values_sampled integer,
  suggested_classification text,
  status text not null default 'suggested',
  decided_at timestamptz,
  decided_by text,
  found_at timestamptz not null default now(),

  constraint privacy_findings_are_one_a_category unique (schema_name, table_name, column_name, category),
  constraint privacy_findings_scores_are_shares check (name_score between 0 and 1 and value_share between 0 and 1 and values_sampled >= 0),
  constraint privacy_findings_classification_is_known check (
    suggested_classification in ('public', 'internal', 'confidential', 'restricted')),
  constraint privacy_findings_status_is_known check (status in ('suggested', 'confirmed', 'rejected')),
  constraint privacy_findings_are_decided_by_somebody check (
    (status = 'suggested') = (decided_at is null) and (decided_at is null) = (decided_by is null))
);

create index privacy_findings_status on project_schema.privacy_findings (status);

comment on table project_schema.privacy_findings is 'Columns that look like personal data; never a value of them';
comment on column project_schema.privacy_findings.id is 'Time-ordered UUID';
comment on column project_schema.privacy_findings.schema_name is 'The table''s schema';
comment on column project_schema.privacy_findings.table_name is 'The table';
comment on column project_schema.privacy_findings.column_name is 'The column';
comment on column project_schema.privacy_findings.category is 'email, phone, card, ...';
comment on column project_schema.privacy_findings.detector is 'What found it';
comment on column project_schema.privacy_findings.name_score is 'How much its name says so, from 0 to 1';
comment on column project_schema.privacy_findings.value_share is 'The share of the sampled values that match, from 0 to 1';
comment on column project_schema.privacy_findings.values_sampled is 'How many values were looked at';
comment on column project_schema.privacy_findings.suggested_classification is 'public, internal, confidential or restricted';
comment on column project_schema.privacy_findings.status is 'suggested, confirmed or rejected; what a person decided sticks';
comment on column project_schema.privacy_findings.decided_at is 'When a person decided';
comment on column project_schema.privacy_findings.decided_by is 'Who did';
comment on column project_schema.privacy_findings.found_at is 'When it was found';

create table project_schema.subject_links (
  id uuid primary key,
  child_schema text not null,
  child_table text not null,
  child_columns text[] not null,
  parent_schema text not null,
  parent_table text not null,
  parent_columns text[] not null,
  relation_kind text not null default 'subject',
  created_at timestamptz not null default now(),
  created_by text not null default current_user,

  constraint subject_links_columns_match check (
    cardinality(child_columns) = cardinality(parent_columns) and cardinality(child_columns) > 0),
  constraint subject_links_kind_is_known check (relation_kind in ('subject', 'context', 'third_party')),
  constraint subject_links_are_one_a_pair unique (child_schema, child_table, child_columns, parent_schema, parent_table, parent_columns)
);

comment on table project_schema.subject_links is 'Keys that no constraint declares, for the walk from a person to all of its data';
comment on column project_schema.subject_links.id is 'Time-ordered UUID';
comment on column project_schema.subject_links.child_schema is 'The schema of the table that refers';
comment on column project_schema.subject_links.child_table is 'The table that refers';
comment on column project_schema.subject_links.child_columns is 'Its columns, in the order of those they refer to';
comment on column project_schema.subject_links.parent_schema is 'The schema of the table that is referred to';
comment on column project_schema.subject_links.parent_table is 'The table that is referred to';
comment on column project_schema.subject_links.parent_columns is 'Its columns';
comment on column project_schema.subject_links.relation_kind is 'subject: the rows are the person''s own; context: they explain them; third_party: they are another person''s';
comment on column project_schema.subject_links.created_at is 'When the row was made';
comment on column project_schema.subject_links.created_by is 'The role that made it';

create table project_schema.processing_activities (
  id uuid primary key,
  name text not null unique,
  controller text not null,
  purposes text not null,
  legal_basis text,
  subject_categories text[] not null default '{}',
  data_categories text[] not null default '{}',
  recipients text[] not null default '{}',
  transfers text,
  erasure_limits text,
  measures text,
  tables text[] not null default '{}',
  owner_id uuid references project_schema.users (id),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user
);

create index processing_activities_owner_id on project_schema.processing_activities (owner_id);

comment on table project_schema.processing_activities is 'Records of processing (GDPR Art. 30(1))';
comment on column project_schema.processing_activities.id is 'Time-ordered UUID';
comment on column project_schema.processing_activities.name is 'What the processing is called; unique';
comment on column project_schema.processing_activities.controller is 'Name and contact of the controller (a)';
comment on column project_schema.processing_activities.purposes is 'What it is for (b)';
comment on column project_schema.processing_activities.legal_basis is 'What permits it (Art. 6)';
comment on column project_schema.processing_activities.subject_categories is 'Categories of people (c)';
comment on column project_schema.processing_activities.data_categories is 'Categories of data (c)';
comment on column project_schema.processing_activities.recipients is 'Who receives it (d)';
comment on column project_schema.processing_activities.transfers is 'Transfers to third countries and their safeguards (e)';
comment on column project_schema.processing_activities.erasure_limits is 'When it is erased (f)';
comment on column project_schema.processing_activities.measures is 'Technical and organisational measures (g)';
comment on column project_schema.processing_activities.tables is 'The tables it uses, qualified';
comment on column project_schema.processing_activities.owner_id is 'Who answers for it';
comment on column project_schema.processing_activities.is_active is 'Whether it is still done';
comment on column project_schema.processing_activities.created_at is 'When the row was made';
comment on column project_schema.processing_activities.created_by is 'The role that made it';
comment on column project_schema.processing_activities.updated_at is 'When the row was last changed';
comment on column project_schema.processing_activities.updated_by is 'The role that last changed it';

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

create table project_schema.subject_requests (
  id uuid primary key,
  number bigint generated always as identity,
  request_type text not null,
  regulation text not null default 'GDPR',
  status text not null default 'received',
  received_at timestamptz not null default now(),
  received_via text,
  subject_name text,
  subject_contact text,
  subject_identifiers jsonb not null default '{}',
  subject_hash bytea,
  identity_method text,
  identity_verified_at timestamptz,
  acknowledged_at timestamptz,
  due_on date,
  extended_at timestamptz,
  extension_reason text,
  paused_at timestamptz,
  assigned_to_id uuid references project_schema.users (id),
  duplicate_of_id uuid references project_schema.subject_requests (id),
  outcome_reason text,
  approved_at timestamptz,
  approved_by text,
  delivered_at timestamptz,
  closed_at timestamptz,
  operation uuid,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint subject_requests_type_is_known check (
    request_type in ('access', 'portability', 'rectification', 'erasure', 'restriction', 'objection')),
  constraint subject_requests_regulation_is_known check (regulation in ('GDPR', 'CCPA', 'OTHER')),
  constraint subject_requests_status_is_known check (status in (
    'received', 'acknowledged', 'identity_unproven', 'scoped', 'collecting', 'review', 'approved', 'executing',
    'delivered', 'closed', 'extended', 'denied', 'partly_refused', 'on_hold', 'duplicate', 'cancelled', 'error')),
  constraint subject_requests_identifiers_are_an_object check (jsonb_typeof(subject_identifiers) = 'object'),
  constraint subject_requests_subject_is_sha256 check (octet_length(subject_hash) = 32),
  constraint subject_requests_extension_has_a_reason check (extended_at is null or coalesce(extension_reason ~ '[^[:space:]]', false)),
  constraint subject_requests_refusal_has_a_reason check (
    status not in ('denied', 'partly_refused', 'cancelled') or coalesce(outcome_reason ~ '[^[:space:]]', false)),
  constraint subject_requests_duplicate_says_of_what check (status <> 'duplicate' or duplicate_of_id is not null),
  constraint subject_requests_are_approved_by_somebody check ((approved_at is null) = (approved_by is null)),
  constraint subject_requests_detail_is_an_object check (jsonb_typeof(detail) = 'object')
);

create unique index subject_requests_number on project_schema.subject_requests (number);
create index subject_requests_status on project_schema.subject_requests (status, due_on);
create index subject_requests_subject_hash on project_schema.subject_requests (subject_hash);
create index subject_requests_assigned_to_id on project_schema.subject_requests (assigned_to_id);
create index subject_requests_duplicate_of_id on project_schema.subject_requests (duplicate_of_id);
create index subject_requests_identifiers on project_schema.subject_requests using gin (subject_identifiers jsonb_path_ops);
create index subject_requests_detail on project_schema.subject_requests using gin (detail jsonb_path_ops);

comment on table project_schema.subject_requests is 'What people asked about their data (GDPR Art. 15 to 21, CCPA), and how far it is';
comment on column project_schema.subject_requests.id is 'Time-ordered UUID';
comment on column project_schema.subject_requests.number is 'What people call it by; gaps mean nothing';
comment on column project_schema.subject_requests.request_type is 'access, portability, rectification, erasure, restriction or objection';
comment on column project_schema.subject_requests.regulation is 'GDPR, CCPA or OTHER: which clock runs';
comment on column project_schema.subject_requests.status is 'received, acknowledged, identity_unproven, scoped, collecting, review, approved, executing, delivered, closed; or extended, denied, partly_refused, on_hold, duplicate, cancelled, error';
comment on column project_schema.subject_requests.received_at is 'When it was received: the clock runs from here';
comment on column project_schema.subject_requests.received_via is 'By which way it came';
comment on column project_schema.subject_requests.subject_name is 'Who asks; erased with the data where erasure was asked';
comment on column project_schema.subject_requests.subject_contact is 'Where the answer goes; erased likewise';
comment on column project_schema.subject_requests.subject_identifiers is 'What the person is found by, by kind; erased likewise';
comment on column project_schema.subject_requests.subject_hash is 'The person as a keyed hash, which stays';
comment on column project_schema.subject_requests.identity_method is 'How identity was proven';
comment on column project_schema.subject_requests.identity_verified_at is 'When it was';
comment on column project_schema.subject_requests.acknowledged_at is 'When the person was told that it came';
comment on column project_schema.subject_requests.due_on is 'The day by which it has to be answered';
comment on column project_schema.subject_requests.extended_at is 'When the person was told of an extension';
comment on column project_schema.subject_requests.extension_reason is 'Why it was extended';
comment on column project_schema.subject_requests.paused_at is 'Since when the clock stands still for the proof of identity';
comment on column project_schema.subject_requests.assigned_to_id is 'Who works on it';
comment on column project_schema.subject_requests.duplicate_of_id is 'The request that it repeats';
comment on column project_schema.subject_requests.outcome_reason is 'Why it was refused, in whole or part, or cancelled';
comment on column project_schema.subject_requests.approved_at is 'When the answer was approved';
comment on column project_schema.subject_requests.approved_by is 'Who approved it';
comment on column project_schema.subject_requests.delivered_at is 'When the answer was given';
comment on column project_schema.subject_requests.closed_at is 'When it was closed';
comment on column project_schema.subject_requests.operation is 'The tracked operation that carried it out';
comment on column project_schema.subject_requests.detail is 'More';
comment on column project_schema.subject_requests.created_at is 'When the row was made';
comment on column project_schema.subject_requests.created_by is 'The role that made it';
comment on column project_schema.subject_requests.updated_at is 'When the row was last changed';
comment on column project_schema.subject_requests.updated_by is 'The role that last changed it';

create table project_schema.subject_request_items (
  id uuid primary key,
  request_id uuid not null references project_schema.subject_requests (id),
  schema_name text not null,
  table_name text not null,
  column_name text,
  relation_kind text not null,
  reached_by jsonb,
  row_count bigint,
  action text not null,
  keep_reason text,
  legal_hold_id uuid references project_schema.legal_holds (id),
  status text not null default 'planned',
  rows_affected bigint,
  executed_at timestamptz,
  error_message text,
  detail jsonb,

  constraint subject_request_items_kind_is_known check (relation_kind in ('subject', 'context', 'third_party')),
  constraint subject_request_items_numbers_are_counts check (row_count >= 0 and rows_affected >= 0),
  constraint subject_request_items_action_is_known check (action in ('export', 'rectify', 'delete', 'mask', 'restrict', 'keep')),
  constraint subject_request_items_keep_reason_is_known check (keep_reason in (
    'expression', 'legal_obligation', 'public_health', 'archiving', 'legal_claims', 'legal_hold', 'context', 'third_party')),
  constraint subject_request_items_are_kept_with_a_reason check (action <> 'keep' or keep_reason is not null),
  constraint subject_request_items_hold_is_named check (keep_reason <> 'legal_hold' or legal_hold_id is not null),
  constraint subject_request_items_status_is_known check (status in ('planned', 'approved', 'done', 'skipped', 'failed'))
);

create unique index subject_request_items_place on project_schema.subject_request_items (
  request_id, schema_name, table_name, coalesce(column_name, ''), relation_kind);
create index subject_request_items_legal_hold_id on project_schema.subject_request_items (legal_hold_id);
create index subject_request_items_reached_by on project_schema.subject_request_items using gin (reached_by jsonb_path_ops);
create index subject_request_items_detail on project_schema.subject_request_items using gin (detail jsonb_path_ops);

comment on table project_schema.subject_request_items is 'What a request means for each table or column';
comment on column project_schema.subject_request_items.id is 'Time-ordered UUID';
comment on column project_schema.subject_request_items.request_id is 'The request';
comment on column project_schema.subject_request_items.schema_name is 'The table''s schema';
comment on column project_schema.subject_request_items.table_name is 'The table';
comment on column project_schema.subject_request_items.column_name is 'The column; null for whole rows';
comment on column project_schema.subject_request_items.relation_kind is 'subject, context or third_party: whose rows they are';
comment on column project_schema.subject_request_items.reached_by is 'The keys that were walked to get there';
comment on column project_schema.subject_request_items.row_count is 'How many rows were found';
comment on column project_schema.subject_request_items.action is 'export, rectify, delete, mask, restrict or keep';
comment on column project_schema.subject_request_items.keep_reason is 'Why it is kept: expression, legal_obligation, public_health, archiving, legal_claims (GDPR Art. 17(3)(a) to (e)), legal_hold, context or third_party';
comment on column project_schema.subject_request_items.legal_hold_id is 'The hold that keeps it';
comment on column project_schema.subject_request_items.status is 'planned, approved, done, skipped or failed';
comment on column project_schema.subject_request_items.rows_affected is 'How many rows were dealt with';
comment on column project_schema.subject_request_items.executed_at is 'When';
comment on column project_schema.subject_request_items.error_message is 'Why it failed';
comment on column project_schema.subject_request_items.detail is 'More';

create table project_schema.subject_request_events (
  id uuid primary key,
  request_id uuid not null references project_schema.subject_requests (id),
  recorded_at timestamptz not null default now(),
  actor text not null default current_user,
  from_status text,
  to_status text,
  comment text,
  detail jsonb
);

create index subject_request_events_request_id on project_schema.subject_request_events (request_id, recorded_at);
create index subject_request_events_detail on project_schema.subject_request_events using gin (detail jsonb_path_ops);

comment on table project_schema.subject_request_events is 'The course of a request; nothing here is ever changed';
comment on column project_schema.subject_request_events.id is 'Time-ordered UUID';
comment on column project_schema.subject_request_events.request_id is 'The request';
comment on column project_schema.subject_request_events.recorded_at is 'When';
comment on column project_schema.subject_request_events.actor is 'The role that did it';
comment on column project_schema.subject_request_events.from_status is 'The status before';
comment on column project_schema.subject_request_events.to_status is 'The status after';
comment on column project_schema.subject_request_events.comment is 'What was said';
comment on column project_schema.subject_request_events.detail is 'More; no personal data';

create table project_schema.erasure_ledger (
  id uuid primary key,
  request_id uuid references project_schema.subject_requests (id),
  retention_run_id uuid references project_schema.retention_runs (id),
  schema_name text not null,
  table_name text not null,
  key_hash bytea not null,
  action text not null,
  erased_at timestamptz not null default now(),
  erased_by text not null default current_user,

  constraint erasure_ledger_key_is_sha256 check (octet_length(key_hash) = 32),
  constraint erasure_ledger_action_is_known check (action in ('delete', 'mask')),
  constraint erasure_ledger_has_a_cause check ((request_id is null) <> (retention_run_id is null))
);

create index erasure_ledger_request_id on project_schema.erasure_ledger (request_id);
create index erasure_ledger_retention_run_id on project_schema.erasure_ledger (retention_run_id);
create index erasure_ledger_key_hash on project_schema.erasure_ledger (schema_name, table_name, key_hash);

comment on table project_schema.erasure_ledger is 'Which rows were erased, by a keyed hash alone, so that erasures can be done again after a restore; nothing here is ever changed';
comment on column project_schema.erasure_ledger.id is 'Time-ordered UUID';
comment on column project_schema.erasure_ledger.request_id is 'The request that asked for it';
comment on column project_schema.erasure_ledger.retention_run_id is 'The retention run that did it';
comment on column project_schema.erasure_ledger.schema_name is 'The table''s schema';
comment on column project_schema.erasure_ledger.table_name is 'The table';
comment on column project_schema.erasure_ledger.key_hash is 'Keyed SHA-256 of the row''s key';
comment on column project_schema.erasure_ledger.action is 'delete or mask';
comment on column project_schema.erasure_ledger.erased_at is 'When';
comment on column project_schema.erasure_ledger.erased_by is 'The role that did it';
