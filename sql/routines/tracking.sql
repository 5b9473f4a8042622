--! as installer
--! last
-- Turns automatic tracking on, where the installing role may. Of two event triggers on one event the
-- one whose name sorts first runs first: "caller" before "drop_tracker" and "tracker".

do $$
declare
  wanted record;
begin
  for wanted in
    select *
    from (
      values
        ('auto_ddl_caller', 'ddl_command_end', 'note_ddl_caller', 'pgSteward: tells the tracker who runs the command'),
        ('auto_ddl_caller_of_drop', 'sql_drop', 'note_ddl_caller', 'pgSteward: tells the tracker who runs the command'),
        ('auto_ddl_tracker', 'ddl_command_end', 'auto_track_ddl_operations', 'pgSteward: records DDL'),
        ('auto_ddl_drop_tracker', 'sql_drop', 'auto_track_ddl_operations', 'pgSteward: records what DDL drops'),
        ('auto_ddl_rewrite_tracker', 'table_rewrite', 'auto_track_ddl_operations', 'pgSteward: tells the tracker which tables DDL rewrites')
    ) as triggers (name, event, function, description)
  loop
    continue when exists (select from pg_catalog.pg_event_trigger t where t.evtname = wanted.name);
    execute pg_catalog.format('create event trigger %I on %s execute function script_tracking.%I()',
      wanted.name, wanted.event, wanted.function);
    execute pg_catalog.format('comment on event trigger %I is %L', wanted.name, wanted.description);
  end loop;
exception
  -- All the rest works without; the installer says what is missing.
  when insufficient_privilege then null;
end
$$;

-- Logins, where the server tells of them. Off until somebody wants it: each login is written to disk then.
do $$
begin
  if pg_catalog.current_setting('server_version_num')::integer >= 170000
    and not exists (select from pg_catalog.pg_event_trigger t where t.evtname = 'auto_login_tracker')
  then
    create event trigger auto_login_tracker on login execute function script_tracking.auto_track_login();
    alter event trigger auto_login_tracker disable;
    comment on event trigger auto_login_tracker is 'pgSteward: records logins; off until alter event trigger auto_login_tracker enable';
  end if;
exception
  when insufficient_privilege then null;
end
$$;
