-- What went wrong, and what might.

create table project_schema.incident_reports (
  id uuid primary key,
  number bigint generated always as identity,
  title text not null,
  description text,
  severity smallint not null,
  category text not null,
  status text not null default 'open',
  fingerprint bytea,
  occurrence_count integer not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  closed_at timestamptz,
  due_at timestamptz,
  muted_until timestamptz,
  owner_id uuid references project_schema.users (id),
  reporter_id uuid references project_schema.users (id),
  rule_id uuid references project_schema.data_quality_rules (id),
  affected_objects jsonb not null default '[]',
  cause text,
  correction text,
  resolution_reason text,
  resolution_comment text,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint incident_reports_have_a_title check (title ~ '[^[:space:]]'),
  constraint incident_reports_severity_is_1_to_4 check (severity between 1 and 4),
  constraint incident_reports_category_is_known check (
    category in ('quality', 'security', 'privacy_breach', 'availability', 'compliance')),
  constraint incident_reports_status_is_known check (
    status in ('open', 'acknowledged', 'in_progress', 'resolved', 'closed')),
  constraint incident_reports_are_seen_in_order check (last_seen_at >= first_seen_at and occurrence_count >= 1),
  constraint incident_reports_reason_is_known check (
    resolution_reason in ('false_positive', 'missing_data', 'duplicates', 'out_of_bounds', 'fixed', 'other')),
  constraint incident_reports_are_resolved_with_a_reason check (
    status not in ('resolved', 'closed')
    or resolution_reason is not null and coalesce(resolution_comment ~ '[^[:space:]]', false) and resolved_at is not null),
  constraint incident_reports_objects_are_a_list check (jsonb_typeof(affected_objects) = 'array'),
  constraint incident_reports_detail_is_an_object check (jsonb_typeof(detail) = 'object')
);

create unique index incident_reports_number on project_schema.incident_reports (number);
create index incident_reports_fingerprint on project_schema.incident_reports (fingerprint, last_seen_at);
create index incident_reports_status on project_schema.incident_reports (status, severity);
create index incident_reports_owner_id on project_schema.incident_reports (owner_id);
create index incident_reports_reporter_id on project_schema.incident_reports (reporter_id);
create index incident_reports_rule_id on project_schema.incident_reports (rule_id);
create index incident_reports_objects on project_schema.incident_reports using gin (affected_objects jsonb_path_ops);
create index incident_reports_detail on project_schema.incident_reports using gin (detail jsonb_path_ops);

comment on table project_schema.incident_reports is 'What went wrong; repeats of the same raise its count';
comment on column project_schema.incident_reports.id is 'Time-ordered UUID';
comment on column project_schema.incident_reports.number is 'What people call it by; gaps mean nothing';
comment on column project_schema.incident_reports.title is 'One line';
comment on column project_schema.incident_reports.description is 'The rest';
comment on column project_schema.incident_reports.severity is 'From 1, the worst, to 4';
comment on column project_schema.incident_reports.category is 'quality, security, privacy_breach, availability or compliance';
comment on column project_schema.incident_reports.status is 'open, acknowledged, in_progress, resolved or closed; reopened, it is open again';
comment on column project_schema.incident_reports.fingerprint is 'Hash of what makes two failures the same incident; several may bear it, for a new one begins after some time';
comment on column project_schema.incident_reports.occurrence_count is 'How often it was seen';
comment on column project_schema.incident_reports.first_seen_at is 'When it was first seen';
comment on column project_schema.incident_reports.last_seen_at is 'When it was last seen';
comment on column project_schema.incident_reports.acknowledged_at is 'When somebody took it on';
comment on column project_schema.incident_reports.resolved_at is 'When it was resolved';
comment on column project_schema.incident_reports.closed_at is 'When it was closed';
comment on column project_schema.incident_reports.due_at is 'Until when it has to be resolved';
comment on column project_schema.incident_reports.muted_until is 'Until when its repeats tell nobody';
comment on column project_schema.incident_reports.owner_id is 'Who works on it';
comment on column project_schema.incident_reports.reporter_id is 'Who reported it';
comment on column project_schema.incident_reports.rule_id is 'The rule that opened it';
comment on column project_schema.incident_reports.affected_objects is 'List of the tables and columns it is about';
comment on column project_schema.incident_reports.cause is 'Why it happened';
comment on column project_schema.incident_reports.correction is 'What was done about it';
comment on column project_schema.incident_reports.resolution_reason is 'false_positive, missing_data, duplicates, out_of_bounds, fixed or other';
comment on column project_schema.incident_reports.resolution_comment is 'The reason in words';
comment on column project_schema.incident_reports.detail is 'More';
comment on column project_schema.incident_reports.created_at is 'When the row was made';
comment on column project_schema.incident_reports.created_by is 'The role that made it';
comment on column project_schema.incident_reports.updated_at is 'When the row was last changed';
comment on column project_schema.incident_reports.updated_by is 'The role that last changed it';

create table project_schema.incident_events (
  id uuid primary key,
  incident_id uuid not null references project_schema.incident_reports (id),
  recorded_at timestamptz not null default now(),
  actor text not null default current_user,
  event_type text not null,
  from_status text,
  to_status text,
  comment text,
  detail jsonb,

  constraint incident_events_type_is_known check (event_type in (
    'opened', 'seen_again', 'status', 'owner', 'severity', 'comment', 'linked', 'muted', 'escalated', 'told', 'edited'))
);

create index incident_events_incident_id on project_schema.incident_events (incident_id, recorded_at);
create index incident_events_detail on project_schema.incident_events using gin (detail jsonb_path_ops);

comment on table project_schema.incident_events is 'The timeline of incidents; nothing here is ever changed';
comment on column project_schema.incident_events.id is 'Time-ordered UUID';
comment on column project_schema.incident_events.incident_id is 'The incident';
comment on column project_schema.incident_events.recorded_at is 'When';
comment on column project_schema.incident_events.actor is 'The role that did it';
comment on column project_schema.incident_events.event_type is 'opened, seen_again, status, owner, severity, comment, linked, muted, escalated, told or edited';
comment on column project_schema.incident_events.from_status is 'The status before';
comment on column project_schema.incident_events.to_status is 'The status after';
comment on column project_schema.incident_events.comment is 'What was said';
comment on column project_schema.incident_events.detail is 'More';

create table project_schema.incident_links (
  incident_id uuid not null references project_schema.incident_reports (id),
  kind text not null,
  target text not null,
  note text,
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  primary key (incident_id, kind, target),

  constraint incident_links_kind_is_known check (
    kind in ('operation', 'rule', 'result', 'subject_request', 'object', 'log_event', 'url'))
);

create index incident_links_target on project_schema.incident_links (kind, target);

comment on table project_schema.incident_links is 'What an incident has to do with';
comment on column project_schema.incident_links.incident_id is 'The incident';
comment on column project_schema.incident_links.kind is 'operation, rule, result, subject_request, object, log_event or url';
comment on column project_schema.incident_links.target is 'Its key or name';
comment on column project_schema.incident_links.note is 'Why';
comment on column project_schema.incident_links.created_at is 'When the row was made';
comment on column project_schema.incident_links.created_by is 'The role that made it';

create table project_schema.privacy_breaches (
  incident_id uuid primary key references project_schema.incident_reports (id),
  aware_at timestamptz not null,
  nature text,
  subject_categories text[] not null default '{}',
  subjects_affected bigint,
  record_categories text[] not null default '{}',
  records_affected bigint,
  contact text,
  consequences text,
  measures text,
  authority_told_at timestamptz,
  delay_reason text,
  authority_not_told_reason text,
  subjects_must_be_told boolean,
  subjects_told_at timestamptz,
  subjects_not_told_reason text,
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint privacy_breaches_numbers_are_counts check (subjects_affected >= 0 and records_affected >= 0),
  constraint privacy_breaches_are_told_after_awareness check (authority_told_at >= aware_at and subjects_told_at >= aware_at),
  constraint privacy_breaches_delay_has_a_reason check (
    authority_told_at <= aware_at + interval '72 hours' or coalesce(delay_reason ~ '[^[:space:]]', false))
);

comment on table project_schema.privacy_breaches is 'What the authority must be told of a privacy breach (GDPR Art. 33 and 34); every breach stays in this register';
comment on column project_schema.privacy_breaches.incident_id is 'The incident';
comment on column project_schema.privacy_breaches.aware_at is 'When one became aware of it: 72 hours run from here';
comment on column project_schema.privacy_breaches.nature is 'What kind of breach it is';
comment on column project_schema.privacy_breaches.subject_categories is 'Categories of people concerned';
comment on column project_schema.privacy_breaches.subjects_affected is 'How many people, approximately';
comment on column project_schema.privacy_breaches.record_categories is 'Categories of records concerned';
comment on column project_schema.privacy_breaches.records_affected is 'How many records, approximately';
comment on column project_schema.privacy_breaches.contact is 'Who can be asked, such as the data protection officer';
comment on column project_schema.privacy_breaches.consequences is 'What is likely to follow';
comment on column project_schema.privacy_breaches.measures is 'What was and will be done';
comment on column project_schema.privacy_breaches.authority_told_at is 'When the authority was told';
comment on column project_schema.privacy_breaches.delay_reason is 'Why later than 72 hours';
comment on column project_schema.privacy_breaches.authority_not_told_reason is 'Why the authority need not be told';
comment on column project_schema.privacy_breaches.subjects_must_be_told is 'Whether the people concerned must be told; null where nobody has decided';
comment on column project_schema.privacy_breaches.subjects_told_at is 'When they were told';
comment on column project_schema.privacy_breaches.subjects_not_told_reason is 'Why they need not be told';
comment on column project_schema.privacy_breaches.created_at is 'When the row was made';
comment on column project_schema.privacy_breaches.created_by is 'The role that made it';
comment on column project_schema.privacy_breaches.updated_at is 'When the row was last changed';
comment on column project_schema.privacy_breaches.updated_by is 'The role that last changed it';

create table project_schema.risks (
  id uuid primary key,
  number bigint generated always as identity,
  title text not null,
  description text,
  category text,
  status text not null default 'open',
  likelihood smallint not null,
  impact smallint not null,
  score smallint not null,
  residual_likelihood smallint,
  residual_impact smallint,
  residual_score smallint,
  treatment text,
  treatment_plan text,
  owner_id uuid references project_schema.users (id),
  review_every_days integer not null default 90,
  next_review_on date,
  controls text[] not null default '{}',
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint risks_have_a_title check (title ~ '[^[:space:]]'),
  constraint risks_status_is_known check (status in ('open', 'treated', 'accepted', 'closed')),
  constraint risks_inherent_is_1_to_5 check (likelihood between 1 and 5 and impact between 1 and 5),
  constraint risks_residual_is_1_to_5 check (
    residual_likelihood between 1 and 5 and residual_impact between 1 and 5
    and (residual_likelihood is null) = (residual_impact is null)),
  constraint risks_treatment_is_known check (treatment in ('avoid', 'reduce', 'transfer', 'accept')),
  constraint risks_are_reviewed check (review_every_days between 1 and 3650)
);

create unique index risks_number on project_schema.risks (number);
create index risks_owner_id on project_schema.risks (owner_id);
create index risks_next_review_on on project_schema.risks (next_review_on);
create index risks_controls on project_schema.risks using gin (controls);

comment on table project_schema.risks is 'The risk register: likelihood times impact, before and after treatment (1-4 low, 5-9 medium, 10-15 high, 16-25 critical)';
comment on column project_schema.risks.id is 'Time-ordered UUID';
comment on column project_schema.risks.number is 'What people call it by; gaps mean nothing';
comment on column project_schema.risks.title is 'One line';
comment on column project_schema.risks.description is 'The rest';
comment on column project_schema.risks.category is 'A grouping of the project''s own';
comment on column project_schema.risks.status is 'open, treated, accepted or closed';
comment on column project_schema.risks.likelihood is 'From 1, rare, to 5, almost certain';
comment on column project_schema.risks.impact is 'From 1, negligible, to 5, severe';
comment on column project_schema.risks.score is 'Likelihood times impact';
comment on column project_schema.risks.residual_likelihood is 'The likelihood that treatment leaves';
comment on column project_schema.risks.residual_impact is 'The impact that treatment leaves';
comment on column project_schema.risks.residual_score is 'Their product';
comment on column project_schema.risks.treatment is 'avoid, reduce, transfer or accept';
comment on column project_schema.risks.treatment_plan is 'What will be done';
comment on column project_schema.risks.owner_id is 'Who answers for it';
comment on column project_schema.risks.review_every_days is 'How often it is reviewed';
comment on column project_schema.risks.next_review_on is 'The day of the next review';
comment on column project_schema.risks.controls is 'Controls that address it';
comment on column project_schema.risks.created_at is 'When the row was made';
comment on column project_schema.risks.created_by is 'The role that made it';
comment on column project_schema.risks.updated_at is 'When the row was last changed';
comment on column project_schema.risks.updated_by is 'The role that last changed it';

create table project_schema.risk_reviews (
  id uuid primary key,
  risk_id uuid not null references project_schema.risks (id),
  reviewed_at timestamptz not null default now(),
  reviewer text not null default current_user,
  likelihood smallint not null,
  impact smallint not null,
  comment text,

  constraint risk_reviews_are_1_to_5 check (likelihood between 1 and 5 and impact between 1 and 5)
);

create index risk_reviews_risk_id on project_schema.risk_reviews (risk_id, reviewed_at);

comment on table project_schema.risk_reviews is 'Reviews of risks; nothing here is ever changed';
comment on column project_schema.risk_reviews.id is 'Time-ordered UUID';
comment on column project_schema.risk_reviews.risk_id is 'The risk';
comment on column project_schema.risk_reviews.reviewed_at is 'When';
comment on column project_schema.risk_reviews.reviewer is 'The role that reviewed it';
comment on column project_schema.risk_reviews.likelihood is 'The likelihood that was found';
comment on column project_schema.risk_reviews.impact is 'The impact that was found';
comment on column project_schema.risk_reviews.comment is 'What was said';

create table project_schema.risk_incidents (
  risk_id uuid not null references project_schema.risks (id),
  incident_id uuid not null references project_schema.incident_reports (id),
  primary key (risk_id, incident_id)
);

create index risk_incidents_incident_id on project_schema.risk_incidents (incident_id);

comment on table project_schema.risk_incidents is 'Incidents in which a risk came true';
comment on column project_schema.risk_incidents.risk_id is 'The risk';
comment on column project_schema.risk_incidents.incident_id is 'The incident';
