create schema auth;
comment on schema auth is 'Who may log in to the patients'' portal and the shop';

create domain auth.email_address as text
  check (value = lower(value) and value ~ '^[a-z0-9.+-]+@[a-z0-9-]+([.][a-z0-9-]+)+$');
comment on domain auth.email_address is 'An e-mail address in lower case';
create type auth.account_status as enum ('active', 'locked', 'closed');
comment on type auth.account_status is 'Only active accounts can log in';
create type auth.outcome as enum ('success', 'failure', 'locked');
comment on type auth.outcome is 'How an attempt to log in ended';

-- From version 13 on, PostgreSQL has gen_random_uuid itself.
do $$
begin
  if to_regprocedure('pg_catalog.gen_random_uuid()') is null then
    create extension if not exists pgcrypto with schema auth;
  end if;
end
$$;

create table auth.account (
  id uuid primary key,
  person_id bigint unique,
  email auth.email_address not null unique,
  password_salt bytea not null check (octet_length(password_salt) >= 16),
  password_rounds integer not null check (password_rounds > 0),
  password_hash bytea not null default '',
  status auth.account_status not null default 'active',
  second_factor boolean not null default false,
  created_at timestamptz not null default now(),
  last_login_at timestamptz
);
comment on table auth.account is 'A login. Of the password only a salted hash is kept';
comment on column auth.account.id is 'Random';
comment on column auth.account.person_id is 'Whose login it is, where known';
comment on column auth.account.email is 'The name to log in with';
comment on column auth.account.password_salt is 'Random, for each account';
comment on column auth.account.password_rounds is 'How often the hash was taken';
comment on column auth.account.password_hash is 'auth.password_hash of password, salt and rounds';
comment on column auth.account.status is 'Only active ones can log in';
comment on column auth.account.second_factor is 'Asks for a code too';
comment on column auth.account.created_at is 'Registered';
comment on column auth.account.last_login_at is 'Last success';

create table auth.session (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  account_id uuid not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ip inet,
  user_agent text,
  check (expires_at > created_at)
);
comment on table auth.session is 'Who is logged in. Of the token only a hash is kept';
comment on column auth.session.token_hash is 'SHA-256 of the token that the browser holds';
comment on column auth.session.account_id is 'Who';
comment on column auth.session.created_at is 'Logged in';
comment on column auth.session.last_seen_at is 'Last request';
comment on column auth.session.expires_at is 'No longer valid then';
comment on column auth.session.ip is 'From where';
comment on column auth.session.user_agent is 'With what';

create table auth.login_attempt (
  id bigserial not null,
  outcome auth.outcome not null,
  attempted_at timestamptz not null default now(),
  email text not null,
  account_id uuid,
  ip inet,
  user_agent text,
  primary key (id, outcome)
) partition by list (outcome);
comment on table auth.login_attempt is 'Everyone who tried to log in; failures in a partition of their own';
comment on column auth.login_attempt.id is 'Unique over all partitions';
comment on column auth.login_attempt.outcome is 'How it ended';
comment on column auth.login_attempt.attempted_at is 'When';
comment on column auth.login_attempt.email is 'What was typed as the name';
comment on column auth.login_attempt.account_id is 'The account of that name, if there is one';
comment on column auth.login_attempt.ip is 'From where';
comment on column auth.login_attempt.user_agent is 'With what';
create table auth.login_attempt_good partition of auth.login_attempt for values in ('success');
comment on table auth.login_attempt_good is 'Those who got in';
create table auth.login_attempt_bad partition of auth.login_attempt for values in ('failure', 'locked');
comment on table auth.login_attempt_bad is 'Those who did not';
