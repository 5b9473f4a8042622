-- The data of the project: where it comes from, as it came, as it was made, what is known about it.

create table project_schema.data_sources (
  id uuid primary key,
  name text not null unique,
  source_type text not null default 'postgresql',
  target_dsn text,
  target_database text,
  target_schema text,
  target_table text,
  description text,
  owner_id uuid references project_schema.users (id),
  classification text not null default 'internal',
  is_active boolean not null default true,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint data_sources_have_a_name check (name ~ '[^[:space:]]'),
  constraint data_sources_classification_is_known check (classification in ('public', 'internal', 'confidential', 'restricted')),
  constraint data_sources_settings_are_an_object check (jsonb_typeof(settings) = 'object')
);

create index data_sources_owner_id on project_schema.data_sources (owner_id);
create index data_sources_target on project_schema.data_sources (target_schema, target_table);
create index data_sources_settings on project_schema.data_sources using gin (settings jsonb_path_ops);

comment on table project_schema.data_sources is 'Where data comes from';
comment on column project_schema.data_sources.id is 'Time-ordered UUID';
comment on column project_schema.data_sources.name is 'What people call it';
comment on column project_schema.data_sources.source_type is 'postgresql, file, api, ...';
comment on column project_schema.data_sources.target_dsn is 'Where it is: schema.table, database.schema.table, a URL or key=value pairs. Passwords are taken out before it is stored';
comment on column project_schema.data_sources.target_database is 'The database that target_dsn names; follows it';
comment on column project_schema.data_sources.target_schema is 'The schema that target_dsn names; follows it';
comment on column project_schema.data_sources.target_table is 'The table that target_dsn names, or the whole of it where it is none of the known forms; follows it';
comment on column project_schema.data_sources.description is 'What it is';
comment on column project_schema.data_sources.owner_id is 'Who answers for it';
comment on column project_schema.data_sources.classification is 'public, internal, confidential or restricted';
comment on column project_schema.data_sources.is_active is 'Whether it is in use';
comment on column project_schema.data_sources.settings is 'What its readers need, without secrets';
comment on column project_schema.data_sources.created_at is 'When the row was made';
comment on column project_schema.data_sources.created_by is 'The role that made it';
comment on column project_schema.data_sources.updated_at is 'When the row was last changed';
comment on column project_schema.data_sources.updated_by is 'The role that last changed it';

create table project_schema.raw_data (
  id uuid primary key,
  data_source_id uuid not null references project_schema.data_sources (id),
  received_at timestamptz not null default now(),
  batch text,
  content jsonb not null,
  content_hash bytea not null,
  classification text not null default 'confidential',
  status text not null default 'received',
  error_message text,
  metadata jsonb not null default '{}',

  constraint raw_data_classification_is_known check (classification in ('public', 'internal', 'confidential', 'restricted')),
  constraint raw_data_status_is_known check (status in ('received', 'processed', 'rejected')),
  constraint raw_data_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index raw_data_data_source_id on project_schema.raw_data (data_source_id, received_at);
create index raw_data_content_hash on project_schema.raw_data (content_hash);
create index raw_data_content on project_schema.raw_data using gin (content jsonb_path_ops);
create index raw_data_metadata on project_schema.raw_data using gin (metadata jsonb_path_ops);

comment on table project_schema.raw_data is 'Data as it came';
comment on column project_schema.raw_data.id is 'Time-ordered UUID';
comment on column project_schema.raw_data.data_source_id is 'Where it came from';
comment on column project_schema.raw_data.received_at is 'When it came';
comment on column project_schema.raw_data.batch is 'The delivery it belongs to';
comment on column project_schema.raw_data.content is 'The data';
comment on column project_schema.raw_data.content_hash is 'SHA-256 of the content as jsonb writes it: the same content is found by it';
comment on column project_schema.raw_data.classification is 'public, internal, confidential or restricted; analysts read the first two';
comment on column project_schema.raw_data.status is 'received, processed or rejected';
comment on column project_schema.raw_data.error_message is 'Why it was rejected';
comment on column project_schema.raw_data.metadata is 'More, in the loader''s own terms';

create table project_schema.processed_data (
  id uuid primary key,
  raw_data_id uuid references project_schema.raw_data (id) on delete set null,
  data_source_id uuid references project_schema.data_sources (id),
  processed_at timestamptz not null default now(),
  processor text,
  content jsonb not null,
  quality_score numeric,
  classification text not null default 'internal',
  metadata jsonb not null default '{}',

  constraint processed_data_score_is_a_share check (quality_score between 0 and 1),
  constraint processed_data_classification_is_known check (classification in ('public', 'internal', 'confidential', 'restricted')),
  constraint processed_data_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index processed_data_raw_data_id on project_schema.processed_data (raw_data_id);
create index processed_data_data_source_id on project_schema.processed_data (data_source_id, processed_at);
create index processed_data_content on project_schema.processed_data using gin (content jsonb_path_ops);
create index processed_data_metadata on project_schema.processed_data using gin (metadata jsonb_path_ops);

comment on table project_schema.processed_data is 'Data as it was made';
comment on column project_schema.processed_data.id is 'Time-ordered UUID';
comment on column project_schema.processed_data.raw_data_id is 'What it was made of, while that is kept';
comment on column project_schema.processed_data.data_source_id is 'Where that came from';
comment on column project_schema.processed_data.processed_at is 'When it was made';
comment on column project_schema.processed_data.processor is 'What made it';
comment on column project_schema.processed_data.content is 'The data';
comment on column project_schema.processed_data.quality_score is 'From 0 to 1';
comment on column project_schema.processed_data.classification is 'public, internal, confidential or restricted; analysts read the first two';
comment on column project_schema.processed_data.metadata is 'More, in the processor''s own terms';

create table project_schema.metadata (
  id uuid primary key,
  schema_name text not null,
  table_name text not null,
  column_name text,
  description text,
  technical_owner_id uuid references project_schema.users (id),
  business_owner_id uuid references project_schema.users (id),
  steward_id uuid references project_schema.users (id),
  classification text,
  tags text[] not null default '{}',
  frameworks text[] not null default '{}',
  lineage jsonb not null default '{}',
  quality jsonb not null default '{}',
  confirmed_at timestamptz,
  confirmed_by text,
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint metadata_classification_is_known check (classification in ('public', 'internal', 'confidential', 'restricted')),
  constraint metadata_tags_hold_no_null check (array_position(tags, null) is null),
  constraint metadata_frameworks_are_known check (frameworks <@ array['GDPR', 'GDPR_SPECIAL', 'CCPA', 'HIPAA', 'PCI', 'SOX']),
  constraint metadata_lineage_is_an_object check (jsonb_typeof(lineage) = 'object'),
  constraint metadata_quality_is_an_object check (jsonb_typeof(quality) = 'object'),
  constraint metadata_is_confirmed_by_somebody check ((confirmed_at is null) = (confirmed_by is null))
);

create unique index metadata_object on project_schema.metadata (schema_name, table_name, coalesce(column_name, ''));
create index metadata_technical_owner_id on project_schema.metadata (technical_owner_id);
create index metadata_business_owner_id on project_schema.metadata (business_owner_id);
create index metadata_steward_id on project_schema.metadata (steward_id);
create index metadata_tags on project_schema.metadata using gin (tags);
create index metadata_lineage on project_schema.metadata using gin (lineage jsonb_path_ops);
create index metadata_quality on project_schema.metadata using gin (quality jsonb_path_ops);

comment on table project_schema.metadata is 'What is known of tables and columns: whose they are, how sensitive, where from, how good. Columns that are restricted or carry a sensitive tag are masked in row auditing';
comment on column project_schema.metadata.id is 'Time-ordered UUID';
comment on column project_schema.metadata.schema_name is 'The table''s schema';
comment on column project_schema.metadata.table_name is 'The table';
comment on column project_schema.metadata.column_name is 'The column; null where the row is about the table as a whole';
comment on column project_schema.metadata.description is 'What it holds';
comment on column project_schema.metadata.technical_owner_id is 'Who runs it';
comment on column project_schema.metadata.business_owner_id is 'Who answers for it';
comment on column project_schema.metadata.steward_id is 'Who cares for its quality';
comment on column project_schema.metadata.classification is 'public, internal, confidential or restricted; null where nobody has decided';
comment on column project_schema.metadata.tags is 'Words; pii, phi, pci, credential, secret and sensitive mean that values must not be copied';
comment on column project_schema.metadata.frameworks is 'The rules that apply: GDPR, GDPR_SPECIAL, CCPA, HIPAA, PCI, SOX';
comment on column project_schema.metadata.lineage is 'Where it comes from and goes to in words of the project''s own; edges that are followed stand in lineage_edges';
comment on column project_schema.metadata.quality is 'The newest figures of its quality';
comment on column project_schema.metadata.confirmed_at is 'When a person confirmed classification and tags';
comment on column project_schema.metadata.confirmed_by is 'Who did';
comment on column project_schema.metadata.created_at is 'When the row was made';
comment on column project_schema.metadata.created_by is 'The role that made it';
comment on column project_schema.metadata.updated_at is 'When the row was last changed';
comment on column project_schema.metadata.updated_by is 'The role that last changed it';

create table project_schema.lineage_edges (
  id uuid primary key,
  from_schema text not null,
  from_table text not null,
  from_column text,
  to_schema text not null,
  to_table text not null,
  to_column text,
  transformation text,
  data_source_id uuid references project_schema.data_sources (id),
  operation uuid,
  created_at timestamptz not null default now(),
  created_by text not null default current_user,

  constraint lineage_edges_lead_elsewhere check (
    (from_schema, from_table, coalesce(from_column, '')) <> (to_schema, to_table, coalesce(to_column, '')))
);

create unique index lineage_edges_ends on project_schema.lineage_edges (
  from_schema, from_table, coalesce(from_column, ''), to_schema, to_table, coalesce(to_column, ''));
create index lineage_edges_to on project_schema.lineage_edges (to_schema, to_table, to_column);
create index lineage_edges_data_source_id on project_schema.lineage_edges (data_source_id);

comment on table project_schema.lineage_edges is 'Which data is made of which: one row for each edge, by table or by column';
comment on column project_schema.lineage_edges.id is 'Time-ordered UUID';
comment on column project_schema.lineage_edges.from_schema is 'The schema it comes from';
comment on column project_schema.lineage_edges.from_table is 'The table it comes from';
comment on column project_schema.lineage_edges.from_column is 'The column it comes from; null for the table as a whole';
comment on column project_schema.lineage_edges.to_schema is 'The schema it goes to';
comment on column project_schema.lineage_edges.to_table is 'The table it goes to';
comment on column project_schema.lineage_edges.to_column is 'The column it goes to; null for the table as a whole';
comment on column project_schema.lineage_edges.transformation is 'What is done on the way';
comment on column project_schema.lineage_edges.data_source_id is 'The source it is part of';
comment on column project_schema.lineage_edges.operation is 'The tracked operation that made the edge known';
comment on column project_schema.lineage_edges.created_at is 'When the row was made';
comment on column project_schema.lineage_edges.created_by is 'The role that made it';

create table project_schema.analytics (
  id uuid primary key,
  name text not null,
  data_source_id uuid references project_schema.data_sources (id),
  period_start timestamptz,
  period_end timestamptz,
  dimensions jsonb not null default '{}',
  measures jsonb not null,
  computed_at timestamptz not null default now(),
  computed_by text not null default current_user,

  constraint analytics_have_a_name check (name ~ '[^[:space:]]'),
  constraint analytics_period_runs_forward check (period_end >= period_start),
  constraint analytics_dimensions_are_an_object check (jsonb_typeof(dimensions) = 'object'),
  constraint analytics_measures_are_an_object check (jsonb_typeof(measures) = 'object')
);

create index analytics_name on project_schema.analytics (name, period_start);
create index analytics_data_source_id on project_schema.analytics (data_source_id);
create index analytics_dimensions on project_schema.analytics using gin (dimensions jsonb_path_ops);
create index analytics_measures on project_schema.analytics using gin (measures jsonb_path_ops);

comment on table project_schema.analytics is 'Figures that were computed, by period and dimensions';
comment on column project_schema.analytics.id is 'Time-ordered UUID';
comment on column project_schema.analytics.name is 'What was computed';
comment on column project_schema.analytics.data_source_id is 'The source it is about';
comment on column project_schema.analytics.period_start is 'The beginning of the period';
comment on column project_schema.analytics.period_end is 'The end of the period, not part of it';
comment on column project_schema.analytics.dimensions is 'What the figures are broken down by';
comment on column project_schema.analytics.measures is 'The figures';
comment on column project_schema.analytics.computed_at is 'When';
comment on column project_schema.analytics.computed_by is 'The role that computed them';
