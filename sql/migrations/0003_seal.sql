-- The seals: what makes it seen that a recorded row was changed, removed or slipped in afterwards. A row of the ledger has
-- no part in it, and recording knows nothing of it: whoever seals reads what was recorded since.

create table script_tracking.seal (
  seal_number bigint not null,
  epoch integer not null,
  sealed_at timestamptz not null,
  sealed_by text not null,
  ledger_snapshot txid_snapshot not null,
  row_count bigint not null,
  merkle_root bytea not null,
  system_identifier bigint not null,
  timeline integer not null,
  database_oid bigint not null,
  database_name text not null,
  previous_head bytea,
  head bytea not null,

  primary key (seal_number),
  constraint seal_counts_from_one check (seal_number > 0 and epoch > 0 and row_count > 0),
  constraint seal_follows_another check ((previous_head is null) = (seal_number = 1)),
  constraint seal_hashes_are_sha256 check (octet_length(merkle_root) = 32 and octet_length(previous_head) = 32 and octet_length(head) = 32)
);

comment on table script_tracking.seal is 'The chain of seals. Each one covers the rows that were recorded since the one before, and holds its head';
comment on column script_tracking.seal.seal_number is 'Counts the seals from 1, without a gap';
comment on column script_tracking.seal.epoch is 'Counts from 1 the servers and databases that the trail has lived in: a restore, a copy of the database, an upgrade of the server or a promoted replica begins the next one';
comment on column script_tracking.seal.sealed_at is 'When it was made, by the server''s clock';
comment on column script_tracking.seal.sealed_by is 'Who was logged in';
comment on column script_tracking.seal.ledger_snapshot is 'Which transactions had ended by then; the sealing one counts as running';
comment on column script_tracking.seal.row_count is 'How many rows it covers';
comment on column script_tracking.seal.merkle_root is 'The root of the tree over its sections';
comment on column script_tracking.seal.system_identifier is 'The cluster, as pg_control_system() says it';
comment on column script_tracking.seal.timeline is 'The timeline of the cluster''s write-ahead log';
comment on column script_tracking.seal.database_oid is 'The database''s OID in the cluster';
comment on column script_tracking.seal.database_name is 'What the database was called';
comment on column script_tracking.seal.previous_head is 'The head of the seal before; null for the first';
comment on column script_tracking.seal.head is 'SHA-256 of all the above, as script_tracking.seal_head describes';

-- By month, because months are what leaves for an archive: the others of a seal can still be recomputed then.
create table script_tracking.seal_section (
  seal_number bigint not null,
  month date not null,
  row_count bigint not null,
  first_version bigint not null,
  last_version bigint not null,
  merkle_root bytea not null,

  primary key (seal_number, month)
);

comment on table script_tracking.seal_section is 'The part of a seal that covers the rows of one month, by the clock of UTC';
comment on column script_tracking.seal_section.seal_number is 'The seal';
comment on column script_tracking.seal_section.month is 'The first day of the month';
comment on column script_tracking.seal_section.row_count is 'How many rows';
comment on column script_tracking.seal_section.first_version is 'The lowest version_number';
comment on column script_tracking.seal_section.last_version is 'The highest version_number';
comment on column script_tracking.seal_section.merkle_root is 'The root of the tree over the rows'' hashes, in the order of version_number';

-- Which rows a seal covers is written down and not derived from transaction ids: those begin anew in a restored
-- database. It takes some 7 bytes a row, and lets the wrong row be named and not only be known to exist.
create table script_tracking.seal_block (
  seal_number bigint not null,
  month date not null,
  block integer not null,
  versions bigint[] not null,
  marks bytea not null,
  node bytea not null,

  primary key (seal_number, month, block),
  constraint seal_block_marks_its_rows check (octet_length(marks) = 4 * cardinality(versions) and cardinality(versions) between 1 and 1024)
);

comment on table script_tracking.seal_block is 'The rows that a seal covers, 1024 at a time';
comment on column script_tracking.seal_block.seal_number is 'The seal';
comment on column script_tracking.seal_block.month is 'The first day of the month that the rows are of';
comment on column script_tracking.seal_block.block is 'Counts the blocks of the section from 0';
comment on column script_tracking.seal_block.versions is 'The rows'' version_number, ascending';
comment on column script_tracking.seal_block.marks is 'The first four bytes of each row''s hash, to tell which row is wrong where the tree says that one is';
comment on column script_tracking.seal_block.node is 'The root of the block''s own tree: a node of the section''s, ten levels above its leaves';

-- Nobody asks for a row by these, and analyze would take its time over them.
alter table script_tracking.seal_block alter column versions set statistics 0, alter column marks set statistics 0;

-- What has left the ledger. Months that were archived stand under this one until somebody has taken them away in a
-- file. By inheritance, because becoming a partition would read the whole month with the ledger locked.
create table script_tracking.archived_ledger (like script_tracking.ledger including comments);

comment on table script_tracking.archived_ledger is 'Months that have left the ledger and are still here: the same columns, seen by no view. verify() still recomputes them';

create table script_tracking.archived_text (like script_tracking.text including comments);

comment on table script_tracking.archived_text is 'The long texts of the months in archived_ledger';

create table script_tracking.archive (
  month date not null,
  state_ordinal integer not null,
  is_here boolean not null,
  recorded_at timestamptz not null,
  recorded_by text not null,
  execution_count bigint not null,
  row_count bigint not null,
  text_count bigint not null,
  first_version bigint not null,
  last_version bigint not null,
  newest_seal bigint not null,
  file_name text,
  file_hash bytea,

  primary key (month, state_ordinal),
  constraint archive_is_a_month check (extract(day from month) = 1),
  constraint archive_goes_into_a_file check (is_here = (file_hash is null) and (file_hash is null) = (file_name is null)),
  constraint archive_file_hash_is_sha256 check (octet_length(file_hash) = 32)
);

comment on table script_tracking.archive is 'What has left the ledger: for each month a row when it was moved to archived_ledger, and one when it was taken away in a file';
comment on column script_tracking.archive.month is 'The first day of the month';
comment on column script_tracking.archive.state_ordinal is '0 when it left the ledger, 1 when it left the database';
comment on column script_tracking.archive.is_here is 'Its rows stand in archived_ledger; false where a file alone has them';
comment on column script_tracking.archive.recorded_at is 'When that was';
comment on column script_tracking.archive.recorded_by is 'Who was logged in';
comment on column script_tracking.archive.execution_count is 'How many executions left the views with it';
comment on column script_tracking.archive.row_count is 'How many rows of the ledger';
comment on column script_tracking.archive.text_count is 'How many long texts';
comment on column script_tracking.archive.first_version is 'The lowest version_number';
comment on column script_tracking.archive.last_version is 'The highest version_number';
comment on column script_tracking.archive.newest_seal is 'The newest seal that covers rows of it';
comment on column script_tracking.archive.file_name is 'Where it was taken';
comment on column script_tracking.archive.file_hash is 'SHA-256 of that file';
