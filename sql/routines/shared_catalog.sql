-- What no event tells of. A comparison notices that something changed since the one before; who did it and when
-- exactly is not known, and the record says so.

create or replace function script_tracking.privileges_by_oid(acl aclitem[])
returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_agg(concat_ws(' ', a.grantor, a.grantee, a.privilege_type, a.is_grantable)
    order by a.grantor, a.grantee, a.privilege_type)
  from aclexplode(acl) a
$$;

comment on function script_tracking.privileges_by_oid(aclitem[]) is 'Privileges by the OIDs of their roles, which stay the same when a role is renamed';

create or replace function script_tracking.shared_catalog_now()
returns table (kind text, key text, definition jsonb)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  -- Passwords are not read: pg_roles does not have them, and pg_authid is not looked at.
  select 'role', r.oid::text, jsonb_build_object(
    'name', r.rolname, 'superuser', r.rolsuper, 'inherit', r.rolinherit, 'createrole', r.rolcreaterole, 'createdb', r.rolcreatedb,
    'login', r.rolcanlogin, 'replication', r.rolreplication, 'bypassrls', r.rolbypassrls, 'connection_limit', r.rolconnlimit,
    'valid_until', r.rolvaliduntil, 'comment', script_tracking.redact(shobj_description(r.oid, 'pg_authid')))
  from pg_roles r
  -- Predefined roles belong to the version of the server.
  where r.oid >= 16384 or r.oid = 10

  union all
  select 'membership', concat_ws('/', m.roleid, m.member, m.grantor), jsonb_build_object(
    'name', pg_get_userbyid(m.roleid), 'member', pg_get_userbyid(m.member),
    'granted_by', pg_get_userbyid(m.grantor))
    -- admin_option, and from 16 on inherit_option and set_option.
    || (to_jsonb(m) - array['oid', 'roleid', 'member', 'grantor'])
  from pg_auth_members m
  where m.member >= 16384 or m.member = 10 and m.roleid >= 16384

  union all
  select 'database', d.oid::text, jsonb_build_object(
    'name', d.datname, 'owner', pg_get_userbyid(d.datdba), 'owner_oid', d.datdba::bigint, 'template', d.datistemplate, 'connections_allowed', d.datallowconn,
    'connection_limit', d.datconnlimit, 'encoding', pg_encoding_to_char(d.encoding), 'collation', d.datcollate, 'ctype', d.datctype,
    'tablespace', t.oid::bigint, 'privileges', d.datacl::text, 'privileges_by_oid', script_tracking.privileges_by_oid(d.datacl),
    'comment', script_tracking.redact(shobj_description(d.oid, 'pg_database')))
  from pg_database d
  join pg_tablespace t on t.oid = d.dattablespace

  union all
  select 'tablespace', t.oid::text, jsonb_build_object(
    'name', t.spcname, 'owner', pg_get_userbyid(t.spcowner), 'owner_oid', t.spcowner::bigint,
    'privileges', t.spcacl::text, 'privileges_by_oid', script_tracking.privileges_by_oid(t.spcacl), 'options', t.spcoptions,
    'location', pg_tablespace_location(t.oid), 'comment', script_tracking.redact(shobj_description(t.oid, 'pg_tablespace')))
  from pg_tablespace t

  union all
  select 'role setting', s.setdatabase || '/' || s.setrole, jsonb_build_object(
    'name', concat_ws(' in ',
      case when s.setrole <> 0 then 'role ' || quote_ident(pg_get_userbyid(s.setrole)) when s.setdatabase = 0 then 'role all' end,
      'database ' || (select quote_ident(d.datname) from pg_database d where d.oid = s.setdatabase)),
    'settings', (
      select jsonb_object_agg(split_part(c.entry, '=', 1), script_tracking.redact(c.entry))
      from unnest(s.setconfig) as c (entry)))
  from pg_db_role_setting s

  union all
  -- What a session, its role or its database has set for itself hides what the server says: not compared then.
  select 'server setting', s.name, jsonb_build_object('name', s.name, 'value', script_tracking.redact(s.name || '=' || s.reset_val))
  from pg_settings s
  where s.source in ('default', 'configuration file', 'command line', 'environment variable', 'override')
    and s.category <> 'Customized Options'
    and s.name not like 'transaction_%'
    and s.name not in ('is_superuser', 'session_authorization', 'role', 'search_path', 'in_hot_standby', 'client_encoding', 'application_name')

  union all
  select 'event trigger', t.oid::text, jsonb_build_object(
    'name', t.evtname, 'event', t.evtevent, 'owner', pg_get_userbyid(t.evtowner), 'owner_oid', t.evtowner::bigint, 'function', t.evtfoid::regprocedure::text,
    'enabled', case t.evtenabled when 'O' then 'enabled' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
    'tags', t.evttags, 'comment', script_tracking.redact(obj_description(t.oid, 'pg_event_trigger')))
  from pg_event_trigger t
$$;

comment on function script_tracking.shared_catalog_now() is 'The objects that no event tells of, as they are';

create or replace function script_tracking.own_definition(kind text, definition jsonb)
returns jsonb
language sql immutable
as $$
  -- A role that is renamed has changed; what it owns and what was granted to it has not.
  select definition - array['owner', 'granted_by', 'member', 'privileges']
    - case when kind in ('membership', 'role setting') then 'name' else '' end
$$;

comment on function script_tracking.own_definition(text, jsonb) is 'Of an object''s definition what does not merely tell the name of another one';

create or replace function script_tracking.shared_catalog_changes()
returns table (kind text, key text, revision integer, before jsonb, after jsonb)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(n.kind, s.kind), coalesce(n.key, s.key), coalesce(s.revision, 0) + 1, s.definition, n.definition
  from (
    select distinct on (o.kind, o.key) o.kind, o.key, o.revision, o.definition
    from script_tracking.shared_catalog_state o
    order by o.kind, o.key, o.revision desc
  ) s
  full join script_tracking.shared_catalog_now() n on n.kind = s.kind and n.key = s.key
  where script_tracking.own_definition(n.kind, n.definition) is distinct from script_tracking.own_definition(s.kind, s.definition)
    -- A setting that is hidden from this session has not gone.
    and (n.kind is not null or s.kind <> 'server setting')
$$;

comment on function script_tracking.shared_catalog_changes() is 'What has changed since the last comparison, and how';

create or replace function script_tracking.shared_catalog_command(kind text, before jsonb, after jsonb)
returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when kind = 'membership' then concat_ws(' ',
      case when after is null then 'REVOKE' else 'GRANT' end, quote_ident(coalesce(after, before) ->> 'name'),
      case when after is null then 'FROM' else 'TO' end, quote_ident(coalesce(after, before) ->> 'member'))
    when kind = 'role setting' then concat_ws(' ', 'ALTER', coalesce(after, before) ->> 'name', case when after is null then 'RESET' else 'SET' end)
    when kind = 'server setting' then 'ALTER SYSTEM ' || quote_ident(coalesce(after, before) ->> 'name')
    else concat_ws(' ',
      case when before is null then 'CREATE' when after is null then 'DROP' else 'ALTER' end,
      upper(kind), quote_ident(coalesce(before, after) ->> 'name'))
  end
$$;

comment on function script_tracking.shared_catalog_command(text, jsonb, jsonb) is 'What the command that made such a change is called';

create or replace function script_tracking.compare_shared_catalogs()
returns table (change text, noticed_since timestamptz, before jsonb, after jsonb)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  last_time timestamptz;
  this_time timestamptz;
  found_change record;
  entry script_tracking.ledger;
  empty script_tracking.ledger;
  changes integer := 0;
begin
  -- One at a time: the second one compares with what the first one found.
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.compare_shared_catalogs', 0));
  this_time := clock_timestamp();
  last_time := (select max(c.compared_at) from script_tracking.shared_catalog_comparison c);
  for found_change in
    select c.*, script_tracking.shared_catalog_command(c.kind, c.before, c.after) as command
    from script_tracking.shared_catalog_changes() c
    order by c.kind, c.key
  loop
    insert into script_tracking.shared_catalog_state (kind, key, revision, noticed_at, definition)
    values (found_change.kind, found_change.key, found_change.revision, this_time, found_change.after);
    -- A setting that was hidden so far is seen for the first time, and is not new.
    continue when last_time is null or found_change.kind = 'server setting' and found_change.before is null;
    changes := changes + 1;
    entry := empty;
    entry.source := 'K';
    entry.status := 'C';
    entry.state_ordinal := 0;
    entry.operation := script_tracking.new_operation();
    entry.script_name := left(found_change.command, 1000);
    entry.script_type := 'AUTO_DDL';
    entry.script_category := 'SHARED_CATALOG';
    entry.detail := jsonb_build_object(
      case when found_change.before is null then 'objects_created' when found_change.after is null then 'objects_dropped' else 'objects_modified' end,
      jsonb_build_array(found_change.kind || ' ' || (coalesce(found_change.after, found_change.before) ->> 'name')));
    entry.metadata := jsonb_build_object(
      'noticed', 'by comparison: who did it is not known, nor when exactly', 'since', last_time, 'until', this_time,
      'kind', found_change.kind, 'before', found_change.before, 'after', found_change.after);
    entry := script_tracking.stamp(entry);
    perform script_tracking.append(entry);
    change := found_change.command;
    noticed_since := last_time;
    before := found_change.before;
    after := found_change.after;
    return next;
  end loop;
  insert into script_tracking.shared_catalog_comparison (compared_at, changes) values (this_time, changes);
end
$$;

comment on function script_tracking.compare_shared_catalogs() is 'Compares roles, memberships, databases, tablespaces, settings and event triggers with what the last comparison found, and records what changed as executions of type AUTO_DDL and category SHARED_CATALOG, with what was before and after. Who did it is not known. The first call records nothing: it is what later ones compare with. To be called by a job, of anyone: it tells what every role can see';

do $$
begin
  perform script_tracking.make_insert_only('script_tracking.shared_catalog_state');
  perform script_tracking.make_insert_only('script_tracking.shared_catalog_comparison');
end
$$;
