-- A cache as version 3 left it: its tables to the letter, and what a person had in it. Never edited.
pragma journal_mode = wal;
begin;

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

insert into connection values
  ('11111111-1111-4111-8111-111111111111', 'Clinic, live', 'production', 'db.clinic.example', 5432, 'clinic', 'auditor',
   'verify-full', '/etc/ssl/ca.pem', '', '', 1, '2026-02-03T04:05:06.789Z'),
  ('22222222-2222-4222-8222-222222222222', 'O''Brien "quoted"', 'development', '127.0.0.1', 5433, 'dev', 'postgres',
   'prefer', '', '', '', 0, null);

insert into operation (
  position, id, identity, connection, database, name, type, category, status, started_at, duration_ms, rows, user,
  application, sql, sql_length, sql_hash, ticket, justification, file_path, error_message, error_code, objects,
  caused_by, instance, own
) values
  (1770091506000001, 'aaaaaaaa-0000-4000-8000-000000000001', '7000000000000000001/clinic', 'Clinic, live', 'clinic',
   'create table care.follow_up', 'MANUAL', 'DDL', 'COMPLETED', '2026-02-03T04:05:06.000001Z', 12.5, 0, 'auditor',
   'pgsteward', 'create table care.follow_up (visit_id bigint primary key, note text default ''Ärger'')', 85,
   'c5d3', 'OPS-214', 'follow-ups', null, null, null,
   '{"created":["care.follow_up"],"modified":[],"dropped":[]}', null, null, 1),
  (1770091507000000, 'aaaaaaaa-0000-4000-8000-000000000002', '7000000000000000001/clinic', 'Clinic, live', 'clinic',
   'update care.follow_up', 'MANUAL', 'DML', 'FAILED', '2026-02-03T04:05:07.000000Z', null, null, 'auditor',
   'pgsteward', 'update care.follow_up set duedate = due + 1', 43, 'd00d', null, null, null,
   'column "duedate" does not exist', '42703', '{"created":[],"modified":[],"dropped":[]}', null, null, 1),
  (1770091508000000, 'bbbbbbbb', '7000000000000000001/clinic', null, 'clinic', 'ALTER TABLE', 'AUTOMATIC', 'DDL',
   'COMPLETED', '2026-02-03T04:05:08.000000Z', 3, 0, 'colleague', 'psql', 'alter table care.visit add room text', 36,
   'beef', null, null, null, null, null, '{"created":[],"modified":["care.visit"],"dropped":[]}',
   'aaaaaaaa-0000-4000-8000-000000000001', null, 0);

insert into operation_state (operation, ordinal, status, at, recorded, outcome, fault) values
  ('aaaaaaaa-0000-4000-8000-000000000001', 0, 'STARTED', '2026-02-03T04:05:06.000001Z', 'server', '{}', null),
  ('aaaaaaaa-0000-4000-8000-000000000001', 1, 'COMPLETED', '2026-02-03T04:05:06.012501Z', 'server', '{}', null),
  ('aaaaaaaa-0000-4000-8000-000000000002', 0, 'STARTED', '2026-02-03T04:05:07.000000Z', 'server', '{}', null),
  ('aaaaaaaa-0000-4000-8000-000000000002', 1, 'FAILED', '2026-02-03T04:05:07.002000Z', 'waiting', '{}', null);

insert into known_database values ('7000000000000000001/clinic', '11111111-1111-4111-8111-111111111111');
insert into read_position values ('7000000000000000001/clinic', '4711');
insert into known_seal values (
  '7000000000000000001/clinic', 3, '5f9c4ab08cac7457e9111a30e4664920607ea2c115a1433d7be98e97e64244ca', 0, 1, '16384',
  '2026-02-03T00:00:00Z', '2026-02-03T04:05:06Z'
);

pragma user_version = 3;
commit;
