-- What was done to which database: by this program, which knows it first, and by others, as their server tells it.
create table operation (
  -- When it began, in microseconds since 1970, moved on by one where that moment is taken: newest first is a walk
  -- down this key, also for the words below, which no sort of a million rows could be.
  position integer primary key,
  -- A UUID for runs of pgSteward; the execution's key in hex for what others did.
  id text not null unique,
  -- Which database, whatever the address it was reached by.
  identity text not null,
  -- The connection's name when it ran.
  connection text,
  database text not null,
  name text not null,
  type text not null,
  category text not null,
  status text not null,
  -- ISO 8601, UTC.
  started_at text not null,
  duration_ms real,
  rows integer,
  user text not null,
  application text,
  -- With its secrets masked; of a very long script the beginning, then length and hash of the whole masked text.
  sql text not null,
  sql_length integer not null,
  sql_hash text not null,
  ticket text,
  justification text,
  file_path text,
  error_message text,
  error_code text,
  -- JSON: {created: [], modified: [], dropped: []}
  objects text not null default '{"created":[],"modified":[],"dropped":[]}',
  -- The operation during which an event trigger saw it.
  caused_by text,
  -- The process that runs it: set while its end is not known.
  instance text,
  -- Begun by this machine, which then knows its states better than the server.
  own integer not null check (own in (0, 1))
) strict;

create index operation_running on operation (instance) where instance is not null;
create index operation_caused on operation (caused_by, position) where caused_by is not null;
create index operation_database on operation (identity, position);

-- The states of an operation, in order. Those that are 'waiting' are the outbox.
create table operation_state (
  sequence integer primary key autoincrement,
  operation text not null references operation (id) on delete cascade,
  -- Own states count from 0, as the server is told; others carry the server's version_number.
  ordinal integer not null,
  status text not null,
  at text not null,
  recorded text not null check (recorded in ('server', 'waiting', 'local')),
  -- JSON: what record_execution is told of this state beside what the operation itself says.
  outcome text not null,
  -- JSON: why the server did not take it, when it last refused.
  fault text,
  unique (operation, ordinal)
) strict;

create index operation_state_waiting on operation_state (sequence) where recorded = 'waiting';

-- By which connections a database was reached.
create table known_database (
  identity text not null,
  connection text not null,
  primary key (identity, connection)
) strict, without rowid;

-- How far the server's ledger has been read: every transaction before this one has been seen.
create table read_position (
  identity text primary key,
  since_xid text not null
) strict, without rowid;

create virtual table operation_words using fts5 (
  name, sql, error_message,
  content = 'operation', content_rowid = 'position', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);

create trigger operation_words_insert after insert on operation begin
  insert into operation_words (rowid, name, sql, error_message)
  values (new.position, new.name, new.sql, new.error_message);
end;

create trigger operation_words_update after update of name, sql, error_message on operation begin
  insert into operation_words (operation_words, rowid, name, sql, error_message)
  values ('delete', old.position, old.name, old.sql, old.error_message);
  insert into operation_words (rowid, name, sql, error_message)
  values (new.position, new.name, new.sql, new.error_message);
end;

create trigger operation_words_delete after delete on operation begin
  insert into operation_words (operation_words, rowid, name, sql, error_message)
  values ('delete', old.position, old.name, old.sql, old.error_message);
end;
