-- What people asked about their data, what became of it, and what was erased.

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
