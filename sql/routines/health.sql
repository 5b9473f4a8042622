-- How the framework itself is doing: one row for each check. What a check needs is public knowledge of the
-- catalog, or is left out for those who may not see it.

create or replace function script_tracking.health_of_recording()
returns table (check_name text, status text, value text, message text, what_to_do text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  major constant integer := current_setting('server_version_num')::integer / 10000;
  missing text;
  silent text;
  found_triggers integer;
  wanted_triggers integer;
  undone boolean;
begin
  select string_agg(w.name, ', ') filter (where t.evtname is null),
    string_agg(w.name, ', ') filter (where t.evtenabled in ('D', 'R')),
    count(t.evtname) filter (where t.evtenabled in ('O', 'A')), count(*)
  into missing, silent, found_triggers, wanted_triggers
  from script_tracking.wanted_event_trigger w
  left join pg_event_trigger t on t.evtname = w.name
  where w.is_ddl;
  return query select 'event_triggers',
    case when found_triggers = wanted_triggers then 'ok' else 'critical' end,
    found_triggers || ' of ' || wanted_triggers,
    case
      when missing is not null then 'DDL is not recorded, or not all of it: missing ' || missing || '.'
      when silent is not null then 'DDL is not recorded, or not all of it: disabled ' || silent || '.'
      else 'DDL is recorded as it happens.'
    end,
    case
      when missing is not null then 'Install the framework again as a superuser, or as the role that a managed service has for event triggers.'
      when silent is not null then 'alter event trigger NAME enable, as a superuser, then look at drift() for what happened meanwhile.'
    end;

  return query select 'replica_sessions',
    case when r.named is null then 'ok' else 'critical' end,
    case when r.recorded then 'recorded' else 'not recorded' end,
    case
      when r.named is not null then 'session_replication_role is replica for ' || r.named || ': no event trigger fires for it.'
      when r.recorded then 'DDL is recorded in sessions with session_replication_role = replica too.'
      else 'DDL is not recorded in sessions with session_replication_role = replica, such as the apply workers of logical replication.'
    end,
    case when r.named is not null then 'alter database or alter role ... reset session_replication_role.' end
  from (
    select
      exists (select from pg_event_trigger t where t.evtname = 'auto_ddl_tracker' and t.evtenabled = 'A') as recorded,
      (
        select string_agg(distinct coalesce(ro.rolname, 'the database'), ', ')
        from (
          select s.setrole from pg_db_role_setting s
          where s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
            and 'session_replication_role=replica' = any (s.setconfig)
          union all
          select 0 from pg_settings s where s.name = 'session_replication_role' and s.boot_val <> s.reset_val and s.source = 'configuration file'
        ) o
        left join pg_roles ro on ro.oid = o.setrole
      ) as named
  ) r;

  undone := script_tracking.refuses_untracked_ddl();
  return query select 'on_failure', 'ok', case when undone then 'error' else 'warn' end,
    case
      when undone then 'DDL that cannot be recorded is undone.'
      else 'DDL that cannot be recorded takes effect, with a warning.'
    end, null::text;

  return query select 'logins', 'ok',
    case when t.evtname is null or t.evtenabled = 'D' then 'not recorded' else 'recorded' end,
    case
      when major < 17 then 'PostgreSQL tells of logins from 17 on; before, log_connections writes them to the server''s log.'
      when t.evtname is null then 'No event trigger for logins is installed; log_connections writes them to the server''s log.'
      when t.evtenabled = 'D' then 'The event trigger for logins is switched off; log_connections writes them to the server''s log.'
      else 'The event trigger for logins is on.'
    end, null::text
  from (select) as always
  left join pg_event_trigger t on t.evtevent = 'login' and t.evtfoid in (
    select p.oid from pg_proc p where p.pronamespace = to_regnamespace('script_tracking'));

  return query select 'commands_without_event', 'ok', null::text,
    'No event trigger fires for: TRUNCATE (but on tables under row auditing)' || case when major < 17 then ', REINDEX' else '' end
      || ', CLUSTER, VACUUM FULL, nor for roles, memberships, databases, ALTER SYSTEM and event triggers themselves, of which compare_shared_catalogs() finds what has changed.',
    'For the commands themselves, set log_statement = ddl and import the server''s log.';
end
$$;

comment on function script_tracking.health_of_recording() is 'Checks of what is recorded and what is not';

create or replace function script_tracking.health_of_trail()
returns table (check_name text, status text, value text, message text, what_to_do text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  ahead constant integer := script_tracking.months_ahead();
  named constant regclass := script_tracking.named_month();
  is_named constant boolean := script_tracking.is_present_month_named();
  strays text;
  unguarded text;
  open_tables text;
  trail bigint;
  future timestamptz;
begin
  return query select 'months_ahead',
    case when ahead >= 2 then 'ok' when ahead = 1 then 'warning' else 'critical' end,
    ahead::text,
    'The ledger has its partitions for ' || ahead || case ahead when 1 then ' month' else ' months' end || ' to come.',
    case when ahead < 2 then 'select script_tracking.extend_ledger(); once a month, by a job or by opening the database in pgSteward.' end;

  return query select 'present_month',
    case when named is null then 'critical' when is_named then 'ok' else 'warning' end,
    coalesce(named::text, 'missing'),
    case
      when named is null then 'A view that names the present month to the recorders is missing (present_ledger, present_month): nothing can be recorded.'
      when is_named then 'What happens now is written straight into the partition of this month.'
      else 'The recorders write into ' || named || ' or take the long way: this month was not named to them, or has no partition. Nothing is lost, but each command takes longer.'
    end,
    case when not is_named then 'select script_tracking.extend_ledger(); makes what is missing and names the month.' end;

  select string_agg(c.oid::regclass::text, ', ' order by c.relname) into strays
  from pg_class c
  join pg_inherits i on i.inhrelid = c.oid
  where c.relnamespace = to_regnamespace('script_tracking') and c.relkind = 'r'
    and pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' and pg_relation_size(c.oid) > 0;
  return query select 'default_partition',
    case when strays is null then 'ok' else 'warning' end,
    coalesce(strays, 'empty'),
    case
      when strays is null then 'Every row lies in its month.'
      else 'Rows whose month had no partition lie in ' || strays || '. They are recorded, sealed and shown as all others; retention does not reach them.'
    end,
    case when strays is not null then 'select script_tracking.extend_ledger(), so that the months to come are there in time.' end;

  select string_agg(c.oid::regclass::text, ', ' order by c.relname) into unguarded
  from pg_class c
  where c.relnamespace = to_regnamespace('script_tracking') and c.relkind in ('r', 'p')
    and (c.relname ~ '^(ledger|text)(_|$)' or c.relname in ('client_state', 'tracking_error', 'tenant', 'tenant_decision', 'seal', 'seal_section', 'seal_block'))
    and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'insert_only' and t.tgenabled = 'A');
  return query select 'insert_only',
    case when unguarded is null then 'ok' else 'critical' end,
    case when unguarded is null then 'guarded' else unguarded end,
    case
      when unguarded is null then 'update, delete and truncate are refused on every table of the trail.'
      else 'The trigger that refuses update, delete and truncate is missing or switched off on ' || unguarded || '.'
    end,
    case when unguarded is not null then 'select * from script_tracking.verify() says whether a sealed row was changed; alter table NAME enable always trigger insert_only.' end;

  select string_agg(distinct c.oid::regclass::text || ' to ' || coalesce(r.rolname, 'public'), ', ') into open_tables
  from pg_class c
  cross join lateral aclexplode(c.relacl) a
  left join pg_roles r on r.oid = a.grantee
  where c.relnamespace = to_regnamespace('script_tracking') and c.relkind in ('r', 'p')
    and (c.relname ~ '^(ledger|text)(_|$)' or c.relname in ('client_state', 'tenant', 'tenant_decision'))
    and a.grantee <> c.relowner;
  return query select 'grants',
    case when open_tables is null then 'ok' else 'warning' end,
    case when open_tables is null then 'views only' else open_tables end,
    case
      when open_tables is null then 'Nobody is granted anything below the views.'
      else 'Tables below the views were granted: ' || open_tables || '. Row-level security still shows what the views show.'
    end,
    case when open_tables is not null then 'revoke all on TABLE from ROLE; upgrading the framework does so too.' end;

  select sum(pg_total_relation_size(c.oid)) into trail
  from pg_class c
  where c.relnamespace = to_regnamespace('script_tracking') and c.relkind = 'r';
  return query select 'trail_size', 'ok', trail::text, 'The framework takes ' || pg_size_pretty(trail) || ' of this database.',
    'cleanup_old_data(days) lets sealed months leave.'::text;

  select max(s.recorded_at) into future
  from script_tracking.reported_state s
  where s.recorded_at > now() + interval '1 minute';
  return query select 'clock',
    case when future is null then 'ok' else 'warning' end,
    coalesce(future, now())::text,
    case
      when future is null then 'No state was recorded later than now.'
      else 'A state was recorded at ' || future || ', which is yet to come: the server''s clock was ahead, or is behind now.'
    end,
    case when future is not null then 'Have the clock kept by NTP or PTP. The order of states is that of version_number and is not touched by it.' end;

  return query select 'version', 'ok', f.name,
    'Installed up to ' || f.name || ', last applied ' || f.applied_at::timestamptz(0) || ', on PostgreSQL ' || current_setting('server_version') || '.', null::text
  from (
    select max(a.name) filter (where a.name like 'migrations/%') as name, max(a.applied_at) as applied_at
    from script_tracking.applied_file a
  ) f
  where f.name is not null;

  return query select 'row_audit', 'ok', count(*)::text,
    case count(*) when 0 then 'No table is under row auditing.' else count(*) || ' tables and partitions are under row auditing.' end, null::text
  from script_tracking.audited_table;
end
$$;

comment on function script_tracking.health_of_trail() is 'Checks of where the trail lies and what guards it';

create or replace view script_tracking.last_catalog_comparison with (security_barrier) as
select max(c.compared_at) as compared_at
from script_tracking.shared_catalog_comparison c;

comment on view script_tracking.last_catalog_comparison is 'When the shared catalogs were last compared, for steward_admin and steward_auditor';
comment on column script_tracking.last_catalog_comparison.compared_at is 'When; null for never';

create or replace function script_tracking.health_of_evidence()
returns table (check_name text, status text, value text, message text, what_to_do text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  most constant integer := 10000;
  since timestamptz;
  oldest timestamptz;
  unsealed bigint;
  lost bigint;
  doubtful text;
  gaps text;
begin
  select max(s.sealed_at) into since from script_tracking.seal s;
  -- Counting stops at a number that says enough.
  select count(*), min(s.recorded_at) into unsealed, oldest
  from (select r.recorded_at from script_tracking.reported_state r where r.recorded_at > coalesce(since, '-infinity') limit most) s;
  return query select 'seals',
    case
      when unsealed = 0 then 'ok'
      when oldest < now() - interval '7 days' then 'critical'
      when oldest < now() - interval '25 hours' then 'warning'
      else 'ok'
    end,
    case when since is null then 'never' else since::timestamptz(0)::text end,
    case when since is null then 'Nothing was ever sealed. ' else 'The last seal is of ' || since::timestamptz(0) || '. ' end
      || case when unsealed = most then 'At least ' else '' end || unsealed || ' states were recorded since: until they are sealed, and the seal is exported, a superuser could change them unseen.'
      || ' No seal covers row changes, object versions, what could not be recorded, or project_schema.',
    case when unsealed > 0 then 'select * from script_tracking.seal(); by a job, and pgsteward framework export-seals to keep the heads elsewhere.' end;

  return query select 'shared_catalogs',
    case when c.compared_at >= now() - interval '25 hours' then 'ok' else 'warning' end,
    coalesce(c.compared_at::timestamptz(0)::text, 'never'),
    case
      when c.compared_at is null then 'Roles, memberships, databases, settings and event triggers were never compared: what changes there goes unseen.'
      else 'Roles, memberships, databases, settings and event triggers were last compared at ' || c.compared_at::timestamptz(0) || '.'
    end,
    case
      when c.compared_at >= now() - interval '25 hours' then null
      else 'select * from script_tracking.compare_shared_catalogs();'
    end
  from script_tracking.last_catalog_comparison c;

  select count(*) into lost
  from script_tracking.visible_tracking_error e
  where e.failed_at >= now() - interval '24 hours';
  return query select 'tracking_errors',
    case when lost = 0 then 'ok' when lost < 100 then 'warning' else 'critical' end,
    lost::text,
    case lost when 0 then 'Everything was recorded in the last 24 hours.' else lost || ' commands of the last 24 hours took effect and could not be recorded.' end,
    case when lost > 0 then 'select * from script_tracking.get_recent_errors(); says why. drift() says what it left behind.' end;

  select string_agg(distinct g.relation::text, ', ') into gaps from script_tracking.row_audit_gap g;
  return query select 'row_audit_gaps',
    case when gaps is null then 'ok' else 'critical' end,
    coalesce(gaps, 'none'),
    case when gaps is null then 'Every table that is to be audited is.' else 'These ought to be audited and are not, or not all: ' || gaps || '.' end,
    case when gaps is not null then 'select * from script_tracking.row_audit_gap; says what is missing; enable_row_audit mends it.' end;

  select string_agg(distinct case
      when m.role_name <> m.recorded_role_name then m.role_name || ' (was ' || m.recorded_role_name || ')' else m.role_name
    end, ', ') into doubtful
  from script_tracking.tenant_membership m
  where m.role_name <> m.recorded_role_name or not m.is_of_this_cluster;
  return query select 'tenant_members',
    case when doubtful is null then 'ok' else 'warning' end,
    coalesce(doubtful, 'confirmed'),
    case
      when doubtful is null then 'Every member of a tenant is the role that was made one, under the name that it had then.'
      else 'Renamed since they became members, or taken over from another cluster by name: ' || doubtful || '.'
    end,
    case when doubtful is not null then 'Where that is right: select script_tracking.add_tenant_member(TENANT, ROLE), which notes the role as it is here and now.' end;
end
$$;

comment on function script_tracking.health_of_evidence() is 'Checks that only those can make who see everything';

create or replace function script_tracking.get_system_health()
returns table (check_name text, status text, value text, message text, what_to_do text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  return query select * from script_tracking.health_of_recording();
  return query select * from script_tracking.health_of_trail();
  if script_tracking.may_read_all() then
    return query select * from script_tracking.health_of_evidence();
  else
    return query select 'checked_by', 'ok', current_user::text,
      'Seals, tracking errors, gaps of row auditing and members of tenants are shown to steward_admin and steward_auditor.', null::text;
  end if;
end
$$;

comment on function script_tracking.get_system_health() is 'How the framework is doing, one row for each check: its name; ok, warning or critical; the value found; what it means; what to do about it, where something can be done';
