-- What people select from: the hub, the satellite and the present state, as views over the ledger. Each
-- filters for itself who may see a row, and is a barrier: no function in a query's condition is shown
-- a row that the query may not return.

drop function if exists script_tracking.objects_of("char", jsonb, jsonb, "char", text);
drop function if exists script_tracking.schemas_of(jsonb, jsonb, text);

-- Everything, for the views below and for copies of the trail. What can be said in the view itself is not said
-- by a function: with a search path of its own none is inlined, and a call takes longer than all the rest of a row.
create or replace view script_tracking.execution_state with (security_barrier) as
select
  sha256(decode(coalesce(l.operation::text, 'ddl-' || (l.version_number - 2 * l.state_ordinal)::text || '-' || encode(timestamptz_send(l.recorded_at), 'hex')), 'escape')) as script_execution_hk,
  coalesce(l.operation::text, 'ddl-' || (l.version_number - 2 * l.state_ordinal)::text || '-' || encode(timestamptz_send(l.recorded_at), 'hex')) as script_execution_bk,
  l.recorded_at as load_date,
  l.version_number,
  l.row_hash as hash_diff,
  coalesce(l.script_name, concat_ws(' ', l.command_tag, l.object_identity)) as script_name,
  coalesce(l.script_type, case when l.command_tag = 'LOGIN' then 'SESSION' else 'AUTO_DDL' end) as script_type,
  coalesce(l.script_category, case when l.command_tag = 'LOGIN' then 'LOGIN' when l.source = 'D' then 'DDL' else 'UNKNOWN' end) as script_category,
  script_tracking.status_name(l.status) as execution_status,
  coalesce(l.execution_timestamp, l.recorded_at) as execution_timestamp,
  l.execution_duration_ms,
  l.rows_affected,
  coalesce(l.executed_by, l.session_user_name) as executed_by,
  l.session_user_name,
  l.application_name,
  l.client_ip,
  l.client_port,
  coalesce(l.content, (
    select t.body
    from script_tracking.text t
    where t.hash = l.content_hash
      and t.recorded_at <= l.recorded_at
      and t.recorded_at >= date_trunc('month', l.recorded_at at time zone 'UTC') at time zone 'UTC'
    limit 1
  )) as script_content,
  coalesce(
    l.content_hash,
    sha256(convert_to(l.content, case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end))
  ) as script_hash,
  l.script_file_path,
  l.script_version,
  l.error_message,
  l.error_code,
  case
    when l.detail ? 'objects_created' then array(select jsonb_array_elements_text(l.detail -> 'objects_created'))
    when l.objects is not null then
      (select array_agg(o.value ->> 'identity') from jsonb_array_elements(l.objects) o where o.value ->> 'action' = 'C')
    when l.object_action = 'C' then array[l.object_identity]
  end as objects_created,
  case
    when l.detail ? 'objects_modified' then array(select jsonb_array_elements_text(l.detail -> 'objects_modified'))
    when l.objects is not null then
      (select array_agg(o.value ->> 'identity') from jsonb_array_elements(l.objects) o where o.value ->> 'action' = 'M')
    when l.object_action = 'M' then array[l.object_identity]
  end as objects_modified,
  case
    when l.detail ? 'objects_dropped' then array(select jsonb_array_elements_text(l.detail -> 'objects_dropped'))
    when l.objects is not null then
      (select array_agg(o.value ->> 'identity') from jsonb_array_elements(l.objects) o where o.value ->> 'action' = 'D')
    when l.object_action = 'D' then array[l.object_identity]
  end as objects_dropped,
  case
    when l.detail ? 'schemas_affected' then array(select jsonb_array_elements_text(l.detail -> 'schemas_affected'))
    when l.objects is not null then
      (select array_agg(distinct o.value ->> 'schema') filter (where o.value ? 'schema') from jsonb_array_elements(l.objects) o)
    when l.object_schema is not null then array[l.object_schema]
  end as schemas_affected,
  (l.detail ->> 'contains_phi')::boolean as contains_phi,
  (l.detail ->> 'contains_pii')::boolean as contains_pii,
  l.detail ->> 'data_classification' as data_classification,
  case
    when l.detail ? 'compliance_frameworks' then array(select jsonb_array_elements_text(l.detail -> 'compliance_frameworks'))
  end as compliance_frameworks,
  (l.detail ->> 'approval_required')::boolean as approval_required,
  l.detail ->> 'approved_by' as approved_by,
  (l.detail ->> 'approval_timestamp')::timestamptz as approval_timestamp,
  l.detail ->> 'execution_environment' as execution_environment,
  l.related_ticket,
  coalesce(l.justification, (
    select t.body
    from script_tracking.text t
    where t.hash = l.justification_hash
      and t.recorded_at <= l.recorded_at
      and t.recorded_at >= date_trunc('month', l.recorded_at at time zone 'UTC') at time zone 'UTC'
    limit 1
  )) as business_justification,
  (l.detail ->> 'rollback_script_available')::boolean as rollback_script_available,
  (l.detail ->> 'rollback_tested')::boolean as rollback_tested,
  l.metadata,
  case l.source when 'D' then 'EVENT_TRIGGER' when 'S' then 'SQL_CALL' when 'C' then 'CLIENT' when 'L' then 'LOG_IMPORT' when 'K' then 'CATALOG_COMPARISON' else 'SIMULATED' end as record_source,
  l.tenant_hk,
  l.xid,
  l.state_ordinal,
  l.operation,
  l.caused_by,
  l.command_tag,
  coalesce(l.recorded_by, l.session_user_name) as recorded_by
from script_tracking.visible_ledger l;

comment on view script_tracking.execution_state is 'Every state of every execution that the current role may see, with all that is known of it';
comment on column script_tracking.execution_state.script_execution_hk is 'The execution''s hash key: SHA-256 of its business key';
comment on column script_tracking.execution_state.script_execution_bk is 'The execution''s business key: its operation''s UUID, or version and time of what an event trigger recorded';
comment on column script_tracking.execution_state.load_date is 'When the state was recorded';
comment on column script_tracking.execution_state.version_number is 'Numbers the states; the newest of an execution is the highest';
comment on column script_tracking.execution_state.hash_diff is 'SHA-256 of the state';
comment on column script_tracking.execution_state.script_name is 'What the execution is called; of DDL, its command tag and object';
comment on column script_tracking.execution_state.script_type is 'AUTO_DDL, MANUAL, MIGRATION, ...';
comment on column script_tracking.execution_state.script_category is 'A grouping of the user''s own; DDL for what event triggers recorded';
comment on column script_tracking.execution_state.execution_status is 'STARTED, COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED';
comment on column script_tracking.execution_state.execution_timestamp is 'When the execution began';
comment on column script_tracking.execution_state.execution_duration_ms is 'How long it took, in milliseconds';
comment on column script_tracking.execution_state.rows_affected is 'Rows that it changed or returned';
comment on column script_tracking.execution_state.executed_by is 'As which role it ran';
comment on column script_tracking.execution_state.session_user_name is 'Who logged in to run it';
comment on column script_tracking.execution_state.application_name is 'What the client called itself';
comment on column script_tracking.execution_state.client_ip is 'The client''s address; null over a Unix socket';
comment on column script_tracking.execution_state.client_port is 'The client''s port; null over a Unix socket';
comment on column script_tracking.execution_state.script_content is 'The text that ran, secrets blacked out';
comment on column script_tracking.execution_state.script_hash is 'SHA-256 of the text that ran';
comment on column script_tracking.execution_state.script_file_path is 'The file that it came from';
comment on column script_tracking.execution_state.script_version is 'The version of the script or migration';
comment on column script_tracking.execution_state.error_message is 'Why it failed';
comment on column script_tracking.execution_state.error_code is 'SQLSTATE of the failure';
comment on column script_tracking.execution_state.objects_created is 'The objects it created, qualified and quoted';
comment on column script_tracking.execution_state.objects_modified is 'The objects it modified, qualified and quoted';
comment on column script_tracking.execution_state.objects_dropped is 'The objects it dropped, with all that fell with them';
comment on column script_tracking.execution_state.schemas_affected is 'The schemas these objects are in';
comment on column script_tracking.execution_state.contains_phi is 'It touches protected health information';
comment on column script_tracking.execution_state.contains_pii is 'It touches personal data';
comment on column script_tracking.execution_state.data_classification is 'The classification of the data it touches';
comment on column script_tracking.execution_state.compliance_frameworks is 'The rules that apply to it, such as GDPR';
comment on column script_tracking.execution_state.approval_required is 'It needs an approval';
comment on column script_tracking.execution_state.approved_by is 'Who approved it';
comment on column script_tracking.execution_state.approval_timestamp is 'When it was approved';
comment on column script_tracking.execution_state.execution_environment is 'Development, staging, production, ...';
comment on column script_tracking.execution_state.related_ticket is 'The ticket that asked for it';
comment on column script_tracking.execution_state.business_justification is 'Why it was done';
comment on column script_tracking.execution_state.rollback_script_available is 'There is a script that undoes it';
comment on column script_tracking.execution_state.rollback_tested is 'That script has been tried';
comment on column script_tracking.execution_state.metadata is 'What the recorder added in its own terms';
comment on column script_tracking.execution_state.record_source is 'Who recorded it: EVENT_TRIGGER, SQL_CALL, CLIENT, LOG_IMPORT, CATALOG_COMPARISON or SIMULATED';
comment on column script_tracking.execution_state.tenant_hk is 'The tenant it belongs to; null is system-wide';
comment on column script_tracking.execution_state.xid is 'The transaction that recorded the state, with its epoch';
comment on column script_tracking.execution_state.state_ordinal is 'Counts the states of one execution from 0';
comment on column script_tracking.execution_state.operation is 'The execution''s UUID; null for what an event trigger recorded';
comment on column script_tracking.execution_state.caused_by is 'The operation during which it happened';
comment on column script_tracking.execution_state.command_tag is 'The command tag of DDL';
comment on column script_tracking.execution_state.recorded_by is 'Who logged in to record the state';

-- Its first column is the expression of the index ledger_key, and its condition that index's.
create or replace view script_tracking.execution_key as
select
  sha256(decode(l.operation::text, 'escape')) as script_execution_hk,
  l.state_ordinal,
  l.version_number
from script_tracking.ledger l
where l.operation is not null;

comment on view script_tracking.execution_key is 'The states of all executions that were not recorded by an event trigger, by their key, for the views that ask whether there is a newer or an older one; given to nobody';
comment on column script_tracking.execution_key.script_execution_hk is 'The execution''s hash key';
comment on column script_tracking.execution_key.state_ordinal is 'Counts the states of one execution from 0';
comment on column script_tracking.execution_key.version_number is 'Numbers the states';

create or replace view script_tracking.script_execution_h with (security_barrier) as
select s.script_execution_hk, s.script_execution_bk, s.tenant_hk, s.load_date, s.record_source
from script_tracking.execution_state s
-- A client's states may come out of order, so that the first one is not always the one numbered 0.
where s.state_ordinal = 0
  or not exists (
    select from script_tracking.execution_key earlier
    where earlier.script_execution_hk = s.script_execution_hk and earlier.state_ordinal < s.state_ordinal
  ) and s.operation is not null;

comment on view script_tracking.script_execution_h is 'The hub: one row for each execution';
comment on column script_tracking.script_execution_h.script_execution_hk is 'The execution''s hash key: SHA-256 of its business key';
comment on column script_tracking.script_execution_h.script_execution_bk is 'The execution''s business key: its operation''s UUID, or version and time of what an event trigger recorded';
comment on column script_tracking.script_execution_h.tenant_hk is 'The tenant it belongs to; null is system-wide';
comment on column script_tracking.script_execution_h.load_date is 'When the execution was first recorded';
comment on column script_tracking.script_execution_h.record_source is 'Who recorded it: EVENT_TRIGGER, SQL_CALL, CLIENT, LOG_IMPORT, CATALOG_COMPARISON or SIMULATED';

create or replace view script_tracking.script_execution_s with (security_barrier) as
select
  s.script_execution_hk, s.load_date, s.version_number, s.hash_diff, s.script_name, s.script_type,
  s.script_category, s.execution_status, s.execution_timestamp, s.execution_duration_ms, s.rows_affected,
  s.executed_by, s.session_user_name, s.application_name, s.client_ip, s.client_port, s.script_content,
  s.script_hash, s.script_file_path, s.script_version, s.error_message, s.error_code, s.objects_created,
  s.objects_modified, s.objects_dropped, s.schemas_affected, s.contains_phi, s.contains_pii,
  s.data_classification, s.compliance_frameworks, s.approval_required, s.approved_by, s.approval_timestamp,
  s.execution_environment, s.related_ticket, s.business_justification, s.rollback_script_available,
  s.rollback_tested, s.metadata, s.record_source
from script_tracking.execution_state s;

comment on view script_tracking.script_execution_s is 'The satellite: one row for each state of an execution; nothing is ever updated';
comment on column script_tracking.script_execution_s.script_execution_hk is 'The execution''s hash key: SHA-256 of its business key';
comment on column script_tracking.script_execution_s.load_date is 'When the state was recorded';
comment on column script_tracking.script_execution_s.version_number is 'Numbers the states; the newest of an execution is the highest';
comment on column script_tracking.script_execution_s.hash_diff is 'SHA-256 of the state';
comment on column script_tracking.script_execution_s.script_name is 'What the execution is called; of DDL, its command tag and object';
comment on column script_tracking.script_execution_s.script_type is 'AUTO_DDL, MANUAL, MIGRATION, ...';
comment on column script_tracking.script_execution_s.script_category is 'A grouping of the user''s own; DDL for what event triggers recorded';
comment on column script_tracking.script_execution_s.execution_status is 'STARTED, COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED';
comment on column script_tracking.script_execution_s.execution_timestamp is 'When the execution began';
comment on column script_tracking.script_execution_s.execution_duration_ms is 'How long it took, in milliseconds';
comment on column script_tracking.script_execution_s.rows_affected is 'Rows that it changed or returned';
comment on column script_tracking.script_execution_s.executed_by is 'As which role it ran';
comment on column script_tracking.script_execution_s.session_user_name is 'Who logged in';
comment on column script_tracking.script_execution_s.application_name is 'What the client called itself';
comment on column script_tracking.script_execution_s.client_ip is 'The client''s address; null over a Unix socket';
comment on column script_tracking.script_execution_s.client_port is 'The client''s port; null over a Unix socket';
comment on column script_tracking.script_execution_s.script_content is 'The text that ran, secrets blacked out';
comment on column script_tracking.script_execution_s.script_hash is 'SHA-256 of the text that ran';
comment on column script_tracking.script_execution_s.script_file_path is 'The file that it came from';
comment on column script_tracking.script_execution_s.script_version is 'The version of the script or migration';
comment on column script_tracking.script_execution_s.error_message is 'Why it failed';
comment on column script_tracking.script_execution_s.error_code is 'SQLSTATE of the failure';
comment on column script_tracking.script_execution_s.objects_created is 'The objects it created, qualified and quoted';
comment on column script_tracking.script_execution_s.objects_modified is 'The objects it modified, qualified and quoted';
comment on column script_tracking.script_execution_s.objects_dropped is 'The objects it dropped, with all that fell with them';
comment on column script_tracking.script_execution_s.schemas_affected is 'The schemas these objects are in';
comment on column script_tracking.script_execution_s.contains_phi is 'It touches protected health information';
comment on column script_tracking.script_execution_s.contains_pii is 'It touches personal data';
comment on column script_tracking.script_execution_s.data_classification is 'The classification of the data it touches';
comment on column script_tracking.script_execution_s.compliance_frameworks is 'The rules that apply to it, such as GDPR';
comment on column script_tracking.script_execution_s.approval_required is 'It needs an approval';
comment on column script_tracking.script_execution_s.approved_by is 'Who approved it';
comment on column script_tracking.script_execution_s.approval_timestamp is 'When it was approved';
comment on column script_tracking.script_execution_s.execution_environment is 'Development, staging, production, ...';
comment on column script_tracking.script_execution_s.related_ticket is 'The ticket that asked for it';
comment on column script_tracking.script_execution_s.business_justification is 'Why it was done';
comment on column script_tracking.script_execution_s.rollback_script_available is 'There is a script that undoes it';
comment on column script_tracking.script_execution_s.rollback_tested is 'That script has been tried';
comment on column script_tracking.script_execution_s.metadata is 'What the recorder added in its own terms';
comment on column script_tracking.script_execution_s.record_source is 'Who recorded it: EVENT_TRIGGER, SQL_CALL, CLIENT, LOG_IMPORT, CATALOG_COMPARISON or SIMULATED';

create or replace view script_tracking.script_execution_current with (security_barrier) as
select
  s.script_execution_hk, s.load_date, s.version_number, s.hash_diff, s.script_name, s.script_type,
  s.script_category, s.execution_status, s.execution_timestamp, s.execution_duration_ms, s.rows_affected,
  s.executed_by, s.session_user_name, s.application_name, s.client_ip, s.client_port, s.script_content,
  s.script_hash, s.script_file_path, s.script_version, s.error_message, s.error_code, s.objects_created,
  s.objects_modified, s.objects_dropped, s.schemas_affected, s.contains_phi, s.contains_pii,
  s.data_classification, s.compliance_frameworks, s.approval_required, s.approved_by, s.approval_timestamp,
  s.execution_environment, s.related_ticket, s.business_justification, s.rollback_script_available,
  s.rollback_tested, s.metadata, s.record_source
from script_tracking.execution_state s
where case s.record_source
  -- A client's states come in any order, and may be many.
  when 'CLIENT' then not exists (
    select from script_tracking.execution_key later
    where later.script_execution_hk = s.script_execution_hk
      and (later.state_ordinal, later.version_number) > (s.state_ordinal, s.version_number)
  )
  -- Any other execution has at most two, of which the second bears the next number of its kind.
  else s.execution_status <> 'STARTED' or not exists (
    select from script_tracking.ledger later
    where later.version_number = s.version_number + 2 and later.recorded_at >= s.load_date
      and later.state_ordinal = s.state_ordinal + 1
  )
end;

comment on view script_tracking.script_execution_current is 'The present state of each execution: its newest';
comment on column script_tracking.script_execution_current.script_execution_hk is 'The execution''s hash key: SHA-256 of its business key';
comment on column script_tracking.script_execution_current.load_date is 'When the state was recorded';
comment on column script_tracking.script_execution_current.version_number is 'Numbers the states; the newest of an execution is the highest';
comment on column script_tracking.script_execution_current.hash_diff is 'SHA-256 of the state';
comment on column script_tracking.script_execution_current.script_name is 'What the execution is called; of DDL, its command tag and object';
comment on column script_tracking.script_execution_current.script_type is 'AUTO_DDL, MANUAL, MIGRATION, ...';
comment on column script_tracking.script_execution_current.script_category is 'A grouping of the user''s own; DDL for what event triggers recorded';
comment on column script_tracking.script_execution_current.execution_status is 'STARTED, COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED';
comment on column script_tracking.script_execution_current.execution_timestamp is 'When the execution began';
comment on column script_tracking.script_execution_current.execution_duration_ms is 'How long it took, in milliseconds';
comment on column script_tracking.script_execution_current.rows_affected is 'Rows that it changed or returned';
comment on column script_tracking.script_execution_current.executed_by is 'As which role it ran';
comment on column script_tracking.script_execution_current.session_user_name is 'Who logged in';
comment on column script_tracking.script_execution_current.application_name is 'What the client called itself';
comment on column script_tracking.script_execution_current.client_ip is 'The client''s address; null over a Unix socket';
comment on column script_tracking.script_execution_current.client_port is 'The client''s port; null over a Unix socket';
comment on column script_tracking.script_execution_current.script_content is 'The text that ran, secrets blacked out';
comment on column script_tracking.script_execution_current.script_hash is 'SHA-256 of the text that ran';
comment on column script_tracking.script_execution_current.script_file_path is 'The file that it came from';
comment on column script_tracking.script_execution_current.script_version is 'The version of the script or migration';
comment on column script_tracking.script_execution_current.error_message is 'Why it failed';
comment on column script_tracking.script_execution_current.error_code is 'SQLSTATE of the failure';
comment on column script_tracking.script_execution_current.objects_created is 'The objects it created, qualified and quoted';
comment on column script_tracking.script_execution_current.objects_modified is 'The objects it modified, qualified and quoted';
comment on column script_tracking.script_execution_current.objects_dropped is 'The objects it dropped, with all that fell with them';
comment on column script_tracking.script_execution_current.schemas_affected is 'The schemas these objects are in';
comment on column script_tracking.script_execution_current.contains_phi is 'It touches protected health information';
comment on column script_tracking.script_execution_current.contains_pii is 'It touches personal data';
comment on column script_tracking.script_execution_current.data_classification is 'The classification of the data it touches';
comment on column script_tracking.script_execution_current.compliance_frameworks is 'The rules that apply to it, such as GDPR';
comment on column script_tracking.script_execution_current.approval_required is 'It needs an approval';
comment on column script_tracking.script_execution_current.approved_by is 'Who approved it';
comment on column script_tracking.script_execution_current.approval_timestamp is 'When it was approved';
comment on column script_tracking.script_execution_current.execution_environment is 'Development, staging, production, ...';
comment on column script_tracking.script_execution_current.related_ticket is 'The ticket that asked for it';
comment on column script_tracking.script_execution_current.business_justification is 'Why it was done';
comment on column script_tracking.script_execution_current.rollback_script_available is 'There is a script that undoes it';
comment on column script_tracking.script_execution_current.rollback_tested is 'That script has been tried';
comment on column script_tracking.script_execution_current.metadata is 'What the recorder added in its own terms';
comment on column script_tracking.script_execution_current.record_source is 'Who recorded it: EVENT_TRIGGER, SQL_CALL, CLIENT, LOG_IMPORT, CATALOG_COMPARISON or SIMULATED';
