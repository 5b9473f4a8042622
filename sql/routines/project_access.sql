-- Who is who, and who may do what. Membership is PostgreSQL's own; nothing here keeps a copy of it.

create or replace function project_schema.tables()
returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select array[
    'users', 'user_sessions', 'project_activities', 'notifications', 'notification_preferences',
    'data_sources', 'raw_data', 'processed_data', 'metadata', 'lineage_edges', 'analytics',
    'audit_logs',
    'data_quality_rules', 'data_quality_runs', 'data_quality_results', 'data_quality_failures',
    'incident_reports', 'incident_events', 'incident_links', 'privacy_breaches', 'risks', 'risk_reviews', 'risk_incidents',
    'privacy_findings', 'subject_links', 'processing_activities', 'retention_policies', 'retention_runs', 'legal_holds',
    'subject_requests', 'subject_request_items', 'subject_request_events', 'erasure_ledger'
  ]
$$;

comment on function project_schema.tables() is 'The tables of this schema that are pgSteward''s; others may stand beside them';

create or replace function project_schema.role_has(who text, project_role text)
returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  if project_role is null or project_role not in ('steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor') then
    raise exception 'There is no project role %.', coalesce('"' || project_role || '"', 'null')
      using errcode = 'invalid_parameter_value', hint = 'They are steward_admin, steward_editor, steward_analyst and steward_auditor.';
  end if;
  return exists (
    select from pg_roles r
    where (
        r.rolname = project_role
        or r.rolname = 'steward_admin'
        or r.rolname = 'steward_editor' and project_role = 'steward_analyst'
        or r.oid = (select n.nspowner from pg_namespace n where n.nspname = 'script_tracking')
      )
      and pg_has_role(who::name, r.oid, 'usage')
  );
end
$$;

comment on function project_schema.role_has(text, text) is 'Whether a role has a project role. steward_admin has them all, steward_editor has that of steward_analyst; so have the framework''s owner and superusers';

create or replace function project_schema.has_project_role(role text)
returns boolean
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select project_schema.role_has(current_user::text, role)
$$;

comment on function project_schema.has_project_role(text) is 'Whether the current role has a project role: steward_admin, steward_editor, steward_analyst or steward_auditor. What the policies of this schema ask';

-- In a function with its owner's rights the current role is the owner; the session's tells who calls.
create or replace function project_schema.caller_has(variadic project_roles text[])
returns boolean
language plpgsql stable
as $$
begin
  perform script_tracking.require_session();
  return (select bool_or(project_schema.role_has(script_tracking.session_role(), r)) from unnest(project_roles) as r);
end
$$;

comment on function project_schema.caller_has(text[]) is 'Whether the session''s role has one of these project roles; for functions with their owner''s rights';

create or replace function project_schema.require_role(task text, variadic project_roles text[])
returns void
language plpgsql stable
as $$
begin
  if not project_schema.caller_has(variadic project_roles) then
    raise exception 'The role % may not %.', quote_ident(script_tracking.session_role()), task
      using errcode = 'insufficient_privilege',
            hint = 'That takes membership in ' || array_to_string(project_roles, ' or ') || '.';
  end if;
end
$$;

comment on function project_schema.require_role(text, text[]) is 'An error that names the task where the session''s role has none of these project roles';

create or replace function project_schema.caller_id()
returns uuid
language plpgsql stable
as $$
begin
  perform script_tracking.require_session();
  return (select u.id from project_schema.users u where u.database_role = script_tracking.session_role() and u.is_active);
end
$$;

comment on function project_schema.caller_id() is 'The user who works as the session''s role; null where there is none';

create or replace function project_schema.current_user_id()
returns uuid
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select project_schema.caller_id()
$$;

comment on function project_schema.current_user_id() is 'The user who works as the session''s role; null where there is none. What the policies on one''s own rows ask';

create or replace function project_schema.require_caller(task text)
returns uuid
language plpgsql stable
as $$
declare
  id constant uuid := project_schema.caller_id();
begin
  if id is null then
    raise exception 'The role % is no user of this project, so it cannot %.', quote_ident(script_tracking.session_role()), task
      using errcode = 'no_data_found',
            hint = 'steward_admin makes one of it: project_schema.create_user(user_name, database_role => ...).';
  end if;
  return id;
end
$$;

comment on function project_schema.require_caller(text) is 'The user who works as the session''s role, or an error';

create or replace function project_schema.require_user(user_name text)
returns uuid
language plpgsql stable
as $$
declare
  found_id uuid;
begin
  select u.id into found_id
  from project_schema.users u
  where lower(u.user_name) = lower(require_user.user_name) and u.is_active;
  if found_id is null then
    raise exception 'There is no active user %.', coalesce('"' || user_name || '"', 'null') using errcode = 'no_data_found';
  end if;
  return found_id;
end
$$;

comment on function project_schema.require_user(text) is 'The active user of a name, or an error';

create or replace function project_schema.require_page(page_size integer)
returns integer
language plpgsql immutable
as $$
begin
  if page_size is null or page_size not between 1 and 1000 then
    raise exception 'A page has 1 to 1000 rows, not %.', coalesce(page_size::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  return page_size;
end
$$;

comment on function project_schema.require_page(integer) is 'The size of a page, or an error';
