-- Sessions that an application opens for a user. The token is told once; what is kept is its hash.

create or replace function project_schema.create_session(
  user_name text default null,
  lifetime interval default '8 hours',
  client_ip inet default inet_client_addr(),
  user_agent text default null)
returns table (session_id uuid, token text, expires_at timestamptz)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  for_user uuid;
  made_token text;
  opened constant timestamptz := clock_timestamp();
begin
  perform project_schema.require_role('open sessions', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor');
  if lifetime is null or lifetime <= interval '0' or lifetime > interval '30 days' then
    raise exception 'A session lives up to 30 days, not %.', coalesce(lifetime::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  if user_name is null then
    for_user := project_schema.require_caller('open a session');
  elsif project_schema.caller_has('steward_admin') then
    for_user := project_schema.require_user(user_name);
  else
    select u.id into for_user
    from project_schema.users u
    where u.id = project_schema.caller_id() and lower(u.user_name) = lower(create_session.user_name);
    if for_user is null then
      perform project_schema.require_role('open a session for somebody else', 'steward_admin');
    end if;
  end if;
  made_token := 'pgs_' || translate(encode(project_schema.random_bytes(), 'base64'), '+/=', '-_');
  return query
  insert into project_schema.user_sessions as s (user_id, token_hash, created_at, created_by, expires_at, client_ip, user_agent)
  values (
    for_user, sha256(script_tracking.utf8(made_token)), opened, script_tracking.session_role(),
    opened + create_session.lifetime, create_session.client_ip, left(create_session.user_agent, 500))
  returning s.id, made_token, s.expires_at;
end
$$;

comment on function project_schema.create_session(text, interval, inet, text) is 'Opens a session, one''s own or as steward_admin anybody''s. The token is told here and never again';

create or replace function project_schema.check_session(token text)
returns table (session_id uuid, user_id uuid, user_name text, expires_at timestamptz)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  found_session project_schema.user_sessions;
begin
  perform project_schema.require_role('check sessions', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor');
  select s.* into found_session
  from project_schema.user_sessions s
  join project_schema.users u on u.id = s.user_id and u.is_active
  where s.token_hash = sha256(script_tracking.utf8(token)) and s.revoked_at is null and s.expires_at > clock_timestamp();
  if not found then
    return;
  end if;
  -- To the minute, so that a busy session does not write at each step; not at all where nothing may be written.
  if coalesce(found_session.last_seen_at, '-infinity') < clock_timestamp() - interval '1 minute'
    and current_setting('transaction_read_only') = 'off'
  then
    update project_schema.user_sessions s set last_seen_at = clock_timestamp() where s.id = found_session.id;
  end if;
  return query
  select found_session.id, u.id, u.user_name, found_session.expires_at
  from project_schema.users u
  where u.id = found_session.user_id;
end
$$;

comment on function project_schema.check_session(text) is 'Whose session this token opens; no row where it is unknown, expired or revoked';

create or replace function project_schema.revoke_session(session_id uuid)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  target project_schema.user_sessions;
begin
  perform project_schema.require_role('revoke sessions', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor');
  select s.* into target
  from project_schema.user_sessions s
  where s.id = revoke_session.session_id
    and (s.user_id = project_schema.caller_id() or project_schema.caller_has('steward_admin'))
  for update;
  -- Somebody else's session is unknown here, so that asking tells nothing.
  if not found then
    raise exception 'There is no session % of yours.', coalesce(session_id::text, 'null') using errcode = 'no_data_found';
  end if;
  if target.revoked_at is not null then
    return false;
  end if;
  update project_schema.user_sessions s
  set revoked_at = clock_timestamp(), revoked_by = script_tracking.session_role()
  where s.id = target.id;
  return true;
end
$$;

comment on function project_schema.revoke_session(uuid) is 'Ends a session, one''s own or as steward_admin anybody''s. False where it was ended already';

create or replace function project_schema.list_sessions(
  of_user text default null,
  active_only boolean default true,
  page_size integer default 100,
  after uuid default null)
returns table (
  session_id uuid, user_name text, created_at timestamptz, expires_at timestamptz, last_seen_at timestamptz,
  revoked_at timestamptz, revoked_by text, client_ip inet, user_agent text, is_active boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  sees_all constant boolean := project_schema.caller_has('steward_admin', 'steward_auditor');
  me constant uuid := project_schema.caller_id();
begin
  perform project_schema.require_role('list sessions', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor');
  perform project_schema.require_page(page_size);
  return query
  select s.id, u.user_name, s.created_at, s.expires_at, s.last_seen_at, s.revoked_at, s.revoked_by, s.client_ip, s.user_agent,
    s.revoked_at is null and s.expires_at > clock_timestamp()
  from project_schema.user_sessions s
  join project_schema.users u on u.id = s.user_id
  where (sees_all or s.user_id = me)
    and (list_sessions.of_user is null or lower(u.user_name) = lower(list_sessions.of_user))
    and (not coalesce(list_sessions.active_only, true) or s.revoked_at is null and s.expires_at > clock_timestamp())
    and (list_sessions.after is null or s.id < list_sessions.after)
  order by s.id desc
  limit page_size;
end
$$;

comment on function project_schema.list_sessions(text, boolean, integer, uuid) is 'Sessions, newest first: one''s own; those of all for steward_admin and steward_auditor. The next page begins after the last session_id of this one';
