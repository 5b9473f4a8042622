-- Queries that people have kept, the folders that they lie in, and snippets of their own.
create table saved_folder (
  -- From the outermost folder on: reports/monthly.
  path text primary key
) strict, without rowid;

create table saved_query (
  id text primary key,
  -- A path, or empty for none.
  folder text not null,
  name text not null,
  sql text not null,
  -- Counts its changes.
  version integer not null,
  -- ISO 8601, UTC.
  saved_at text not null,
  -- Set while it can still be brought back.
  removed_at text
) strict;

create unique index saved_query_name on saved_query (folder, name) where removed_at is null;

create table snippet (
  name text primary key,
  title text not null,
  body text not null
) strict, without rowid;
