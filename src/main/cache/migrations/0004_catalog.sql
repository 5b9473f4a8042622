-- What databases hold, as it was read last, so that a name can be looked up while its server is out of reach.
create table catalog_copy (
  -- The connection by which it was read; also one that is not saved.
  connection text primary key,
  -- ISO 8601, UTC: when it was read.
  read_at text not null,
  -- ISO 8601, UTC: when it was last put here; of many copies, those that were not used for longest go first.
  kept_at text not null,
  parts integer not null check (parts > 0)
) strict, without rowid;

-- Compressed JSON in pieces that can be read one by one: the catalog without its relations, then the relations.
create table catalog_part (
  connection text not null references catalog_copy (connection) on delete cascade,
  part integer not null,
  content blob not null,
  primary key (connection, part)
) strict;

create trigger catalog_of_removed_connection after delete on connection begin
  delete from catalog_copy where connection = old.id;
end;

-- At another address there is another database.
create trigger catalog_of_moved_connection after update of host, port, database, user on connection
when (old.host, old.port, old.database, old.user) is not (new.host, new.port, new.database, new.user) begin
  delete from catalog_copy where connection = old.id;
end;
