-- The event triggers of the framework, said once: for whoever makes them, switches them on, or asks whether they are there.

create or replace view script_tracking.wanted_event_trigger with (security_barrier) as
select w.name, w.event, w.function_name, w.description, w.is_ddl
from (
  values
    ('auto_ddl_caller', 'ddl_command_end', 'note_ddl_caller', 'pgSteward: tells the tracker who runs the command', true),
    ('auto_ddl_caller_of_drop', 'sql_drop', 'note_ddl_caller', 'pgSteward: tells the tracker who runs the command', true),
    ('auto_ddl_tracker', 'ddl_command_end', 'auto_track_ddl_operations', 'pgSteward: records DDL', true),
    ('auto_ddl_drop_tracker', 'sql_drop', 'auto_track_ddl_operations', 'pgSteward: records what DDL drops', true),
    ('auto_ddl_rewrite_tracker', 'table_rewrite', 'auto_track_ddl_operations', 'pgSteward: tells the tracker which tables DDL rewrites', true),
    ('auto_login_tracker', 'login', 'auto_track_login', 'pgSteward: records logins; off until alter event trigger auto_login_tracker enable', false)
) as w (name, event, function_name, description, is_ddl)
where w.event <> 'login' or pg_catalog.current_setting('server_version_num')::integer >= 170000;

comment on view script_tracking.wanted_event_trigger is 'The event triggers that belong to the framework on this version of PostgreSQL';
comment on column script_tracking.wanted_event_trigger.name is 'Its name';
comment on column script_tracking.wanted_event_trigger.event is 'The event that it waits for';
comment on column script_tracking.wanted_event_trigger.function_name is 'The function of script_tracking that it runs';
comment on column script_tracking.wanted_event_trigger.description is 'What its comment says';
comment on column script_tracking.wanted_event_trigger.is_ddl is 'Whether DDL is not recorded, or not all of it, where it is missing; false where it is off until somebody wants it';
