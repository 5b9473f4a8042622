-- The history of the database's objects: what each was, since when, and which execution made it so.
-- Insert-only, like the ledger that it is taken from.

create table script_tracking.version_run (
  run bigint primary key,
  epoch integer not null,
  kind "char" not null,
  taken_at timestamptz not null,
  snapshot txid_snapshot not null,
  server text not null,
  database_oid oid not null,
  versions integer not null,

  constraint version_run_kind_is_known check (kind in ('B', 'L', 'A', 'R', 'U'))
);

comment on table script_tracking.version_run is 'When object versions were taken, and what the ledger said by then: the next run begins with what this one could not see';
comment on column script_tracking.version_run.run is 'Counts the runs from 1';
comment on column script_tracking.version_run.epoch is 'Counts the places that this database has lived in: OIDs and transaction ids begin anew where it was restored';
comment on column script_tracking.version_run.kind is 'B everything as it stands, L what the ledger says was touched, A a drift that was accepted, R everything after a restore, by name, U the framework''s own objects after an upgrade';
comment on column script_tracking.version_run.taken_at is 'When the run began; of R, from when on the rows of the ledger are of the new place';
comment on column script_tracking.version_run.snapshot is 'The transactions whose rows of the ledger the run could see';
comment on column script_tracking.version_run.server is 'The server''s system identifier';
comment on column script_tracking.version_run.database_oid is 'The database''s OID there';
comment on column script_tracking.version_run.versions is 'How many versions it recorded';

create table script_tracking.object_version (
  valid_from timestamptz not null,
  unknown_from timestamptz,
  version_number bigint,
  xid bigint not null,
  epoch integer not null,
  class oid not null,
  object oid not null,
  part integer not null,
  belongs_to oid,
  cause "char" not null,
  object_type text not null,
  schema_name text,
  identity text not null,
  definition_hash bytea,
  definition jsonb
);

comment on table script_tracking.object_version is 'What each object was from a moment on. Versions of one object are those of its class, OID and part in an epoch, so a rename is a version like any other';
comment on column script_tracking.object_version.valid_from is 'When the command that made it so was recorded; for the first snapshot and for accepted drift, when it was seen';
comment on column script_tracking.object_version.unknown_from is 'From here to valid_from the object was touched more often than it was written down; null where it was not';
comment on column script_tracking.object_version.version_number is 'The row of the ledger that did it; null for what stood before anybody tracked';
comment on column script_tracking.object_version.xid is 'The transaction that did it, as txid_current() says it; the recording one where no row of the ledger did it';
comment on column script_tracking.object_version.epoch is 'In which place: see script_tracking.version_run';
comment on column script_tracking.object_version.class is 'The catalog that holds the object';
comment on column script_tracking.object_version.object is 'The object''s OID';
comment on column script_tracking.object_version.part is 'The column''s number where the object is a column, or 0';
comment on column script_tracking.object_version.belongs_to is 'The table that it is part of, by OID, also of a sequence that a column owns; its own OID for a relation';
comment on column script_tracking.object_version.cause is 'B stood before, D tracked DDL, A accepted drift, R carried over from the epoch before, U an upgrade of the framework';
comment on column script_tracking.object_version.object_type is 'As pg_identify_object says it: table, table column, function, ...';
comment on column script_tracking.object_version.schema_name is 'The schema it is in, where it is in one';
comment on column script_tracking.object_version.identity is 'Its qualified and quoted name';
comment on column script_tracking.object_version.definition_hash is 'SHA-256 of the definition''s text in UTF-8; null where the object was dropped';
comment on column script_tracking.object_version.definition is 'The definition where it is short; a long one stands in script_tracking.object_definition';

create index object_version_object on script_tracking.object_version (class, object, part, valid_from);
create index object_version_belongs on script_tracking.object_version (belongs_to);
-- By hash: the name of a function with a hundred arguments is longer than a page of a B-tree may hold.
create index object_version_identity on script_tracking.object_version using hash (identity);

-- Nothing here is unique, as in script_tracking.text: two sessions may keep the same definition twice.
create table script_tracking.object_definition (
  hash bytea not null,
  definition jsonb not null
);

create index object_definition_hash on script_tracking.object_definition using hash (hash);

comment on table script_tracking.object_definition is 'Definitions that are too long for their versions, by their hash';
comment on column script_tracking.object_definition.hash is 'SHA-256 of the definition''s text in UTF-8';
comment on column script_tracking.object_definition.definition is 'The definition';

create type script_tracking.object_touch as (
  version_number bigint,
  recorded_at timestamptz,
  xid bigint,
  class oid,
  object oid,
  part integer,
  relation oid,
  identity text,
  whole boolean
);

comment on type script_tracking.object_touch is 'An object that a row of the ledger may have changed: because it names it, or because something that it names is written in the object''s definition. whole: with all that stands on it';
