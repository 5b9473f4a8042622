-- The index over words gives way to one over pieces of three letters: it finds a part of a name as fast as its
-- beginning. It is kept by a worker, from the log of changes below, so that whoever records does not wait for it.
drop trigger operation_words_insert;
drop trigger operation_words_update;
drop trigger operation_words_delete;
-- Where there is much in it, dropping it would take half a minute: it is emptied piece by piece, and dropped then.

-- Folded by the program: small letters without accents. Contentless: the texts stand in operation.
create virtual table operation_text using fts5 (
  body, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

-- What changed, in the order of the commits. Read by each process that holds the operations' facets in memory.
create table operation_change (
  sequence integer primary key autoincrement,
  position integer not null,
  -- 1 where a text changed that can be searched.
  text integer not null check (text in (0, 1))
) strict;

-- How far the log has been worked into operation_text, operation_facet and operation_object.
create table history_index (
  id integer primary key check (id = 1),
  sequence integer not null
) strict;
insert into history_index values (1, 0);

-- The words behind the codes of operation_facet.
create table facet_value (
  id integer primary key,
  kind text not null check (kind in ('status', 'type', 'identity', 'user')),
  value text not null,
  unique (kind, value)
) strict;

-- What an operation is filtered and counted by, small enough that a million of them are read in a second.
create table operation_facet (
  position integer primary key references operation (position) on delete cascade,
  status integer not null,
  type integer not null,
  identity integer not null,
  user integer not null,
  duration_ms real
) strict;

-- The objects that an operation is known to have touched.
create table operation_object (
  position integer not null references operation (position) on delete cascade,
  name text not null,
  primary key (position, name)
) strict, without rowid;
create index operation_object_name on operation_object (name, position);

create trigger operation_change_insert after insert on operation begin
  insert into operation_change (position, text) values (new.position, 1);
end;

create trigger operation_change_update
after update of name, sql, error_message, ticket, justification, objects, status, duration_ms on operation begin
  insert into operation_change (position, text) values (
    new.position,
    old.name is not new.name or old.sql is not new.sql or old.error_message is not new.error_message
    or old.ticket is not new.ticket or old.justification is not new.justification or old.objects is not new.objects
  );
end;

create trigger operation_change_delete after delete on operation begin
  insert into operation_change (position, text) values (old.position, 1);
end;

-- What is there already is worked in by the worker, newest first.
insert into operation_change (position, text) select position, 1 from operation order by position desc;
