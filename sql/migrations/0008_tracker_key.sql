-- What the tracker remembers between two events of one command, and between the commands of one message, it
-- leaves in settings of the session, because nothing else is as cheap. A session can change its settings; it
-- cannot sign them.

create table script_tracking.tracker_key (
  key bytea not null,

  constraint tracker_key_is_long check (octet_length(key) = 32)
);

comment on table script_tracking.tracker_key is 'One row: the secret with which the event triggers sign what they leave for one another. Of no use outside this database';
comment on column script_tracking.tracker_key.key is '32 random bytes, made at installation';

insert into script_tracking.tracker_key (key)
select sha256(convert_to(string_agg(random()::text, ':') || clock_timestamp() || pg_backend_pid() || txid_current(), 'SQL_ASCII'))
from generate_series(1, 64);
