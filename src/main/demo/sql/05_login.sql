-- The tables are read with the owner's rights, and by these functions alone. Names are found in pg_catalog
-- first, so that nobody can slip in a function of their own.

create function auth.random_bytes() returns bytea
language sql volatile set search_path = pg_catalog, auth
as $$
  select decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
$$;
comment on function auth.random_bytes() is '32 bytes, 244 bits of which nobody can guess';

create function auth.password_hash(password text, salt bytea, rounds integer) returns bytea
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  digest bytea := sha256(salt || convert_to(password, 'UTF8'));
begin
  for round in 2..rounds loop
    digest := sha256(salt || digest);
  end loop;
  return digest;
end;
$$;
comment on function auth.password_hash(text, bytea, integer) is 'SHA-256 with salt, taken again and again';

create function auth.register_user(new_email text, new_password text, for_person bigint default null) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, auth
as $$
declare
  new_id uuid := gen_random_uuid();
  salt bytea := auth.random_bytes();
  rounds constant integer := 20000;
begin
  if new_password is null or length(new_password) < 10 then
    raise exception 'The password is too short.'
      using errcode = 'check_violation', hint = 'Take ten characters or more.';
  end if;
  insert into auth.account (id, person_id, email, password_salt, password_rounds, password_hash)
  values (new_id, for_person, lower(btrim(new_email)), salt, rounds, auth.password_hash(new_password, salt, rounds));
  return new_id;
exception
  when unique_violation then
    raise exception 'There is an account of this address or person already.' using errcode = 'unique_violation';
end;
$$;
comment on function auth.register_user(text, text, bigint) is
  'Makes an account and returns its id. Fails for a short password, a bad address, and one that is taken';

create function auth.login_user(
  given_email text,
  given_password text,
  from_ip inet default null,
  with_agent text default null,
  lifetime interval default '8 hours'
) returns table (token text, account_id uuid, expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, auth
as $$
declare
  found_account auth.account;
  digest bytea;
  recent_failures integer;
  result auth.outcome;
begin
  select a.* into found_account from auth.account a where a.email = lower(btrim(given_email));
  -- An unknown name takes as long as a wrong password: the time shall not tell who has an account.
  digest := auth.password_hash(
    coalesce(given_password, ''),
    coalesce(found_account.password_salt, '\x00000000000000000000000000000000'),
    coalesce(found_account.password_rounds, 20000));
  select count(*) into recent_failures
  from auth.login_attempt l
  where l.account_id = found_account.id and l.outcome <> 'success' and l.attempted_at > now() - interval '15 minutes';

  result := case
    when found_account.id is null or digest <> found_account.password_hash then 'failure'
    when found_account.status <> 'active' or recent_failures >= 5 then 'locked'
    else 'success'
  end;
  insert into auth.login_attempt (outcome, email, account_id, ip, user_agent)
  values (result, given_email, found_account.id, from_ip, with_agent);
  if result <> 'success' then
    return;
  end if;

  token := encode(auth.random_bytes(), 'hex');
  account_id := found_account.id;
  expires_at := now() + lifetime;
  insert into auth.session (token_hash, account_id, expires_at, ip, user_agent)
  values (sha256(convert_to(token, 'UTF8')), account_id, expires_at, from_ip, with_agent);
  update auth.account a set last_login_at = now() where a.id = found_account.id;
  return next;
end;
$$;
comment on function auth.login_user(text, text, inet, text, interval) is
  'One row with a new session token, or no row: wrong password, unknown name, locked account. Every attempt is kept';

create function auth.validate_session(given_token text) returns uuid
language sql volatile security definer set search_path = pg_catalog, auth
as $$
  update auth.session s
  set last_seen_at = now()
  from auth.account a
  where s.token_hash = sha256(convert_to(given_token, 'UTF8'))
    and s.expires_at > now()
    and a.id = s.account_id
    and a.status = 'active'
  returning a.id;
$$;
comment on function auth.validate_session(text) is 'The account of a token, or null when the session is over or never was';
