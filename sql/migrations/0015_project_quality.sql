-- Data quality: what is expected of the data, and what was found.

create table project_schema.data_quality_rules (
  id uuid primary key,
  name text not null unique,
  description text,
  dimension text not null,
  check_kind text not null,
  schema_name text not null,
  table_name text not null,
  column_names text[] not null default '{}',
  parameters jsonb not null default '{}',
  row_filter text,
  mostly numeric not null default 1,
  warn_above numeric,
  fail_above numeric,
  threshold_unit text not null default 'percent',
  severity smallint not null default 3,
  owner_id uuid references project_schema.users (id),
  schedule text,
  time_zone text not null default 'UTC',
  timeout_ms integer not null default 60000,
  sample_percent numeric,
  failing_keys_kept integer not null default 5,
  tags text[] not null default '{}',
  incident_from_severity smallint,
  incident_after_failures integer not null default 1,
  resolve_after_passes integer not null default 1,
  muted_until timestamptz,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint data_quality_rules_have_a_name check (name ~ '[^[:space:]]'),
  constraint data_quality_rules_dimension_is_known check (
    dimension in ('completeness', 'uniqueness', 'validity', 'accuracy', 'consistency', 'timeliness')),
  constraint data_quality_rules_check_is_a_word check (check_kind ~ '^[a-z][a-z0-9_]*$'),
  constraint data_quality_rules_columns_hold_no_null check (array_position(column_names, null) is null),
  constraint data_quality_rules_parameters_are_an_object check (jsonb_typeof(parameters) = 'object'),
  constraint data_quality_rules_mostly_is_a_share check (mostly between 0 and 1),
  constraint data_quality_rules_unit_is_known check (threshold_unit in ('count', 'percent')),
  constraint data_quality_rules_thresholds_are_in_order check (
    warn_above >= 0 and (threshold_unit = 'count' or warn_above <= 100)
    and fail_above >= coalesce(warn_above, 0) and (threshold_unit = 'count' or fail_above <= 100)),
  constraint data_quality_rules_severity_is_1_to_4 check (severity between 1 and 4),
  constraint data_quality_rules_timeout_is_positive check (timeout_ms > 0),
  constraint data_quality_rules_sample_is_a_percentage check (sample_percent > 0 and sample_percent <= 100),
  constraint data_quality_rules_keys_kept_are_capped check (failing_keys_kept between 0 and 10000),
  constraint data_quality_rules_incidents_are_counted check (
    incident_from_severity between 1 and 4 and incident_after_failures >= 1 and resolve_after_passes >= 1)
);

create index data_quality_rules_table on project_schema.data_quality_rules (schema_name, table_name);
create index data_quality_rules_owner_id on project_schema.data_quality_rules (owner_id);
create index data_quality_rules_tags on project_schema.data_quality_rules using gin (tags);
create index data_quality_rules_parameters on project_schema.data_quality_rules using gin (parameters jsonb_path_ops);

comment on table project_schema.data_quality_rules is 'What is expected of a table''s data';
comment on column project_schema.data_quality_rules.id is 'Time-ordered UUID';
comment on column project_schema.data_quality_rules.name is 'What the rule is called; unique';
comment on column project_schema.data_quality_rules.description is 'What it is for';
comment on column project_schema.data_quality_rules.dimension is 'completeness, uniqueness, validity, accuracy, consistency or timeliness';
comment on column project_schema.data_quality_rules.check_kind is 'not_null, unique, between, ...';
comment on column project_schema.data_quality_rules.schema_name is 'The schema of the table';
comment on column project_schema.data_quality_rules.table_name is 'The table';
comment on column project_schema.data_quality_rules.column_names is 'The columns, where the check has some';
comment on column project_schema.data_quality_rules.parameters is 'What else the check takes';
comment on column project_schema.data_quality_rules.row_filter is 'A condition in SQL; other rows are not looked at';
comment on column project_schema.data_quality_rules.mostly is 'The share of rows that has to hold, from 0 to 1';
comment on column project_schema.data_quality_rules.warn_above is 'More unexpected rows than this are a warning; null where nothing is';
comment on column project_schema.data_quality_rules.fail_above is 'More unexpected rows than this are a failure; null where mostly alone decides';
comment on column project_schema.data_quality_rules.threshold_unit is 'What both thresholds are in: count or percent';
comment on column project_schema.data_quality_rules.severity is 'From 1, the worst, to 4';
comment on column project_schema.data_quality_rules.owner_id is 'Who is asked when it fails';
comment on column project_schema.data_quality_rules.schedule is 'When it runs, as cron writes it; null where it runs by hand';
comment on column project_schema.data_quality_rules.time_zone is 'The time zone of the schedule';
comment on column project_schema.data_quality_rules.timeout_ms is 'How long it may take, in milliseconds';
comment on column project_schema.data_quality_rules.sample_percent is 'The share of a huge table that is looked at; null for all of it';
comment on column project_schema.data_quality_rules.failing_keys_kept is 'How many keys of failing rows are kept, 10000 at most';
comment on column project_schema.data_quality_rules.tags is 'Words to find it by';
comment on column project_schema.data_quality_rules.incident_from_severity is 'A failure opens an incident where the rule''s severity is this or worse; null for never';
comment on column project_schema.data_quality_rules.incident_after_failures is 'After how many failures in a row';
comment on column project_schema.data_quality_rules.resolve_after_passes is 'After how many passes in a row it is proposed as resolved';
comment on column project_schema.data_quality_rules.muted_until is 'Until when it opens no incident';
comment on column project_schema.data_quality_rules.is_active is 'Whether it runs';
comment on column project_schema.data_quality_rules.created_at is 'When the row was made';
comment on column project_schema.data_quality_rules.created_by is 'The role that made it';
comment on column project_schema.data_quality_rules.updated_at is 'When the row was last changed';
comment on column project_schema.data_quality_rules.updated_by is 'The role that last changed it';

create table project_schema.data_quality_runs (
  id uuid primary key,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  started_by text not null default current_user,
  trigger_kind text not null,
  operation uuid,
  snapshot_at timestamptz,
  scope jsonb not null default '{}',

  constraint data_quality_runs_trigger_is_known check (trigger_kind in ('manual', 'schedule', 'call')),
  constraint data_quality_runs_end_after_they_start check (finished_at >= started_at),
  constraint data_quality_runs_scope_is_an_object check (jsonb_typeof(scope) = 'object')
);

create index data_quality_runs_started_at on project_schema.data_quality_runs (started_at);
create index data_quality_runs_scope on project_schema.data_quality_runs using gin (scope jsonb_path_ops);

comment on table project_schema.data_quality_runs is 'Rules that were run together, over one snapshot';
comment on column project_schema.data_quality_runs.id is 'Time-ordered UUID';
comment on column project_schema.data_quality_runs.started_at is 'When it began';
comment on column project_schema.data_quality_runs.finished_at is 'When it ended; null while it runs, or where it was cut off';
comment on column project_schema.data_quality_runs.started_by is 'The role that ran it';
comment on column project_schema.data_quality_runs.trigger_kind is 'manual, schedule or call';
comment on column project_schema.data_quality_runs.operation is 'The tracked operation that it was';
comment on column project_schema.data_quality_runs.snapshot_at is 'The moment whose data it saw';
comment on column project_schema.data_quality_runs.scope is 'What was asked for: tables, tags, rules';

create table project_schema.data_quality_results (
  id uuid primary key,
  run_id uuid not null references project_schema.data_quality_runs (id),
  rule_id uuid not null references project_schema.data_quality_rules (id),
  tested_at timestamptz not null default now(),
  outcome text not null,
  rows_tested bigint,
  rows_missing bigint,
  rows_unexpected bigint,
  percent_unexpected numeric,
  observed jsonb,
  threshold jsonb,
  sql_text text,
  duration_ms numeric,
  is_sampled boolean not null default false,
  error_code text,
  error_message text,
  detail jsonb,

  constraint data_quality_results_are_one_a_rule unique (run_id, rule_id),
  constraint data_quality_results_outcome_is_known check (outcome in ('pass', 'warn', 'fail', 'error', 'skipped')),
  constraint data_quality_results_counts_are_counts check (
    rows_tested >= 0 and rows_missing >= 0 and rows_unexpected >= 0 and percent_unexpected between 0 and 100),
  constraint data_quality_results_errors_are_told check (outcome <> 'error' or error_message is not null)
);

create index data_quality_results_rule_id on project_schema.data_quality_results (rule_id, tested_at);
create index data_quality_results_tested_at on project_schema.data_quality_results (tested_at);
create index data_quality_results_observed on project_schema.data_quality_results using gin (observed jsonb_path_ops);
create index data_quality_results_threshold on project_schema.data_quality_results using gin (threshold jsonb_path_ops);
create index data_quality_results_detail on project_schema.data_quality_results using gin (detail jsonb_path_ops);

comment on table project_schema.data_quality_results is 'What a rule found in a run';
comment on column project_schema.data_quality_results.id is 'Time-ordered UUID';
comment on column project_schema.data_quality_results.run_id is 'The run';
comment on column project_schema.data_quality_results.rule_id is 'The rule';
comment on column project_schema.data_quality_results.tested_at is 'When';
comment on column project_schema.data_quality_results.outcome is 'pass, warn, fail, error or skipped; an error is never a pass';
comment on column project_schema.data_quality_results.rows_tested is 'Rows that were looked at';
comment on column project_schema.data_quality_results.rows_missing is 'Rows left out of the figures because the value is null';
comment on column project_schema.data_quality_results.rows_unexpected is 'Rows that do not hold';
comment on column project_schema.data_quality_results.percent_unexpected is 'Their share of the rows tested, from 0 to 100';
comment on column project_schema.data_quality_results.observed is 'The value of a rule that measures one, and figures beside it';
comment on column project_schema.data_quality_results.threshold is 'The threshold that decided';
comment on column project_schema.data_quality_results.sql_text is 'The statement that ran';
comment on column project_schema.data_quality_results.duration_ms is 'How long it took, in milliseconds';
comment on column project_schema.data_quality_results.is_sampled is 'Whether only a sample was looked at';
comment on column project_schema.data_quality_results.error_code is 'SQLSTATE of an error';
comment on column project_schema.data_quality_results.error_message is 'Why it could not be tested';
comment on column project_schema.data_quality_results.detail is 'More';

create table project_schema.data_quality_failures (
  result_id uuid not null references project_schema.data_quality_results (id) on delete cascade,
  ordinal integer not null,
  row_key jsonb not null,
  primary key (result_id, ordinal),

  constraint data_quality_failures_are_capped check (ordinal between 1 and 10000)
);

create index data_quality_failures_row_key on project_schema.data_quality_failures using gin (row_key jsonb_path_ops);

comment on table project_schema.data_quality_failures is 'Keys of rows that do not hold, up to the rule''s cap; never values of sensitive columns';
comment on column project_schema.data_quality_failures.result_id is 'The result';
comment on column project_schema.data_quality_failures.ordinal is 'Counts them from 1';
comment on column project_schema.data_quality_failures.row_key is 'The row''s key, by column';
