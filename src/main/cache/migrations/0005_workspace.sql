-- The tabs of the windows, with their texts, as they were left: at a quit, a crash or a power failure.
create table workspace (
  id text primary key,
  -- The process whose window has it; while that lives, no other takes it.
  instance text,
  -- ISO 8601, UTC.
  used_at text not null,
  -- The connection that the window worked with.
  current text,
  active text
) strict, without rowid;

create table workspace_tab (
  workspace text not null references workspace (id) on delete cascade,
  id text not null,
  -- Null for a tab that belongs to no connection.
  connection text,
  view text not null,
  -- JSON, in the window's own terms; without the text.
  target text not null,
  title text,
  -- The order, apart for open tabs and for closed ones.
  position integer not null,
  closed integer not null check (closed in (0, 1)),
  primary key (workspace, id)
) strict, without rowid;

-- Apart from its tab: it is long, and changes more often.
create table workspace_text (
  workspace text not null references workspace (id) on delete cascade,
  tab text not null,
  -- Which pieces are the text; those of another number are what a write has left unfinished.
  generation integer not null,
  -- Secrets were taken out of it before it was kept.
  masked integer not null check (masked in (0, 1)),
  primary key (workspace, tab)
) strict, without rowid;

create table workspace_piece (
  workspace text not null references workspace (id) on delete cascade,
  tab text not null,
  generation integer not null,
  position integer not null,
  content text not null,
  primary key (workspace, tab, generation, position)
) strict;

create trigger workspace_tabs_of_removed_connection after delete on connection begin
  delete from workspace_piece where (workspace, tab) in (
    select workspace, id from workspace_tab where connection = old.id
  );
  delete from workspace_text where (workspace, tab) in (
    select workspace, id from workspace_tab where connection = old.id
  );
  delete from workspace_tab where connection = old.id;
end;
