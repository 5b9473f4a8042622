-- What applications say that their users did: appended, never changed.

create or replace function project_schema.redact_json(value jsonb)
returns jsonb
language plpgsql stable
as $$
begin
  return case jsonb_typeof(value)
    when 'object' then (
      select coalesce(jsonb_object_agg(
        e.key,
        case
          -- What a name says of itself is told by the same rule as in a statement.
          when jsonb_typeof(e.value) in ('string', 'number')
            and script_tracking.redact('"' || e.key || '": "x"') like '%********%' then '"********"'::jsonb
          else project_schema.redact_json(e.value)
        end), '{}')
      from jsonb_each(value) e)
    when 'array' then (
      select coalesce(jsonb_agg(project_schema.redact_json(e.value) order by e.ordinality), '[]')
      from jsonb_array_elements(value) with ordinality e)
    when 'string' then to_jsonb(script_tracking.redact(value #>> '{}'))
    else value
  end;
end
$$;

comment on function project_schema.redact_json(jsonb) is 'The value with secrets blacked out: what stands under a name such as password or token, and what redact finds in texts';

create or replace function project_schema.write_audit(
  action text,
  entity_type text default null,
  entity_id text default null,
  old_values jsonb default null,
  new_values jsonb default null,
  detail jsonb default null,
  outcome text default 'success',
  token text default null)
returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made_id constant uuid := project_schema.uuid_v7();
  of_session project_schema.user_sessions;
begin
  perform project_schema.require_role('write the audit', 'steward_admin', 'steward_editor', 'steward_analyst');
  if action is null or action !~ '[^[:space:]]' then
    raise exception 'An audit record needs an action: what was done?' using errcode = 'null_value_not_allowed';
  end if;
  if token is not null then
    select s.* into of_session
    from project_schema.user_sessions s
    where s.token_hash = sha256(script_tracking.utf8(token)) and s.revoked_at is null and s.expires_at > clock_timestamp();
    if not found then
      raise exception 'This session is unknown, expired or revoked.' using errcode = 'invalid_authorization_specification';
    end if;
  end if;
  insert into project_schema.audit_logs (
    id, recorded_at, xid, session_user_name, executed_by, user_id, session_id, action, outcome, entity_type, entity_id,
    old_values, new_values, detail, application_name, client_ip, caused_by)
  values (
    made_id, clock_timestamp(), txid_current(), session_user, nullif(script_tracking.session_role(), session_user),
    coalesce(of_session.user_id, project_schema.caller_id()), of_session.id,
    write_audit.action, write_audit.outcome, write_audit.entity_type, write_audit.entity_id,
    project_schema.redact_json(write_audit.old_values), project_schema.redact_json(write_audit.new_values),
    project_schema.redact_json(write_audit.detail),
    nullif(current_setting('application_name'), ''), inet_client_addr(),
    case when current_setting('script_tracking.operation', true) ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
      then current_setting('script_tracking.operation', true)::uuid end);
  return made_id;
end
$$;

comment on function project_schema.write_audit(text, text, text, jsonb, jsonb, jsonb, text, text) is 'Appends to the audit what a user did, for all but auditors. Who, when and from where is the server''s own knowledge; a session''s token says on whose behalf. Secrets are blacked out';

create or replace function project_schema.query_audit(
  since timestamptz default now() - interval '7 days',
  until timestamptz default null,
  for_action text default null,
  by_actor text default null,
  of_type text default null,
  of_id text default null,
  with_outcome text default null,
  page_size integer default 100,
  after uuid default null)
returns table (
  id uuid, recorded_at timestamptz, actor text, executed_by text, user_name text, action text, outcome text,
  entity_type text, entity_id text, old_values jsonb, new_values jsonb, detail jsonb,
  application_name text, client_ip inet, session_id uuid, caused_by uuid)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  after_time timestamptz;
begin
  perform project_schema.require_role('read the audit', 'steward_admin', 'steward_auditor');
  perform project_schema.require_page(page_size);
  if after is not null then
    select a.recorded_at into after_time from project_schema.audit_logs a where a.id = query_audit.after;
    if not found then
      raise exception 'There is no audit record % to go on from.', after using errcode = 'no_data_found';
    end if;
  end if;
  return query
  select a.id, a.recorded_at, a.session_user_name, a.executed_by, u.user_name, a.action, a.outcome,
    a.entity_type, a.entity_id, a.old_values, a.new_values, a.detail, a.application_name, a.client_ip, a.session_id, a.caused_by
  from project_schema.audit_logs a
  left join project_schema.users u on u.id = a.user_id
  where a.recorded_at >= coalesce(query_audit.since, '-infinity')
    and a.recorded_at < coalesce(query_audit.until, 'infinity')
    and (query_audit.for_action is null or a.action = query_audit.for_action)
    and (query_audit.by_actor is null or query_audit.by_actor in (a.session_user_name, a.executed_by, u.user_name))
    and (query_audit.of_type is null or a.entity_type = query_audit.of_type)
    and (query_audit.of_id is null or a.entity_id = query_audit.of_id)
    and (query_audit.with_outcome is null or a.outcome = query_audit.with_outcome)
    and (query_audit.after is null or (a.recorded_at, a.id) < (after_time, query_audit.after))
  order by a.recorded_at desc, a.id desc
  limit page_size;
end
$$;

comment on function project_schema.query_audit(timestamptz, timestamptz, text, text, text, text, text, integer, uuid) is 'The audit, newest first, for steward_admin and steward_auditor. The next page begins after the last id of this one';
