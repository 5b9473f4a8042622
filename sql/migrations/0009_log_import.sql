-- What was imported from server logs, and which samples were made: the same once more is not recorded again.

create table script_tracking.imported_line (
  line_key bytea not null primary key,
  imported_at timestamptz not null,

  constraint imported_line_key_is_sha256 check (octet_length(line_key) = 32)
);

comment on table script_tracking.imported_line is 'The lines of server logs that were imported, by their hash';
comment on column script_tracking.imported_line.line_key is 'SHA-256 of what tells the line from all others: its time, session, number and text as they stand in the log, secrets included, which are stored nowhere';
comment on column script_tracking.imported_line.imported_at is 'When it was imported';
