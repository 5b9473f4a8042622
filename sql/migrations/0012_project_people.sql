-- Who works on the project, and what concerns them: users, their sessions, what they did, what they are
-- told. What a user may do is PostgreSQL's business: membership in steward_admin, steward_editor,
-- steward_analyst or steward_auditor of the role that the user works as.

create table project_schema.users (
  id uuid primary key,
  user_name text not null,
  display_name text,
  email text,
  database_role text,
  password_hash text,
  password_set_at timestamptz,
  failed_logins integer not null default 0,
  locked_until timestamptz,
  is_active boolean not null default true,
  preferences jsonb not null default '{}',
  created_at timestamptz not null default now(),
  created_by text not null default current_user,
  updated_at timestamptz not null default now(),
  updated_by text not null default current_user,

  constraint users_name_is_a_word check (user_name ~ '^[^[:space:]]+$' and length(user_name) <= 100),
  constraint users_email_has_two_sides check (email ~ '^[^[:space:]@]+@[^[:space:]@]+$'),
  -- What is no hash of ours is refused, a password in clear above all.
  constraint users_password_is_hashed check (password_hash ~ '^(bcrypt-sha256[$][0-9]+[$][$]2[abxy][$].{56,}|hmac-sha256[$][0-9]+[$][0-9a-f]{32,}[$][0-9a-f]{64})$'),
  constraint users_failed_logins_are_counted check (failed_logins >= 0),
  constraint users_preferences_are_an_object check (jsonb_typeof(preferences) = 'object')
);

create unique index users_user_name on project_schema.users (lower(user_name));
create unique index users_email on project_schema.users (lower(email));
create unique index users_database_role on project_schema.users (database_role);
create index users_preferences on project_schema.users using gin (preferences jsonb_path_ops);

comment on table project_schema.users is 'The people of the project. What one may do is decided by membership of the database role in the steward roles';
comment on column project_schema.users.id is 'Time-ordered UUID';
comment on column project_schema.users.user_name is 'What the user is called; unique without regard to case';
comment on column project_schema.users.display_name is 'The name that people read';
comment on column project_schema.users.email is 'Where mail goes; unique without regard to case';
comment on column project_schema.users.database_role is 'The role that this user works as in the database; its sessions and notifications are this user''s own';
comment on column project_schema.users.password_hash is 'Algorithm, rounds, salt and hash, parted by dollars; written by project_schema.set_password alone, readable by nobody';
comment on column project_schema.users.password_set_at is 'When the password was last set';
comment on column project_schema.users.failed_logins is 'Wrong passwords since the last right one';
comment on column project_schema.users.locked_until is 'Until when no password is accepted, after too many wrong ones';
comment on column project_schema.users.is_active is 'An inactive user keeps its record and opens no session';
comment on column project_schema.users.preferences is 'Settings of the user''s own';
comment on column project_schema.users.created_at is 'When the row was made';
comment on column project_schema.users.created_by is 'The role that made it';
comment on column project_schema.users.updated_at is 'When the row was last changed';
comment on column project_schema.users.updated_by is 'The role that last changed it';

create table project_schema.user_sessions (
  id uuid primary key,
  user_id uuid not null references project_schema.users (id),
  token_hash bytea not null,
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz not null,
  last_seen_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  client_ip inet,
  user_agent text,

  constraint user_sessions_token_is_sha256 check (octet_length(token_hash) = 32),
  constraint user_sessions_expire_later check (expires_at > created_at),
  constraint user_sessions_are_revoked_by_somebody check ((revoked_at is null) = (revoked_by is null))
);

create unique index user_sessions_token_hash on project_schema.user_sessions (token_hash);
create index user_sessions_user_id on project_schema.user_sessions (user_id, id);
create index user_sessions_expires_at on project_schema.user_sessions (expires_at);

comment on table project_schema.user_sessions is 'Sessions that were opened for users; the token itself was told once and is kept nowhere';
comment on column project_schema.user_sessions.id is 'Time-ordered UUID';
comment on column project_schema.user_sessions.user_id is 'Whose session it is';
comment on column project_schema.user_sessions.token_hash is 'SHA-256 of the token';
comment on column project_schema.user_sessions.created_at is 'When it was opened';
comment on column project_schema.user_sessions.created_by is 'The role that opened it';
comment on column project_schema.user_sessions.expires_at is 'From when on the token is worth nothing';
comment on column project_schema.user_sessions.last_seen_at is 'When the token was last shown, to the minute';
comment on column project_schema.user_sessions.revoked_at is 'When it was ended before its time';
comment on column project_schema.user_sessions.revoked_by is 'The role that ended it';
comment on column project_schema.user_sessions.client_ip is 'The address it was opened from';
comment on column project_schema.user_sessions.user_agent is 'What the client calls itself';

create table project_schema.project_activities (
  id uuid primary key,
  recorded_at timestamptz not null,
  actor text not null,
  user_id uuid references project_schema.users (id),
  activity_type text not null,
  description text,
  entity_type text,
  entity_id text,
  metadata jsonb,

  constraint project_activities_have_a_type check (activity_type ~ '[^[:space:]]' and length(activity_type) <= 100),
  constraint project_activities_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index project_activities_recorded_at on project_schema.project_activities (recorded_at, id);
create index project_activities_user_id on project_schema.project_activities (user_id);
create index project_activities_entity on project_schema.project_activities (entity_type, entity_id);
create index project_activities_metadata on project_schema.project_activities using gin (metadata jsonb_path_ops);

comment on table project_schema.project_activities is 'What people did on the project, for everybody who works on it to see';
comment on column project_schema.project_activities.id is 'Time-ordered UUID';
comment on column project_schema.project_activities.recorded_at is 'When it was recorded';
comment on column project_schema.project_activities.actor is 'The database role that recorded it';
comment on column project_schema.project_activities.user_id is 'The user who works as that role';
comment on column project_schema.project_activities.activity_type is 'A word of the project''s own, such as rule.created';
comment on column project_schema.project_activities.description is 'What happened, for people';
comment on column project_schema.project_activities.entity_type is 'What kind of thing it was done to';
comment on column project_schema.project_activities.entity_id is 'Which one';
comment on column project_schema.project_activities.metadata is 'More, in the recorder''s own terms';

create table project_schema.notifications (
  id uuid primary key,
  user_id uuid not null references project_schema.users (id),
  created_at timestamptz not null,
  created_by text not null,
  kind text not null,
  severity text not null,
  title text not null,
  message text,
  link jsonb,
  deduplication_key text,
  read_at timestamptz,
  expires_at timestamptz,

  constraint notifications_have_a_kind check (kind ~ '[^[:space:]]' and length(kind) <= 100),
  constraint notifications_severity_is_known check (severity in ('info', 'warning', 'critical')),
  constraint notifications_have_a_title check (title ~ '[^[:space:]]' and length(title) <= 500),
  constraint notifications_link_is_an_object check (jsonb_typeof(link) = 'object'),
  constraint notifications_expire_later check (expires_at > created_at)
);

-- The same alert is not told again while it is unread.
create unique index notifications_deduplication on project_schema.notifications (user_id, deduplication_key)
  where deduplication_key is not null and read_at is null;
create index notifications_user_id on project_schema.notifications (user_id, created_at, id);
create index notifications_link on project_schema.notifications using gin (link jsonb_path_ops);

comment on table project_schema.notifications is 'What users are told; each sees its own';
comment on column project_schema.notifications.id is 'Time-ordered UUID';
comment on column project_schema.notifications.user_id is 'Who is told';
comment on column project_schema.notifications.created_at is 'When';
comment on column project_schema.notifications.created_by is 'The role that told it';
comment on column project_schema.notifications.kind is 'What it is about, such as incident.opened; preferences go by it';
comment on column project_schema.notifications.severity is 'info, warning or critical';
comment on column project_schema.notifications.title is 'One line';
comment on column project_schema.notifications.message is 'The rest';
comment on column project_schema.notifications.link is 'What it leads to, such as {"incident": "..."}';
comment on column project_schema.notifications.deduplication_key is 'Of those with the same key a user has one unread';
comment on column project_schema.notifications.read_at is 'When the user read it';
comment on column project_schema.notifications.expires_at is 'From when on it is not shown any more';

create table project_schema.notification_preferences (
  user_id uuid not null references project_schema.users (id),
  kind text not null,
  channel text not null,
  is_enabled boolean not null,
  primary key (user_id, kind, channel),

  constraint notification_preferences_channel_is_known check (channel in ('app', 'desktop', 'pg_notify', 'webhook'))
);

comment on table project_schema.notification_preferences is 'By which channel a user wants which kind of notification; what is not said here is on for the app and off elsewhere';
comment on column project_schema.notification_preferences.user_id is 'Whose preference it is';
comment on column project_schema.notification_preferences.kind is 'The kind of notification; * for all that have no row of their own';
comment on column project_schema.notification_preferences.channel is 'app, desktop, pg_notify or webhook';
comment on column project_schema.notification_preferences.is_enabled is 'Whether it is wanted there';
