-- Personal data: where it was found, how it hangs together, what it is processed for.

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
