-- What applications say that their users did. Rows are appended through project_schema.write_audit, by
-- month, and never changed: a month leaves as a whole when its retention is over.

create table project_schema.audit_logs (
  id uuid not null,
  recorded_at timestamptz not null,
  xid bigint not null,
  session_user_name text not null,
  executed_by text,
  user_id uuid,
  session_id uuid,
  action text not null,
  outcome text not null,
  entity_type text,
  entity_id text,
  old_values jsonb,
  new_values jsonb,
  detail jsonb,
  application_name text,
  client_ip inet,
  caused_by uuid,
  primary key (id, recorded_at),

  constraint audit_logs_have_an_action check (action ~ '[^[:space:]]' and length(action) <= 200),
  constraint audit_logs_outcome_is_known check (outcome in ('success', 'failure', 'denied')),
  constraint audit_logs_detail_is_an_object check (jsonb_typeof(detail) = 'object')
) partition by range (recorded_at);

create index audit_logs_recorded_at on project_schema.audit_logs (recorded_at, id);
create index audit_logs_entity on project_schema.audit_logs (entity_type, entity_id);
create index audit_logs_session_user_name on project_schema.audit_logs (session_user_name, recorded_at);
create index audit_logs_detail on project_schema.audit_logs using gin (detail jsonb_path_ops);

comment on table project_schema.audit_logs is 'What applications recorded of their users'' actions, by month; nothing here is ever changed';
comment on column project_schema.audit_logs.id is 'Time-ordered UUID';
comment on column project_schema.audit_logs.recorded_at is 'When it was recorded, by the server''s clock; the partition goes by it';
comment on column project_schema.audit_logs.xid is 'The transaction that recorded it, with its epoch';
comment on column project_schema.audit_logs.session_user_name is 'Who logged in';
comment on column project_schema.audit_logs.executed_by is 'As whom it was recorded, where that is not who logged in';
comment on column project_schema.audit_logs.user_id is 'The project''s user of that role, or of the session; no foreign key, so that it outlives the user';
comment on column project_schema.audit_logs.session_id is 'The project''s session whose token was shown';
comment on column project_schema.audit_logs.action is 'A word of the application''s own, such as report.exported';
comment on column project_schema.audit_logs.outcome is 'success, failure or denied';
comment on column project_schema.audit_logs.entity_type is 'What kind of thing it was done to';
comment on column project_schema.audit_logs.entity_id is 'Which one';
comment on column project_schema.audit_logs.old_values is 'What it was before, secrets blacked out';
comment on column project_schema.audit_logs.new_values is 'What it became, secrets blacked out';
comment on column project_schema.audit_logs.detail is 'More, in the application''s own terms, secrets blacked out';
comment on column project_schema.audit_logs.application_name is 'What the client calls itself';
comment on column project_schema.audit_logs.client_ip is 'The client''s address; null over a Unix socket';
comment on column project_schema.audit_logs.caused_by is 'The tracked operation that the session said it was working on';
