-- What was given for the parameters of statements, so that it need not be typed again. Secrets are never here.
create table remembered_parameter (
  connection text not null,
  -- What the statement is called in the history.
  statement text not null,
  name text not null,
  -- Null is NULL.
  value text,
  -- Counts up: the latest one is the one that is offered for another statement.
  used integer not null,
  primary key (connection, statement, name)
) strict, without rowid;

create index remembered_parameter_latest on remembered_parameter (connection, name, used);

create trigger remembered_parameter_forget after delete on connection begin
  delete from remembered_parameter where connection = old.id;
end;

-- Who wants to be asked why something is run: see `askReasons` of a connection's settings.
alter table connection add column ask_reasons text not null default 'by kind';
-- 0: an idle transaction stays open.
alter table connection add column idle_transaction_minutes integer not null default 15;
