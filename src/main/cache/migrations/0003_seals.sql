-- The heads of the seals that this machine has seen, so that a trail which was rewritten as a whole, with all its
-- seals, is known for it. Two heads of one number are two histories of the same database.
create table known_seal (
  identity text not null,
  number integer not null,
  -- 64 hexadecimal digits.
  head text not null,
  epoch integer not null,
  timeline integer not null,
  database_oid text not null,
  -- ISO 8601, UTC.
  sealed_at text not null,
  seen_at text not null,
  primary key (identity, number, head)
) strict, without rowid;
