-- The plans of what was explained. They stay on this machine: a plan of a large query would outgrow the server's
-- ledger, which is told that there was one.
create table plan (
  operation text primary key references operation (id) on delete cascade,
  -- As `explain` says it, made from the JSON.
  text text not null,
  json text not null
) strict, without rowid;
