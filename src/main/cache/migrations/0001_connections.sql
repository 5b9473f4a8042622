-- Where the databases are. Passwords have no column here, and never will: secrets are kept elsewhere.
create table connection (
  id text primary key,
  name text not null,
  kind text not null check (kind in ('development', 'staging', 'production')),
  host text not null,
  port integer not null check (port between 1 and 65535),
  database text not null,
  user text not null,
  ssl_mode text not null,
  ssl_root_cert text not null,
  ssl_cert text not null,
  ssl_key text not null,
  read_only integer not null check (read_only in (0, 1)),
  -- ISO 8601, UTC.
  last_opened_at text
) strict, without rowid;
