-- The host that leads to the server, as ssh knows it; empty: directly.
alter table connection add column ssh text not null default '';
-- What makes the password, by name; never a password, and no command.
alter table connection add column password_from text not null default '';
