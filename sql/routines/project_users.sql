-- Users and their passwords. A password is kept as a salted hash that names its own algorithm, rounds and
-- salt; pgcrypto's bcrypt where it is installed, an iterated HMAC otherwise. It is in no row, no message and
-- no record of ours. What a client sends may still stand in the server's log: send it as a parameter.

create or replace function project_schema.extension_function(extension text, name text, arguments text)
returns regprocedure
language sql stable
as $$
  -- By membership in the extension, not by name: a function that only looks like it is none. Whoever owns an
  -- extension may add functions of their own to it, and whoever owns its schema may put another in its place.
  select p.oid::regprocedure
  from pg_extension e
  join pg_depend d on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid
    and d.classid = 'pg_proc'::regclass and d.deptype = 'e'
  join pg_proc p on p.oid = d.objid
  join pg_namespace n on n.oid = p.pronamespace
  join pg_roles owner on owner.oid = p.proowner and owner.rolsuper
  join pg_roles host on host.oid = n.nspowner
  join pg_database b on b.datname = current_database()
  where (host.rolsuper or host.rolname = 'pg_database_owner' or host.oid = b.datdba)
    and e.extname = extension and p.proname = name and oidvectortypes(p.proargtypes) = arguments
    and has_schema_privilege(p.pronamespace, 'usage') and has_function_privilege(p.oid, 'execute')
$$;

comment on function project_schema.extension_function(text, text, text) is 'A function of an extension, wherever that is installed; null where it is not, or out of the owner''s reach';

create or replace function project_schema.random_bytes()
returns bytea
language plpgsql volatile
as $$
declare
  pgcrypto constant regprocedure := project_schema.extension_function('pgcrypto', 'gen_random_bytes', 'integer');
  bytes bytea;
begin
  if pgcrypto is not null then
    execute format('select %s(32)', pgcrypto::regproc) into bytes;
  elsif to_regprocedure('pg_catalog.gen_random_uuid()') is not null then
    -- Each has 122 random bits. Hashed together, all 32 bytes are evenly random.
    execute 'select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))' into bytes;
  else
    raise exception 'PostgreSQL 12 has no random numbers that nobody can guess.'
      using errcode = 'feature_not_supported', hint = 'create extension pgcrypto brings them.';
  end if;
  return bytes;
end
$$;

comment on function project_schema.random_bytes() is '32 random bytes that nobody can guess';

create or replace function project_schema.xor_pad(block text, pad integer)
returns text
language sql immutable strict parallel safe
as $$
  select string_agg(lpad(to_hex(get_byte(decode(block, 'hex'), i) # pad), 2, '0'), '' order by i)
  from generate_series(0, 63) i
$$;

comment on function project_schema.xor_pad(text, integer) is 'A key''s 64 bytes, each crossed with a pad; hexadecimal';

create or replace function project_schema.iterated_hash(password text, salt bytea, rounds integer)
returns bytea
language plpgsql immutable strict parallel safe
as $$
declare
  key constant bytea := sha256(script_tracking.utf8(password));
  block constant text := rpad(encode(key, 'hex'), 128, '0');
  inner_key constant bytea := decode(project_schema.xor_pad(block, 54), 'hex');
  outer_key constant bytea := decode(project_schema.xor_pad(block, 92), 'hex');
  hash bytea := salt;
begin
  -- Each round is an HMAC of the round before, whose two keys were made once.
  for round in 1 .. rounds loop
    hash := sha256(outer_key || sha256(inner_key || hash));
  end loop;
  return hash;
end
$$;

comment on function project_schema.iterated_hash(text, bytea, integer) is 'HMAC-SHA256 of the salt under the password''s SHA-256, then of that, and so on for so many rounds';

create or replace function project_schema.hash_password(password text)
returns text
language plpgsql volatile
as $$
declare
  pgcrypto constant regprocedure := project_schema.extension_function('pgcrypto', 'crypt', 'text, text');
  cost constant integer := 11;
  rounds constant integer := 200000;
  salt bytea;
  hashed text;
begin
  if pgcrypto is not null then
    -- bcrypt looks at 72 bytes and stops at a zero byte: it is given the password's digest.
    execute format('select %s($1, %s(''bf''::text, $2))', pgcrypto::regproc,
        project_schema.extension_function('pgcrypto', 'gen_salt', 'text, integer')::regproc)
      into hashed
      using encode(sha256(script_tracking.utf8(password)), 'base64'), cost;
    return 'bcrypt-sha256$' || cost || '$' || hashed;
  end if;
  -- A salt has to be unique; it need not be a secret.
  salt := decode(replace(project_schema.uuid_v7()::text, '-', ''), 'hex') || decode(md5(random()::text || clock_timestamp()::text), 'hex');
  return 'hmac-sha256$' || rounds || '$' || encode(salt, 'hex') || '$'
    || encode(project_schema.iterated_hash(password, salt, rounds), 'hex');
end
$$;

comment on function project_schema.hash_password(text) is 'The password as it is kept: algorithm, rounds, salt and hash, parted by dollars';

create or replace function project_schema.password_matches(password text, kept text)
returns boolean
language plpgsql volatile
as $$
declare
  parts constant text[] := string_to_array(kept, '$');
  pgcrypto regprocedure;
  expected bytea;
  given bytea;
  nonce constant bytea := decode(md5(random()::text || clock_timestamp()::text), 'hex');
begin
  if parts[1] = 'bcrypt-sha256' then
    pgcrypto := project_schema.extension_function('pgcrypto', 'crypt', 'text, text');
    if pgcrypto is null then
      raise exception 'This password was hashed by pgcrypto, which is not here any more, or out of the reach of %.', current_user
        using errcode = 'object_not_in_prerequisite_state',
              hint = 'create extension pgcrypto, or grant usage on its schema, or set a new password.';
    end if;
    execute format('select script_tracking.utf8(%s($1, $2))', pgcrypto::regproc)
      into given
      using encode(sha256(script_tracking.utf8(password)), 'base64'), substr(kept, length(parts[1]) + length(parts[2]) + 3);
    expected := script_tracking.utf8(substr(kept, length(parts[1]) + length(parts[2]) + 3));
  else
    given := project_schema.iterated_hash(password, decode(parts[3], 'hex'), parts[2]::integer);
    expected := decode(parts[4], 'hex');
  end if;
  -- How long it takes to compare digests under a fresh nonce tells nothing of where the two differ.
  return sha256(nonce || given) = sha256(nonce || expected);
end
$$;

comment on function project_schema.password_matches(text, text) is 'Whether a password is the one that was kept';

create or replace function project_schema.require_password(password text)
returns void
language plpgsql immutable
as $$
begin
  if password is null or length(password) < 8 then
    raise exception 'A password has at least 8 characters.' using errcode = 'invalid_password';
  end if;
  if octet_length(password) > 4096 then
    raise exception 'A password has at most 4096 bytes.' using errcode = 'invalid_password';
  end if;
end
$$;

comment on function project_schema.require_password(text) is 'An error, without the password in it, where one is too short or too long';

create or replace function project_schema.create_user(
  user_name text,
  display_name text default null,
  email text default null,
  database_role text default null,
  password text default null)
returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made_id uuid;
begin
  perform project_schema.require_role('make users', 'steward_admin');
  if user_name is null then
    raise exception 'A user needs a name.' using errcode = 'null_value_not_allowed';
  end if;
  if database_role is not null and not exists (select from pg_roles r where r.rolname = create_user.database_role) then
    raise exception 'There is no database role "%".', database_role
      using errcode = 'undefined_object', hint = 'create role makes one; a user need not have one.';
  end if;
  if password is not null then
    perform project_schema.require_password(password);
  end if;
  insert into project_schema.users (user_name, display_name, email, database_role, password_hash, password_set_at)
  values (
    create_user.user_name, create_user.display_name, create_user.email, create_user.database_role,
    case when password is not null then project_schema.hash_password(password) end,
    case when password is not null then now() end)
  returning id into made_id;
  return made_id;
end
$$;

comment on function project_schema.create_user(text, text, text, text, text) is 'Makes a user; for steward_admin. What the user may do is decided by the database role''s memberships';

create or replace function project_schema.set_password(user_name text, password text)
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  target_id uuid;
begin
  -- Somebody else's name is answered alike whether there is such a user or not.
  if not project_schema.caller_has('steward_admin') then
    select u.id into target_id from project_schema.users u
    where u.id = project_schema.caller_id() and lower(u.user_name) = lower(set_password.user_name);
    if target_id is null then
      perform project_schema.require_role('set somebody else''s password', 'steward_admin');
    end if;
  else
    target_id := project_schema.require_user(user_name);
  end if;
  perform project_schema.require_password(password);
  update project_schema.users u
  set password_hash = project_schema.hash_password(password), password_set_at = now(), failed_logins = 0, locked_until = null
  where u.id = target_id;
  -- Whoever had the old password may hold a session.
  update project_schema.user_sessions s
  set revoked_at = clock_timestamp(), revoked_by = script_tracking.session_role()
  where s.user_id = target_id and s.revoked_at is null;
end
$$;

comment on function project_schema.set_password(text, text) is 'Sets one''s own password, or as steward_admin anybody''s, and revokes the user''s sessions';

create or replace function project_schema.verify_password(user_name text, password text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  known project_schema.users;
  right_one boolean;
begin
  perform project_schema.require_role('verify passwords', 'steward_admin', 'steward_editor');
  if password is null then
    raise exception 'Which password? It is null.' using errcode = 'null_value_not_allowed';
  end if;
  -- Locked, so that many tries at once count as many.
  select u.* into known
  from project_schema.users u
  where lower(u.user_name) = lower(verify_password.user_name)
  for update;
  -- A hash is computed also for a user who is not there: the time that the answer takes tells nothing.
  if known.password_hash is null or not known.is_active or known.locked_until > now() or octet_length(password) > 4096 then
    perform project_schema.hash_password(left(password, 64));
    return false;
  end if;
  right_one := project_schema.password_matches(password, known.password_hash);
  if right_one and known.failed_logins > 0 then
    update project_schema.users u set failed_logins = 0, locked_until = null where u.id = known.id;
  elsif not right_one then
    update project_schema.users u
    set failed_logins = u.failed_logins + 1,
        locked_until = case when (u.failed_logins + 1) % 10 = 0 then now() + interval '15 minutes' end
    where u.id = known.id;
  end if;
  return right_one;
end
$$;

comment on function project_schema.verify_password(text, text) is 'Whether this is the user''s password; for the application that lets users in (steward_admin, steward_editor). Each ten wrong ones in a row lock the user for 15 minutes; one whose transaction is rolled back does not count';
