--! last
-- Who may do what, written down in full: everything is taken from everybody first, whatever default
-- privileges this database has, and then the views and calls that are for all are given to all.

do $$
declare
  granted record;
  call text;
begin
  for granted in
    select distinct
      case when c.relkind = 'S' then 'sequence' else 'table' end as kind,
      pg_catalog.format('%I.%I', n.nspname, c.relname) as object,
      case a.grantee when 0 then 'public' else pg_catalog.quote_ident(r.rolname) end as grantee
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral pg_catalog.aclexplode(c.relacl) a
    left join pg_catalog.pg_roles r on r.oid = a.grantee
    where n.nspname = 'script_tracking' and a.grantee <> c.relowner and c.relkind in ('r', 'p', 'v', 'S')
    union all
    select distinct
      'routine',
      p.oid::pg_catalog.regprocedure::text,
      case a.grantee when 0 then 'public' else pg_catalog.quote_ident(r.rolname) end
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    cross join lateral pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
    left join pg_catalog.pg_roles r on r.oid = a.grantee
    where n.nspname = 'script_tracking' and a.grantee <> p.proowner
  loop
    execute pg_catalog.format('revoke all on %s %s from %s', granted.kind, granted.object, granted.grantee);
  end loop;

  grant usage on schema script_tracking to public;
  grant select on
    script_tracking.script_execution_h,
    script_tracking.script_execution_s,
    script_tracking.script_execution_current,
    script_tracking.execution_state,
    script_tracking.applied_file,
    script_tracking.installed_object,
    script_tracking.reported_state,
    script_tracking.visible_tracking_error,
    script_tracking.tenant_h,
    script_tracking.tenant_member,
    script_tracking.visible_tenant
  to public;

  foreach call in array array[
    -- to record and to ask
    'track_operation(text, text)',
    'complete_operation(bytea, boolean, text)',
    'track_script_execution(text, text, text, text, text, text, bytea, text, text)',
    'complete_script_execution(bytea, text, bigint, bigint, text, text, text[], text[], text[], text[])',
    'record_execution(uuid, integer, jsonb)',
    'read_changes(bigint, bigint, integer)',
    'page_of_changes(bigint, bigint, integer)',
    'get_execution_history(integer)',
    'get_execution_statistics(integer)',
    'get_enterprise_dashboard(bytea, integer)',
    'get_performance_metrics()',
    'get_recent_errors(integer)',
    'get_system_health()',
    'health_of_recording()',
    'health_of_trail()',
    'refuses_untracked_ddl()',
    -- what no event tells of; it finds nothing that its caller could not see
    'compare_shared_catalogs()',
    'calculate_hash_key(text)',
    'extend_ledger(integer)',
    'months_ahead()',
    'named_month()',
    'is_present_month_named()',
    -- object versions: what the ledger says is written down, whoever asks for it
    'record_object_versions()',
    'catch_up_versions()',
    'schema_at(timestamptz)',
    'schema_diff(timestamptz, timestamptz)',
    'blame(text, text)',
    'blame(regclass, text)',
    'drift()',
    'blame_by_name(text, oid)',
    'newest_number_of(uuid)',
    'versions_at(timestamptz)',
    'epoch_at(timestamptz)',
    'epoch_span(integer)',
    'changed_paths(jsonb, jsonb)',
    -- what the views are made of
    'may_read_all()',
    'is_visible(text, text, bytea, bytea[])',
    'present_states(timestamptz, timestamptz)',
    'require_span(integer, text, integer)',
    'utf8(text)',
    'status_name("char")'
  ] loop
    execute 'grant execute on function script_tracking.' || call || ' to public';
  end loop;
end
$$;

-- Row auditing: switching is for administrators (each call looks for itself at who calls), reading for those
-- who see everything, and what the triggers run is run by nobody else.
do $$
declare
  reader text;
begin
  grant select on script_tracking.audited_table, script_tracking.row_change_history to public;
  foreach reader in array array['steward_admin', 'steward_auditor'] loop
    continue when not exists (select from pg_catalog.pg_roles r where r.rolname = reader);
    execute pg_catalog.format('grant select on script_tracking.row_audit_gap, script_tracking.row_audit_state to %I', reader);
    -- The view of gaps asks it with the rights of whoever reads the view.
    execute pg_catalog.format('grant execute on function script_tracking.row_audit_family(regclass) to %I', reader);
    execute pg_catalog.format('grant execute on function
      script_tracking.get_row_changes(regclass, jsonb, timestamptz, timestamptz, integer, uuid, bigint) to %I', reader);
  end loop;
  if exists (select from pg_catalog.pg_roles r where r.rolname = 'steward_admin') then
    grant execute on function
      script_tracking.enable_row_audit(regclass, text[], text[]),
      script_tracking.disable_row_audit(regclass),
      script_tracking.note_row_audit(regclass[], boolean, text[], text[]),
      script_tracking.place_row_audit(regclass, text[], text[]),
      script_tracking.require_auditable(regclass, text[], text[]),
      script_tracking.row_audit_family(regclass),
      script_tracking.row_key_columns(regclass),
      script_tracking.sensitive_columns(regclass),
      script_tracking.record_row_change()
    to steward_admin;
  end if;
end
$$;

-- What could not be recorded is for those who see everything.
do $$
declare
  reader text;
begin
  foreach reader in array array['steward_admin', 'steward_auditor'] loop
    continue when not exists (select from pg_catalog.pg_roles r where r.rolname = reader);
    execute pg_catalog.format('grant select on script_tracking.tracking_error to %I', reader);
  end loop;
end
$$;

-- Tenants: who is a member of which is for those who see everything, to decide it for administrators.
do $$
declare
  reader text;
begin
  foreach reader in array array['steward_admin', 'steward_auditor'] loop
    continue when not exists (select from pg_catalog.pg_roles r where r.rolname = reader);
    execute pg_catalog.format('grant execute on function script_tracking.health_of_evidence() to %I', reader);
    execute pg_catalog.format('grant select on script_tracking.tenant_membership, script_tracking.last_catalog_comparison to %I', reader);
  end loop;
  if exists (select from pg_catalog.pg_roles r where r.rolname = 'steward_admin') then
    grant execute on function
      script_tracking.create_tenant(text, text),
      script_tracking.add_tenant_member(bytea, text, timestamptz),
      script_tracking.remove_tenant_member(bytea, text)
    to steward_admin;
  end if;
end
$$;

-- Seals: for those who see everything. They show hashes, numbers and names, and no row.
do $$
declare
  reader text;
begin
  foreach reader in array array['steward_admin', 'steward_auditor'] loop
    continue when not exists (select from pg_catalog.pg_roles r where r.rolname = reader);
    execute pg_catalog.format(
      'grant select on script_tracking.seal, script_tracking.seal_section, script_tracking.seal_block, script_tracking.archive, script_tracking.gone_month to %I',
      reader);
    execute pg_catalog.format(
      'grant execute on function script_tracking.seal(), script_tracking.verify(timestamptz, timestamptz), script_tracking.proof(bigint) to %I',
      reader);
  end loop;
  if exists (select from pg_catalog.pg_roles r where r.rolname = 'steward_admin') then
    grant execute on function script_tracking.cleanup_old_data(integer), script_tracking.remove_archived_month(date, text, bytea)
    to steward_admin;
  end if;
end
$$;

-- Wrappers: making one takes the right to make functions in its schema, which PostgreSQL asks for.
grant select on script_tracking.tracking_wrapper, script_tracking.wanted_event_trigger to public;
grant execute on function
  script_tracking.create_tracking_wrapper(regprocedure),
  script_tracking.drop_tracking_wrapper(regprocedure),
  script_tracking.is_wrapper(oid),
  script_tracking.wrapper_of(regprocedure),
  script_tracking.refuse_unwrappable(regprocedure),
  script_tracking.wrapper_definition(regprocedure),
  script_tracking.wrapper_body(regprocedure),
  script_tracking.copy_execute_rights(regprocedure, regprocedure),
  script_tracking.note_wrapper(regprocedure, regprocedure),
  script_tracking.begin_call(text),
  script_tracking.end_call(bytea, text, bigint),
  script_tracking.record_call(text),
  script_tracking.record_call_end(bytea, text, bigint)
to public;

-- The calls run with their caller's rights, so what they call in turn is callable too.
grant execute on function
  script_tracking.start_call(text, text, text, text, text, text, bytea, text, text),
  script_tracking.record_operation_end(bytea, boolean, text),
  script_tracking.record_script_end(bytea, text, bigint, bigint, text, text, text[], text[], text[], text[]),
  script_tracking.just_recorded(bytea),
  script_tracking.audit_log(),
  script_tracking.trusts_audit_log(regprocedure, name),
  script_tracking.tell_audit_log(bytea)
to public;

-- Migrations, functions, maintenance: as above, and what runs a migration runs it as whoever asks.
grant execute on function
  script_tracking.track_migration(text, text, text, text, bytea),
  script_tracking.track_function_execution(text, jsonb, bytea),
  script_tracking.track_maintenance(text, text, text, text),
  script_tracking.run_migration_enterprise(text, text, text, boolean, text),
  script_tracking.generate_unique_script_name(text),
  script_tracking.record_with_metadata(text, text, text, text, text, text, bytea, text, jsonb),
  script_tracking.record_migration_end(bytea, bigint, text, text),
  script_tracking.operation_of(bytea),
  script_tracking.refuse_direction(text),
  script_tracking.refuse_migration(text, text, text, boolean),
  script_tracking.migration_text(text, text, boolean),
  script_tracking.migration_advice(text, text),
  script_tracking.milliseconds_since(timestamptz),
  script_tracking.base_name(text),
  script_tracking.is_blank(text)
to public;

-- The history of objects: the views filter for themselves who may see what; of drift the whole is
-- told, so it is for those who see everything, and taking it into the history for administrators.
do $$
declare
  reader text;
begin
  grant select on
    script_tracking.object_history,
    script_tracking.execution_object,
    script_tracking.execution_object_l,
    script_tracking.db_object_h
  to public;
  foreach reader in array array['steward_admin', 'steward_auditor'] loop
    continue when not exists (select from pg_catalog.pg_roles r where r.rolname = reader);
    execute pg_catalog.format(
      'grant execute on function script_tracking.drift_found(), script_tracking.clue_of(text, bigint, bigint) to %I', reader);
  end loop;
  if exists (select from pg_catalog.pg_roles r where r.rolname = 'steward_admin') then
    grant execute on function script_tracking.accept_drift(text, text, text[]) to steward_admin;
  end if;
end
$$;

-- Log import: these ask for steward_admin themselves, and read the server's files with the caller's rights.
grant execute on function
  script_tracking.import_postgres_logs(text, text),
  script_tracking.import_historical_operations(integer, boolean),
  script_tracking.import_log_file(text, text),
  script_tracking.simulate_operations(integer),
  script_tracking.log_text(bytea)
to public;

-- Imported logs: the views filter for themselves who sees what. An import copies into the events, which takes the right
-- to insert there; nobody reads the table itself.
do $$
begin
  grant select on
    script_tracking.imported_operation,
    script_tracking.imported_log,
    script_tracking.logged_statement,
    script_tracking.refused_log_line,
    script_tracking.tracked_statement,
    script_tracking.timeline
  to public;
  grant execute on function
    script_tracking.timeline_between(timestamptz, timestamptz),
    script_tracking.comparable_statement(text)
  to public;
  if exists (select from pg_catalog.pg_roles r where r.rolname = 'steward_admin') then
    grant insert on script_tracking.imported_event, script_tracking.imported_tail to steward_admin;
    grant execute on function
      script_tracking.register_log(bytea, integer, bytea, text, text, text),
      script_tracking.known_logs(bytea),
      script_tracking.make_log_months(date[]),
      script_tracking.open_log_batch(integer, bigint),
      script_tracking.commit_log_batch(integer, bigint, bigint, bytea, boolean, json, jsonb, jsonb, jsonb, text, timestamptz, timestamptz, jsonb, uuid, bigint[], text[], jsonb)
    to steward_admin;
  end if;
end
$$;

-- Setup does with the caller's rights what these allow.
grant execute on function
  script_tracking.setup_enterprise_tracking(),
  script_tracking.setup_event_triggers(),
  script_tracking.setup_wrappers(),
  script_tracking.make_event_trigger(text, text, text, text)
to public;
