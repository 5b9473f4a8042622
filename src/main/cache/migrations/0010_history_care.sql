-- What a person said of an operation. It outlives what the server says of it later.
create table operation_mark (
  position integer primary key references operation (position) on delete cascade,
  -- Never deleted by age or size.
  kept integer not null default 0 check (kept in (0, 1)),
  note text not null default ''
) strict;
create index operation_mark_kept on operation_mark (position) where kept = 1;

-- A note is found by its words, like the texts of the operation itself.
create trigger operation_mark_insert after insert on operation_mark when new.note <> '' begin
  insert into operation_change (position, text) values (new.position, 1);
end;
create trigger operation_mark_update after update of note on operation_mark when new.note <> old.note begin
  insert into operation_change (position, text) values (new.position, 1);
end;

create table operation_tag (
  position integer not null references operation (position) on delete cascade,
  tag text not null,
  primary key (position, tag)
) strict, without rowid;
create index operation_tag_tag on operation_tag (tag, position);

-- For how long and up to which size operations are held; null for no limit.
create table retention (
  id integer primary key check (id = 1),
  days integer check (days >= 1),
  megabytes integer check (megabytes >= 10)
) strict;
insert into retention values (1, null, null);

-- The databases whose operations are taken from their servers, and how that went the last time.
create table history_source (
  identity text primary key,
  -- The connection's name and the database's.
  connection text not null,
  database text not null,
  -- ISO 8601, UTC: when it was last asked, and last answered in full.
  asked_at text not null,
  read_at text,
  -- When the newest state that was taken was recorded there.
  read_to text,
  -- JSON: why it could not be read the last time.
  fault text,
  -- The database's OID: another one under the same name is another database.
  database_oid text,
  -- JSON: what is missing although it could be read, such as the right to see what others did.
  limits text not null default '[]'
) strict, without rowid;
