--! last
-- Who may do what in project_schema, table by table, as grants and as policies at once. steward_admin has
-- what steward_editor has, that has what steward_analyst has; steward_admin also has what steward_auditor
-- has. Where no condition is given it is for all rows. What no line gives is nobody's: the audit,
-- sessions and passwords are written through the calls alone.

create or replace function project_schema.rights()
returns table (role text, commands text, relation text, condition text)
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select r.role, r.commands, t.relation, r.condition
  from (
    values
      -- people
      ('steward_analyst', 's', 'users', null),
      ('steward_auditor', 's', 'users', null),
      ('steward_admin', 'iu', 'users', null),
      ('steward_analyst', 's', 'user_sessions', 'user_id = (select project_schema.current_user_id())'),
      ('steward_auditor', 's', 'user_sessions', null),
      ('steward_analyst', 's', 'project_activities', null),
      ('steward_auditor', 's', 'project_activities', null),
      ('steward_analyst', 'sud', 'notifications', 'user_id = (select project_schema.current_user_id())'),
      ('steward_auditor', 'sud', 'notifications', 'user_id = (select project_schema.current_user_id())'),
      ('steward_analyst', 'siud', 'notification_preferences', 'user_id = (select project_schema.current_user_id())'),
      ('steward_auditor', 'siud', 'notification_preferences', 'user_id = (select project_schema.current_user_id())'),
      ('steward_auditor', 's', 'audit_logs', null),

      -- data
      ('steward_analyst', 's', 'data_sources metadata lineage_edges analytics', null),
      ('steward_analyst', 's', 'raw_data processed_data', 'classification in (''public'', ''internal'')'),
      ('steward_auditor', 's', 'data_sources metadata lineage_edges analytics raw_data processed_data', null),
      ('steward_editor', 'siu', 'data_sources metadata lineage_edges analytics raw_data processed_data', null),
      ('steward_editor', 'd', 'lineage_edges analytics', null),
      ('steward_admin', 'd', 'data_sources metadata raw_data processed_data', null),

      -- quality
      ('steward_analyst', 's', 'data_quality_rules data_quality_runs data_quality_results', null),
      ('steward_auditor', 's', 'data_quality_rules data_quality_runs data_quality_results data_quality_failures', null),
      ('steward_editor', 'iu', 'data_quality_rules data_quality_runs', null),
      ('steward_editor', 'i', 'data_quality_results', null),
      ('steward_editor', 'si', 'data_quality_failures', null),
      ('steward_admin', 'd', 'data_quality_rules data_quality_runs data_quality_results data_quality_failures', null),

      -- incidents and risks
      ('steward_analyst', 's', 'incident_reports incident_events incident_links risks risk_reviews risk_incidents', null),
      ('steward_auditor', 's', 'incident_reports incident_events incident_links privacy_breaches risks risk_reviews risk_incidents', null),
      ('steward_analyst', 'i', 'incident_reports', 'status = ''open'''),
      ('steward_analyst', 'i', 'incident_events', 'actor = current_user'),
      ('steward_editor', 'iu', 'incident_reports risks', null),
      ('steward_editor', 'id', 'incident_links risk_incidents', null),
      ('steward_editor', 'i', 'risk_reviews', 'reviewer = current_user'),
      ('steward_editor', 'siu', 'privacy_breaches', null),
      ('steward_admin', 'd', 'risks', null),

      -- privacy
      ('steward_analyst', 's', 'privacy_findings subject_links processing_activities retention_policies', null),
      ('steward_auditor', 's', 'privacy_findings subject_links processing_activities retention_policies retention_runs legal_holds', null),
      ('steward_auditor', 's', 'subject_requests subject_request_items subject_request_events erasure_ledger', null),
      ('steward_editor', 'iu', 'privacy_findings processing_activities', null),
      ('steward_editor', 'iud', 'subject_links', null),
      ('steward_editor', 'iu', 'retention_policies', 'status = ''draft'''),
      ('steward_editor', 's', 'retention_runs legal_holds', null),
      ('steward_editor', 'siu', 'subject_requests subject_request_items', null),
      ('steward_editor', 'd', 'subject_request_items', 'status = ''planned'''),
      ('steward_editor', 's', 'subject_request_events', null),
      ('steward_editor', 'i', 'subject_request_events', 'actor = current_user'),
      ('steward_admin', 'iu', 'retention_policies retention_runs legal_holds', null),
      ('steward_admin', 'd', 'privacy_findings processing_activities retention_policies', null),
      ('steward_admin', 'si', 'erasure_ledger', null)
  ) as r (role, commands, relations, condition)
  cross join lateral unnest(string_to_array(r.relations, ' ')) as t (relation)
$$;

comment on function project_schema.rights() is 'Which project role may do what with which table and which of its rows: s select, i insert, u update, d delete; a null condition is all rows';

do $$
declare
  granted record;
  wanted record;
  call text;
begin
  -- Everything is taken from everybody first, whatever default privileges this database has.
  for granted in
    select distinct 'table' as kind, c.oid::pg_catalog.regclass::text as object,
      case a.grantee when 0 then 'public' else pg_catalog.quote_ident(r.rolname) end as grantee
    from pg_catalog.pg_class c
    cross join lateral pg_catalog.aclexplode(c.relacl) a
    left join pg_catalog.pg_roles r on r.oid = a.grantee
    where a.grantee <> c.relowner
      and (c.oid = any (array(select pg_catalog.to_regclass('project_schema.' || t) from unnest(project_schema.tables()) t))
        or c.oid in (select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = 'project_schema.audit_logs'::pg_catalog.regclass))
    union
    select distinct 'routine', p.oid::pg_catalog.regprocedure::text,
      case a.grantee when 0 then 'public' else pg_catalog.quote_ident(r.rolname) end
    from pg_catalog.pg_proc p
    cross join lateral pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
    left join pg_catalog.pg_roles r on r.oid = a.grantee
    where p.pronamespace = 'project_schema'::pg_catalog.regnamespace and a.grantee <> p.proowner
      -- Routines of somebody else's may stand beside ours. Ours were all made anew in this transaction.
      and p.xmin::text = (pg_catalog.txid_current() % 4294967296)::text
  loop
    execute pg_catalog.format('revoke all on %s %s from %s', granted.kind, granted.object, granted.grantee);
  end loop;

  -- Policies: one for each table and command.
  for wanted in
    select c.oid::pg_catalog.regclass as relation, p.polname
    from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    where c.oid = any (array(select pg_catalog.to_regclass('project_schema.' || t) from unnest(project_schema.tables()) t))
      and p.polname in ('steward_select', 'steward_insert', 'steward_update', 'steward_delete')
  loop
    execute pg_catalog.format('drop policy %I on %s', wanted.polname, wanted.relation);
  end loop;
  for wanted in
    select t.relation from unnest(project_schema.tables()) as t (relation)
  loop
    execute pg_catalog.format('alter table project_schema.%I enable row level security', wanted.relation);
  end loop;
  for wanted in
    select r.relation, c.name as command, c.letter,
      pg_catalog.string_agg(
        -- As a subquery it is asked once a statement, not once a row.
        pg_catalog.format('(select project_schema.has_project_role(%L))', r.role)
          || coalesce(' and (' || r.condition || ')', ''),
        ' or ' order by r.role, r.condition) as condition
    from project_schema.rights() r
    join (values ('s', 'select'), ('i', 'insert'), ('u', 'update'), ('d', 'delete')) as c (letter, name)
      on pg_catalog.strpos(r.commands, c.letter) > 0
    group by r.relation, c.name, c.letter
  loop
    execute pg_catalog.format('create policy %I on project_schema.%I for %s %s',
      'steward_' || wanted.command, wanted.relation, wanted.command,
      case wanted.letter
        when 'i' then pg_catalog.format('with check (%s)', wanted.condition)
        when 'u' then pg_catalog.format('using (%1$s) with check (%1$s)', wanted.condition)
        else pg_catalog.format('using (%s)', wanted.condition)
      end);
    execute pg_catalog.format('comment on policy %I on project_schema.%I is %L',
      'steward_' || wanted.command, wanted.relation, 'As project_schema.rights() says');
  end loop;

  -- Grants, to the roles that are here: an installer that may not make roles owns everything itself.
  for wanted in
    select distinct g.grantee, r.relation, c.name as command
    from project_schema.rights() r
    join (values ('s', 'select'), ('i', 'insert'), ('u', 'update'), ('d', 'delete')) as c (letter, name)
      on pg_catalog.strpos(r.commands, c.letter) > 0
    join (
      values
        ('steward_admin', 'steward_admin'), ('steward_editor', 'steward_editor'),
        ('steward_analyst', 'steward_analyst'), ('steward_auditor', 'steward_auditor'),
        ('steward_editor', 'steward_admin'), ('steward_analyst', 'steward_admin'),
        ('steward_auditor', 'steward_admin'), ('steward_analyst', 'steward_editor')
    ) as g (role, grantee) on g.role = r.role
    join pg_catalog.pg_roles known on known.rolname = g.grantee
  loop
    execute pg_catalog.format('grant %s on project_schema.%I to %I',
      case wanted.relation || ' ' || wanted.command
        -- A hash is nobody's to read, not even an administrator's.
        when 'users select' then 'select (id, user_name, display_name, email, database_role, password_set_at, failed_logins, locked_until, is_active, preferences, created_at, created_by, updated_at, updated_by)'
        when 'users insert' then 'insert (user_name, display_name, email, database_role, is_active, preferences)'
        when 'users update' then 'update (user_name, display_name, email, database_role, is_active, preferences)'
        when 'user_sessions select' then 'select (id, user_id, created_at, created_by, expires_at, last_seen_at, revoked_at, revoked_by, client_ip, user_agent)'
        when 'notifications update' then 'update (read_at)'
        else wanted.command
      end, wanted.relation, wanted.grantee);
  end loop;

  for wanted in
    select r.rolname
    from pg_catalog.pg_roles r
    where r.rolname in ('steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor')
  loop
    execute pg_catalog.format('grant usage on schema project_schema to %I', wanted.rolname);
    foreach call in array array[
      -- Each looks for itself at who calls.
      'create_session(text, interval, inet, text)', 'check_session(text)', 'revoke_session(uuid)',
      'list_sessions(text, boolean, integer, uuid)',
      'write_audit(text, text, text, jsonb, jsonb, jsonb, text, text)',
      'query_audit(timestamptz, timestamptz, text, text, text, text, text, integer, uuid)',
      'record_activity(text, text, text, text, jsonb)',
      'list_activities(timestamptz, text, text, text, text, integer, uuid)',
      'notify(text, text, text, text, text, jsonb, timestamptz, text)', 'list_notifications(boolean, integer, uuid)', 'mark_read(uuid)',
      'create_user(text, text, text, text, text)', 'set_password(text, text)', 'verify_password(text, text)',
      'prune(boolean)', 'backfill_data_sources()',
      -- What policies, defaults and readers of addresses need.
      'has_project_role(text)', 'role_has(text, text)', 'current_user_id()', 'uuid_v7()', 'tables()', 'rights()',
      'parse_dsn(text)', 'without_password(text)', 'percent_decoded(text)', 'name_parts(text)'
    ] loop
      execute pg_catalog.format('grant execute on function project_schema.%s to %I', call, wanted.rolname);
    end loop;
  end loop;
end
$$;
