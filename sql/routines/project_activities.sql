-- What people did, and what they are told.

create or replace function project_schema.record_activity(
  activity_type text,
  description text default null,
  entity_type text default null,
  entity_id text default null,
  metadata jsonb default null)
returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made_id uuid;
begin
  perform project_schema.require_role('record activities', 'steward_admin', 'steward_editor', 'steward_analyst');
  if activity_type is null or activity_type !~ '[^[:space:]]' then
    raise exception 'An activity needs a type.' using errcode = 'null_value_not_allowed';
  end if;
  insert into project_schema.project_activities (recorded_at, actor, user_id, activity_type, description, entity_type, entity_id, metadata)
  values (
    clock_timestamp(), script_tracking.session_role(), project_schema.caller_id(), record_activity.activity_type,
    script_tracking.redact(record_activity.description), record_activity.entity_type, record_activity.entity_id,
    project_schema.redact_json(record_activity.metadata))
  returning id into made_id;
  return made_id;
end
$$;

comment on function project_schema.record_activity(text, text, text, text, jsonb) is 'Records what the caller did on the project, for all but auditors; secrets are blacked out';

create or replace function project_schema.list_activities(
  since timestamptz default now() - interval '7 days',
  by_actor text default null,
  for_type text default null,
  of_type text default null,
  of_id text default null,
  page_size integer default 100,
  after uuid default null)
returns table (
  id uuid, recorded_at timestamptz, actor text, user_name text, activity_type text, description text,
  entity_type text, entity_id text, metadata jsonb)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  after_time timestamptz;
begin
  perform project_schema.require_role('list activities', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor');
  perform project_schema.require_page(page_size);
  if after is not null then
    select p.recorded_at into after_time from project_schema.project_activities p where p.id = list_activities.after;
    if not found then
      raise exception 'There is no activity % to go on from.', after using errcode = 'no_data_found';
    end if;
  end if;
  return query
  select p.id, p.recorded_at, p.actor, u.user_name, p.activity_type, p.description, p.entity_type, p.entity_id, p.metadata
  from project_schema.project_activities p
  left join project_schema.users u on u.id = p.user_id
  where p.recorded_at >= coalesce(list_activities.since, '-infinity')
    and (list_activities.by_actor is null or list_activities.by_actor in (p.actor, u.user_name))
    and (list_activities.for_type is null or p.activity_type = list_activities.for_type)
    and (list_activities.of_type is null or p.entity_type = list_activities.of_type)
    and (list_activities.of_id is null or p.entity_id = list_activities.of_id)
    and (list_activities.after is null or (p.recorded_at, p.id) < (after_time, list_activities.after))
  order by p.recorded_at desc, p.id desc
  limit page_size;
end
$$;

comment on function project_schema.list_activities(timestamptz, text, text, text, text, integer, uuid) is 'Activities of everybody, newest first, for the four project roles. The next page begins after the last id of this one';

create or replace function project_schema.notify(
  recipient text,
  title text,
  message text default null,
  kind text default 'message',
  severity text default 'info',
  link jsonb default null,
  expires_at timestamptz default null,
  deduplication_key text default null)
returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  target uuid;
  made_id uuid;
begin
  perform project_schema.require_role('notify', 'steward_admin', 'steward_editor', 'steward_analyst');
  if project_schema.caller_has('steward_editor') then
    target := project_schema.require_user(recipient);
  else
    select u.id into target
    from project_schema.users u
    where u.id = project_schema.caller_id() and lower(u.user_name) = lower(recipient);
    if target is null then
      perform project_schema.require_role('notify somebody else', 'steward_editor');
    end if;
  end if;
  if title is null or title !~ '[^[:space:]]' then
    raise exception 'A notification needs a title.' using errcode = 'null_value_not_allowed';
  end if;
  insert into project_schema.notifications as n (
    user_id, created_at, created_by, kind, severity, title, message, link, deduplication_key, expires_at)
  values (
    target, clock_timestamp(), script_tracking.session_role(), notify.kind, notify.severity,
    script_tracking.redact(notify.title), script_tracking.redact(notify.message),
    project_schema.redact_json(notify.link), notify.deduplication_key, notify.expires_at)
  on conflict do nothing
  returning n.id into made_id;
  if made_id is null then
    -- The same alert stands unread.
    return null;
  end if;
  -- Anybody may listen, so the channel says that there is something, not what.
  perform pg_notify('project_schema.notifications', json_build_object('id', made_id, 'user_id', target)::text);
  return made_id;
end
$$;

comment on function project_schema.notify(text, text, text, text, text, jsonb, timestamptz, text) is 'Tells a user something; analysts tell only themselves, auditors nobody. Null where the same deduplication_key stands unread. Sends id and user_id on the channel project_schema.notifications';

create or replace function project_schema.list_notifications(
  unread_only boolean default false,
  page_size integer default 100,
  after uuid default null)
returns table (
  id uuid, created_at timestamptz, created_by text, kind text, severity text, title text, message text, link jsonb,
  read_at timestamptz, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  me constant uuid := project_schema.caller_id();
  after_time timestamptz;
begin
  perform project_schema.require_role('list notifications', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor');
  perform project_schema.require_page(page_size);
  if after is not null then
    select n.created_at into after_time from project_schema.notifications n where n.id = list_notifications.after and n.user_id = me;
    if not found then
      raise exception 'There is no notification % of yours to go on from.', after using errcode = 'no_data_found';
    end if;
  end if;
  return query
  select n.id, n.created_at, n.created_by, n.kind, n.severity, n.title, n.message, n.link, n.read_at, n.expires_at
  from project_schema.notifications n
  where n.user_id = me
    and (n.expires_at is null or n.expires_at > clock_timestamp())
    and (not coalesce(list_notifications.unread_only, false) or n.read_at is null)
    and (list_notifications.after is null or (n.created_at, n.id) < (after_time, list_notifications.after))
  order by n.created_at desc, n.id desc
  limit page_size;
end
$$;

comment on function project_schema.list_notifications(boolean, integer, uuid) is 'The caller''s own notifications, newest first. The next page begins after the last id of this one';

create or replace function project_schema.mark_read(notification_id uuid default null)
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  me constant uuid := project_schema.caller_id();
  marked integer;
begin
  perform project_schema.require_role('read notifications', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor');
  if notification_id is not null and not exists (
    select from project_schema.notifications n where n.id = mark_read.notification_id and n.user_id = me
  ) then
    raise exception 'There is no notification % of yours.', notification_id using errcode = 'no_data_found';
  end if;
  update project_schema.notifications n
  set read_at = clock_timestamp()
  where n.user_id = me and n.read_at is null and (mark_read.notification_id is null or n.id = mark_read.notification_id);
  get diagnostics marked = row_count;
  return marked;
end
$$;

comment on function project_schema.mark_read(uuid) is 'Marks one of the caller''s own notifications as read, or all where none is named; says how many were unread';
